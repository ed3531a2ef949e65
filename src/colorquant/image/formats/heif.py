"""The boxes of AVIF and HEIC (ISO/IEC 14496-12 and 23008-12)."""

from __future__ import annotations

from collections.abc import Iterator

from colorquant.errors import UnsupportedImageError
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import check_blocks
from colorquant.settings import Settings

MAGIC = b"ftyp"  # from the fifth byte on
_AVIF = frozenset({b"avif", b"avis"})
# ISO/IEC 23008-12, annex B; "mif1" alone leaves the codec open.
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
# Boxes that hold other boxes, and how many bytes of their own come first.
_PARENTS = {b"meta": 4, b"iprp": 0, b"ipco": 0}


def read(data: bytes, settings: Settings) -> Header:
    """Read the boxes that tell the codec and the size.

    Parameters
    ----------
    data : bytes
        The whole file.
    settings : Settings
        `max_pixels` is the limit.

    Returns
    -------
    Header
        The size is that of the largest picture in the file. Orientation, profile and the number of pictures
        are left to the decoder, which has to resolve references for them.

    Raises
    ------
    ImageError
        If it is too large, cut off, damaged, or holds no still picture.
    """
    brands = {data[8:12]} | {data[i : i + 4] for i in range(16, min(int.from_bytes(data[:4]), 256), 4)}
    if brands & _AVIF:
        name = "AVIF"
    elif brands & _HEIC:
        name = "HEIC"
    else:
        raise UnsupportedImageError(f"This is a video or another kind of media file ({data[8:12]!r}).")
    sizes = []
    for kind, start, end in _boxes(data, 0, len(data), name):
        if kind == b"ispe" and end - start >= 12:  # 23008-12, 6.5.3: version and flags, width, height
            sizes.append(
                (int.from_bytes(data[start + 4 : start + 8]), int.from_bytes(data[start + 8 : start + 12]))
            )
    if not sizes:
        raise corrupt(name, "it does not say how large it is")
    for size in sizes:
        check_size(name, *size, settings)
    return Header(name, name, *max(sizes, key=lambda size: size[0] * size[1]))


def _boxes(data: bytes, start: int, end: int, name: str, depth: int = 0) -> Iterator[tuple[bytes, int, int]]:
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
            yield from _boxes(data, body + _PARENTS[kind], stop, name, depth + 1)
        start = stop
