"""JPEG 2000, ICO and TGA, and what is told of files that are not read."""

from __future__ import annotations

import io
import re
import struct

import numpy as np
import pytest
from PIL import Image

from colorquant import CorruptImageError, ImageTooLargeError, Settings, TruncatedImageError
from colorquant.errors import UnsupportedImageError
from colorquant.image.decode import decode, read_header
from colorquant.image.formats import FORMATS, SUFFIXES, format_of
from tests.unit.test_image_profiles import PRIMARIES, SRGB, rgb_profile, to_srgb

SETTINGS = Settings()


def encode(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


@pytest.mark.parametrize("bare", [False, True], ids=["boxes", "codestream"])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_lossless_jpeg_2000_gives_back_what_was_encoded(noise, mode, bare):
    image = Image.fromarray(noise)
    image.putalpha(Image.fromarray(noise[..., 1]))
    image = image.convert(mode)
    raster = decode(encode(image, "JPEG2000", no_jp2=bare, irreversible=False), SETTINGS)
    assert raster.format == "JPEG 2000"
    expected = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(raster.pixels, expected[..., :3])
    if mode.endswith("A"):
        np.testing.assert_array_equal(raster.alpha, expected[..., 3])


def test_a_deep_grey_jpeg_2000_is_rounded():
    deep = np.random.default_rng(0).integers(0, 65536, (40, 30), np.uint16)
    data = encode(Image.fromarray(deep), "JPEG2000", irreversible=False)
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels[..., 0], np.rint(deep / 257))


def test_a_jpeg_2000_s_profile_is_applied(noise):
    data = encode(Image.fromarray(noise), "JPEG2000", irreversible=False)
    plain = box(b"colr", b"\1\0\0\0\0\0\x10")
    assert data.count(plain) == 1
    colr = box(b"colr", b"\2\0\0" + rgb_profile("Adobe RGB"))
    grown = len(colr) - len(plain)
    start = data.index(b"jp2h") - 4
    size = int.from_bytes(data[start : start + 4]) + grown
    data = (data[:start] + size.to_bytes(4) + data[start + 4 :]).replace(plain, colr)
    linear = (noise / 255) ** 2.2 @ np.array(PRIMARIES["Adobe RGB"]).T @ np.linalg.inv(SRGB).T
    assert np.percentile(np.abs(decode(data, SETTINGS).pixels - to_srgb(linear)), 99) <= 1.01


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("part", [0.3, 0.7, 0.99])
def test_a_cut_off_jpeg_2000_is_refused(photo, bare, part):
    data = encode(Image.fromarray(photo[:64, :64]), "JPEG2000", no_jp2=bare)
    with pytest.raises(TruncatedImageError):
        decode(data[: int(len(data) * part)], SETTINGS)


def test_a_huge_jpeg_2000_is_refused_by_its_header(noise):
    data = bytearray(encode(Image.fromarray(noise), "JPEG2000", no_jp2=True))
    data[8:16] = struct.pack(">II", 60_000, 60_000)
    with pytest.raises(ImageTooLargeError):
        read_header(bytes(data), SETTINGS)


def test_a_jpeg_2000_that_would_take_too_much_memory_is_refused(noise):
    for mode, most in (("RGB", 7_500), ("L", 10_000)):
        data = bytearray(encode(Image.fromarray(noise).convert(mode), "JPEG2000", no_jp2=True))
        data[8:16] = struct.pack(">II", most, most)
        assert read_header(bytes(data), SETTINGS).width == most
    data = bytearray(encode(Image.fromarray(noise), "JPEG2000", no_jp2=True))
    data[8:16] = struct.pack(">II", 7_600, 7_600)
    with pytest.raises(ImageTooLargeError, match=r"3 channels.*1\.2 GB"):
        read_header(bytes(data), SETTINGS)


