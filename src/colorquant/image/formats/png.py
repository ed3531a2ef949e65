"""PNG's chunks (PNG, third edition), and its pixels by OpenCV or Pillow.

OpenCV decodes grey and RGB to what Pillow gives, in three quarters of the time, and keeps all of 16 bits.
Where there is a palette or alpha it is no faster, and makes RGB of grey.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import PngImagePlugin

from colorquant.errors import ImageTooLargeError
from colorquant.image.header import BROKEN_PROFILE, Header, check_size, corrupt, truncated
from colorquant.image.limits import LARGEST_PROFILE, MEGA, Limits, check_blocks
from colorquant.image.opencv import imdecode
from colorquant.image.pillow import decode_with
from colorquant.image.rgb_spaces import (
    RgbSpace,
    from_code_points,
    gamma_curve,
    is_srgb,
    matrix_to_srgb,
    srgb_curve,
)
from colorquant.image.samples import Samples, scale_to_8_bits
from colorquant.image.tags import exif_orientation

_MAGIC = b"\x89PNG\r\n\x1a\n"
GREY, RGB, INDEXED, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
# 11.2.1, table 12: which bit depths each color type may have.
_DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    INDEXED: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGB_ALPHA: (8, 16),
}
_SAMPLES = {GREY: 1, RGB: 3, INDEXED: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
# 8.1: first column and row of each pass, and the steps across and down.
_ADAM7 = 1
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# Bytes to unpack at once; some encoders leave a few behind the last pixel.
_STEP = 1 << 20
# All that pixels depend on. Text, profiles and animation are left out of what the decoders get.
_ESSENTIAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_COLORS = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"})
# A gamma of 1/2.2 stands for sRGB's curve; 5 % around it is not seen.
_SRGB_GAMMA = range(43_290, 47_850)


@dataclass(frozen=True)
class Chunk:
    """A chunk's type, and where it and its body stand."""

    kind: bytes
    start: int
    body: int
    end: int


def read(data: bytes, limits: Limits) -> Header:
    """Read and check a PNG's chunks."""
    if len(data) < 33:
        raise truncated("PNG", data, 33)
    if data[12:16] != b"IHDR":
        raise corrupt("PNG", "it does not start with its header")
    # 11.2.1: width, height, bit depth, color type, compression, filter, interlace.
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    depth, color_type, *methods = data[24:29]
    check_size("PNG", width, height, limits)
    if depth not in _DEPTHS.get(color_type, ()) or methods[0] or methods[1] or methods[2] > 1:
        raise corrupt("PNG", f"color type {color_type} with {depth} bits, methods {methods} does not exist")
    known = _read_chunks(data)
    return Header("PNG", width, height, **known)


def _read_chunks(data: bytes) -> dict[str, Any]:
    known: dict[str, Any] = {}
    colors: dict[bytes, bytes] = {}
    kinds = set()
    for chunk in _chunks(data):
        body = data[chunk.body : chunk.end - 4]
        if chunk.kind in _ESSENTIAL and zlib.crc32(data[chunk.start + 4 : chunk.end - 4]) != int.from_bytes(
            data[chunk.end - 4 : chunk.end]
        ):
            raise corrupt("PNG", f"the checksum of its {chunk.kind.decode()} part is wrong")
        if chunk.kind == b"acTL":
            known["frames"] = max(1, int.from_bytes(body[:4]))
        elif chunk.kind == b"eXIf":
            known["orientation"] = exif_orientation(body)
        elif chunk.kind in _COLORS:
            colors.setdefault(chunk.kind, body)
        kinds.add(chunk.kind)
    if b"IDAT" not in kinds:
        raise corrupt("PNG", "it has no image data")
    # 4.3: which of them counts if there are several.
    if b"cICP" in colors:
        known["space"], problem = _read_code_points(colors[b"cICP"])
    elif b"iCCP" in colors:
        known["profile"], problem = _inflate_profile(colors[b"iCCP"])
    elif b"sRGB" in colors:
        problem = ()
    else:
        known["space"], problem = _read_gamma(colors.get(b"gAMA"), colors.get(b"cHRM"))
    return known | {"warnings": problem}


def _read_code_points(body: bytes) -> tuple[RgbSpace | None, tuple[str, ...]]:
    # 11.3.2.6: primaries, transfer, matrix, and whether all numbers are used.
    if len(body) < 4 or body[2] or not body[3]:
        return None, ("The PNG's color space (cICP) is not one for RGB and was not applied.",)
    return from_code_points(body[0], body[1])


def _read_gamma(gamma: bytes | None, chromaticities: bytes | None) -> tuple[RgbSpace | None, tuple[str, ...]]:
    """Apply a gamma where it comes with chromaticities, and warn of it where it comes alone.

    By itself it is what editors wrote by mistake for years, and most programs pass over it.
    """
    # 11.3.2.2: times 100 000, as an encoder's exponent.
    exponent = int.from_bytes(gamma or b"") or _SRGB_GAMMA.start
    is_usual = exponent in _SRGB_GAMMA
    primaries = _read_primaries(chromaticities or b"")
    if not primaries or is_srgb(primaries):
        told = f"The PNG has a gamma of {exponent / 100_000:.2f}, which was not applied."
        return None, () if is_usual else (told,)
    try:
        matrix = matrix_to_srgb(primaries)
    except (ValueError, ZeroDivisionError):
        return None, ("The PNG's primaries (cHRM) are impossible and were not applied.",)
    return RgbSpace((srgb_curve if is_usual else gamma_curve(100_000 / exponent),) * 3, matrix), ()


