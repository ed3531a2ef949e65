"""ICO's directory of pictures, each a PNG or a BMP without its first header."""

from __future__ import annotations

import struct
from dataclasses import replace

from PIL import IcoImagePlugin

from colorquant.image.formats import png
from colorquant.image.header import Header, check_size, corrupt, little, truncated
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples

_PNG = b"\x89PNG"
_HEADER, _ENTRY = 6, 16


def read(data: bytes, limits: Limits) -> Header:
    """Read the header of the largest picture."""
    _, picture = _largest(data)
    count = little(data, 4, 2)
    if picture.startswith(_PNG):
        header = png.read(picture, limits)
    else:
        # Height counts the mask as well, which has the same number of rows.
        width, height = little(picture, 4, 4), little(picture, 8, 4) // 2
        check_size("ICO", width, height, limits)
        header = Header("ICO", width, height)
    told = f"The ICO holds its picture in {count} sizes; the largest was used."
    return replace(header, format="ICO", warnings=(*header.warnings, *[told] * (count > 1)))


def _largest(data: bytes) -> tuple[bytes, bytes]:
    """Find the largest picture's entry, the deepest if there are several, and the picture."""
    end = _HEADER + _ENTRY * little(data, 4, 2)
    if end > len(data):
        raise truncated("ICO", data, end)
    entries = [data[start : start + _ENTRY] for start in range(_HEADER, end, _ENTRY)]
    # Width and height, of which 0 means 256; colors, reserved, planes, bits a pixel, size and offset.
    largest = max(entries, key=lambda entry: ((entry[0] or 256) * (entry[1] or 256), little(entry, 6, 2)))
    size, start = struct.unpack_from("<II", largest, 8)
    if start + size > len(data):
        raise truncated("ICO", data, start + size)
    if size < 40:
        raise corrupt("ICO", "its picture has no header")
    return largest, data[start : start + size]


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode the largest picture as what it is."""
    entry, picture = _largest(data)
    if picture.startswith(_PNG):
        return png.decode(picture, header, limits)
    # How deep it is, it knows better than its entry.
    entry = entry[:6] + picture[14:16] + entry[8:12] + struct.pack("<I", _HEADER + _ENTRY)
    alone = struct.pack("<HHH", 0, 1, 1) + entry + picture
    return decode_with(IcoImagePlugin.IcoImageFile, alone, header, limits)