def tga(pixels: np.ndarray, *, runs: bool = False, top_down: bool = False) -> bytes:
    """Write samples of shape (H, W, 1, 3 or 4) by Truevision's specification."""
    height, width, samples = pixels.shape
    kind = (3 if samples == 1 else 2) + 8 * runs
    descriptor = (8 if samples == 4 else 0) | (0x20 if top_down else 0)
    stored = pixels if top_down else pixels[::-1]
    if samples > 1:
        stored = np.concatenate([stored[..., 2::-1], stored[..., 3:]], axis=2)
    rows = stored.reshape(-1, samples)
    # Each pixel as a run of one.
    body = b"".join(b"\x80" + row.tobytes() for row in rows) if runs else rows.tobytes()
    return (
        struct.pack("<BBBHHBHHHHBB", 0, 0, kind, 0, 0, 0, 0, 0, width, height, samples * 8, descriptor) + body
    )


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("samples", [1, 3, 4])
def test_a_tga_gives_what_was_written(noise, samples, runs, top_down):
    pixels = np.dstack([noise, noise[..., 0]])[..., :samples]
    raster = decode(tga(pixels, runs=runs, top_down=top_down), SETTINGS)
    assert raster.format == "TGA"
    np.testing.assert_array_equal(raster.pixels, np.broadcast_to(pixels[..., :3], raster.pixels.shape))
    if samples == 4:
        np.testing.assert_array_equal(raster.alpha, pixels[..., 3])


def test_a_cut_off_tga_is_refused(noise):
    for runs in (False, True):
        data = tga(noise, runs=runs)
        for part in (0.01, 0.5, 0.99):
            with pytest.raises((TruncatedImageError, UnsupportedImageError)):
                decode(data[: int(len(data) * part)], SETTINGS)


def bitmap(pixels: np.ndarray, mask: np.ndarray, bits: int) -> bytes:
    height, width = mask.shape
    channels = [pixels[..., 2::-1], np.where(mask, 0, 255)[..., None].astype(np.uint8)][: bits // 8 - 2]
    rows = np.concatenate(channels, axis=2).reshape(height, -1)[::-1]
    bit_rows = np.packbits(mask[::-1], axis=1)
    rows, bit_rows = (np.pad(each, ((0, 0), (0, -each.shape[1] % 4))) for each in (rows, bit_rows))
    header = struct.pack("<IiiHHIIiiII", 40, width, height * 2, 1, bits, 0, 0, 0, 0, 0, 0)
    return header + rows.tobytes() + bit_rows.tobytes()


def ico(*pictures: tuple[int, int, bytes]) -> bytes:
    """Write pictures, each with its side and its bits a pixel."""
    start = 6 + 16 * len(pictures)
    out, bodies = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for side, bits, body in pictures:
        out += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, bits, len(body), start + len(bodies))
        bodies += body
    return out + bodies


@pytest.mark.parametrize("kind", ["24 bits", "32 bits", "PNG"])
def test_the_largest_picture_of_an_ico_is_used(kind):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (32, 32, 3), np.uint8)
    mask = rng.integers(0, 2, (32, 32)).astype(bool)
    small = bitmap(pixels[:16, :16], mask[:16, :16], 24)
    rgba = np.dstack([pixels, np.where(mask, 0, 255)]).astype(np.uint8)
    png = encode(Image.fromarray(rgba), "PNG")
    large = png if kind == "PNG" else bitmap(pixels, mask, int(kind[:2]))
    raster = decode(ico((16, 24, small), (32, 32, large)), SETTINGS)
    np.testing.assert_array_equal(raster.pixels, pixels)
    np.testing.assert_array_equal(raster.alpha == 0, mask)
    assert raster.format == "ICO"
    assert raster.warnings == ("The ICO holds its picture in 2 sizes; the largest was used.",)


