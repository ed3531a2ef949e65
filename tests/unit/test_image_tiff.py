"""TIFFs written here by the specification, so that no decoder is its own judge."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import threading
import tracemalloc
import warnings
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from colorquant import (
    CorruptImageError,
    ImageTooLargeError,
    Settings,
    TruncatedImageError,
    UnsupportedImageError,
)
from colorquant.image.decode import decode

SETTINGS = Settings()
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, SEPARATED, CIELAB, CFA = 0, 1, 2, 5, 8, 32803
UNSPECIFIED, ASSOCIATED, UNASSOCIATED = 0, 1, 2
NONE, DEFLATE, WEBP = 1, 8, 50001
# How stored pixels are turned for each orientation (TIFF 6.0, page 36).
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a[:, ::-1].swapaxes(0, 1),
}


def pack(values: np.ndarray, order: str, compression: int, predictor: int) -> bytes:
    if predictor == 2:
        values = np.diff(values, axis=1, prepend=np.zeros_like(values[:, :1]))
    data = values.astype(values.dtype.newbyteorder(order)).tobytes()
    return zlib.compress(data) if compression == DEFLATE else data


def cut(plane: np.ndarray, tile: int, rows: int) -> list[np.ndarray]:
    if not tile:
        return [plane[top : top + rows] for top in range(0, len(plane), rows)]
    padding = [(0, -side % tile) for side in plane.shape[:2]] + [(0, 0)]
    padded = np.pad(plane, padding, mode="edge")
    return [
        padded[y : y + tile, x : x + tile]
        for y in range(0, len(padded), tile)
        for x in range(0, padded.shape[1], tile)
    ]


def tiff(
    pixels: np.ndarray,
    photometric: int,
    *,
    order: str = "<",
    big: bool = False,
    compression: int = NONE,
    predictor: int = 1,
    planar: bool = False,
    tile: int = 0,
    rows: int = 7,
    tags: dict[int, list[int]] | None = None,
) -> bytes:
    """Write pixels of shape (height, width, samples) as they are."""
    height, width, samples = pixels.shape
    planes = np.split(pixels, samples, axis=2) if planar else [pixels]
    parts = [pack(part, order, compression, predictor) for plane in planes for part in cut(plane, tile, rows)]
    header, number = (16, "Q") if big else (8, "I")
    starts = np.cumsum([header, *map(len, parts)]).tolist()
    entries = {256: [width], 257: [height], 258: [pixels.itemsize * 8] * samples, 259: [compression]}
    entries |= {262: [photometric], 277: [samples], 284: [2 if planar else 1], 317: [predictor]}
    entries |= {322: [tile], 323: [tile], 324: starts[:-1]} if tile else {273: starts[:-1], 278: [rows]}
    entries |= {325 if tile else 279: [len(part) for part in parts]} | (tags or {})
    start = starts[-1]
    long, count = struct.calcsize("=" + number), "Q" if big else "H"
    beyond = start + struct.calcsize("=" + count) + (4 + 2 * long) * len(entries) + long
    directory, lists = struct.pack(order + count, len(entries)), b""
    for tag, values in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(values)}I", *values)
        if len(packed) > long:
            lists, packed = lists + packed, struct.pack(order + number, beyond + len(lists))
        directory += struct.pack(order + "HH" + number, tag, 4, len(values)) + packed.ljust(long, b"\0")
    mark = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "H", 43 if big else 42)
    mark += struct.pack(order + "HHQ", 8, 0, start) if big else struct.pack(order + "I", start)
    return b"".join([mark, *parts, directory, b"\0" * long, lists])


def deep(height: int, width: int, samples: int) -> np.ndarray:
    return np.random.default_rng(samples).integers(0, 65536, (height, width, samples), np.uint16)


def rounded(values: np.ndarray) -> np.ndarray:
    return np.rint(values.astype(float) / 257)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("shape", [(20, 33), (24, 24)], ids=["oblong", "square"])
@pytest.mark.parametrize("samples", [1, 3, 4])
def test_a_16_bit_tiff_is_turned_once(orientation, shape, samples):
    pixels = deep(*shape, samples)
    photometric = BLACK_IS_ZERO if samples == 1 else RGB
    raster = decode(tiff(pixels, photometric, tags={274: [orientation]}), SETTINGS)
    turned = TURNS[orientation](rounded(pixels))
    np.testing.assert_array_equal(raster.pixels, np.broadcast_to(turned[..., :3], raster.pixels.shape))
    if samples == 4:
        np.testing.assert_array_equal(raster.alpha, turned[..., 3])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "packing", [(NONE, 1), (DEFLATE, 1), (DEFLATE, 2)], ids=["raw", "zip", "differences"]
)
@pytest.mark.parametrize("planar", [False, True], ids=["chunky", "planar"])
@pytest.mark.parametrize("tile", [0, 16], ids=["strips", "tiles"])
@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5, 6])
def test_16_bits_in_every_arrangement_are_rounded(order, packing, planar, tile, samples):
    compression, predictor = packing
    pixels = deep(37, 41, samples)
    photometric = BLACK_IS_ZERO if samples < 3 else RGB
    extra = {338: [UNASSOCIATED] + [UNSPECIFIED] * 2} if samples in {2, 4, 6} else {}
    data = tiff(
        pixels, photometric, order=order, compression=compression, predictor=predictor, planar=planar,
        tile=tile, tags=extra,
    )  # fmt: skip
    raster = decode(data, SETTINGS)
    expected = rounded(pixels)
    colors = 1 if samples < 3 else 3
    np.testing.assert_array_equal(raster.pixels, np.broadcast_to(expected[..., :colors], raster.pixels.shape))
    if extra:
        np.testing.assert_array_equal(raster.alpha, expected[..., colors])
    else:
        assert samples == 5 or raster.alpha is None


@pytest.mark.parametrize("packing", [(NONE, 1), (DEFLATE, 2)], ids=["raw", "differences"])
@pytest.mark.parametrize("planar", [False, True], ids=["chunky", "planar"])
def test_cmyk_of_16_bits_is_as_good_as_of_8(planar, packing):
    inks = deep(30, 20, 4)
    data = tiff(inks, SEPARATED, planar=planar, compression=packing[0], predictor=packing[1])
    cmyk = Image.fromarray(rounded(inks).astype(np.uint8), "CMYK")
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels, np.asarray(cmyk.convert("RGB")))


@pytest.mark.parametrize("suffix", ["lzw", "deflate", "packbits"])
def test_16_bits_in_a_compression_of_opencv_s_are_rounded(suffix):
    numbers = {"lzw": 5, "deflate": 8, "packbits": 32773}
    pixels = deep(50, 60, 3)
    options = [cv2.IMWRITE_TIFF_COMPRESSION, numbers[suffix]]
    data = cv2.imencode(".tif", pixels[..., ::-1], options)[1].tobytes()
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels, rounded(pixels))


def test_a_tall_strip_and_many_short_ones_give_the_same():
    pixels = deep(300, 50, 3)
    expected = rounded(pixels)
    for rows in (1, 299, 300, 2**32 - 1):
        np.testing.assert_array_equal(decode(tiff(pixels, RGB, rows=rows), SETTINGS).pixels, expected)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_16_bit_big_tiff_is_read_in_both_byte_orders(order):
    pixels = deep(30, 20, 3)
    np.testing.assert_array_equal(
        decode(tiff(pixels, RGB, order=order, big=True), SETTINGS).pixels, rounded(pixels)
    )


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_16_bit_tiff_whose_zero_is_white_is_inverted(order):
    grey = np.arange(0, 65536, 1111, np.uint16).reshape(-1, 59, 1)
    expected = rounded(65535 - grey)
    pixels = decode(tiff(grey, WHITE_IS_ZERO, order=order), SETTINGS).pixels
    np.testing.assert_array_equal(pixels[..., :1], expected)


def test_colors_multiplied_by_alpha_are_divided_again():
    straight = np.array([[[60_000, 30_000, 0, 32_768]]], np.int64)
    multiplied = straight.copy()
    multiplied[..., :3] = straight[..., :3] * 32_768 // 65_535
    raster = decode(tiff(multiplied.astype(np.uint16), RGB, tags={338: [ASSOCIATED]}), SETTINGS)
    np.testing.assert_array_equal(raster.pixels[0, 0], rounded(straight[0, 0, :3]))
    assert raster.alpha.tolist() == [[128]]


def test_a_fourth_channel_that_is_not_alpha_is_left_out(noise):
    four = np.dstack([noise, noise[..., 0]]).astype(np.uint16) * 257
    raster = decode(tiff(four, RGB, tags={338: [UNSPECIFIED]}), SETTINGS)
    assert raster.alpha is None
    np.testing.assert_array_equal(raster.pixels, noise)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_8_bits_are_read_or_refused_by_name(noise, order, big):
    data = tiff(noise, RGB, order=order, big=big)
    if big and order == ">":
        with pytest.raises(UnsupportedImageError, match="3 samples of 8/8/8 bits"):
            decode(data, SETTINGS)
    else:
        np.testing.assert_array_equal(decode(data, SETTINGS).pixels, noise)


@pytest.mark.parametrize(
    ("bits", "samples", "photometric"),
    [
        (10, 3, RGB), (12, 3, RGB), (14, 1, BLACK_IS_ZERO), (2, 3, RGB), (4, 3, RGB), (5, 1, BLACK_IS_ZERO),
        (16, 3, CIELAB), (16, 1, 3), (8, 9, RGB),
    ],
)  # fmt: skip
def test_pixels_stored_in_a_way_that_is_not_read_are_unsupported_and_not_damaged(bits, samples, photometric):
    data = tiff(np.zeros((8, 16, samples), np.uint16), photometric, tags={258: [bits] * samples})
    with pytest.raises(UnsupportedImageError, match=f"{samples} samples of {bits}"):
        decode(data, SETTINGS)


def test_an_unknown_compression_is_unsupported_and_named():
    with pytest.raises(UnsupportedImageError, match="number 50001"):
        decode(tiff(deep(4, 4, 3), RGB, tags={259: [WEBP]}), SETTINGS)


@pytest.mark.parametrize("tags", [{50706: [1]}, {254: [1]}, {262: [CFA]}], ids=["DNG", "preview", "CFA"])
def test_a_raw_file_does_not_pass_for_its_preview(noise, tags):
    with pytest.raises(UnsupportedImageError, match="camera's raw file"):
        decode(tiff(noise, RGB, tags=tags), SETTINGS)


def test_a_whole_file_with_too_few_pixels_is_not_called_cut_off(noise):
    for pixels in (noise[:2], deep(2, 20, 3)):
        data = tiff(pixels, RGB, rows=200, tags={257: [200]})
        with pytest.raises(CorruptImageError, match="fewer pixels than its tags say"):
            decode(data, SETTINGS)


def test_strips_that_share_all_of_the_file_do_not_multiply_its_size():
    pixels = deep(500, 1, 1)
    plain = tiff(pixels, BLACK_IS_ZERO, rows=1)
    data = plain + b"\0" * 200_000
    sizes = struct.pack("<500I", *[2] * 500)
    assert data.count(sizes) == 1
    data = data.replace(sizes, struct.pack("<500I", *[200_000] * 500))
    tracemalloc.start()
    raster = decode(data, SETTINGS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(raster.pixels[..., :1], rounded(pixels))
    assert peak < 10_000_000


@pytest.mark.parametrize("samples", [3, 1000])
def test_a_strip_of_too_many_samples_is_refused_before_it_is_decoded(samples):
    tags = {256: [8000], 257: [8000], 258: [16], 277: [samples]}
    data = tiff(deep(1, 1, 3), RGB, rows=8000, compression=DEFLATE, tags=tags)
    with pytest.raises(ImageTooLargeError, match=f"{8000 * 8000 * samples:,} samples in one strip"):
        decode(data, SETTINGS)


def test_only_as_many_planes_as_are_looked_at_are_decoded():
    pixels = deep(5, 6, 9)
    # Those behind the alpha hold nothing.
    sizes = [len(pack(pixels[..., i : i + 1], "<", DEFLATE, 1)) for i in range(4)] + [0] * 5
    tags = {279: sizes, 338: [UNASSOCIATED] + [UNSPECIFIED] * 5}
    raster = decode(tiff(pixels, RGB, planar=True, compression=DEFLATE, tags=tags), SETTINGS)
    np.testing.assert_array_equal(raster.pixels, rounded(pixels[..., :3]))
    np.testing.assert_array_equal(raster.alpha, rounded(pixels[..., 3]))


def test_a_tile_s_size_is_checked_in_numbers_with_a_sign_as_well(noise):
    data = tiff(noise, RGB, tile=16, compression=DEFLATE)
    for tag in (322, 323):
        at = data.index(struct.pack("<HHI", tag, 4, 1))
        data = data[:at] + struct.pack("<HHIi", tag, 9, 1, 60_000) + data[at + 12 :]
    with pytest.raises(ImageTooLargeError):
        decode(data, SETTINGS)


def test_an_offset_below_zero_is_refused():
    data = tiff(deep(5, 6, 3), RGB)
    at = data.index(struct.pack("<HHI", 273, 4, 1))
    with pytest.raises(CorruptImageError, match="where its pixels are"):
        decode(data[:at] + struct.pack("<HHIi", 273, 9, 1, -300) + data[at + 12 :], SETTINGS)


def test_a_later_page_that_cannot_be_read_is_counted_and_does_not_refuse_the_first(noise):
    data = bytearray(tiff(noise, RGB))
    start = int.from_bytes(data[4:8], "little")
    end = start + 2 + 12 * int.from_bytes(data[start : start + 2], "little")
    data[end : end + 4] = len(data).to_bytes(4, "little")
    data += struct.pack("<HHHIII", 1, 256, 4, 1, 10, 0)  # a width without a height
    raster = decode(bytes(data), SETTINGS)
    assert raster.frames == 2
    np.testing.assert_array_equal(raster.pixels, noise)


def test_a_cut_off_deep_tiff_is_refused():
    data = tiff(deep(20, 20, 3), RGB)
    with pytest.raises(TruncatedImageError):
        decode(data[:-100], SETTINGS)


def broken_fax() -> bytes:
    stripes = np.tile(np.array([0, 255], np.uint8).repeat(20), (100, 4))
    buffer = io.BytesIO()
    Image.fromarray(stripes).convert("1").save(buffer, "TIFF", compression="group4")
    data = bytearray(buffer.getvalue())
    with Image.open(buffer) as image:
        start = image.tag_v2[273][0]
    data[start + 12 : start + 14] = b"\0\x5f"
    return bytes(data)


def test_damage_that_libtiff_goes_over_is_told_and_written_nowhere(tmp_path):
    path = tmp_path / "fax.tif"
    path.write_bytes(broken_fax())
    code = (
        "import sys, colorquant; from colorquant.image.decode import decode;"
        "print(*decode(open(sys.argv[1], 'rb').read(), colorquant.Settings()).warnings)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert "The TIFF is damaged in places (Bad code word)" in done.stdout
    assert done.stderr == ""


def test_warnings_are_the_program_s_again_after_decoding_in_many_threads():
    filters = list(warnings.filters)
    threads = [threading.Thread(target=decode, args=(broken_fax(), SETTINGS)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == filters
