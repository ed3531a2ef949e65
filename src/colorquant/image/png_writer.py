"""PNG files, for images of few colors.

Pillow filters every row by what suits photographs, which makes indices larger. What is chosen here was
measured by `benchmarks/png_levels.py` on 11 photographs of 0.4 and 2 of 9.8 megapixels.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import cv2
import deflate
import numpy as np
from numpy.typing import NDArray

from colorquant.cores import on_all_cores
from colorquant.image.png_chunks import MAGIC
from colorquant.image.samples import row_blocks

# 11.3.2.5: one byte, the rendering intent; 0 is perceptual.
_SRGB = b"\0"
# 5.3: a chunk's length is less than 2^31.
_LONGEST_CHUNK = (1 << 31) - 1

# Pixels. Up to here the slowest of libdeflate's levels takes at most 10 ms.
_TINY = 1 << 16
# Pixels. Up to here both layouts are written and the smaller is kept; above, bands of so many pixels decide.
_SMALL = 1 << 19
_BANDS = 3
# libdeflate's levels, 1 to 12, for images up to those sizes and above. Against level 6, level 7 saves 1 to
# 2 % and takes 1.5 to 1.8 times as long, level 10 saves 5 to 13 % and takes 10 to 18 times as long.
_LEVEL_TINY, _LEVEL_SMALL, _LEVEL = 12, 7, 6
# Pairs of pixels that are counted to find the colors that touch most.
_PAIRS = 1 << 18


class _Filter(IntEnum):
    """What a row's bytes are written as (9.2): themselves, or their differences from bytes before them."""

    NONE = 0
    SUB = 1
    UP = 2
    PAETH = 4


class _ColorType(IntEnum):
    """What a pixel is (11.2.1)."""

    RGB = 2
    INDEXED = 3
    RGBA = 6


@dataclass(frozen=True)
class _Layout:
    """The palette's order, old places by new, the filter of all rows, and how many bits a pixel has."""

    order: NDArray[np.intp]
    filter_type: _Filter
    bits: int


