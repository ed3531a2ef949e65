"""Every pixel to its nearest palette color."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.colors import pack, row_blocks, unpack
from colorquant.engine.spaces import Space
from colorquant.engine.threads import one_thread

# Distinct colors compared with the palette at once: 8192 rows of 32 float32 are 1 MiB, a CPU's own cache.
ROWS = 8192
# Pixels looked up at once: 64 Ki packed are 256 KiB, so they are still in the cache when they are looked up.
PIXELS = 1 << 16


@one_thread
def nearest(colors: NDArray[np.uint32], palette: NDArray[np.uint8], space: Space) -> NDArray[np.uint8]:
    """Find the palette entry nearest to each color.

    Parameters
    ----------
    colors : ndarray of uint32, shape (m,)
        Packed sRGB.
    palette : ndarray of uint8, shape (k, 3)
        sRGB, at most 256 entries.
    space : Space
        Where distances are taken.

    Returns
    -------
    ndarray of uint8, shape (m,)
        Indices into the palette; of equally near entries the first.
    """
    # |c - p|^2 orders like |p|^2 - 2cp. In RGB both are whole numbers under 2^24, which float32 holds.
    entries = space.from_srgb(palette)
    norms = np.einsum("ij,ij->i", entries, entries)
    labels = np.empty(len(colors), np.uint8)
    for first in range(0, len(colors), ROWS):
        rows = slice(first, first + ROWS)
        labels[rows] = (norms - space.from_srgb(unpack(colors[rows])) @ (2 * entries.T)).argmin(axis=1)
    return labels


def gather(
    pixels: NDArray[np.uint8], colors: NDArray[np.uint32], labels: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Give each pixel the label of its color.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        The image.
    colors : ndarray of uint32, shape (m,)
        Its distinct colors. A pixel of another color gets label 0.
    labels : ndarray of uint8, shape (m,)
        The label of each distinct color.

    Returns
    -------
    ndarray of uint8, shape (H, W)
    """
    table = np.zeros(1 << 24, np.uint8)
    table[colors] = labels
    indices = np.empty(pixels.shape[:2], np.uint8)
    for rows in row_blocks(pixels.shape, PIXELS):
        # Every packed color is inside the table; "clip" only spares numpy a copy of the output.
        np.take(table, pack(pixels[rows]), out=indices[rows], mode="clip")
    return indices
