"""BMP's headers (Windows' BITMAPCOREHEADER, BITMAPINFOHEADER and what grew from it).

Its pixels come by Pillow, except where samples have masks of bits: of those Pillow knows a few, and no alpha.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import BmpImagePlugin

from colorquant.errors import UnsupportedImageError
from colorquant.image.header import Header, check_size, corrupt, little, truncated
from colorquant.image.limits import LARGEST_PROFILE, Limits
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples, row_blocks

_FILE_HEADER = 14
_CORE_HEADER, _MASKS_HEADER, _ALPHA_HEADER, _PROFILE_HEADER = 12, 52, 56, 124
_RGB, _BIT_FIELDS, _ALPHA_BIT_FIELDS = 0, 3, 6
_UNCOMPRESSED = (_RGB, _BIT_FIELDS, _ALPHA_BIT_FIELDS)
_RUN_LENGTHS = (1, 2)
_EMBEDDED = b"DEBM"


def read(data: bytes, limits: Limits) -> Header:
    """Read the headers."""
    is_core = little(data, 14, 4) == _CORE_HEADER
    needed = _FILE_HEADER + _CORE_HEADER if is_core else 34
    if len(data) < needed:
        raise truncated("BMP", data, needed)
    size = 2 if is_core else 4
    width = int.from_bytes(data[18 : 18 + size], "little", signed=not is_core)
    # A negative height says that the first row is the top one.
    height = abs(int.from_bytes(data[18 + size : 18 + 2 * size], "little", signed=not is_core))
    check_size("BMP", width, height, limits)
    compression = 0 if is_core else little(data, 30, 4)
    if compression not in _UNCOMPRESSED + _RUN_LENGTHS:
        raise UnsupportedImageError("The BMP wraps another format or another packing. Export it as PNG.")
    if compression in _UNCOMPRESSED:
        bits = little(data, 18 + 2 * size + 2, 2)
        # Some writers leave out the last row's padding.
        needed = little(data, 10, 4) + _stride(width, bits) * (height - 1) + (width * bits + 7) // 8
        if needed > len(data):
            raise truncated("BMP", data, needed)
    return Header("BMP", width, height, profile=_profile(data))


def _stride(width: int, bits: int) -> int:
    return (width * bits + 31) // 32 * 4


def _profile(data: bytes) -> bytes | None:
    # BITMAPV5HEADER: the kind of color space, and where the profile is, from the header on.
    if little(data, 14, 4) < _PROFILE_HEADER or data[70:74] != _EMBEDDED:
        return None
    start, size = _FILE_HEADER + little(data, 126, 4), little(data, 130, 4)
    return data[start : start + size] if 0 < size <= LARGEST_PROFILE else None


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by the masks, or else by Pillow."""
    if little(data, 14, 4) != _CORE_HEADER and little(data, 30, 4) in (_BIT_FIELDS, _ALPHA_BIT_FIELDS):
        return _by_masks(data, header)
    return decode_with(BmpImagePlugin.BmpImageFile, data, header, limits)


def _by_masks(data: bytes, header: Header) -> Samples:
    bits = little(data, 28, 2)
    if bits not in (16, 32):
        raise corrupt("BMP", f"it has bit fields in pixels of {bits} bits")
    # They follow the header, or have become a part of it.
    masks = [little(data, 54, 4), little(data, 58, 4), little(data, 62, 4)]
    has_alpha = little(data, 14, 4) >= _ALPHA_HEADER or little(data, 30, 4) == _ALPHA_BIT_FIELDS
    masks += [little(data, 66, 4)] if has_alpha else []
    stride, start = _stride(header.width, bits), little(data, 10, 4)
    body = np.zeros(stride * header.height, np.uint8)
    there = data[start : start + len(body)]
    body[: len(there)] = np.frombuffer(there, np.uint8)
    pixels = body.view(f"<u{bits // 8}").reshape(header.height, -1)[:, : header.width]
    if int.from_bytes(data[22:26], "little", signed=True) > 0:
        pixels = pixels[::-1]
    planes = np.empty((header.height, header.width, len(masks)), np.uint8)
    for rows in row_blocks(planes):
        for channel, mask in enumerate(masks):
            planes[rows, :, channel] = _spread(pixels[rows], mask)
    alpha = planes[..., 3] if has_alpha and masks[3] else None
    # Where all is transparent, the writer did not mean it.
    alpha = np.ascontiguousarray(alpha) if alpha is not None and alpha.any() else None
    return Samples(np.ascontiguousarray(planes[..., :3]), alpha)


def _spread(pixels: NDArray[np.unsignedinteger], mask: int) -> NDArray[np.uint8]:
    """Take the bits under a mask to the nearest of 256 levels."""
    if not mask:
        return np.zeros(pixels.shape, np.uint8)
    lowest = (mask & -mask).bit_length() - 1
    largest = mask >> lowest
    if largest & (largest + 1):
        raise corrupt("BMP", f"its bit fields have gaps ({mask:#x})")
    values = (pixels & pixels.dtype.type(mask & ((1 << 8 * pixels.itemsize) - 1))) >> lowest
    levels: NDArray[np.uint8] = np.rint(values * (255 / largest)).astype(np.uint8)
    return levels
