"""GIF's blocks (GIF89a specification)."""

from __future__ import annotations

from PIL import GifImagePlugin

from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import Limits, check_blocks
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


def read(data: bytes, limits: Limits) -> Header:
    """Read a GIF's blocks."""
    if len(data) < 13:
        raise truncated("GIF", data, 13)
    # Section 18: width, height, and in the flags the size of the color table.
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
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
            left, top, wide, high = (int.from_bytes(descriptor[i : i + 2], "little") for i in (0, 2, 4, 6))
            if not frames:
                width, height = max(width, left + wide), max(height, top + high)
                check_size("GIF", width, height, limits)
                check_size("GIF's first frame", wide, high, limits)
            position += 11 + _color_table(descriptor[8])
            frames += 1
        elif frames:
            break  # what follows the pictures is not ours to judge
        else:
            raise corrupt("GIF", f"it has an unknown block {block:#x}")
        position, blocks = _skip_data(data, position, blocks)
    if not frames:
        raise truncated("GIF", data)
    return Header("GIF", width, height, frames=frames)


def _color_table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_data(data: bytes, position: int, blocks: int) -> tuple[int, int]:
    """Pass over data in sub-blocks of up to 255 bytes, the last one empty (section 15)."""
    while position < len(data):
        check_blocks(blocks := blocks + 1, "GIF")
        size = data[position]
        position += 1 + size
        if size == 0:
            return position, blocks
    raise truncated("GIF", data, position + 1)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow."""
    return decode_with(GifImagePlugin.GifImageFile, data, header, limits)