def _read_primaries(body: bytes) -> list[tuple[float, float]]:
    # 11.3.2.1: x and y of white, red, green and blue, times 100 000.
    if len(body) != 32:
        return []
    numbers = [number / 100_000 for number in struct.unpack(">8I", body)]
    white, *primaries = zip(numbers[::2], numbers[1::2], strict=True)
    return [*primaries, white]


def _inflate_profile(body: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    # 11.3.2.3: a name, a zero byte, the compression method, then the compressed profile.
    compressed = body[body.find(b"\0") + 2 :]
    try:
        profile = zlib.decompressobj().decompress(compressed, LARGEST_PROFILE + 1)
    except zlib.error:
        return None, (BROKEN_PROFILE,)
    if len(profile) > LARGEST_PROFILE:
        raise ImageTooLargeError(
            f"The PNG's color profile unpacks to more than {LARGEST_PROFILE / MEGA:.1f} MB. "
            "Export the image without it."
        )
    return profile, ()


def _chunks(data: bytes) -> Iterator[Chunk]:
    """Walk the chunks to the last one (5.3: length, type, body, checksum)."""
    position, count = len(_MAGIC), 0
    while position + 12 <= len(data):
        check_blocks(count := count + 1, "PNG")
        end = position + 12 + int.from_bytes(data[position : position + 4])
        if end > len(data):
            raise truncated("PNG", data, end)
        chunk = Chunk(data[position + 4 : position + 8], position, position + 8, end)
        yield chunk
        if chunk.kind == b"IEND":
            return
        position = end
    raise truncated("PNG", data, position + 12)


def _essential(data: bytes) -> bytes:
    """Leave only what the pixels depend on.

    Decoders then find no text, profile or animation to unpack, and no transparency of the kinds that they
    see differently; an indexed image keeps its transparency.
    """
    kept = _ESSENTIAL | {b"tRNS"} if data[25] == INDEXED else _ESSENTIAL
    # A palette in an RGB image is a suggestion, and libpng complains about some.
    kept = kept if data[25] == INDEXED else kept - {b"PLTE"}
    return _MAGIC + b"".join(data[c.start : c.end] for c in _chunks(data) if c.kind in kept)


def _transparent_color(data: bytes) -> list[int] | None:
    """Find the one color that a grey or RGB image declares transparent (11.3.1.1)."""
    samples = {GREY: 1, RGB: 3}.get(data[25])
    for chunk in _chunks(data):
        if chunk.kind == b"IDAT" or samples is None:
            break
        if chunk.kind == b"tRNS" and chunk.end - 4 - chunk.body >= 2 * samples:
            body = data[chunk.body : chunk.end - 4]
            return [int.from_bytes(body[i : i + 2]) & ((1 << data[24]) - 1) for i in range(0, 2 * samples, 2)]
    return None


def _check_unpacked_size(data: bytes, header: Header) -> None:
    """Refuse an image whose data unpack to less than its pixels need, or to much more.

    Decoders leave what is missing black, and OpenCV's unpacks all that follows, for minutes if need be.
    """
    needed = _unpacked_size(header.width, header.height, _SAMPLES[data[25]] * data[24], data[28] == _ADAM7)
    unpacker, unpacked = zlib.decompressobj(), 0
    try:
        for chunk in _chunks(data):
            packed = data[chunk.body : chunk.end - 4] if chunk.kind == b"IDAT" else b""
            while packed and not unpacker.eof:
                unpacked += len(unpacker.decompress(packed, _STEP))
                packed = unpacker.unconsumed_tail
                if unpacked > needed + _STEP:
                    raise corrupt("PNG", "its data go on after the last pixel")
    except zlib.error as error:
        raise corrupt("PNG", str(error)) from error
    if unpacked >= needed and not unpacker.eof:
        raise corrupt("PNG", "its data have no end, nor a checksum")
    if unpacked < needed:
        raise corrupt("PNG", f"{unpacked:,} bytes of pixels are there, of {needed:,}")


def _unpacked_size(width: int, height: int, bits: int, is_interlaced: bool) -> int:
    """Bytes of all rows, each behind its filter's byte (7.2, 8.1)."""
    size = 0
    for x, y, across, down in _PASSES if is_interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        if columns > 0 and rows > 0:
            size += rows * (1 + (columns * bits + 7) // 8)
    return size


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by the library that gives all of the color type's bits."""
    _check_unpacked_size(data, header)
    depth, color_type = data[24], data[25]
    if depth == 16:
        return _deep(data)
    if color_type not in (GREY, RGB):
        return decode_with(PngImagePlugin.PngImageFile, _essential(data), header, limits)
    values = imdecode(_essential(data), cv2.IMREAD_GRAYSCALE if color_type == GREY else cv2.IMREAD_COLOR_RGB)
    key = _transparent_color(data)
    # 13.12: shallow samples are spread over 0 to 255, and so is the color.
    spread = 255 // ((1 << depth) - 1)
    return Samples(values, _alpha_of_key(values, [sample * spread for sample in key]) if key else None)


def _deep(data: bytes) -> Samples:
    values = imdecode(_essential(data), cv2.IMREAD_UNCHANGED)
    alpha = None
    if values.ndim == 3:
        # OpenCV gives blue first.
        alpha = scale_to_8_bits(values[..., 3]) if values.shape[2] == 4 else None
        values = values[..., 2::-1]
    key = _transparent_color(data)
    return Samples(values, _alpha_of_key(values, key) if key else alpha)


def _alpha_of_key(values: NDArray[Any], key: list[int]) -> NDArray[np.uint8]:
    """Make what has the one transparent color transparent."""
    alpha = np.empty(values.shape[:2], np.uint8)
    for row, line in zip(alpha, values, strict=True):
        is_other = (line.reshape(len(line), -1) != np.array(key, values.dtype)).any(axis=1)
        np.multiply(is_other, np.uint8(255), out=row)
    return alpha
