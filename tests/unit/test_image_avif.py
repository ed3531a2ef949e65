"""AVIFs whose boxes were changed here, as other encoders write them."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import AvifImagePlugin, Image

from colorquant import CorruptImageError, Settings, UnsupportedImageError
from colorquant.image import formats
from colorquant.image.decode import decode, read_header

SETTINGS = Settings()


def avif(alpha: bool, **options: object) -> tuple[np.ndarray, bytes]:
    y, x = np.mgrid[:40, :60]
    pixels = np.stack([x * 4, y * 6, (x + y) * 2] + [x * 4] * alpha, -1).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "AVIF", quality=100, subsampling="4:4:4", **options)
    return pixels, buffer.getvalue()


def splice(data: bytes, at: int, old: bytes, new: bytes, *, inside: tuple[bytes, ...]) -> bytes:
    """Replace bytes in the boxes named, and move the pictures' offsets along."""
    grown = len(new) - len(old)
    assert data[at : at + len(old)] == old
    changed = bytearray(data)
    for kind in inside:
        start = data.index(kind) - 4
        size = int.from_bytes(data[start : start + 4]) + grown
        changed[start : start + 4] = size.to_bytes(4)
    # libavif writes version 0, with offsets and lengths of 4 bytes and no base.
    position = data.index(b"iloc") + 12
    for _ in range(int.from_bytes(data[position - 2 : position])):
        offset = int.from_bytes(data[position + 6 : position + 10])
        changed[position + 6 : position + 10] = (offset + grown).to_bytes(4)
        position += 14
    changed[at : at + len(old)] = new
    return bytes(changed)


def with_a_list_for_each_picture(data: bytes) -> bytes:
    start = data.index(b"ipma") - 4
    both = data[start : start + int.from_bytes(data[start : start + 4])]
    first, second = both[16 : 16 + 3 + both[18]], both[16 + 3 + both[18] :]
    lists = [struct.pack(">I4sII", 16 + len(entry), b"ipma", 0, 1) + entry for entry in (first, second)]
    return splice(data, start, both, b"".join(lists), inside=(b"meta", b"iprp"))


def test_a_list_of_properties_for_each_picture_is_read_like_one_for_all():
    pixels, data = avif(alpha=True)
    apart = with_a_list_for_each_picture(data)
    # It is what libavif refuses.
    with pytest.raises(SyntaxError, match="BMFF"):
        AvifImagePlugin.AvifImageFile(io.BytesIO(apart))
    raster, whole = decode(apart, SETTINGS), decode(data, SETTINGS)
    np.testing.assert_array_equal(raster.pixels, whole.pixels)
    np.testing.assert_array_equal(raster.alpha, whole.alpha)
    assert np.abs(raster.alpha.astype(int) - pixels[..., 3]).max() <= 3


def test_avifs_with_a_list_for_each_picture_from_elsewhere_are_read(data_folder):
    files = sorted((data_folder / "refused").glob("plum-blossom-*.avif"))
    assert files
    for file in files:
        raster = decode(file.read_bytes(), SETTINGS)
        assert raster.pixels.shape == (128, 128, 3)
        # A blossom on nothing.
        assert (raster.alpha[0, 0], raster.alpha[64, 64]) == (0, 255)
        assert np.ptp(raster.pixels[64, 64].astype(int)) > 50


def with_clap(data: bytes, *numbers: int) -> bytes:
    box = struct.pack(">I4s8i", 40, b"clap", *numbers)
    codec = data.index(b"av1C") - 4
    # The new property is put in front of the third, which all others of the entry stay behind.
    entry = data.index(b"ipma") + 12
    count = data[entry + 2]
    associations = bytes(n + 1 if n & 0x7F >= 3 else n for n in data[entry + 3 : entry + 3 + count])
    data = splice(
        data, entry + 2, data[entry + 2 : entry + 3 + count],
        bytes([count + 1]) + associations + b"\x83", inside=(b"meta", b"iprp", b"ipma"),
    )  # fmt: skip
    return splice(data, codec, b"", box, inside=(b"meta", b"iprp", b"ipco"))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("right", "down"), [(0, 0), (-10, 5), (20, -10)])
def test_a_clean_aperture_is_cut_out_before_turning(orientation, right, down):
    exif = Image.Exif()
    exif[0x0112] = orientation
    _, data = avif(alpha=False, exif=exif)
    whole = decode(data, SETTINGS).pixels
    stored = np.rot90(whole, 1) if orientation == 6 else whole
    cropped = with_clap(data, 20, 1, 40, 2, right * 2, 2, down, 1)
    top, left = (40 - 20) // 2 + down, (60 - 20) // 2 + right
    expected = stored[top : top + 20, left : left + 20]
    expected = np.rot90(expected, -1) if orientation == 6 else expected
    np.testing.assert_array_equal(decode(cropped, SETTINGS).pixels, expected)


@pytest.mark.parametrize(
    "numbers", [(80, 1, 20, 1, 0, 1, 0, 1), (20, 1, 20, 1, 30, 1, 0, 1), (20, 0, 20, 1, 0, 1, 0, 1)]
)
def test_a_clean_aperture_that_cannot_be_is_refused(numbers):
    with pytest.raises(CorruptImageError, match="clean aperture"):
        decode(with_clap(avif(alpha=False)[1], *numbers), SETTINGS)


def test_a_heic_of_another_codec_is_unsupported_and_named():
    import pillow_heif  # noqa: PLC0415

    pillow_heif.from_pillow(Image.new("RGB", (64, 64))).save(buffer := io.BytesIO())
    data = buffer.getvalue()
    at = data.index(b"hvc1", data.index(b"infe"))
    with pytest.raises(UnsupportedImageError, match="unci"):
        decode(data[:at] + b"unci" + data[at + 4 :], SETTINGS)


def test_a_sequence_without_a_picture_is_unsupported_and_not_damaged():
    data = b"\0\0\0\x14ftyphevc\0\0\0\0msf1" + b"\0\0\0\x08moov" + b"\0\0\0\x08mdat"
    with pytest.raises(UnsupportedImageError, match="sequence of pictures"):
        read_header(data, SETTINGS)


def test_a_large_avif_is_decoded_in_one_thread_to_the_same_pixels(monkeypatch):
    _, data = avif(alpha=True)
    small = decode(data, SETTINGS)
    threads = []

    class Decoder:
        def __init__(self, data, codec, count):
            threads.append(count)
            self._decoder = original(data, codec, count)

        def __getattr__(self, name):
            return getattr(self._decoder, name)

    original = formats.avif._avif.AvifDecoder
    monkeypatch.setattr(formats.avif._avif, "AvifDecoder", Decoder)
    monkeypatch.setattr(formats.avif, "_LARGE", 60 * 40 - 1)
    large = decode(data, SETTINGS)
    assert threads[-1] == 1
    np.testing.assert_array_equal(large.pixels, small.pixels)
    np.testing.assert_array_equal(large.alpha, small.alpha)
