"""Colors as single numbers, and images in blocks of rows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.cores import blocks


def pack(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Make ``red << 16 | green << 8 | blue`` of each pixel's three bytes; at least one pixel is needed.

    Examples
    --------
    >>> int(pack(np.array([1, 2, 3], np.uint8))) == 0x010203
    True
    """
    # Six times as fast as shifting in numpy. The fourth byte comes out as 255.
    row = np.ascontiguousarray(pixels).reshape(1, -1, 3)
    packed = cv2.cvtColor(row, cv2.COLOR_RGB2BGRA).view("<u4").reshape(pixels.shape[:-1])
    packed &= 0xFFFFFF
    return packed.astype(np.uint32, copy=False)


def unpack(packed: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Undo `pack`, as a view where it can be."""
    octets = np.ascontiguousarray(packed, "<u4").view(np.uint8).reshape(*packed.shape, 4)
    return octets[..., 2::-1]


def look_up(table: NDArray[np.uint8], pixels: NDArray[np.uint8], found: NDArray[np.uint8]) -> None:
    """Find what a table of all 2^24 packed colors has for each pixel."""
    row = np.ascontiguousarray(pixels).reshape(1, -1, 3)
    # The fourth byte is 255, so as a signed number each is the packed color less 2^24, and wraps to it.
    # That spares a pass over the pixels.
    packed = cv2.cvtColor(row, cv2.COLOR_RGB2BGRA).view("<i4").reshape(found.shape)
    np.take(table, packed, out=found, mode="wrap")


def row_blocks(shape: tuple[int, ...], pixels: int) -> list[slice]:
    """Cut an image of this shape into blocks of whole rows, each of about so many pixels."""
    return blocks(shape[0], max(1, pixels // shape[1]))