def test_a_cut_off_ico_is_refused(noise):
    data = ico((40, 24, bitmap(noise, noise[..., 0] > 9, 24)))
    for end in (10, 30, len(data) // 2, len(data) - 1):
        with pytest.raises(TruncatedImageError):
            decode(data[:end], SETTINGS)


def test_an_ico_may_not_hold_more_than_it_says():
    huge = bytearray(bitmap(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), bool), 24))
    huge[4:12] = struct.pack("<ii", 60_000, 120_000)
    with pytest.raises(ImageTooLargeError):
        decode(ico((4, 24, bytes(huge))), SETTINGS)
    with pytest.raises(CorruptImageError):
        decode(ico((4, 24, b"short")), SETTINGS)


NAMED = {
    "a PDF": b"%PDF-1.7\n",
    "an SVG drawing": b'<?xml version="1.0"?>\n<!-- made by -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "an SVG drawing, bare": b'<svg width="1">',
    "a web page (HTML)": b"\n<!DOCTYPE html><html><svg></svg></html>",
    "a Photoshop document": b"8BPS\0\1",
    "a JPEG XL image": b"\xff\x0a\xfa\x1f",
    "a JPEG XL image, boxed": b"\0\0\0\x0cJXL \r\n\x87\n",
    "a camera's raw file": b"II*\0\x10\0\0\0CR\x02\0",
    "a camera's raw file, CR3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    "a camera's raw file, RAF": b"FUJIFILMCCD-RAW 0201",
    "a video": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41",
    "a video, Matroska": b"\x1aE\xdf\xa3\x01\0\0\0",
    "an archive": b"PK\x03\x04\x14\0",
    "an icon for macOS": b"icns\0\0\1\0",
    "a Netpbm image": b"P6\n2 2\n255\n",
}


@pytest.mark.parametrize(("name", "data"), NAMED.items(), ids=NAMED.keys())
def test_a_file_of_another_kind_is_named_with_a_way_out(name, data):
    sentence = rf"^This is {re.escape(name.split(',')[0])}.*, which is not read\. [A-Z][\w ]+\.$"
    with pytest.raises(UnsupportedImageError, match=sentence):
        decode(data, SETTINGS)


@pytest.mark.parametrize("data", [b"Dear photo,\n", b"\0" * 100, bytes(range(200)), b"\xff" * 50])
def test_a_file_of_no_kind_is_told_by_its_first_bytes(data):
    with pytest.raises(UnsupportedImageError, match=r"not a JPEG, PNG, .* or TGA image.*starts with"):
        decode(data, SETTINGS)


def test_every_format_has_a_module_suffixes_and_a_name_of_its_own():
    assert len({each.name for each in FORMATS}) == len(FORMATS)
    assert len(SUFFIXES) == sum(len(each.suffixes) for each in FORMATS)
    for each in FORMATS:
        assert callable(each.reader.read)
        assert callable(each.reader.decode)
        assert each.media_type.startswith("image/")


def test_a_format_is_one_row_and_one_module(monkeypatch, noise):
    """A toy of one: width, height, then red, green and blue."""
    import sys  # noqa: PLC0415
    import types  # noqa: PLC0415

    from colorquant.image import formats  # noqa: PLC0415
    from colorquant.image.header import Header  # noqa: PLC0415
    from colorquant.image.samples import Samples  # noqa: PLC0415

    toy = types.ModuleType("colorquant.image.formats.toy")
    toy.read = lambda data, _: Header("Toy", data[3], data[4])
    toy.decode = lambda data, header, _: Samples(
        np.frombuffer(data, np.uint8, offset=5).reshape(header.height, header.width, 3)
    )
    monkeypatch.setitem(sys.modules, toy.__name__, toy)
    row = formats.Format("Toy", "toy", lambda data: data.startswith(b"TOY"), (".toy",), "image/x-toy")
    monkeypatch.setattr(formats, "FORMATS", (*FORMATS, row))
    data = b"TOY" + bytes(noise.shape[1::-1]) + noise.tobytes()
    assert format_of(data) is row
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels, noise)
