"""Color spaces that are told without a profile, and profiles of deep pictures, against colorimetry."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from colorquant import Settings
from colorquant.image.decode import decode
from tests.unit.test_image_profiles import (
    PRIMARIES,
    SRGB,
    curve,
    encode,
    grey_profile,
    profile,
    rgb_profile,
    table_profile,
    to_srgb,
    xyz,
)

SETTINGS = Settings()
# ITU-R BT.2087, from light in BT.2020's primaries to BT.709's, which are sRGB's.
BT2020_TO_SRGB = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)
BT709, BT2020, SRGB_CURVE, LINEAR, PQ, HLG = 1, 9, 13, 8, 16, 18
ADOBE = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)


def from_srgb_curve(code: np.ndarray) -> np.ndarray:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(data: bytes, *chunks: bytes) -> bytes:
    return data[:33] + b"".join(chunks) + data[33:]


def chromaticities(*values: float) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values)))


def patches() -> np.ndarray:
    steps = np.arange(0, 256, 15, np.uint8)
    return np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 54, 3).repeat(4, 0).repeat(4, 1)


def avif_with(pixels: np.ndarray, primaries: int, transfer: int) -> bytes:
    data = encode(Image.fromarray(pixels), "AVIF", quality=100, subsampling="4:4:4")
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def files_in(space: tuple[int, int], pixels: np.ndarray) -> dict[str, bytes]:
    heic = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(
        heic, quality=-1, chroma=444, color_primaries=space[0], transfer_characteristics=space[1],
        matrix_coefficients=0, full_range_flag=1,
    )  # fmt: skip
    cicp = chunk(b"cICP", bytes([*space, 0, 1]))
    return {
        "PNG": png_with(encode(Image.fromarray(pixels)), cicp),
        "AVIF": avif_with(pixels, *space),
        "HEIC": heic.getvalue(),
    }


@pytest.mark.parametrize("format_name", ["PNG", "AVIF", "HEIC"])
def test_code_points_of_a_wide_gamut_are_applied(format_name):
    pixels = patches()
    plain = decode(files_in((BT709, SRGB_CURVE), pixels)[format_name], SETTINGS)
    wide = decode(files_in((BT2020, SRGB_CURVE), pixels)[format_name], SETTINGS)
    # From what the codec left of the colors.
    expected = to_srgb(from_srgb_curve(plain.pixels / 255) @ BT2020_TO_SRGB.T)
    assert np.abs(wide.pixels - expected).max() <= 2
    assert np.abs(wide.pixels.astype(int) - plain.pixels).max() > 50
    assert plain.warnings == wide.warnings == ()


@pytest.mark.parametrize("format_name", ["PNG", "AVIF", "HEIC"])
def test_linear_code_points_are_applied(format_name):
    pixels = patches()
    plain = decode(files_in((BT709, SRGB_CURVE), pixels)[format_name], SETTINGS).pixels
    linear = decode(files_in((BT709, LINEAR), pixels)[format_name], SETTINGS).pixels
    assert np.abs(linear - to_srgb(plain / 255)).max() <= 1


@pytest.mark.parametrize(("transfer", "white"), [(PQ, 0.5807), (HLG, 0.7552)])
def test_more_light_than_white_is_brought_under_it(transfer, white):
    """`white` is the code of 203 cd/m2, in ITU-R BT.2408: 58 % in PQ, and 75 % in HLG."""
    codes = np.linspace(0, 1, 256)
    ramp = np.rint(codes * 65535).astype(np.uint16)[None, :].repeat(8, 0)
    data = cv2.imencode(".png", np.dstack([ramp] * 3))[1].tobytes()
    shown = decode(png_with(data, chunk(b"cICP", bytes([BT2020, transfer, 0, 1]))), SETTINGS).pixels[0]
    assert (np.diff(shown.astype(int), axis=0) >= 0).all()
    assert (np.ptp(shown.astype(int), axis=1) <= 1).all()
    assert shown[0].max() == 0
    assert shown[-1].min() == 255
    # Reinhard's curve with the white at 1000 / 203: 1 becomes (1 + 1 / 4.926**2) / 2.
    expected = to_srgb(np.array((1 + (203 / 1000) ** 2) / 2))
    assert abs(float(np.interp(white, codes, shown[:, 0])) - expected) <= 2


def test_hues_stay_when_light_is_brought_under_white():
    red = np.full((4, 4, 3), 0, np.uint8)
    red[..., 0] = 255
    data = png_with(encode(Image.fromarray(red)), chunk(b"cICP", bytes([BT709, PQ, 0, 1])))
    assert decode(data, SETTINGS).pixels[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("format_name", ["PNG", "AVIF"])
def test_unknown_code_points_are_told(noise, format_name):
    cicp = chunk(b"cICP", bytes([99, 13, 0, 1]))
    is_png = format_name == "PNG"
    data = png_with(encode(Image.fromarray(noise)), cicp) if is_png else avif_with(noise, 99, 13)
    (warning,) = decode(data, SETTINGS).warnings
    assert "code points 99 and 13" in warning


def test_code_points_that_are_not_for_rgb_are_told(noise):
    data = png_with(encode(Image.fromarray(noise)), chunk(b"cICP", bytes([9, 16, 9, 0])))
    raster = decode(data, SETTINGS)
    assert "cICP" in raster.warnings[0]
    np.testing.assert_array_equal(raster.pixels, noise)


def test_code_points_count_more_than_a_png_s_profile_and_less_than_an_avif_s(noise):
    icc = rgb_profile("Adobe RGB")
    cicp = chunk(b"cICP", bytes([BT709, SRGB_CURVE, 0, 1]))
    np.testing.assert_array_equal(
        decode(png_with(encode(Image.fromarray(noise), icc_profile=icc), cicp), SETTINGS).pixels, noise
    )
    options = {"quality": 100, "subsampling": "4:4:4", "icc_profile": icc}
    data = encode(Image.fromarray(noise), "AVIF", **options)
    assert np.abs(decode(data, SETTINGS).pixels.astype(int) - noise).max() > 20


@pytest.mark.parametrize("depth", [8, 16])
def test_chromaticities_are_applied_with_their_gamma(depth):
    pixels = patches()
    if depth == 8:
        data = encode(Image.fromarray(pixels))
    else:
        data = cv2.imencode(".png", pixels[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    told = decode(png_with(data, chunk(b"gAMA", struct.pack(">I", 45455)), chromaticities(*ADOBE)), SETTINGS)
    # A gamma of 1/2.2 stands for sRGB's curve.
    linear = from_srgb_curve(pixels / 255) @ np.array(PRIMARIES["Adobe RGB"]).T @ np.linalg.inv(SRGB).T
    assert np.abs(told.pixels - to_srgb(linear)).max() <= 2
    assert told.warnings == ()


def test_swapped_primaries_swap_the_colors(noise):
    swapped = chromaticities(0.3127, 0.3290, 0.30, 0.60, 0.64, 0.33, 0.15, 0.06)
    raster = decode(png_with(encode(Image.fromarray(noise)), swapped), SETTINGS)
    assert np.abs(raster.pixels[..., [1, 0, 2]].astype(int) - noise).max() <= 1


@pytest.mark.parametrize("values", [[0.0] * 8, [0.3] * 8, [0.3127, 0.3290] * 4])
def test_impossible_chromaticities_are_told(noise, values):
    raster = decode(png_with(encode(Image.fromarray(noise)), chromaticities(*values)), SETTINGS)
    assert "impossible" in raster.warnings[0]
    np.testing.assert_array_equal(raster.pixels, noise)


def test_srgb_s_own_chromaticities_change_nothing(noise):
    own = chromaticities(0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
    raster = decode(png_with(encode(Image.fromarray(noise)), own), SETTINGS)
    np.testing.assert_array_equal(raster.pixels, noise)
    assert raster.warnings == ()


def deep_ramp() -> np.ndarray:
    """More than half of it below the first of 256 levels."""
    return np.rint(np.linspace(0, 1, 4096) ** 6 * 65535).astype(np.uint16).reshape(64, 64)


PARAMETRIC = b"para\0\0\0\0\0\x03\0\0" + b"".join(
    struct.pack(">i", round(v * 65536)) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
)
TABLE = b"curv\0\0\0\0" + struct.pack(
    ">I257H", 257, *np.rint(np.linspace(0, 1, 257) ** 1.8 * 65535).astype(int)
)
CURVES = {
    "gamma 1": (curve(1.0), lambda code: code),
    "gamma 2.2": (curve(2.19921875), lambda code: code**2.19921875),
    "no entry": (b"curv\0\0\0\0\0\0\0\0", lambda code: code),
    "parametric": (PARAMETRIC, from_srgb_curve),
    "table": (TABLE, lambda code: code**1.8),
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_profile_is_applied_before_16_bits_become_8(name, suffix):
    written, meant = CURVES[name]
    columns = np.array(PRIMARIES["Adobe RGB"]).T
    tags = {letter + b"XYZ": xyz(column) for letter, column in zip((b"r", b"g", b"b"), columns, strict=True)}
    icc = profile(b"RGB ", b"XYZ ", b"mntr", tags | {c + b"TRC": written for c in (b"r", b"g", b"b")})
    ramp = deep_ramp()
    pixels = np.dstack([ramp, ramp[::-1], ramp.T])
    if suffix == ".png":
        data = png_with(
            cv2.imencode(".png", pixels[..., ::-1])[1].tobytes(),
            chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc)),
        )
    else:
        from tests.unit.test_image_tiff import RGB, tiff  # noqa: PLC0415

        data = tiff(pixels, RGB, tags={34675: list(struct.unpack(f"<{len(icc) // 4}I", icc))})
        at = data.index(struct.pack("<HH", 34675, 4))
        data = data[: at + 2] + struct.pack("<HI", 7, len(icc)) + data[at + 8 :]
    linear = meant(pixels / 65535) @ np.array(PRIMARIES["Adobe RGB"]).T @ np.linalg.inv(SRGB).T
    assert np.abs(decode(data, SETTINGS).pixels - to_srgb(linear)).max() <= 1


def test_a_grey_profile_is_applied_before_16_bits_become_8():
    ramp = deep_ramp()
    data = png_with(
        cv2.imencode(".png", ramp)[1].tobytes(),
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(grey_profile(1.0))),
    )
    assert np.abs(decode(data, SETTINGS).pixels[..., 0] - to_srgb(ramp / 65535)).max() <= 1


def test_a_grey_profile_of_lightness_is_not_one_of_light():
    ramp = np.arange(0, 65536, 257, np.uint16).reshape(16, 16)
    icc = profile(b"GRAY", b"Lab ", b"mntr", {b"kTRC": curve(1.0)})
    data = png_with(cv2.imencode(".png", ramp)[1].tobytes(), chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc)))
    lightness = ramp / 65535 * 100
    # CIE 15: luminance from lightness.
    luminance = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    assert np.abs(decode(data, SETTINGS).pixels[..., 0] - to_srgb(luminance)).max() <= 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("gamma", [-2.0, -0.5])
def test_a_curve_that_no_number_stands_for_is_left_to_little_cms(gamma):
    written = b"para\0\0\0\0\0\0\0\0" + struct.pack(">i", round(gamma * 65536))
    icc = profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": written})
    data = png_with(
        cv2.imencode(".png", deep_ramp())[1].tobytes(), chunk(b"iCCP", b"icc\0\0" + zlib.compress(icc))
    )
    assert decode(data, SETTINGS).pixels.shape == (64, 64, 3)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.4])
def test_a_profile_by_a_table_is_applied_before_16_bits_become_8(gamma):
    ramp = deep_ramp()
    pixels = np.dstack([ramp, ramp[::-1], ramp.T])
    icc = zlib.compress(table_profile(gamma))
    data = png_with(cv2.imencode(".png", pixels[..., ::-1])[1].tobytes(), chunk(b"iCCP", b"icc\0\0" + icc))
    off = np.abs(decode(data, SETTINGS).pixels - to_srgb((pixels / 65535) ** gamma))
    assert off.max() <= 2
