from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from colorquant import (
    CorruptImageError,
    EmptyImageError,
    ImageTooLargeError,
    Settings,
    TruncatedImageError,
    UnsupportedImageError,
)
from colorquant.image.decode import decode

SETTINGS = Settings()
EXIF_ORIENTATION = 0x0112


def encode(pixels: np.ndarray, format_name: str, mode: str | None = None, **options: object) -> bytes:
    image = Image.fromarray(pixels)
    buffer = io.BytesIO()
    (image.convert(mode) if mode else image).save(buffer, format_name, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def test_a_png_decodes_to_its_pixels(noise):
    np.testing.assert_array_equal(decode(encode(noise, "PNG"), SETTINGS).pixels, noise)


def test_a_jpeg_decodes_to_the_pixels_that_pillow_sees(photo_bytes):
    ours = decode(photo_bytes, SETTINGS).pixels.astype(int)
    pillow = np.asarray(Image.open(io.BytesIO(photo_bytes)).convert("RGB")).astype(int)
    # Both use libjpeg-turbo, but may be built with other roundings.
    assert np.abs(ours - pillow).max() <= 3


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_grey_and_indexed_pngs_become_rgb(noise, mode):
    data = encode(noise, "PNG", mode)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels, expected)


def test_sixteen_bits_become_eight_by_rounding():
    deep = np.array([[0, 128, 129, 32768, 65535]], np.uint16)
    expected = np.rint(deep / 257).astype(np.uint8)
    np.testing.assert_array_equal(decode(encode(deep, "PNG"), SETTINGS).pixels[..., 0], expected)


def test_alpha_is_kept_beside_the_pixels(noise):
    alpha = np.full(noise.shape[:2], 255, np.uint8)
    alpha[0] = 7
    raster = decode(encode(np.dstack([noise, alpha]), "PNG"), SETTINGS)
    np.testing.assert_array_equal(raster.pixels, noise)
    np.testing.assert_array_equal(raster.alpha, alpha)


def test_an_alpha_channel_that_hides_nothing_is_dropped(noise):
    opaque = np.full(noise.shape[:2], 255, np.uint8)
    assert decode(encode(np.dstack([noise, opaque]), "PNG"), SETTINGS).alpha is None


@pytest.mark.parametrize(
    ("format_name", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "L"), ("PNG", "P")]
)
def test_exif_orientation_turns_the_picture_upright(format_name, mode):
    stored = np.zeros((16, 32, 3), np.uint8)
    stored[:, 16:] = 255
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    upright = decode(encode(stored, format_name, mode, exif=exif), SETTINGS).pixels
    assert upright.shape == (32, 16, 3)
    assert upright[:16].mean() < 5
    assert upright[16:].mean() > 250


def test_the_name_and_not_the_content_being_jpeg_is_refused():
    with pytest.raises(UnsupportedImageError, match="not a JPEG, PNG"):
        decode(b"Dear photo,\n", SETTINGS)


def test_no_bytes_are_refused():
    with pytest.raises(EmptyImageError, match="empty"):
        decode(b"", SETTINGS)


@pytest.mark.parametrize("part", [0.05, 0.5, 0.99])
def test_a_cut_off_jpeg_is_refused_and_says_how_much_there_was(photo_bytes, part):
    cut = photo_bytes[: int(len(photo_bytes) * part)]
    with pytest.raises(TruncatedImageError, match=f"{len(cut):,} bytes"):
        decode(cut, SETTINGS)


@pytest.mark.parametrize("kept", [20, 500, -1])
def test_a_cut_off_png_is_refused(noise, kept):
    with pytest.raises(TruncatedImageError):
        decode(encode(noise, "PNG")[:kept], SETTINGS)


def test_a_damaged_png_is_refused(noise):
    data = bytearray(encode(noise, "PNG"))
    data[60:70] = b"0123456789"
    with pytest.raises(CorruptImageError, match="damaged"):
        decode(bytes(data), SETTINGS)


def test_a_huge_image_is_refused_by_its_header():
    with pytest.raises(ImageTooLargeError, match=r"60000x60000 pixels.*limit"):
        decode(png_header(60_000, 60_000), SETTINGS)


def test_a_file_over_the_limit_is_refused(noise):
    with pytest.raises(ImageTooLargeError, match="limit is 100"):
        decode(encode(noise, "PNG"), Settings(max_bytes=100))


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_an_image_of_no_size_is_refused(size):
    with pytest.raises(CorruptImageError):
        decode(png_header(*size), SETTINGS)
