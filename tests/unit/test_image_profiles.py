"""Profiles made here by the ICC's specification, and what colorimetry says of their colors."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

import colorquant
from colorquant import Settings
from colorquant.image.decode import decode

SETTINGS = Settings()
D50 = (0.9642, 1.0, 0.8249)
# Columns: the primaries in XYZ under D50 (ICC's published values for the two spaces).
PRIMARIES = {
    "Display P3": [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]],
    "Adobe RGB": [[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]],
}
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
GAMMA = 2.2


def s15(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def xyz(values) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(s15(value) for value in values)


def curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def text(words: str) -> bytes:
    body = words.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(body), 28) + body


def profile(space: bytes, connection: bytes, device: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Lay out a profile (ICC.1:2022, 7): 128 bytes of header, a table of tags, the tags."""
    tags = {b"desc": text("made by a test"), b"cprt": text("none"), b"wtpt": xyz(D50)} | tags
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + b"\0" * (-len(content) % 4)
        table += name + struct.pack(">II", start + len(body), len(content))
        body += padded
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"test", 0x02400000, device, space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += b"".join(s15(value) for value in D50)
    return header.ljust(128, b"\0") + table + body


def rgb_profile(name: str) -> bytes:
    columns = np.array(PRIMARIES[name]).T
    tags = {letter + b"XYZ": xyz(column) for letter, column in zip((b"r", b"g", b"b"), columns, strict=True)}
    return profile(b"RGB ", b"XYZ ", b"mntr", tags | {c + b"TRC": curve(GAMMA) for c in (b"r", b"g", b"b")})


def grey_profile(gamma: float) -> bytes:
    return profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": curve(gamma)})


def cmyk_profile() -> bytes:
    """Ink only darkens, each channel by itself: lightness 100 * (1-C)(1-M)(1-Y)(1-K), without hue."""
    grid = np.indices((2, 2, 2, 2)).reshape(4, -1).T
    lightness = 255 * np.prod(1 - grid, axis=1)
    table = np.stack([lightness, np.full(16, 128), np.full(16, 128)], axis=-1).astype(np.uint8)
    identity = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + b"".join(s15(v) for v in np.eye(3).ravel())
    lut += identity * 4 + table.tobytes() + identity * 3
    return profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": lut})


def table_profile(gamma: float) -> bytes:
    """A profile for RGB by a table of 16 bits: curves, and the corners of a cube in XYZ."""
    curves = np.rint(np.linspace(0, 1, 1024) ** gamma * 65535).astype(">u2")
    cube = np.indices((2, 2, 2)).reshape(3, -1).T @ SRGB.T
    lut = b"mft2\0\0\0\0" + bytes([3, 3, 2, 0]) + b"".join(s15(v) for v in np.eye(3).ravel())
    lut += struct.pack(">HH", len(curves), 2) + curves.tobytes() * 3
    # XYZ has a half, and a little, at the highest of 16 bits (ICC.1:2022, 6.3.4.2).
    lut += np.rint(np.clip(cube, 0, None) * 32768).astype(">u2").tobytes()
    return profile(b"RGB ", b"XYZ ", b"scnr", {b"A2B0": lut + struct.pack(">HH", 0, 65535) * 3})


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def encode(image: Image.Image, format_name: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("format_name", ["PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("name", sorted(PRIMARIES))
def test_a_wide_gamut_photo_becomes_the_srgb_that_colorimetry_says(photo, name, format_name):
    photo = photo[::4, ::4]
    exact = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100, "subsampling": "4:4:4"}}
    options = exact.get(format_name, {})
    data = encode(Image.fromarray(photo), format_name, icc_profile=rgb_profile(name), **options)
    linear = (photo / 255) ** GAMMA @ np.array(PRIMARIES[name]).T @ np.linalg.inv(SRGB).T
    difference = np.abs(decode(data, SETTINGS).pixels - to_srgb(linear))
    # Little CMS counts in 15 bits: a level on all but the darkest, where sRGB's curve is steep.
    assert np.percentile(difference, 99) <= (1.01 if format_name != "AVIF" else 5)
    assert np.abs(photo - to_srgb(linear)).max() > 20


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_a_profile_reaches_the_colors_under_transparency_and_in_palettes(noise, mode):
    image = Image.fromarray(noise)
    image = image.quantize(16) if mode == "P" else image
    if mode == "RGBA":
        image.putalpha(Image.fromarray(noise[..., 0]))
    stored = np.asarray(image.convert("RGB"))
    data = encode(image, icc_profile=rgb_profile("Adobe RGB"))
    raster = decode(data, SETTINGS)
    linear = (stored / 255) ** GAMMA @ np.array(PRIMARIES["Adobe RGB"]).T @ np.linalg.inv(SRGB).T
    assert np.percentile(np.abs(raster.pixels - to_srgb(linear)), 99) <= 1.01
    if mode == "RGBA":
        np.testing.assert_array_equal(raster.alpha, noise[..., 0])


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "TIFF"])
def test_a_grey_profile_is_applied(format_name):
    levels = np.tile(np.arange(0, 256, 5, dtype=np.uint8).repeat(8), (8, 1))
    options = {"quality": 100} if format_name == "JPEG" else {}
    data = encode(Image.fromarray(levels), format_name, icc_profile=grey_profile(1.0), **options)
    expected = np.rint(to_srgb(levels / 255))
    assert np.abs(decode(data, SETTINGS).pixels[..., 0] - expected).max() <= 1


