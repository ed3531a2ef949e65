"""PNGs, checked against a decoder written here from the standard."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from colorquant import ImageError, Settings, TruncatedImageError
from colorquant.image.decode import decode

SETTINGS = Settings()
MAGIC = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# PNG, third edition, 8.1: start and step of each pass, across and down.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass
class Reference:
    """What the standard says a PNG holds: exact values from 0 to 1, and alpha."""

    rgb: np.ndarray
    alpha: np.ndarray


def chunks_of(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    position = 8
    while position < len(data):
        size = int.from_bytes(data[position : position + 4])
        kind = data[position + 4 : position + 8]
        found[kind] = found.get(kind, b"") + data[position + 8 : position + 8 + size]
        position += 12 + size
    return found


def unfilter(raw: bytes, offset: int, rows: int, stride: int, step: int) -> tuple[np.ndarray, int]:
    lines = np.zeros((rows + 1, stride), np.uint8)
    for row in range(1, rows + 1):
        kind = raw[offset]
        line = bytearray(raw[offset + 1 : offset + 1 + stride])
        above = lines[row - 1].tolist()
        for i in range(stride):
            left = line[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            estimate = left + above[i] - corner
            near = min((left, above[i], corner), key=lambda value, e=estimate: abs(e - value))
            line[i] = line[i] + (0, left, above[i], (left + above[i]) // 2, near)[kind] & 255
        lines[row] = np.frombuffer(bytes(line), np.uint8)
        offset += 1 + stride
    return lines[1:], offset


def unpack_samples(lines: np.ndarray, width: int, depth: int, channels: int) -> np.ndarray:
    if depth == 16:
        values = lines.view(">u2").astype(np.int64)
    elif depth == 8:
        values = lines.astype(np.int64)
    else:
        bits = np.unpackbits(lines, axis=1).reshape(len(lines), -1, depth)
        values = bits @ (1 << np.arange(depth - 1, -1, -1))
    return values[:, : width * channels].reshape(len(lines), width, channels)


def decode_by_the_standard(data: bytes) -> Reference:
    chunks = chunks_of(data)
    width, height, depth, color_type, _, _, interlace = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    channels, raw = CHANNELS[color_type], zlib.decompress(chunks[b"IDAT"])
    samples = np.zeros((height, width, channels), np.int64)
    offset = 0
    for x, y, across, down in ADAM7 if interlace else ((0, 0, 1, 1),):
        wide, high = -(-(width - x) // across), -(-(height - y) // down)
        if wide <= 0 or high <= 0:
            continue
        stride, step = -(-wide * channels * depth // 8), max(1, channels * depth // 8)
        lines, offset = unfilter(raw, offset, high, stride, step)
        samples[y::down, x::across] = unpack_samples(lines, wide, depth, channels)
    largest = (1 << depth) - 1
    transparency = chunks.get(b"tRNS")
    alpha = np.ones((height, width))
    if color_type == 3:
        palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3) / 255
        entries = np.frombuffer((transparency or b"").ljust(len(palette), b"\xff"), np.uint8) / 255
        return Reference(palette[samples[..., 0]], entries[samples[..., 0]])
    if color_type in (4, 6):
        alpha = samples[..., -1] / largest
        samples = samples[..., :-1]
    elif transparency:
        key = np.frombuffer(transparency, ">u2").astype(np.int64)
        alpha = np.where((samples == key).all(axis=2), 0.0, 1.0)
    return Reference(np.broadcast_to(samples / largest, (height, width, 3)), alpha)


def assert_decodes_as_the_standard_says(data: bytes) -> None:
    expected = decode_by_the_standard(data)
    raster = decode(data, SETTINGS)
    alpha = np.full(raster.pixels.shape[:2], 255) if raster.alpha is None else raster.alpha
    np.testing.assert_array_equal(alpha, np.rint(expected.alpha * 255))
    np.testing.assert_array_equal(raster.pixels, np.rint(expected.rgb * 255))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def make_png(samples: np.ndarray, depth: int, color_type: int, *extra: bytes) -> bytes:
    """Write samples, shape (H, W, channels), with filter 0."""
    height, width, _ = samples.shape
    bits = (samples[..., None] >> np.arange(depth - 1, -1, -1)) & 1
    rows = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    raw = np.pad(rows, ((0, 0), (1, 0))).tobytes()
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    return MAGIC + b"".join(parts)


DEPTHS = [(0, d) for d in (1, 2, 4, 8, 16)] + [(t, d) for t in (2, 4, 6) for d in (8, 16)]


@pytest.mark.parametrize(("color_type", "depth"), DEPTHS)
def test_every_color_type_and_depth_decodes_as_the_standard_says(color_type, depth):
    rng = np.random.default_rng(depth)
    samples = rng.integers(0, 1 << depth, (9, 13, CHANNELS[color_type]))
    assert_decodes_as_the_standard_says(make_png(samples, depth, color_type))


@pytest.mark.parametrize(("color_type", "depth"), [pair for pair in DEPTHS if pair[0] in (0, 2)])
def test_one_transparent_color_is_compared_in_full_depth(color_type, depth):
    rng = np.random.default_rng(depth)
    samples = rng.integers(0, 1 << depth, (9, 13, CHANNELS[color_type]))
    # In 16 bits, a neighbor that is the same in 8 bits must stay opaque.
    samples[0, 0] = samples[0, 1] = (1 << depth) // 2
    samples[0, 1, 0] ^= 1
    key = b"".join(struct.pack(">H", value) for value in samples[0, 0])
    data = make_png(samples, depth, color_type, chunk(b"tRNS", key))
    assert_decodes_as_the_standard_says(data)
    assert decode(data, SETTINGS).alpha[0, :2].tolist() == [0, 255]


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_palettes_and_their_transparency_decode_as_the_standard_says(depth):
    rng = np.random.default_rng(depth)
    palette = rng.integers(0, 256, 3 << depth, np.uint8).tobytes()
    samples = rng.integers(0, 1 << depth, (9, 13, 1))
    extra = chunk(b"PLTE", palette), chunk(b"tRNS", b"\0\x80"[: 1 << depth])
    assert_decodes_as_the_standard_says(make_png(samples, depth, 3, *extra))


def test_every_valid_file_of_pngsuite_decodes_as_the_standard_says(data_folder):
    files = sorted((data_folder / "pngsuite").glob("[!x]*.png"))
    assert files
    for file in files:
        try:
            assert_decodes_as_the_standard_says(file.read_bytes())
        except AssertionError as error:
            raise AssertionError(f"{file.name}: {error}") from error


def test_every_corrupt_file_of_pngsuite_is_refused(data_folder):
    files = sorted((data_folder / "pngsuite").glob("x*.png"))
    assert files
    for file in files:
        with pytest.raises(ImageError):
            decode(file.read_bytes(), SETTINGS)


def test_a_png_with_too_little_data_is_refused_although_it_ends_properly():
    data = make_png(np.zeros((40, 40, 3), np.int64), 8, 2)
    short = make_png(np.zeros((20, 40, 3), np.int64), 8, 2)
    with pytest.raises(ImageError):
        decode(data[:33] + short[33:], SETTINGS)


def test_a_cut_off_png_says_how_much_was_there_and_how_much_is_missing(noise):
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    data = buffer.getvalue()
    with pytest.raises(TruncatedImageError, match=rf"5,000 bytes are there, of at least {len(data) - 12:,}"):
        decode(data[:5000], SETTINGS)


def test_a_wrong_checksum_is_refused_and_named(noise):
    data = bytearray(make_png(noise.astype(np.int64), 8, 2))
    data[-20] ^= 1
    with pytest.raises(ImageError, match="checksum of its IDAT"):
        decode(bytes(data), SETTINGS)


def test_a_gamma_unlike_srgb_s_is_told_and_not_applied(noise):
    data = make_png(noise.astype(np.int64), 8, 2, chunk(b"gAMA", struct.pack(">I", 100_000)))
    raster = decode(data, SETTINGS)
    np.testing.assert_array_equal(raster.pixels, noise)
    assert raster.warnings == ("The PNG has a gamma of 1.00, which was not applied.",)


def test_the_usual_gamma_is_no_news(noise):
    data = make_png(noise.astype(np.int64), 8, 2, chunk(b"gAMA", struct.pack(">I", 45_455)))
    assert decode(data, SETTINGS).warnings == ()


@pytest.mark.parametrize(("color_type", "depth"), [(2, 8), (2, 16), (3, 8), (6, 8)])
def test_a_png_whose_data_never_end_is_refused(color_type, depth):
    extra = [chunk(b"PLTE", bytes(768))] if color_type == 3 else []
    data = make_png(np.zeros((4, 4, CHANNELS[color_type]), np.int64), depth, color_type, *extra)
    start = data.index(b"IDAT") - 4
    bomb = chunk(b"IDAT", zlib.compress(bytes(64 * 2**20))) + chunk(b"IEND", b"")
    with pytest.raises(ImageError, match="go on after the last pixel"):
        decode(data[:start] + bomb, SETTINGS)


@pytest.mark.parametrize("color_type", [0, 2, 3, 4, 6])
def test_a_filter_that_does_not_exist_is_refused_and_written_nowhere(capfd, color_type):
    width, height, channels = 5, 6, CHANNELS[color_type]
    rows = b"".join(bytes([5 if row == 3 else 0]) + b"\0" * width * channels for row in range(height))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0))
    palette = chunk(b"PLTE", b"\0\0\0") if color_type == 3 else b""
    data = MAGIC + header + palette + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    with pytest.raises(ImageError, match="filter that does not exist"):
        decode(data, SETTINGS)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("color_type", [0, 2, 4, 6])
def test_bands_of_rows_join_without_a_seam(monkeypatch, color_type, depth):
    """Every filter refers to the row above, which may be the last of another band."""
    channels = CHANNELS[color_type]
    samples = np.random.default_rng(depth).integers(0, 1 << depth, (31, 17, channels))
    stored = samples.astype(f">u{depth // 8}").view(np.uint8).reshape(31, -1).astype(int)
    step, rows, above = channels * depth // 8, b"", np.zeros(stored.shape[1], int)
    for number, line in enumerate(stored):
        left = np.concatenate([np.zeros(step, int), line[:-step]])
        corner = np.concatenate([np.zeros(step, int), above[:-step]])
        near = np.abs(np.stack([left, above, corner]) - (left + above - corner)).argmin(axis=0)
        paeth = np.choose(near, [left, above, corner])
        kind = number % 5
        guess = (0, left, above, (left + above) // 2, paeth)[kind]
        rows += bytes([kind]) + ((line - guess) & 255).astype(np.uint8).tobytes()
        above = line
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 17, 31, depth, color_type, 0, 0, 0))
    data = MAGIC + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    monkeypatch.setattr("colorquant.image.png_pixels._BAND", 1)
    raster = decode(data, SETTINGS)
    expected = np.rint(samples / 257) if depth == 16 else samples
    colors = channels - (color_type in (4, 6))
    np.testing.assert_array_equal(raster.pixels, np.broadcast_to(expected[..., :colors], raster.pixels.shape))
    if color_type in (4, 6):
        np.testing.assert_array_equal(raster.alpha, expected[..., -1])
