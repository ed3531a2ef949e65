"""JPEG's markers (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from colorquant.errors import UnsupportedImageError
from colorquant.image.formats.tiff import exif_orientation
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import check_blocks
from colorquant.settings import Settings

MAGIC = b"\xff\xd8\xff"
# Table B.1. Start-of-frame markers are C0 to CF without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Baseline, extended and progressive, each with Huffman or arithmetic coding: what libjpeg-turbo decodes.
_DECODABLE = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_SCAN = 0xDA
_END = 0xD9
_EXIF, _ICC = 0xE1, 0xE2
_ICC_NAME = b"ICC_PROFILE\0"
_EXIF_NAME = b"Exif\0\0"
# Inside a scan, FF00 is a stuffed byte and FFD0 to FFD7 are restart markers; any other marker ends it.
_SCAN_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# B.1.1.2: any number of FF bytes may come before a marker.
_FILL = re.compile(rb"\xff+")
# Encoders write about 10. Each one makes the decoder go over all pixels again: libjpeg-turbo's own limit
# when it is fuzzed is 500, at which a small file of 100 megapixels takes minutes.
MOST_SCANS = 100
# Twenty scans of 100 megapixels take about 5 s.
MOST_SCANNED_PIXELS = 2_000_000_000
_ORDINARY_SCANS = 20


def read(data: bytes, settings: Settings) -> Header:
    """Read a JPEG's markers up to the end of its first image.

    Parameters
    ----------
    data : bytes
        The whole file.
    settings : Settings
        `max_pixels` is the limit.

    Returns
    -------
    Header
        The layout is ``"JPEG"``, ``"JPEG grey"`` or ``"JPEG CMYK"``.

    Raises
    ------
    ImageError
        If it is too large, cut off, damaged, or of a kind that nothing here decodes.
    """
    layout, width, height, scans, orientation = "", 0, 0, 0, 1
    pieces: dict[int, bytes] = {}
    for marker, start in _segments(data):
        length = int.from_bytes(data[start : start + 2])
        if marker in _FRAMES and not layout:
            if len(data) < start + 8:
                break
            layout, width, height = _read_frame(marker, data[start : start + 8])
            check_size("JPEG", width, height, settings)
        elif marker == _SCAN:
            scans += 1
            if scans > MOST_SCANS or (
                scans > _ORDINARY_SCANS and scans * width * height > MOST_SCANNED_PIXELS
            ):
                raise corrupt("JPEG", f"it has {scans} scans or more, and encoders write about 10")
        elif marker == _EXIF and data.startswith(_EXIF_NAME, start + 2):
            orientation = exif_orientation(data[start + 8 : start + length])
        elif marker == _ICC and data.startswith(_ICC_NAME, start + 2):
            # ICC.1:2022, B.4: the name, the number of this piece and of all of them, then the piece.
            pieces.setdefault(data[start + 14 : start + 15][0], data[start + 16 : start + length])
        elif marker == _END:
            if not scans or not layout:
                raise corrupt("JPEG", "it ends without an image")
            profile = b"".join(pieces[number] for number in sorted(pieces)) or None
            return Header("JPEG", layout, width, height, orientation=orientation, profile=profile)
    raise truncated("JPEG", data)


def _read_frame(marker: int, frame: bytes) -> tuple[str, int, int]:
    # B.2.2: length, precision, height, width and the number of components.
    precision, components = frame[2], frame[7]
    if marker not in _DECODABLE or precision != 8:
        kind = f"{precision}-bit" if precision != 8 else "lossless or hierarchical"
        raise UnsupportedImageError(
            f"This is a {kind} JPEG, which few programs read. Export it as an ordinary JPEG."
        )
    layout = {1: "JPEG grey", 3: "JPEG", 4: "JPEG CMYK"}.get(components)
    if layout is None:
        raise corrupt("JPEG", f"it has {components} color components")
    return layout, int.from_bytes(frame[5:7]), int.from_bytes(frame[3:5])


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Walk the markers, giving each with the offset behind it (B.1.1)."""
    position, blocks = 2, 0
    while (position := data.find(b"\xff", position)) >= 0:
        check_blocks(blocks := blocks + 1, "JPEG")
        position = _FILL.match(data, position).end()  # type: ignore[union-attr]
        marker = data[position] if position < len(data) else -1
        position += 1
        if marker > 0 and marker not in _STANDALONE:
            if marker != _END and position + 2 > len(data):
                return
            yield marker, position
        if marker in (-1, _END):
            return
        if marker == _SCAN:
            found = _SCAN_END.search(data, position)
            position = found.start() if found else len(data)
        elif marker and marker not in _STANDALONE:
            position += int.from_bytes(data[position : position + 2])
