"""TIFF's directories of tags (TIFF 6.0; BigTIFF), which EXIF uses as well."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from colorquant.image.limits import LARGEST_PROFILE, check_blocks

NEW_SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = (
    254,
    256,
    257,
    258,
    259,
    262,
    266,
)
STRIP_OFFSETS, ORIENTATION, SAMPLES, ROWS_PER_STRIP, STRIP_BYTES = 273, 274, 277, 278, 279
PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_BYTES = 284, 317, 322, 323, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT, ICC_PROFILE, DNG_VERSION = 338, 339, 34675, 50706
# TIFF 6.0, section 2, and BigTIFF: struct's letter for the types of field that hold whole numbers. Decoders
# take those with a sign as well, and a size is checked however it is written.
_TYPES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 16: "Q", 17: "q"}
# The only tags that are read: a directory may have 65 535 of them, each with all of the file as its value.
_READ = frozenset(
    {NEW_SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, STRIP_OFFSETS, ORIENTATION}
    | {SAMPLES, ROWS_PER_STRIP, STRIP_BYTES, PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS}
    | {TILE_BYTES, EXTRA_SAMPLES, SAMPLE_FORMAT, DNG_VERSION}
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
    """Read one directory: the first by default, without values that lie outside the file.

    Raises struct.error if the directory itself lies outside.
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
    """Find how a picture is to be turned, from the byte order mark on: 1 to 8 (EXIF 3.0, 4.6.5.1.6).

    A leading ``Exif`` mark is passed over. It is 1 where nothing is told, or nothing that can be.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        orientation = read_directory(exif).first(ORIENTATION, 1)
    except struct.error:
        return 1
    return orientation if 1 <= orientation <= 8 else 1


def count_directories(data: bytes, first: Directory) -> int:
    """Count a file's directories, each once if they go round in a circle."""
    seen: set[int] = set()
    following = first.next
    while following and following not in seen:
        seen.add(following)
        check_blocks(len(seen), "TIFF")
        try:
            _, following = _locate(data, following)
        except struct.error:
            break
    return len(seen) + 1