@pytest.mark.parametrize("format_name", ["JPEG", "TIFF"])
def test_a_cmyk_profile_is_applied(format_name):
    black = np.arange(0, 256, 5, dtype=np.uint8).repeat(8)
    cmyk = np.zeros((8, len(black), 4), np.uint8)
    cmyk[..., 3] = black
    options = {"quality": 100} if format_name == "JPEG" else {}
    data = encode(Image.fromarray(cmyk, "CMYK"), format_name, icc_profile=cmyk_profile(), **options)
    lightness = 100 * (1 - black / 255)
    # CIE 15: luminance from lightness.
    luminance = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    pixels = decode(data, SETTINGS).pixels[0]
    assert np.abs(pixels.mean(axis=1) - to_srgb(luminance)).max() <= 3
    plain = np.asarray(Image.fromarray(cmyk, "CMYK").convert("RGB"))[0]
    assert np.abs(pixels.astype(int) - plain).max() > 5


@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "HEIC"])
def test_an_srgb_profile_changes_nothing_and_is_no_news(photo, format_name):
    import pillow_heif  # noqa: PLC0415

    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(photo[:64, :64])
    if format_name == "HEIC":
        pillow_heif.from_pillow(image).save(buffer := io.BytesIO(), icc_profile=srgb)
        tagged = buffer.getvalue()
        pillow_heif.from_pillow(image).save(buffer := io.BytesIO())
        plain = buffer.getvalue()
    else:
        tagged, plain = encode(image, format_name, icc_profile=srgb), encode(image, format_name)
    raster = decode(tagged, SETTINGS)
    np.testing.assert_array_equal(raster.pixels, decode(plain, SETTINGS).pixels)
    assert raster.warnings == ()


def test_a_grey_picture_takes_the_rgb_profile_of_its_program(noise):
    grey = noise[..., 0]
    data = encode(Image.fromarray(grey), "TIFF", icc_profile=rgb_profile("Display P3"))
    expected = to_srgb((grey / 255) ** GAMMA)
    assert np.percentile(np.abs(decode(data, SETTINGS).pixels - expected[..., None]), 99) <= 1.01


@pytest.mark.parametrize("broken", [b"no profile", rgb_profile("Adobe RGB")[:200], b""])
@pytest.mark.parametrize("format_name", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_broken_profile_is_ignored_with_a_warning(photo, format_name, broken):
    options = {"lossless": True} if format_name == "WEBP" else {}
    image = Image.fromarray(photo[:32, :32])
    tagged = encode(image, format_name, icc_profile=broken or b"\0", **options)
    result = colorquant.quantize(tagged)
    assert result.warnings == ("The embedded color profile is broken and was ignored.",)
    assert result.to_dict()["warnings"] == list(result.warnings)
    np.testing.assert_array_equal(
        decode(tagged, SETTINGS).pixels, decode(encode(image, format_name, **options), SETTINGS).pixels
    )


def test_a_profile_for_other_colors_is_ignored_with_a_warning(noise):
    raster = decode(encode(Image.fromarray(noise), icc_profile=cmyk_profile()), SETTINGS)
    np.testing.assert_array_equal(raster.pixels, noise)
    assert raster.warnings == ("The embedded color profile is for CMYK, the image is RGB; it was ignored.",)
