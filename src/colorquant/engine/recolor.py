"""Every pixel to its nearest palette color."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.colors import unpack

# Distinct colors compared with the palette at once: 65536 rows of 32 float32 are 8 MB, about a CPU's cache.
ROWS = 65_536


def nearest(colors: NDArray[np.uint32], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Find the palette entry nearest to each color.

    Parameters
    ----------
    colors : ndarray of uint32, shape (m,)
        Packed sRGB.
    palette : ndarray of uint8, shape (k, 3)
        sRGB, at most 256 entries.

    Returns
    -------
    ndarray of uint8, shape (m,)
        Indices into the palette; of equally near entries the first.
    """
    # |c - p|^2 orders like |p|^2 - 2cp. Both are whole numbers under 2^24, so float32 holds them exactly.
    entries = palette.astype(np.float32)
    norms = np.einsum("ij,ij->i", entries, entries)
    labels = np.empty(len(colors), np.uint8)
    for first in range(0, len(colors), ROWS):
        rows = slice(first, first + ROWS)
        labels[rows] = (norms - 2 * (unpack(colors[rows]).astype(np.float32) @ entries.T)).argmin(axis=1)
    return labels


def gather(
    packed: NDArray[np.uint32], colors: NDArray[np.uint32], labels: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Give each pixel the label of its color.

    Parameters
    ----------
    packed : ndarray of uint32, shape (H, W)
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
    return table[packed]
