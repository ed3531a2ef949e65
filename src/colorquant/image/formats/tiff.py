"""TIFF's directories (TIFF 6.0; BigTIFF), which EXIF uses as well."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from colorquant.errors import UnsupportedImageError
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import LARGEST_PROFILE, check_blocks
from colorquant.settings import Settings

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
WIDTH, HEIGHT, BITS, PHOTOMETRIC = 256, 257, 258, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES, STRIP_BYTES = 273, 274, 277, 279
PLANAR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 284, 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT, ICC_PROFILE = 338, 339, 34675
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
CHUNKY = 1
ASSOCIATED_ALPHA, UNASSOCIATED_ALPHA = 1, 2
_UNSIGNED = 1
# TIFF 6.0, section 2, and BigTIFF: struct's letter for the types of field that hold whole numbers.
_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}
# The only tags that are read: a directory may have 65 535 of them, each with all of the file as its value.
_READ = frozenset(
    {WIDTH, HEIGHT, BITS, PHOTOMETRIC, STRIP_OFFSETS, ORIENTATION, SAMPLES, STRIP_BYTES, PLANAR}
    | {TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES, EXTRA_SAMPLES, SAMPLE_FORMAT}
)
# Of one tag: strips of a row each, in the tallest image; and the tiles of 32x32 in a square one are fewer.
_MOST_VALUES = 1 << 17


@dataclass(frozen=True)
class Directory:
    """One directory's tags that are whole numbers, its ICC profile, and where the next one is; 0 for none."""

    tags: dict[int, tuple[int, ...]]
    profile: bytes | None
    next: int

    def first(self, tag: int, default: int) -> int:
        """Give a tag's first value."""
        return self.tags.get(tag, (default,))[0]


@dataclass(frozen=True)
class _Layout:
    """How a file writes its directories: byte order, and the sizes that BigTIFF doubles."""

    order: str
    count: str
    entry: str
    offset: str

    def unpack(self, fields: str, data: bytes, position: int) -> tuple[int, ...]:
        if position > len(data):
            raise struct.error(f"byte {position} is beyond the end")
        return struct.unpack_from(self.order + fields, data, position)

    def size(self, fields: str) -> int:
        return struct.calcsize(self.order + fields)


def _layout_of(data: bytes) -> _Layout:
    order = "<" if data.startswith(b"II") else ">"
    return _Layout(order, "Q", "HHQ", "Q") if b"+" in data[2:4] else _Layout(order, "H", "HHI", "I")


def _locate(data: bytes, offset: int | None) -> tuple[range, int]:
    """Find where a directory's entries start, and where the next directory is."""
    layout = _layout_of(data)
    if offset is None:
        (offset,) = layout.unpack(layout.offset, data, 8 if layout.offset == "Q" else 4)
    (count,) = layout.unpack(layout.count, data, offset)
    start = offset + layout.size(layout.count)
    step = layout.size(layout.entry + layout.offset)
    end = start + count * step
    if end > len(data):
        raise struct.error(f"a directory of {count} tags does not fit")
    has_next = end + layout.size(layout.offset) <= len(data)
    return range(start, end, step), layout.unpack(layout.offset, data, end)[0] if has_next else 0


def read_directory(data: bytes, offset: int | None = None) -> Directory:
    """Read one directory.

    Parameters
    ----------
    data : bytes
        From the byte order mark on.
    offset : int, optional
        Where the directory is. Default: where the file says the first is.

    Returns
    -------
    Directory
        Without the tags that are not whole numbers or whose values lie outside the file.

    Raises
    ------
    struct.error
        If the directory itself lies outside.
    """
    layout = _layout_of(data)
    entries, following = _locate(data, offset)
    tags: dict[int, tuple[int, ...]] = {}
    profile = None
    for start in entries:
        tag, field_type, values = layout.unpack(layout.entry, data, start)
        where = start + layout.size(layout.entry)
        if tag == ICC_PROFILE and values <= LARGEST_PROFILE:
            (where,) = layout.unpack(layout.offset, data, where)
            profile = data[where : where + values]
        elif tag in _READ - tags.keys() and field_type in _TYPES and 0 < values <= _MOST_VALUES:
            fields = f"{values}{_TYPES[field_type]}"
            if layout.size(fields) > layout.size(layout.offset):
                (where,) = layout.unpack(layout.offset, data, where)
            if where + layout.size(fields) <= len(data):
                tags[tag] = layout.unpack(fields, data, where)
    return Directory(tags, profile or None, following)


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
    return Header(
        "TIFF",
        _layout(page),
        width,
        height,
        frames=_count_pages(data, page),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        profile=page.profile,
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
    following = page.next
    while following and following not in seen:
        seen.add(following)
        check_blocks(len(seen), "TIFF")
        try:
            _, following = _locate(data, following)
        except struct.error:
            break
    return len(seen) + 1
