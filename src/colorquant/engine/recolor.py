"""Every pixel to its nearest palette color."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from colorquant.cores import blocks, on_all_cores
from colorquant.engine import exact
from colorquant.engine.colors import CONVERTED, Colors
from colorquant.engine.packed import look_up, row_blocks
from colorquant.engine.spaces import Space

# Pixels looked up at once: 64 Ki packed are 256 KiB, so they are still in the cache when they are looked up.
PIXELS = 1 << 16


def nearest(colors: Colors, palette: NDArray[np.uint8], space: Space) -> NDArray[np.uint8]:
    """Find the palette entry nearest to each color, of equally near entries the first."""
    entries = space.from_srgb(palette)
    labels = np.empty(len(colors), np.uint8)
    # What is kept is to be there before several threads ask for it.
    colors.in_space(space, slice(0))

    def label(rows: slice) -> None:
        labels[rows] = exact.labels(exact.columns(colors.in_space(space, rows)), entries)

    on_all_cores(label, blocks(len(colors), CONVERTED))
    return labels


def gather(
    pixels: NDArray[np.uint8], colors: NDArray[np.uint32], labels: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Give each pixel the label of its color; a pixel of a color that has none gets 0."""
    table = np.zeros(1 << 24, np.uint8)
    table[colors] = labels
    indices = np.empty(pixels.shape[:2], np.uint8)

    def look(rows: slice) -> None:
        look_up(table, pixels[rows], indices[rows])

    on_all_cores(look, row_blocks(pixels.shape, PIXELS))
    return indices