def indexed_png(
    indices: NDArray[np.uint8], palette: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> bytes:
    """Write an indexed PNG with 1, 2, 4 or 8 bits a pixel: as the palette needs, or 8 where that is smaller.

    Most images are smallest with the indices as they are. Some, such as fabrics and nebulae, get smaller by
    up to 28 % where colors that touch have neighboring indices and each row is written as its difference from
    the one above.

    Parameters
    ----------
    indices : ndarray of uint8, shape (H, W)
        Palette entry of each pixel.
    palette : ndarray of uint8, shape (k, 3)
        sRGB, k from 1 to 256. In the file it can have another order.
    alpha : ndarray of uint8, shape (k,), optional
        Opacity of each entry; all are opaque without it.

    Returns
    -------
    bytes
        The same for the same input, on every processor.
    """
    opacity = np.full(len(palette), 255, np.uint8) if alpha is None else alpha
    bits = bits_per_pixel(len(palette))
    # Entries after the last that is not opaque need no tRNS.
    opaque_last = np.argsort(opacity == 255, kind="stable")
    layouts = [
        _Layout(opaque_last, _Filter.NONE, bits),
        _Layout(_neighborly(_links(indices, len(palette))), _Filter.UP, bits),
    ]
    if 1 < bits < 8 and indices.size <= _TINY:
        # Deflate finds more that repeats where each pixel has a byte: icons get smaller by up to 18 %.
        layouts.append(_Layout(opaque_last, _Filter.NONE, 8))
    if indices.size > _SMALL:
        bands = [_packed(_sample(indices), layout) for layout in layouts]
        layouts = [layouts[_smallest(bands)]]
    return min((_indexed(indices, palette, opacity, layout) for layout in layouts), key=len)


def truecolor_png(shape: tuple[int, int, int], strips: Iterable[NDArray[np.uint8]]) -> bytes:
    """Write an RGB or RGBA PNG.

    Rows are mostly not filtered, which makes images of few colors 20 to 35 % smaller than filters that are
    chosen row by row. Tiny images, of which some are gradients, are tried both ways; in larger ones three
    bands decide whether all rows are written as their differences from the one above.

    Parameters
    ----------
    shape : (int, int, int)
        Height, width, and 3 or 4 channels.
    strips : iterable of ndarray of uint8, shape (rows, W, channels)
        The image from top to bottom, as many rows at a time as one likes.

    Returns
    -------
    bytes
    """
    height, width, channels = shape
    rows = np.empty((height, 1 + width * channels), np.uint8)
    rows[:, 0] = _Filter.NONE
    top = 0
    for strip in strips:
        rows[top : top + len(strip), 1:] = strip.reshape(len(strip), -1)
        top += len(strip)
    color_type = _ColorType.RGBA if channels == 4 else _ColorType.RGB
    ways = [rows]
    if height * width <= _TINY:
        ways.append(_filtered(rows, channels))
    elif _smallest([_sample(rows), _raised(_sample(rows))]):
        ways = [_raised(rows)]
    return min((_png((height, width), 8, color_type, [], way) for way in ways), key=len)


def bits_per_pixel(entries: int) -> int:
    """Bits that PNG needs for one index (PNG, third edition, 11.2.1: 1, 2, 4 or 8).

    Parameters
    ----------
    entries : int
        Size of the palette, 1 to 256.

    Returns
    -------
    int

    Examples
    --------
    >>> [bits_per_pixel(n) for n in (2, 3, 16, 17)]
    [1, 2, 4, 8]
    """
    return next(bits for bits in (1, 2, 4, 8) if entries <= 1 << bits)


def _indexed(
    indices: NDArray[np.uint8], palette: NDArray[np.uint8], opacity: NDArray[np.uint8], layout: _Layout
) -> bytes:
    chunks = [(b"PLTE", palette[layout.order].tobytes())]
    translucent = np.flatnonzero(opacity[layout.order] < 255)
    if translucent.size:
        chunks.append((b"tRNS", opacity[layout.order][: translucent[-1] + 1].tobytes()))
    return _png(indices.shape, layout.bits, _ColorType.INDEXED, chunks, _packed(indices, layout))


def _packed(indices: NDArray[np.uint8], layout: _Layout) -> NDArray[np.uint8]:
    """Rows as PNG has them: the filter's number, then the pixels, the first in the highest bits."""
    height, width = indices.shape
    a_byte = 8 // layout.bits
    places = np.zeros(256, np.uint8)
    places[layout.order] = np.arange(len(layout.order), dtype=np.uint8)
    rows = np.empty((height, 1 + -(-width // a_byte)), np.uint8)
    rows[:, 0] = layout.filter_type

    def pack(block: slice) -> None:
        # Differences are from the row above, which may belong to the block before.
        first = max(block.start - 1, 0) if layout.filter_type is _Filter.UP else block.start
        padded = np.zeros((block.stop - first, rows[0, 1:].size * a_byte), np.uint8)
        padded[:, :width] = cv2.LUT(np.ascontiguousarray(indices[first : block.stop]), places)
        packed = _bytes_of(padded, layout.bits)
        rows[block, 1:] = packed[block.start - first :]
        if layout.filter_type is _Filter.UP:
            rows[first + 1 : block.stop, 1:] -= packed[:-1]

    on_all_cores(pack, row_blocks(indices))
    return rows


def _bytes_of(pixels: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Put 8 / bits pixels into each byte, the first in its highest bits."""
    a_byte = 8 // bits
    # Read as one little-endian word of w bits, pixel i begins at bit 8i. Times 2^(w - bits - (8 + bits) i) it
    # lands where it belongs in the highest byte, and no two products overlap.
    highest = 8 * a_byte - bits
    factor = sum(1 << highest - (8 + bits) * i for i in range(a_byte))
    words = pixels.view(f"<u{a_byte}")
    packed: NDArray[np.uint8] = words * words.dtype.type(factor) >> words.dtype.type(8 * a_byte - 8)
    return packed.astype(np.uint8)


def _filtered(rows: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Give each row the filter with the least sum of absolute differences, as 12.7 suggests."""
    values = rows[:, 1:]
    left, above, corner = np.zeros((3, *values.shape), np.uint8)
    left[:, channels:] = values[:, :-channels]
    above[1:] = values[:-1]
    corner[1:] = left[:-1]
    before = {
        _Filter.NONE: 0,
        _Filter.SUB: left,
        _Filter.UP: above,
        _Filter.PAETH: _paeth(left, above, corner),
    }
    ways = np.stack([values - guess for guess in before.values()])
    best = np.abs(ways.view(np.int8).astype(np.int16)).sum(axis=2).argmin(axis=0)
    kinds = np.array(list(before), np.uint8)[best]
    return np.column_stack([kinds, ways[best, np.arange(len(rows))]])


def _raised(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn rows, in place, into their differences from the row above, the lowest first."""
    rows[:, 0] = _Filter.UP
    for block in reversed(row_blocks(rows)):
        first = max(block.start, 1)
        rows[first : block.stop, 1:] -= rows[first - 1 : block.stop - 1, 1:].copy()
    return rows


def _smallest(ways: Sequence[NDArray[np.uint8]]) -> int:
    """Tell which way of writing the same pixels is compressed best; the first of equally good ones."""
    sizes = on_all_cores(lambda rows: len(deflate.zlib_compress(rows, _LEVEL)), ways, fewest=2)
    return sizes.index(min(sizes))


def _paeth(left: NDArray[np.uint8], above: NDArray[np.uint8], corner: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of three neighbors the one nearest to left + above - corner (9.4)."""
    neighbors = np.stack([left, above, corner]).astype(np.int16)
    distances = np.abs(neighbors[0] + neighbors[1] - neighbors[2] - neighbors)
    guess: NDArray[np.int16] = np.take_along_axis(neighbors, distances.argmin(axis=0)[np.newaxis], axis=0)[0]
    return guess.astype(np.uint8)


def _sample(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copy bands of whole rows (of their beginnings, in very wide images), evenly spread."""
    height, width = image.shape
    columns = min(width, _SMALL // _BANDS)
    rows = min(height, max(1, _SMALL // _BANDS // columns))
    tops = np.linspace(0, height - rows, min(_BANDS, height // rows)).astype(np.intp)
    return np.concatenate([image[top : top + rows, :columns] for top in tops])


def _links(indices: NDArray[np.uint8], entries: int) -> NDArray[np.int64]:
    """Count how often two entries lie above each other, in evenly spread pairs of rows."""
    height, width = indices.shape
    columns = slice(None, None, -(-width // _PAIRS))
    pairs = min(height - 1, max(1, _PAIRS // width))
    tops = np.linspace(0, height - 2, pairs).astype(np.intp)
    codes = indices[tops, columns].astype(np.intp) * entries + indices[tops + 1, columns]
    links = np.bincount(codes.ravel(), minlength=entries**2).reshape(entries, entries)
    return links + links.T


def _neighborly(links: NDArray[np.int64]) -> NDArray[np.intp]:
    """Order entries so that linked ones are near: a chain that grows where the link is strongest."""
    waiting = list(range(len(links)))
    chain = [waiting.pop(0)]
    while waiting:
        first, last = links[chain[0], waiting], links[chain[-1], waiting]
        if last.max() >= first.max():
            chain.append(waiting.pop(int(last.argmax())))
        else:
            chain.insert(0, waiting.pop(int(first.argmax())))
    return np.array(chain, np.intp)


def _png(
    size: tuple[int, int],
    bits: int,
    color_type: _ColorType,
    chunks: Sequence[tuple[bytes, bytes]],
    rows: NDArray[np.uint8],
) -> bytes:
    height, width = size
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    stream = deflate.zlib_compress(rows, _level(height * width))
    starts = range(0, len(stream), _LONGEST_CHUNK)
    parts = [memoryview(stream)[start : start + _LONGEST_CHUNK] for start in starts]
    pieces = [MAGIC, *_chunk(b"IHDR", header), *_chunk(b"sRGB", _SRGB)]
    for kind, data in chunks:
        pieces += _chunk(kind, data)
    for part in parts:
        pieces += _chunk(b"IDAT", part)
    return b"".join([*pieces, *_chunk(b"IEND", b"")])


def _level(pixels: int) -> int:
    if pixels <= _TINY:
        return _LEVEL_TINY
    return _LEVEL_SMALL if pixels <= _SMALL else _LEVEL


def _chunk(kind: bytes, data: bytes | memoryview) -> tuple[bytes, bytes, bytes | memoryview, bytes]:
    checksum = deflate.crc32(data, deflate.crc32(kind))
    return struct.pack(">I", len(data)), kind, data, struct.pack(">I", checksum)
