"""The boxes of AVIF and HEIC (ISO/IEC 14496-12 and 23008-12)."""

from __future__ import annotations

from collections.abc import Iterator

from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import Limits, check_blocks

# Boxes that hold other boxes, and how many bytes of their own come first.
_PARENTS = {b"meta": 4, b"iprp": 0, b"ipco": 0}


def read_boxes(name: str, data: bytes, limits: Limits) -> Header:
    """Read the boxes that tell the size, which is that of the largest picture in the file.

    Orientation, profile and the number of pictures are left to the decoder, which has to resolve references
    for them.
    """
    sizes = []
    for kind, start, end in boxes(name, data, 0, len(data)):
        if kind == b"ispe" and end - start >= 12:  # 23008-12, 6.5.3: version and flags, width, height
            sizes.append(
                (int.from_bytes(data[start + 4 : start + 8]), int.from_bytes(data[start + 8 : start + 12]))
            )
    if not sizes:
        raise corrupt(name, "it does not say how large it is")
    for size in sizes:
        check_size(name, *size, limits)
    return Header(name, *max(sizes, key=lambda size: size[0] * size[1]))


def boxes(name: str, data: bytes, start: int, end: int, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Walk the boxes (14496-12, 4.2): size, type, and for a size of 1 a longer size."""
    count = 0
    while start + 8 <= end:
        check_blocks(count := count + 1, name)
        size, kind, body = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8], start + 8
        if size == 1:
            size, body = int.from_bytes(data[start + 8 : start + 16]), start + 16
        elif size == 0:
            size = end - start
        stop = start + size
        if stop > end:
            raise truncated(name, data, stop)
        if stop < body:
            raise corrupt(name, f"its part {kind!r} has no size")
        yield kind, body, stop
        if kind in _PARENTS and depth < len(_PARENTS):
            yield from boxes(name, data, body + _PARENTS[kind], stop, depth + 1)
        start = stop
