"""WebPs as libwebp's own tools for animations write them, against Pillow, which decodes by another way."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from colorquant import CorruptImageError, Settings
from colorquant.image.decode import decode

SETTINGS = Settings()


def animation(**options: object) -> tuple[bytes, np.ndarray]:
    """Make one whose first frame covers a part of the canvas, which a clear border leaves it."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 4), np.uint8)
    pixels[:10] = pixels[:, :20] = 0
    first, second = Image.fromarray(pixels), Image.fromarray(pixels[::-1])
    buffer = io.BytesIO()
    first.save(buffer, "WEBP", save_all=True, append_images=[second], **options)
    with Image.open(buffer) as opened:
        return buffer.getvalue(), np.asarray(opened.convert("RGBA"))


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}], ids=["lossless", "lossy"])
def test_the_first_frame_of_an_animation_is_in_its_place(options):
    data, expected = animation(**options)
    raster = decode(data, SETTINGS)
    assert raster.frames == 2
    np.testing.assert_array_equal(raster.alpha, expected[..., 3])
    seen = expected[..., 3] > 0
    difference = raster.pixels[seen].astype(int) - expected[seen][:, :3]
    assert np.abs(difference).max() <= (0 if "lossless" in options else 1)


def frame_header(data: bytes) -> int:
    return data.index(b"ANMF") + 8


def test_a_frame_that_lies_outside_or_has_another_size_is_refused():
    data = animation(lossless=True)[0]
    start = frame_header(data)
    outside = data[:start] + (50).to_bytes(3, "little") + data[start + 3 :]
    with pytest.raises(CorruptImageError, match="lies outside"):
        decode(outside, SETTINGS)
    other = data[: start + 6] + (3).to_bytes(3, "little") + data[start + 9 :]
    with pytest.raises(CorruptImageError, match="other sizes"):
        decode(other, SETTINGS)


def test_bytes_behind_a_webp_change_nothing():
    still = io.BytesIO()
    Image.new("RGB", (3, 2), (10, 20, 30)).save(still, "WEBP", lossless=True)
    for data in (still.getvalue(), animation(lossless=True)[0]):
        raster = decode(data + b"\xff" * 20, SETTINGS)
        np.testing.assert_array_equal(raster.pixels, decode(data, SETTINGS).pixels)


def test_the_shortest_webp_is_whole():
    """One pixel, written by RFC 9649: five codes of a single symbol, 0, which take no bits in the picture."""
    picture = b"VP8L\x08\0\0\0/\0\0\0\0" + sum(0b1000 << 4 * i for i in range(5)).to_bytes(3, "little")
    data = b"RIFF" + (4 + len(picture)).to_bytes(4, "little") + b"WEBP" + picture
    assert len(data) == 28
    assert decode(data, SETTINGS).pixels.tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize("options", [{"lossless": True, "exact": True}, {"quality": 90}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_still_webp_decodes_like_pillow(photo, mode, options):
    image = Image.fromarray(photo)
    image.putalpha(Image.fromarray(photo[..., 1]))
    image.convert(mode).save(buffer := io.BytesIO(), "WEBP", **options)
    raster = decode(buffer.getvalue(), SETTINGS)
    expected = np.asarray(Image.open(buffer).convert(mode)).astype(int)
    assert np.abs(raster.pixels - expected[..., :3]).max() <= 1
    if mode == "RGBA":
        np.testing.assert_array_equal(raster.alpha, expected[..., 3])
