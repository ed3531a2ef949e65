"""Amounts of light: what neighboring dots add up to when the eye cannot tell them apart."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import recolor
from colorquant.engine.colors import Colors
from colorquant.engine.dither.method import Picture

# Light of a pixel at 255. Neighboring bytes are at least 19 apart, so 12 of the 16 bits tell them apart.
WHITE = 65_535
BITS_LOOKED_AT = 12
UNSEEN_BITS = 16 - BITS_LOOKED_AT
# The nearest entry is looked up in cells 4 levels of a byte wide; 2^18 of them fill in 10 to 130 ms.
CELL_BITS = 6
# Parts of errors are whole numbers of 1/SCALE, so that no sum depends on the processor. All fits int32.
SCALE_BITS = 8
SCALE = 1 << SCALE_BITS
# Luminance of red, green and blue light (ITU-R BT.709), in 1/10000.
LUMINANCE = (2126, 7152, 722)


def _light_of_each_byte() -> NDArray[np.int32]:
    """IEC 61966-2-1, rounded: no power is so near to a half that its last bit matters."""
    value = np.arange(256) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    rounded: NDArray[np.int32] = np.rint(WHITE * light).astype(np.int32)
    return rounded


LIGHT = _light_of_each_byte()
"""Of each sRGB byte, 0 to `WHITE`."""


class LitPalette:
    """A palette's entries as amounts of light, and which of them is nearest to some light.

    Attributes
    ----------
    entries : ndarray of int32, shape (k, 3)
    order : ndarray of uint8, shape (k,)
        Indices of the entries from the darkest to the brightest.
    brightness : ndarray of uint8, shape (k,)
        Each entry's place in that order.
    """

    def __init__(self, picture: Picture) -> None:
        self.entries = LIGHT[picture.palette]
        order = np.argsort(self.entries @ np.array(LUMINANCE, np.int64), kind="stable")
        self.order = order.astype(np.uint8)
        self.brightness = np.argsort(order).astype(np.uint8)
        self._most = _largest_error(self.entries)
        self._cells = _nearest_by_cell(picture)

    def bound(self, error: NDArray[np.int32]) -> None:
        """Bring an error in 1/`SCALE` back to light, and to no more than a gap of the palette can need."""
        error += SCALE // 2
        error >>= SCALE_BITS
        np.clip(error, -self._most, self._most, out=error)

    def choose(
        self, light: NDArray[np.int32], error: NDArray[np.int32], undisturbed: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """Find the entries nearest to some light; where no error has come to it, those that are given."""
        # What is darker than black or brighter than white is looked up as black and white.
        cell = _CELL_OF_LIGHT.take(light >> UNSEEN_BITS, mode="clip")
        found = self._cells.take(cell[:, 0] << 2 * CELL_BITS | cell[:, 1] << CELL_BITS | cell[:, 2])
        return np.where(error[:, 0] | error[:, 1] | error[:, 2], found, undisturbed)


def _cell_of_light() -> NDArray[np.int32]:
    width = 256 >> CELL_BITS
    amounts = np.arange(1 << BITS_LOOKED_AT)
    return np.searchsorted(LIGHT[width::width] >> UNSEEN_BITS, amounts, side="right").astype(np.int32)


_CELL_OF_LIGHT = _cell_of_light()


def _nearest_by_cell(picture: Picture) -> NDArray[np.uint8]:
    """Find the entry nearest to the middle of each cell of colors."""
    width = 256 >> CELL_BITS
    middles = np.arange(width // 2, 256, width, dtype=np.uint32)
    red, green, blue = np.meshgrid(middles << 16, middles << 8, middles, indexing="ij")
    colors: NDArray[np.uint32] = (red | green | blue).reshape(-1).astype(np.uint32, copy=False)
    counted = Colors(colors, np.ones(len(colors), np.int64))
    return recolor.nearest(counted, picture.palette, picture.space)


def _largest_error(entries: NDArray[np.int32]) -> int:
    """Give the widest gap from an entry to its neighbor: between the two, no error need be larger."""
    apart = np.square(entries[:, None].astype(np.int64) - entries).sum(axis=2)
    # An entry is not its own neighbor, nor is one of the same color.
    apart[apart == 0] = np.iinfo(np.int64).max
    widest = int(apart.min(axis=1).max())
    return min(WHITE, math.isqrt(widest))
