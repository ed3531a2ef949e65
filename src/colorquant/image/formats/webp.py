"""WebP's chunks (RFC 9649), and its pixels by OpenCV.

Pillow takes every WebP for an animation, for which libwebp holds the picture five times over: 2 GB for
100 megapixels, against OpenCV's 0.8.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import LARGEST_PROFILE, Limits, check_blocks
from colorquant.image.opencv import imdecode
from colorquant.image.samples import Samples, row_blocks
from colorquant.image.tags import exif_orientation

# RFC 9649, 2.3 and 3.4: the file's, the chunk's and the lossless picture's own header.
_SHORTEST = 25
# OpenCV refuses fewer bytes, and says so on standard error; libwebp passes over what follows the file.
_SHORTEST_OF_OPENCV = 32
# Section 2.7: a bit of the extended header's flags.
_ALPHA = 0x10


def read(data: bytes, limits: Limits) -> Header:
    """Read a WebP's chunks."""
    if len(data) < _SHORTEST:
        raise truncated("WebP", data, _SHORTEST)
    needed = _end(data)
    if needed > len(data):
        raise truncated("WebP", data, needed)
    width, height = _size(data)
    check_size("WebP", width, height, limits)
    frames, orientation, profile = 0, 1, None
    for kind, body in _chunks(data[:needed]):
        if kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF":
            orientation = exif_orientation(body)
        elif kind == b"ICCP" and len(body) <= LARGEST_PROFILE:
            profile = bytes(body)
    return Header("WebP", width, height, frames=max(frames, 1), orientation=orientation, profile=profile)


def _end(data: bytes) -> int:
    # Section 2.3: the file's size without its first eight bytes.
    return 8 + int.from_bytes(data[4:8], "little")


def _size(data: bytes) -> tuple[int, int]:
    kind, start = data[12:16], 20
    if kind == b"VP8X":  # section 2.7: flags, then the canvas less one, three bytes each
        width, height = data[start + 4 : start + 7], data[start + 7 : start + 10]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if kind == b"VP8 " and data[start + 3 : start + 6] == b"\x9d\x01\x2a":  # RFC 6386, 9.1
        width, height = data[start + 6 : start + 8], data[start + 8 : start + 10]
        return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
    if kind == b"VP8L" and data[start] == 0x2F:  # RFC 9649, 3.4: a signature, then 14 bits each, less one
        bits = int.from_bytes(data[start + 1 : start + 5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise corrupt("WebP", f"it starts with an unknown part {kind!r}")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position, count = 12, 0
    while position + 8 <= len(data):
        check_blocks(count := count + 1, "WebP")
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + size > len(data):
            raise truncated("WebP", data, position + 8 + size)
        yield data[position : position + 4], data[position + 8 : position + 8 + size]
        # Section 2.3: chunks start at even offsets.
        position += 8 + size + size % 2


def decode(data: bytes, header: Header, limits: Limits) -> Samples:  # noqa: ARG001
    """Decode by OpenCV, and put an animation's first frame in its place, with nothing around it."""
    # What follows the file is not ours to judge.
    data = data[: _end(data)]
    body = next((body for kind, body in _chunks(data) if kind == b"ANMF"), None)
    if body is None:
        return _decode_still(data, header.width, header.height)
    # Section 2.7.1.1: where it belongs, halved, and its size less one.
    left, top, *less = (int.from_bytes(body[i : i + 3], "little") for i in (0, 3, 6, 9))
    columns, rows = slice(2 * left, 2 * left + less[0] + 1), slice(2 * top, 2 * top + less[1] + 1)
    if columns.stop > header.width or rows.stop > header.height:
        raise corrupt("WebP", "its first frame lies outside")
    frame = _decode_still(_as_still(body[16:], less), less[0] + 1, less[1] + 1)
    if (header.height, header.width) == frame.values.shape[:2]:
        return frame
    values = np.zeros((header.height, header.width, 3), np.uint8)
    alpha = np.zeros((header.height, header.width), np.uint8)
    values[rows, columns] = frame.values
    alpha[rows, columns] = 255 if frame.alpha is None else frame.alpha
    return Samples(values, alpha)


def _as_still(chunks: bytes, less: list[int]) -> bytes:
    """Write a frame's chunks as a file of its own, with a header that tells of a plane of alpha."""
    kept = [(kind, body) for kind, body in _chunks(b" " * 12 + chunks) if kind in (b"ALPH", b"VP8 ", b"VP8L")]
    if kept and kept[0][0] == b"ALPH":
        size = b"".join(side.to_bytes(3, "little") for side in less)
        kept.insert(0, (b"VP8X", bytes([_ALPHA, 0, 0, 0]) + size))
    parts = (kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2) for kind, body in kept)
    written = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(written).to_bytes(4, "little") + written


def _decode_still(data: bytes, width: int, height: int) -> Samples:
    # A frame's own header may say anything.
    if len(data) < _SHORTEST or _size(data) != (width, height):
        raise corrupt("WebP", "its pictures have other sizes than it says")
    values = imdecode(data.ljust(_SHORTEST_OF_OPENCV, b"\0"), cv2.IMREAD_UNCHANGED)
    if values.shape[:2] != (height, width):
        raise corrupt("WebP", "its pictures have other sizes than it says")
    if values.shape[2] == 3:
        return Samples(cv2.cvtColor(values, cv2.COLOR_BGR2RGB, dst=values))
    rgb = np.empty((height, width, 3), np.uint8)
    for rows in row_blocks(rgb):
        rgb[rows] = values[rows, :, 2::-1]
    return Samples(rgb, np.ascontiguousarray(values[..., 3]))
