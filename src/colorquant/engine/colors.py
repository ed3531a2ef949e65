"""Pixels to weighted points: a sample of the image, or all of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Scoring compares every point with every other. 4096 points need 134 MB of distances, taken in chunks, and
# a photograph binned to that many points keeps its colors apart to about 8 levels a channel.
MOST_BINS = 4096


@dataclass(frozen=True)
class ColorSet:
    """Distinct colors and how many pixels have each.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 3)
        Coordinates in the space where distances are taken, 0 to 255 for RGB.
    weights : ndarray of float64, shape (n,)
        Whole numbers of pixels, all positive.
    """

    points: NDArray[np.float64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.points)


def pack(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Make one number of each pixel's three bytes.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (..., 3)
        sRGB.

    Returns
    -------
    ndarray of uint32, shape (...)
        ``red << 16 | green << 8 | blue``.

    Examples
    --------
    >>> int(pack(np.array([1, 2, 3], np.uint8))) == 0x010203
    True
    """
    packed = pixels[..., 0].astype(np.uint32)
    for channel in (1, 2):
        packed <<= 8
        packed |= pixels[..., channel]
    return packed


def unpack(packed: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Undo `pack`.

    Parameters
    ----------
    packed : ndarray of uint32, shape (...)

    Returns
    -------
    ndarray of uint8, shape (..., 3)
    """
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


def count_distinct(packed: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Find an image's distinct colors.

    Parameters
    ----------
    packed : ndarray of uint32, shape (n,)
        As from `pack`.

    Returns
    -------
    colors : ndarray of uint32, shape (m,)
        Ascending.
    counts : ndarray of int64, shape (m,)
        Pixels of each.
    """
    ordered = np.sort(packed)
    is_first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    starts = np.flatnonzero(is_first)
    return ordered[starts], np.diff(starts, append=len(ordered))


def sample_pixels(packed: NDArray[np.uint32], size: int, seed: int) -> ColorSet:
    """Draw pixels without replacement.

    Parameters
    ----------
    packed : ndarray of uint32, shape (n,)
        As from `pack`.
    size : int
        How many to draw; all are taken where there are fewer.
    seed : int
        Start of the random choice.

    Returns
    -------
    ColorSet
        Weights sum to the number of pixels drawn.
    """
    if size < len(packed):
        chosen = np.random.default_rng(seed).choice(len(packed), size, replace=False)
        packed = packed[chosen]
    colors, counts = count_distinct(packed)
    return ColorSet(unpack(colors).astype(np.float64), counts.astype(np.float64))


def bin_colors(colors: NDArray[np.uint32], counts: NDArray[np.int64], most: int = MOST_BINS) -> ColorSet:
    """Gather distinct colors into at most `most` weighted points, each the true mean of its bin.

    The bins are cubes of equal size, the finest power of two that gives few enough of them. With no more
    distinct colors than `most` the result is exact.

    Parameters
    ----------
    colors : ndarray of uint32, shape (m,)
        Distinct, as from `count_distinct`.
    counts : ndarray of int64, shape (m,)
        Pixels of each.
    most : int
        Largest number of points. Default `MOST_BINS`.

    Returns
    -------
    ColorSet
        Weights sum to ``counts.sum()``.
    """
    points = unpack(colors)
    for shift in range(9):
        cells, bins = np.unique(pack(points >> np.uint8(shift)), return_inverse=True)
        if len(cells) <= most:
            break
    weights = np.bincount(bins, weights=counts).astype(np.float64)
    sums = [np.bincount(bins, weights=counts * points[:, channel]) for channel in range(3)]
    return ColorSet(np.stack(sums, axis=-1) / weights[:, None], weights)
