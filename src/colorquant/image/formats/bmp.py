"""BMP's headers (Windows' BITMAPCOREHEADER, BITMAPINFOHEADER and what grew from it)."""

from __future__ import annotations

from PIL import BmpImagePlugin

from colorquant.errors import UnsupportedImageError
from colorquant.image.header import Header, check_size, truncated
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples

_CORE_HEADER = 12
_UNCOMPRESSED = (0, 3)
_RUN_LENGTHS = (1, 2)


def read(data: bytes, limits: Limits) -> Header:
    """Read a BMP's headers."""
    if len(data) < 34:
        raise truncated("BMP", data, 34)
    is_core = int.from_bytes(data[14:18], "little") == _CORE_HEADER
    size = 2 if is_core else 4
    width = int.from_bytes(data[18 : 18 + size], "little", signed=not is_core)
    # A negative height says that the first row is the top one.
    height = abs(int.from_bytes(data[18 + size : 18 + 2 * size], "little", signed=not is_core))
    bits = int.from_bytes(data[18 + 2 * size + 2 : 18 + 2 * size + 4], "little")
    check_size("BMP", width, height, limits)
    compression = 0 if is_core else int.from_bytes(data[30:34], "little")
    if compression not in _UNCOMPRESSED + _RUN_LENGTHS:
        raise UnsupportedImageError("The BMP wraps another format or another packing. Export it as PNG.")
    if compression in _UNCOMPRESSED:
        stride = (width * bits + 31) // 32 * 4
        # Some writers leave out the last row's padding.
        needed = int.from_bytes(data[10:14], "little") + stride * (height - 1) + (width * bits + 7) // 8
        if needed > len(data):
            raise truncated("BMP", data, needed)
    return Header("BMP", width, height)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow."""
    return decode_with(BmpImagePlugin.BmpImageFile, data, header, limits)
