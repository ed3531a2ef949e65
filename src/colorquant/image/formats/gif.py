"""GIF's blocks (GIF89a specification), and its pixels by Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import GifImagePlugin

from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import Limits, check_blocks
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


class _Frame(NamedTuple):
    left: int
    top: int
    width: int
    height: int


def read(data: bytes, limits: Limits) -> Header:
    """Read the blocks; the size is that of the screen, or what the first frame needs if that is larger."""
    if len(data) < 13:
        raise truncated("GIF", data, 13)
    # Section 18: width and height.
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    frames = 0
    for frame in _frames(data):
        if not frames:
            width, height = max(width, frame.left + frame.width), max(height, frame.top + frame.height)
            check_size("GIF", width, height, limits)
            check_size("GIF's first frame", frame.width, frame.height, limits)
        frames += 1
    if not frames:
        raise truncated("GIF", data)
    return Header("GIF", width, height, frames=frames)


def _frames(data: bytes) -> Iterator[_Frame]:
    # Section 18: behind 13 bytes comes a color table, whose size the flags tell.
    position = 13 + _color_table(data[10])
    frames = blocks = 0
    while position < len(data) and data[position] != _TRAILER:
        block = data[position]
        if block == _EXTENSION:
            position += 2
        elif block == _IMAGE:
            # Section 20: left, top, width, height and flags; then the color table and the code size.
            descriptor = data[position + 1 : position + 10]
            if len(descriptor) < 9:
                raise truncated("GIF", data, position + 10)
            yield _Frame(*(int.from_bytes(descriptor[i : i + 2], "little") for i in (0, 2, 4, 6)))
            position += 11 + _color_table(descriptor[8])
            frames += 1
        elif frames:
            return  # what follows the pictures is not ours to judge
        else:
            raise corrupt("GIF", f"it has an unknown block {block:#x}")
        position, blocks = _skip_data(data, position, blocks)
        if not position and (frames > 1 or block != _IMAGE):
            raise truncated("GIF", data)
        if not position:
            return  # only the decoder can tell whether all of the picture is there


def _color_table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_data(data: bytes, position: int, blocks: int) -> tuple[int, int]:
    """Pass over sub-blocks of up to 255 bytes, the last one empty (15); to 0 if the file ends before."""
    while position < len(data):
        check_blocks(blocks := blocks + 1, "GIF")
        size = data[position]
        position += 1 + size
        if size == 0:
            return position, blocks
    return 0, blocks


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow, and leave transparent what the first frame does not reach, as browsers do."""
    samples = decode_with(GifImagePlugin.GifImageFile, data, header, limits)
    frame = next(_frames(data))
    if (frame.width, frame.height) == samples.values.shape[1::-1]:
        return samples
    alpha = np.zeros(samples.values.shape[:2], np.uint8)
    rows, columns = slice(frame.top, frame.top + frame.height), slice(frame.left, frame.left + frame.width)
    alpha[rows, columns] = 255 if samples.alpha is None else samples.alpha[rows, columns]
    return replace(samples, alpha=alpha)
