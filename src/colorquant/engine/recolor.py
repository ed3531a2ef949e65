"""Every pixel to its nearest palette color."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import exact
from colorquant.engine.colors import CONVERTED, Colors
from colorquant.engine.packed import pack, row_blocks
from colorquant.engine.spaces import Space

# Pixels looked up at once: 64 Ki packed are 256 KiB, so they are still in the cache when they are looked up.
PIXELS = 1 << 16


def nearest(colors: Colors, palette: NDArray[np.uint8], space: Space) -> NDArray[np.uint8]:
    """Find the palette entry nearest to each color, of equally near entries the first."""
    entries = space.from_srgb(palette)
    labels = np.empty(len(colors), np.uint8)
    for first in range(0, len(colors), CONVERTED):
        rows = slice(first, first + CONVERTED)
        labels[rows] = exact.nearest(exact.columns(colors.in_space(space, rows)), entries)[0]
    return labels


def gather(
    pixels: NDArray[np.uint8], colors: NDArray[np.uint32], labels: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Give each pixel the label of its color; a pixel of a color that has none gets 0."""
    table = np.zeros(1 << 24, np.uint8)
    table[colors] = labels
    indices = np.empty(pixels.shape[:2], np.uint8)
    for rows in row_blocks(pixels.shape, PIXELS):
        # Every packed color is inside the table; "clip" only spares numpy a copy of the output.
        np.take(table, pack(pixels[rows]), out=indices[rows], mode="clip")
    return indices
