"""WebP's chunks (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import WebPImagePlugin

from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import LARGEST_PROFILE, Limits, check_blocks
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples
from colorquant.image.tags import exif_orientation

# RFC 9649, 2.3 and 3.4: the file's, the chunk's and the lossless picture's own header.
_SHORTEST = 25


def read(data: bytes, limits: Limits) -> Header:
    """Read a WebP's chunks."""
    if len(data) < _SHORTEST:
        raise truncated("WebP", data, _SHORTEST)
    # Section 2.3: the file's size without its first eight bytes.
    needed = 8 + int.from_bytes(data[4:8], "little")
    if needed > len(data):
        raise truncated("WebP", data, needed)
    width, height = _size(data)
    check_size("WebP", width, height, limits)
    frames, orientation, profile = 0, 1, None
    for kind, body in _chunks(data[:needed]):
        if kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF":
            orientation = exif_orientation(body)
        elif kind == b"ICCP" and len(body) <= LARGEST_PROFILE:
            profile = bytes(body)
    return Header("WebP", width, height, frames=max(frames, 1), orientation=orientation, profile=profile)


def _size(data: bytes) -> tuple[int, int]:
    kind, start = data[12:16], 20
    if kind == b"VP8X":  # section 2.7: flags, then the canvas less one, three bytes each
        width, height = data[start + 4 : start + 7], data[start + 7 : start + 10]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if kind == b"VP8 " and data[start + 3 : start + 6] == b"\x9d\x01\x2a":  # RFC 6386, 9.1
        width, height = data[start + 6 : start + 8], data[start + 8 : start + 10]
        return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
    if kind == b"VP8L" and data[start] == 0x2F:  # RFC 9649, 3.4: a signature, then 14 bits each, less one
        bits = int.from_bytes(data[start + 1 : start + 5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise corrupt("WebP", f"it starts with an unknown part {kind!r}")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position, count = 12, 0
    while position + 8 <= len(data):
        check_blocks(count := count + 1, "WebP")
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if position + 8 + size > len(data):
            raise truncated("WebP", data, position + 8 + size)
        yield data[position : position + 4], data[position + 8 : position + 8 + size]
        # Section 2.3: chunks start at even offsets.
        position += 8 + size + size % 2


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow."""
    return decode_with(WebPImagePlugin.WebPImageFile, data, header, limits)
