"""PNG's pixels: a band of rows at a time, so that no library holds a second copy of them all.

OpenCV decodes grey and RGB to what Pillow gives, in three quarters of the time, and keeps all of 16 bits. It
gets each band as a PNG of its own, behind the row that the first filter may refer to. Palettes are left to
Pillow, which holds a byte a pixel of them.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.image.header import Header, corrupt
from colorquant.image.limits import Limits
from colorquant.image.opencv import imdecode
from colorquant.image.png_chunks import (
    GREY,
    GREY_ALPHA,
    INDEXED,
    MAGIC,
    RGB,
    RGB_ALPHA,
    chunks,
    essential,
    transparent_color,
)
from colorquant.image.samples import Samples, scale_to_8_bits

_SAMPLES = {GREY: 1, RGB: 3, INDEXED: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
# 8.1: first column and row of each pass, and the steps across and down.
_ADAM7 = 1
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# Bytes that go into zlib at once, and of rows that come out of it; some encoders leave a few behind the last.
_FEED = 1 << 16
_BAND = 1 << 22
_MOST_BEHIND = 1 << 20
# Table 13: none, sub, up, average, Paeth.
_LAST_FILTER = 4


def decode_pixels(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode what `read` has accepted."""
    depth, color_type = data[24], data[25]
    unpacker = _Unpacker(data, _passes(header.width, header.height, _SAMPLES[color_type] * depth, data[28]))
    if color_type == INDEXED or depth < 8 or data[28] == _ADAM7:
        unpacker.check()
        if color_type == INDEXED:
            # Other PNGs do without Pillow and its two dozen modules.
            from PIL import PngImagePlugin  # noqa: PLC0415

            from colorquant.image.pillow import decode_with  # noqa: PLC0415

            return decode_with(PngImagePlugin.PngImageFile, essential(data), header, limits)
        bands = iter([_in_order_of_file(essential(data), color_type)])
    else:
        bands = _bands(unpacker, header, depth, color_type)
    has_alpha = color_type in (GREY_ALPHA, RGB_ALPHA)
    colors = _SAMPLES[color_type] - has_alpha
    shape = (header.height, header.width)
    values = np.empty(shape if colors == 1 else (*shape, colors), np.uint16 if depth == 16 else np.uint8)
    alpha = np.empty(shape, np.uint8) if has_alpha else None
    top = 0
    for band in bands:
        rows = slice(top, top + len(band))
        values[rows] = band[..., :colors].reshape(values[rows].shape)
        if alpha is not None:
            alpha[rows] = scale_to_8_bits(band[..., -1]) if depth == 16 else band[..., -1]
        top = rows.stop
    key = transparent_color(data)
    # 13.12: shallow samples are spread over 0 to 255, and so is the color.
    spread = 255 // ((1 << depth) - 1) if depth < 8 else 1
    return Samples(values, _alpha_of_key(values, [sample * spread for sample in key]) if key else alpha)


class _Unpacker:
    """Rows as they are unpacked.

    What is missing decoders leave black, and OpenCV's unpacks all that follows, for minutes if need be. Here
    either is refused.
    """

    def __init__(self, data: bytes, passes: list[tuple[int, int]]) -> None:
        self.passes = passes
        self._packed = (
            data[start : min(start + _FEED, chunk.end - 4)]
            for chunk in chunks(data)
            if chunk.kind == b"IDAT"
            for start in range(chunk.body, chunk.end - 4, _FEED)
        )
        self._unpacker = zlib.decompressobj()
        self._left = b""
        self._unpacked = 0

    def read(self, rows: int, stride: int) -> bytes:
        """Unpack some rows, each behind its filter's byte."""
        unpacked = self._unpack(rows * stride)
        if len(unpacked) < rows * stride:
            needed = sum(rows * stride for rows, stride in self.passes)
            raise corrupt("PNG", f"{self._unpacked:,} bytes of pixels are there, of {needed:,}")
        if max(unpacked[::stride]) > _LAST_FILTER:
            raise corrupt("PNG", "it has a row with a filter that does not exist")
        return unpacked

    def end(self) -> None:
        """Refuse what has no end, or one far behind the last pixel."""
        if len(self._unpack(_MOST_BEHIND)) == _MOST_BEHIND:
            raise corrupt("PNG", "its data go on after the last pixel")
        if not self._unpacker.eof:
            raise corrupt("PNG", "its data have no end, nor a checksum")

    def check(self) -> None:
        """Unpack everything and keep none of it."""
        for rows, stride in self.passes:
            step = max(1, _BAND // stride)
            for top in range(0, rows, step):
                self.read(min(step, rows - top), stride)
        self.end()

    def _unpack(self, size: int) -> bytes:
        parts = []
        try:
            while size and not self._unpacker.eof:
                packed = self._left or next(self._packed, b"")
                part = self._unpacker.decompress(packed, size)
                if not part and not packed:
                    break
                self._left = self._unpacker.unconsumed_tail
                size -= len(part)
                self._unpacked += len(part)
                parts.append(part)
        except zlib.error as error:
            raise corrupt("PNG", str(error)) from error
        return b"".join(parts)


def _bands(unpacker: _Unpacker, header: Header, depth: int, color_type: int) -> Iterator[NDArray[Any]]:
    ((_, stride),) = unpacker.passes
    step = max(1, _BAND // stride)
    before = b""
    for top in range(0, header.height, step):
        rows = min(step, header.height - top)
        packed = before + unpacker.read(rows, stride)
        size = struct.pack(">II", header.width, rows + bool(before))
        parts = (
            (b"IHDR", size + bytes([depth, color_type, 0, 0, 0])),
            (b"IDAT", zlib.compress(packed, 0)),
            (b"IEND", b""),
        )
        band = _in_order_of_file(MAGIC + b"".join(_chunk(*part) for part in parts), color_type)
        band = band[bool(before) :]
        yield band
        # Filter 0 says that the row is what it is.
        before = b"\0" + band[-1].astype(f">u{depth // 8}").tobytes()
    unpacker.end()


def _chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return b"".join([struct.pack(">I", len(body)), kind, body, checksum.to_bytes(4)])


def _in_order_of_file(png: bytes, color_type: int) -> NDArray[Any]:
    """Decode to shape (rows, columns, samples)."""
    values = imdecode(png, cv2.IMREAD_UNCHANGED)
    if color_type == GREY:
        return values.reshape(*values.shape[:2], 1)
    if color_type == RGB:
        return values[..., 2::-1]
    # OpenCV makes blue, green, red and alpha of both.
    return values[..., [0, 3] if color_type == GREY_ALPHA else [2, 1, 0, 3]]


def _passes(width: int, height: int, bits: int, interlace: int) -> list[tuple[int, int]]:
    """Give each pass's rows, and the bytes of one behind that of its filter (7.2, 8.1)."""
    sizes = []
    for x, y, across, down in _PASSES if interlace == _ADAM7 else ((0, 0, 1, 1),):
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        if columns > 0 and rows > 0:
            sizes.append((rows, 1 + (columns * bits + 7) // 8))
    return sizes


def _alpha_of_key(values: NDArray[Any], key: list[int]) -> NDArray[np.uint8]:
    """Make what has the one transparent color transparent."""
    alpha = np.empty(values.shape[:2], np.uint8)
    for row, line in zip(alpha, values, strict=True):
        is_other = (line.reshape(len(line), -1) != np.array(key, values.dtype)).any(axis=1)
        np.multiply(is_other, np.uint8(255), out=row)
    return alpha
