"""What an encoded image says of itself, read without decoding it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from colorquant.errors import CorruptImageError, EmptyImageError, TruncatedImageError, UnsupportedImageError

JPEG_MAGIC = b"\xff\xd8\xff"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

# ITU-T T.81, table B.1. Start-of-frame markers are C0 to CF without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN = 0xDA
_END = 0xD9
# Inside a scan, FF00 is a stuffed byte and FFD0 to FFD7 are restart markers; any other marker ends it.
_SCAN_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")


@dataclass(frozen=True)
class Header:
    """What is known before decoding.

    Attributes
    ----------
    format : str
        ``"JPEG"`` or ``"PNG"``.
    width, height : int
        Pixels, as stored: before any rotation.
    """

    format: str
    width: int
    height: int


def read_header(data: bytes) -> Header:
    """Tell an image's type and size by its first bytes.

    Parameters
    ----------
    data : bytes
        The whole encoded image.

    Returns
    -------
    Header

    Raises
    ------
    EmptyImageError
        If there are no bytes.
    UnsupportedImageError
        If they are neither JPEG nor PNG, whatever the file is called.
    TruncatedImageError
        If they end before the size is told.
    CorruptImageError
        If the size is told wrongly.
    """
    if not data:
        raise EmptyImageError("The file is empty (0 bytes). Upload it again.")
    if data.startswith(PNG_MAGIC):
        return _png_header(data)
    if data.startswith(JPEG_MAGIC):
        return _jpeg_header(data)
    raise UnsupportedImageError(
        f"This is not a JPEG or PNG image, whatever its name says: it starts with {data[:8]!r}."
    )


def _png_header(data: bytes) -> Header:
    # PNG, third edition, 11.2.1: the first chunk is IHDR, width and height its first eight bytes.
    if len(data) < 33:
        raise truncated("PNG", data)
    if data[12:16] != b"IHDR":
        raise CorruptImageError("The PNG does not start with its header chunk. Export the image again.")
    return _sized("PNG", int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))


def _jpeg_header(data: bytes) -> Header:
    for marker, start in _jpeg_segments(data):
        if marker in _FRAMES:
            if len(data) < start + 7:
                break
            # ITU-T T.81, B.2.2: length, precision, then height and width of two bytes each.
            height, width = data[start + 3 : start + 5], data[start + 5 : start + 7]
            return _sized("JPEG", int.from_bytes(width), int.from_bytes(height))
    raise truncated("JPEG", data)


def _sized(format_name: str, width: int, height: int) -> Header:
    if width == 0 or height == 0:
        raise CorruptImageError(
            f"The {format_name} says it is {width}x{height} pixels. Export the image again."
        )
    return Header(format_name, width, height)


def check_complete(data: bytes, header: Header) -> None:
    """Refuse an image whose end is missing.

    OpenCV would fill the missing part with grey and say nothing.

    Parameters
    ----------
    data : bytes
        The whole encoded image.
    header : Header
        As from `read_header`.

    Raises
    ------
    TruncatedImageError
        If the end marker of the JPEG, or the last chunk of the PNG, is not there.
    """
    complete = _png_is_complete(data) if header.format == "PNG" else _jpeg_is_complete(data)
    if not complete:
        raise truncated(header.format, data)


def _jpeg_is_complete(data: bytes) -> bool:
    return any(marker == _END for marker, _ in _jpeg_segments(data))


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Walk the markers, giving each with the offset behind it (ITU-T T.81, B.1.1)."""
    position = 2
    while (position := data.find(b"\xff", position)) >= 0:
        while data[position : position + 1] == b"\xff":
            position += 1
        marker = data[position] if position < len(data) else -1
        position += 1
        if marker > 0:
            yield marker, position
        if marker in (-1, _END):
            return
        if marker == _SCAN:
            found = _SCAN_END.search(data, position)
            position = found.start() if found else len(data)
        elif marker and marker not in _STANDALONE:
            position += int.from_bytes(data[position : position + 2])


def _png_is_complete(data: bytes) -> bool:
    # PNG, third edition, 5.3: a chunk is its length, its type, so many bytes and a checksum.
    position = len(PNG_MAGIC)
    while position + 12 <= len(data):
        end = position + 12 + int.from_bytes(data[position : position + 4])
        if data[position + 4 : position + 8] == b"IEND":
            return end <= len(data)
        position = end
    return False


def truncated(format_name: str, data: bytes) -> TruncatedImageError:
    """Say that an image ends too soon."""
    return TruncatedImageError(
        f"The {format_name} is cut off: it ends after {len(data):,} bytes, before the image does. "
        "Upload the whole file again."
    )
