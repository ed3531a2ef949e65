"""JPEG's markers (ITU-T T.81, annex B), and its pixels by libjpeg-turbo.

libjpeg fills in pixels that are missing, and says so in a warning. simplejpeg makes an error of the first
warning, so that no half-grey picture comes through; it gives what OpenCV and Pillow give, in two thirds of
OpenCV's time. The first warning may be a harmless one that hides another, so what does no harm is taken out
before a second attempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from colorquant.errors import UnsupportedImageError
from colorquant.image.header import BROKEN_PROFILE, Header, check_size, corrupt, truncated
from colorquant.image.limits import Limits, check_blocks
from colorquant.image.samples import Samples
from colorquant.image.tags import exif_orientation

# Table B.1. Start-of-frame markers are C0 to CF without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Baseline, extended and progressive, each with Huffman or arithmetic coding: what libjpeg-turbo decodes.
_DECODABLE = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_EXIF, _ICC = 0xE1, 0xE2
_ICC_NAME = b"ICC_PROFILE\0"
_EXIF_NAME = b"Exif\0\0"
# All that pixels depend on: frames, tables, scans, restarts, lines, and the two that tell the color model.
_ESSENTIAL = _FRAMES | {0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD, 0xE0, 0xEE}
# Inside a scan, FF00 is a stuffed byte and FFD0 to FFD7 are restart markers; any other marker ends it.
_SCAN_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# B.1.1.2: any number of FF bytes may come before a marker.
_FILL = re.compile(rb"\xff+")
# B.1.1.4: what two bytes of length can tell.
_LONGEST_SEGMENT = 1 << 16
# Encoders write about 10. Each one makes the decoder go over all pixels again: libjpeg-turbo's own limit
# when it is fuzzed is 500, at which a small file of 100 megapixels takes minutes.
MOST_SCANS = 100
# Twenty scans of 100 megapixels take about 5 s.
MOST_SCANNED_PIXELS = 2_000_000_000
_ORDINARY_SCANS = 20
# How many components a frame has, and simplejpeg's name of what to make of them.
_LAYOUTS = {1: "GRAY", 3: "RGB", 4: "CMYK"}
# What libjpeg says (jerror.h) where it makes pixels up, where it finds bytes that do not belong, and what
# TurboJPEG says where it has no name for a valid sampling.
_PREMATURE = "premature end"
_STRAY = ("extraneous bytes before marker", "Unknown Adobe color transform", "JFIF")
_SAMPLING = "subsampling"
# Behind the end of a whole scan these change nothing; where pixels are missing they become pixels.
_PADDING = bytes(number * 89 % 251 for number in range(512))


class _Segment(NamedTuple):
    marker: int
    start: int
    end: int


class _Frame(NamedTuple):
    marker: int
    width: int
    height: int
    components: int


def read(data: bytes, limits: Limits) -> Header:
    """Read the markers up to the end of the first image."""
    frame, scans, orientation, has_end = None, 0, 0, False
    scanned: set[int] = set()
    pieces: list[bytes] = []
    for marker, start, end in _segments(data):
        # Only a scan is longer, and of it just the beginning is looked at.
        body = data[start + 2 : min(end, start + _LONGEST_SEGMENT)]
        if marker in _FRAMES and not frame:
            frame = _read_frame(marker, body, data)
            check_size("JPEG", frame.width, frame.height, limits)
        elif marker == _SCAN:
            scans += 1
            scanned |= set(body[1 : 1 + 2 * body[0] : 2]) if body else set()
            _check_scans(scans, frame)
        elif marker == _EXIF and body.startswith(_EXIF_NAME) and not orientation:
            # Browsers look at the first, too.
            orientation = exif_orientation(body)
        elif marker == _ICC and body.startswith(_ICC_NAME):
            pieces.append(body[len(_ICC_NAME) :])
        has_end = marker == _END
    # Without its end a progressive JPEG may be whole, and a coarse one; only a sequential one cannot.
    if not has_end and (not frame or frame.marker in _PROGRESSIVE):
        raise truncated("JPEG", data)
    if not frame or not scans:
        raise corrupt("JPEG", "it ends without an image") if has_end else truncated("JPEG", data)
    if len(scanned) < frame.components:
        raise truncated("JPEG", data)
    profile, warnings = _join_profile(pieces)
    return Header(
        "JPEG",
        frame.width,
        frame.height,
        layout=_LAYOUTS[frame.components],
        orientation=orientation or 1,
        profile=profile,
        warnings=warnings,
    )


def _read_frame(marker: int, body: bytes, data: bytes) -> _Frame:
    # B.2.2: precision, height, width and the number of components.
    if len(body) < 6:
        raise truncated("JPEG", data)
    precision, components = body[0], body[5]
    if marker not in _DECODABLE or precision != 8:
        kind = f"{precision}-bit" if precision != 8 else "lossless or hierarchical"
        raise UnsupportedImageError(
            f"This is a {kind} JPEG, which few programs read. Export it as an ordinary JPEG."
        )
    if components not in _LAYOUTS:
        raise corrupt("JPEG", f"it has {components} color components")
    return _Frame(marker, int.from_bytes(body[3:5]), int.from_bytes(body[1:3]), components)


def _check_scans(scans: int, frame: _Frame | None) -> None:
    pixels = frame.width * frame.height if frame else 0
    if scans > MOST_SCANS or (scans > _ORDINARY_SCANS and scans * pixels > MOST_SCANNED_PIXELS):
        raise corrupt("JPEG", f"it has {scans} scans or more, and encoders write about 10")


def _join_profile(pieces: list[bytes]) -> tuple[bytes | None, tuple[str, ...]]:
    """Put a profile's pieces together (ICC.1:2022, B.4): the number of each and of all, then the piece."""
    if not pieces:
        return None, ()
    numbers = [tuple(piece[:2]) for piece in pieces]
    # The only piece is the whole, whatever its number.
    if len(pieces) > 1 and sorted(numbers) != [(i + 1, len(pieces)) for i in range(len(pieces))]:
        return None, (BROKEN_PROFILE,)
    profile = b"".join(piece[2:] for piece in sorted(pieces, key=lambda piece: piece[:1]))
    return (profile, ()) if profile else (None, (BROKEN_PROFILE,))


