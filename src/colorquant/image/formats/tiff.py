"""TIFF's directories (TIFF 6.0; BigTIFF), which EXIF uses as well."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from colorquant.errors import UnsupportedImageError
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import LARGEST_PROFILE, MOST_BLOCKS
from colorquant.settings import Settings

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, STRIP_BYTES = 273, 274, 277, 279
PLANAR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 284, 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT, ICC_PROFILE = 338, 339, 34675
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
CHUNKY = 1
ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA = 1, 2
_UNSIGNED = 1
# TIFF 6.0, section 2, and BigTIFF: struct's letter for the types of field that hold whole numbers or bytes.
_TYPES = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}
# Of any one tag but the profile: strips of a row each, in the tallest image.
_MOST_VALUES = 65_536


@dataclass(frozen=True)
class Directory:
    """One directory's tags, and where the next directory is; 0 for none."""

    tags: dict[int, tuple[int, ...]]
    next: int

    def first(self, tag: int, default: int) -> int:
        """Give a tag's first value."""
        return self.tags.get(tag, (default,))[0]


def read_directory(data: bytes, offset: int | None = None) -> Directory:
    """Read one directory of whole numbers.

    Parameters
    ----------
    data : bytes
        From the byte order mark on.
    offset : int, optional
        Where the directory is. Default: where the file says the first is.

    Returns
    -------
    Directory
        Without the tags of other types, and those whose values lie outside the file.

    Raises
    ------
    struct.error
        If the directory itself lies outside.
    """
    order = "<" if data.startswith(b"II") else ">"
    is_big = data[2:4] in (b"+\0", b"\0+")
    count_type, entry, inline = ("Q", "HHQ", 8) if is_big else ("H", "HHI", 4)
    offset_type = "Q" if is_big else "I"
    if offset is None:
        (offset,) = struct.unpack_from(order + offset_type, data, 8 if is_big else 4)
    (count,) = struct.unpack_from(order + count_type, data, offset)
    position = offset + struct.calcsize(order + count_type)
    size = struct.calcsize(order + entry) + inline
    if position + count * size > len(data):
        raise struct.error(f"a directory of {count} tags does not fit")
    tags = {}
    for start in range(position, position + count * size, size):
        tag, field_type, values = struct.unpack_from(order + entry, data, start)
        most = LARGEST_PROFILE if tag == ICC_PROFILE else _MOST_VALUES
        if field_type not in _TYPES or not 0 < values <= most:
            continue
        layout = f"{order}{values}{_TYPES[field_type]}"
        where = start + size - inline
        if struct.calcsize(layout) > inline:
            (where,) = struct.unpack_from(order + offset_type, data, where)
        if where + struct.calcsize(layout) <= len(data):
            tags[tag] = struct.unpack_from(layout, data, where)
    end = position + count * size
    following = struct.unpack_from(order + offset_type, data, end)[0] if end + inline <= len(data) else 0
    return Directory(tags, following)


def exif_orientation(exif: bytes) -> int:
    """Find how a picture is to be turned.

    Parameters
    ----------
    exif : bytes
        From the byte order mark on; a leading ``Exif`` mark is passed over.

    Returns
    -------
    int
        1 to 8 (EXIF 3.0, 4.6.5.1.6); 1 where it is not told, or told wrongly.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        orientation = read_directory(exif).first(ORIENTATION, 1)
    except struct.error:
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def read(data: bytes, settings: Settings) -> Header:
    """Read a TIFF's first directory, and count the others.

    Parameters
    ----------
    data : bytes
        The whole file.
    settings : Settings
        `max_pixels` is the limit.

    Returns
    -------
    Header
        The layout is ``"TIFF"`` or ``"TIFF 16 bit"``.

    Raises
    ------
    ImageError
        If it is too large, cut off, damaged, or of a kind that nothing here decodes.
    """
    try:
        page = read_directory(data)
    except struct.error:
        raise truncated("TIFF", data) from None
    width, height = page.first(WIDTH, 0), page.first(HEIGHT, 0)
    check_size("TIFF", width, height, settings)
    if TILE_WIDTH in page.tags:
        check_size("TIFF's tile", page.first(TILE_WIDTH, 0), page.first(TILE_HEIGHT, 0), settings)
    _check_complete(data, page)
    orientation = page.first(ORIENTATION, 1)
    profile = page.tags.get(ICC_PROFILE)
    return Header(
        "TIFF",
        _layout(page),
        width,
        height,
        frames=_count_pages(data, page),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        profile=bytes(profile) if profile and max(profile) < 256 else None,
    )


def _check_complete(data: bytes, page: Directory) -> None:
    tiled = TILE_OFFSETS in page.tags
    offsets = page.tags.get(TILE_OFFSETS if tiled else STRIP_OFFSETS, ())
    sizes = page.tags.get(TILE_BYTES if tiled else STRIP_BYTES, ())
    if not offsets:
        raise corrupt("TIFF", "it does not say where its pixels are, or they are beyond its end")
    needed = max(offset + size for offset, size in zip(offsets, sizes or (1,) * len(offsets), strict=False))
    if needed > len(data):
        raise truncated("TIFF", data, needed)


def _layout(page: Directory) -> str:
    bits = page.tags.get(BITS, (1,))
    if max(bits) > 16 or set(page.tags.get(SAMPLE_FORMAT, (_UNSIGNED,))) != {_UNSIGNED}:
        raise UnsupportedImageError(
            f"The TIFF has {max(bits)}-bit, signed or floating-point samples; up to 16 bits without a sign "
            "are read. Export it with 8 or 16 bits."
        )
    samples = page.first(SAMPLES, 1)
    is_plain = (page.first(PHOTOMETRIC, BLACK_IS_ZERO), samples) in {
        (WHITE_IS_ZERO, 1),
        (BLACK_IS_ZERO, 1),
        (RGB, 3),
        (RGB, 4),
    }
    is_chunky = samples == 1 or page.first(PLANAR, CHUNKY) == CHUNKY
    return "TIFF 16 bit" if set(bits) == {16} and is_plain and is_chunky else "TIFF"


def _count_pages(data: bytes, page: Directory) -> int:
    seen: set[int] = set()
    while page.next and page.next not in seen and len(seen) < MOST_BLOCKS // 1000:
        seen.add(page.next)
        try:
            page = read_directory(data, page.next)
        except struct.error:
            break
    return len(seen) + 1
