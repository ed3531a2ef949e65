"""The boxes of AVIF and HEIC (ISO/IEC 14496-12 and 23008-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from colorquant.errors import ImageError, UnsupportedImageError
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import Limits, check_blocks
from colorquant.image.rgb_spaces import RgbSpace, from_code_points

# Boxes that hold other boxes, and how many bytes of their own come first.
_PARENTS = {b"meta": 4, b"iinf": 6, b"iprp": 0, b"ipco": 0, b"jp2h": 0}
# 23008-12 and AV1 Image File Format: what is decoded, and what is put together of it.
_CODECS = {"AVIF": b"av01", "HEIC": b"hvc1"}
_DERIVED = frozenset({b"grid", b"iden", b"iovl", b"tmap"})
# A video's, which some image sequences have and whose pictures nothing here decodes.
_MOVIE = b"moov"


@dataclass(frozen=True)
class Box:
    """A box: its type, where it starts, and where its body stands."""

    kind: bytes
    start: int
    body: int
    end: int
    depth: int


@dataclass
class Meta:
    """What is said of a file's pictures.

    Attributes
    ----------
    primary : int
        The number of the picture that is shown.
    properties : list of Box
        As the associations count them, from 1.
    codecs : dict of int to bytes
        By picture: how it is coded, or put together from others.
    associations : dict of int to list of int
        By picture: its properties' numbers.
    """

    primary: int = 0
    properties: list[Box] = field(default_factory=list)
    codecs: dict[int, bytes] = field(default_factory=dict)
    associations: dict[int, list[int]] = field(default_factory=dict)

    def of(self, item: int, kind: bytes) -> list[Box]:
        """Give the properties of one type that a picture has."""
        numbers = self.associations.get(item, [])
        found = (self.properties[i - 1] for i in numbers if 0 < i <= len(self.properties))
        return [box for box in found if box.kind == kind]


def read_boxes(name: str, data: bytes, limits: Limits) -> Header:
    """Read the boxes that tell the size, which is that of the largest picture in the file.

    Orientation, profile and the number of pictures are left to the decoder, which has to resolve references
    for them.
    """
    # 23008-12, 6.5.3: version and flags, width, height.
    sizes, has_movie = [], False
    for box in boxes(name, data):
        has_movie |= box.kind == _MOVIE
        if box.kind == b"ispe" and box.end - box.body >= 12:
            sizes.append((number(data, box.body + 4, 4), number(data, box.body + 8, 4)))
    if not sizes:
        raise _without_picture(name, has_movie)
    for size in sizes:
        check_size(name, *size, limits)
    meta = read_meta(name, data)
    codec = meta.codecs.get(meta.primary, _CODECS[name])
    if codec not in _DERIVED | {_CODECS[name]}:
        raise UnsupportedImageError(
            f"The {name} is coded in a way that is not read ({codec.decode(errors='replace')}). "
            "Export it as PNG."
        )
    space, warnings = _color_space(data, meta)
    return Header(name, *max(sizes, key=lambda size: size[0] * size[1]), space=space, warnings=warnings)


def _color_space(data: bytes, meta: Meta) -> tuple[RgbSpace | None, tuple[str, ...]]:
    for box in meta.of(meta.primary, b"colr"):
        # 14496-12, 12.1.5: the type, primaries, transfer, matrix and range. A profile counts more.
        if data[box.body : box.body + 4] == b"nclx" and box.end - box.body >= 10:
            return from_code_points(number(data, box.body + 4, 2), number(data, box.body + 6, 2))
    return None, ()


def read_meta(name: str, data: bytes) -> Meta:
    """Read which properties each picture has."""
    meta = Meta()
    for box in boxes(name, data):
        if box.kind == b"pitm" and not meta.primary:  # 23008-12, 8.11.4
            meta.primary = number(data, box.body + 4, 4 if data[box.body] else 2)
        elif box.depth == 3:
            meta.properties.append(box)
        elif box.kind == b"infe" and data[box.body] >= 2:  # 14496-12, 8.11.6: number, protection, type
            size = 2 if data[box.body] == 2 else 4
            kind = box.body + 4 + size + 2
            meta.codecs[number(data, box.body + 4, size)] = data[kind : kind + 4]
        elif box.kind == b"ipma":
            _read_associations(data, box, meta)
    return meta


def _read_associations(data: bytes, box: Box, meta: Meta) -> None:
    # 23008-12, 9.3.2: version, flags, a number of entries; each an item, a number, and as many properties.
    id_size = 4 if data[box.body] else 2
    size = 2 if number(data, box.body + 1, 3) & 1 else 1
    position = box.body + 8
    for _ in range(min(number(data, box.body + 4, 4), (box.end - box.body) // 3)):
        item = number(data, position, id_size)
        where = position + id_size
        position = where + 1 + data[where] * size
        if position > box.end:
            return
        # The highest bit says that a reader must know the property.
        mask = (1 << 8 * size - 1) - 1
        numbers = [number(data, at, size) & mask for at in range(where + 1, position, size)]
        meta.associations.setdefault(item, []).extend(numbers)


def _without_picture(name: str, has_movie: bool) -> ImageError:
    if has_movie:
        return UnsupportedImageError(
            f"This {name} holds only a sequence of pictures, like a video. Export one of them as a picture."
        )
    return corrupt(name, "it does not say how large it is")


def number(data: bytes, start: int, size: int) -> int:
    """Read a whole number."""
    return int.from_bytes(data[start : start + size])


def boxes(name: str, data: bytes, start: int = 0, end: int | None = None, depth: int = 0) -> Iterator[Box]:
    """Walk the boxes and those within (14496-12, 4.2): size, type, and for a size of 1 a longer size."""
    end = len(data) if end is None else end
    count = 0
    while start + 8 <= end:
        check_blocks(count := count + 1, name)
        size, kind, body = number(data, start, 4), data[start + 4 : start + 8], start + 8
        if size == 1:
            size, body = number(data, start + 8, 8), start + 16
        elif size == 0:
            size = end - start
        stop = start + size
        if stop > end:
            raise truncated(name, data, stop)
        if stop < body:
            raise corrupt(name, f"its part {kind!r} has no size")
        yield Box(kind, start, body, stop, depth)
        if kind in _PARENTS and depth < 3:
            own = _PARENTS[kind] + (2 if kind == b"iinf" and data[body] else 0)
            yield from boxes(name, data, body + own, stop, depth + 1)
        start = stop
