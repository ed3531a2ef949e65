"""TGA's header (Truevision TGA 2.0), and its pixels by Pillow."""

from __future__ import annotations

from PIL import TgaImagePlugin

from colorquant.image.header import Header, check_size, little, truncated
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples

_HEADER = 18
_RUN_LENGTHS = 8  # a bit of the type


def read(data: bytes, limits: Limits) -> Header:
    """Read the header."""
    if len(data) < _HEADER:
        raise truncated("TGA", data, _HEADER)
    width, height = little(data, 12, 2), little(data, 14, 2)
    check_size("TGA", width, height, limits)
    colors = little(data, 5, 2) * ((data[7] + 7) // 8) if data[1] else 0
    # A run of 128 pixels takes a byte more than one of them.
    most = 128 if data[2] & _RUN_LENGTHS else 1
    pixel = (data[16] + 7) // 8
    needed = _HEADER + data[0] + colors + -(-width * height // most) * (pixel + most // 128)
    if needed > len(data):
        raise truncated("TGA", data, needed)
    return Header("TGA", width, height)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow."""
    return decode_with(TgaImagePlugin.TgaImageFile, data, header, limits)