def _segments(data: bytes) -> Iterator[_Segment]:
    """Walk the markers behind the first, each with its length, parameters, and a scan's data (B.1.1)."""
    position, blocks = 2, 0
    while (position := data.find(b"\xff", position)) >= 0:
        check_blocks(blocks := blocks + 1, "JPEG")
        position = _FILL.match(data, position).end()  # type: ignore[union-attr]
        if position >= len(data):
            return
        marker, position = data[position], position + 1
        if marker == _END:
            yield _Segment(marker, position, position)
            return
        if marker == 0 or marker in _STANDALONE:
            continue
        if position + 2 > len(data):
            return
        end = position + int.from_bytes(data[position : position + 2])
        if marker == _SCAN:
            found = _SCAN_END.search(data, position)
            end = found.start() if found else len(data)
        yield _Segment(marker, position, min(end, len(data)))
        position = end


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode, and accept no pixels that are not in the file."""
    try:
        return _strictly(data, header)
    except ValueError:
        mended = _essential(data)
    try:
        return _strictly(mended, header)
    except ValueError as error:
        reason = str(error)
        if _PREMATURE in reason.lower():
            raise truncated("JPEG", data) from error
        has_stray_bytes = any(stray in reason for stray in _STRAY)
        if not has_stray_bytes and _SAMPLING not in reason:
            raise
    # Few files come here, and the others do without Pillow.
    from PIL import JpegImagePlugin  # noqa: PLC0415

    from colorquant.image.pillow import damaged, decode_with  # noqa: PLC0415

    # Pillow goes on after all warnings; what it made up is told by what comes behind.
    samples = decode_with(JpegImagePlugin.JpegImageFile, mended, header, limits)
    padded = decode_with(JpegImagePlugin.JpegImageFile, _essential(data, _PADDING), header, limits)
    if not np.array_equal(samples.values, padded.values):
        raise truncated("JPEG", data)
    if not has_stray_bytes:
        return samples
    return replace(samples, warnings=damaged("JPEG", [reason]))


def _strictly(data: bytes, header: Header) -> Samples:
    values: NDArray[Any] = simplejpeg.decode_jpeg(data, header.layout, strict=True)
    if header.layout == "CMYK":
        # Adobe stores 0 for full ink, and everybody follows.
        return Samples(np.subtract(255, values, out=values))
    return Samples(values[..., 0] if header.layout == "GRAY" else values)


def _essential(data: bytes, padding: bytes = b"") -> bytes:
    """Leave only what the pixels depend on, and what belongs: with padding behind the data of each scan."""
    parts = [bytes([0xFF, _START])]
    is_progressive = False
    for marker, start, end in _segments(data):
        if marker not in _ESSENTIAL:
            continue
        is_progressive |= marker in _PROGRESSIVE
        parts.append(bytes([0xFF, marker]))
        body = data[start:end]
        if marker == _SCAN:
            length = int.from_bytes(body[:2])
            if not is_progressive:
                # B.2.3: in a sequential scan these three can be nothing else, and some encoders write 0.
                body = body[: length - 3] + b"\0\x3f\0" + body[length:]
            body += padding
        parts.append(body)
    return b"".join([*parts, bytes([0xFF, _END])])
