"""Pixels to weighted points: a sample of the image, or all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.engine.spaces import SPACES, Space

# Pixels taken at once: 16 Mi are 64 MiB packed. Below this an image is sorted in one go, which is fastest.
PIXELS = 1 << 24
# Distinct colors taken at once: 1 Mi float64 triples are 24 MiB.
COLORS = 1 << 20
# Coarsening halves the resolution of one channel at a time, first the one that the eye misses least: blue,
# then red, then green.
_CHANNELS = (2, 0, 1)


@dataclass(frozen=True)
class ColorSet:
    """Distinct colors and how many pixels have each.

    Attributes
    ----------
    points : ndarray of float64, shape (n, 3)
        Coordinates, 0 to 255 for RGB.
    weights : ndarray of float64, shape (n,)
        Whole numbers of pixels, all positive.
    space : Space
        What the coordinates mean. Default RGB.
    spreads : ndarray of float64, shape (n,), or None
        Mean squared distance of a point's pixels to it. None where they all have that very color.
    """

    points: NDArray[np.float64]
    weights: NDArray[np.float64]
    space: Space = SPACES["rgb"]
    spreads: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.points)


def pack(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Make one number of each pixel's three bytes.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (..., 3)
        sRGB; at least one pixel.

    Returns
    -------
    ndarray of uint32, shape (...)
        ``red << 16 | green << 8 | blue``.

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
    """Undo `pack`.

    Parameters
    ----------
    packed : ndarray of uint32, shape (...)

    Returns
    -------
    ndarray of uint8, shape (..., 3)
        A view of `packed` where it can be.
    """
    octets = np.ascontiguousarray(packed, "<u4").view(np.uint8).reshape(*packed.shape, 4)
    return octets[..., 2::-1]


def count_distinct(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Find an image's distinct visible colors.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        sRGB.
    alpha : ndarray of uint8, shape (H, W), optional
        Pixels with 0 are left out.

    Returns
    -------
    colors : ndarray of uint32, shape (m,)
        Ascending, as from `pack`.
    counts : ndarray of int64, shape (m,)
        Pixels of each.
    """
    parts = [_count_sorted(packed) for packed in _visible_blocks(pixels, alpha)]
    if len(parts) == 1:
        return parts[0]
    total = np.zeros(1 << 24, np.uint32)
    for colors, counts in parts:
        total[colors] += counts.astype(np.uint32)
    found = np.flatnonzero(total)
    return found.astype(np.uint32), total[found].astype(np.int64)


def _visible_blocks(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None
) -> Iterator[NDArray[np.uint32]]:
    for rows in row_blocks(pixels.shape, PIXELS):
        packed = pack(pixels[rows])
        yield packed.ravel() if alpha is None else packed[alpha[rows] > 0]


def row_blocks(shape: tuple[int, ...], pixels: int) -> Iterator[slice]:
    """Cut an image into blocks of whole rows.

    Parameters
    ----------
    shape : tuple of int
        Height, width and whatever follows.
    pixels : int
        How many a block should have; one row at least.

    Yields
    ------
    slice
    """
    height = max(1, pixels // shape[1])
    for first in range(0, shape[0], height):
        yield slice(first, first + height)


def _count_sorted(packed: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    packed.sort()
    is_first = np.ones(len(packed), bool)
    np.not_equal(packed[1:], packed[:-1], out=is_first[1:])
    starts = np.flatnonzero(is_first)
    return packed[starts], np.diff(starts, append=len(packed))


def sample_pixels(
    colors: NDArray[np.uint32], counts: NDArray[np.int64], size: int, seed: int, space: Space
) -> ColorSet:
    """Draw pixels without replacement.

    The draw is from the pixels in order of color, so where they stand in the image does not matter.

    Parameters
    ----------
    colors : ndarray of uint32, shape (m,)
        Distinct, as from `count_distinct`.
    counts : ndarray of int64, shape (m,)
        Pixels of each.
    size : int
        How many to draw; all are taken where there are fewer.
    seed : int
        Start of the random choice.
    space : Space
        Where the points' coordinates are.

    Returns
    -------
    ColorSet
        Weights sum to the number of pixels drawn.
    """
    ends = np.cumsum(counts)
    if size < ends[-1]:
        pixels = np.random.default_rng(seed).choice(int(ends[-1]), size, replace=False)
        drawn, counts = np.unique(np.searchsorted(ends, pixels, side="right"), return_counts=True)
        colors = colors[drawn]
    return ColorSet(space.from_srgb(unpack(colors)).astype(np.float64), counts.astype(np.float64), space)


@dataclass(frozen=True)
class Histogram:
    """Every pixel of an image, in cells of similar colors.

    Attributes
    ----------
    cells : ndarray of uint32, shape (n,)
        Packed sRGB of each cell's darkest corner, ascending.
    colors : ColorSet
        The true mean and the pixels of each cell.
    """

    cells: NDArray[np.uint32]
    colors: ColorSet

    def coarser(self, most: int) -> Histogram:
        """Merge cells until there are at most `most`.

        Parameters
        ----------
        most : int

        Returns
        -------
        Histogram
        """
        cells, bins = _bin(self.cells, most)
        squares = np.square(self.colors.points).sum(axis=1)
        if self.colors.spreads is not None:
            squares += self.colors.spreads
        moments = _moments(bins, self.colors.weights, self.colors.points, squares, len(cells))
        return Histogram(cells, _color_set(moments, self.colors.space))


def histogram(colors: NDArray[np.uint32], counts: NDArray[np.int64], most: int, space: Space) -> Histogram:
    """Gather distinct colors into at most `most` cells, each of which keeps its true mean color.

    The cells are boxes of equal size, the smallest that give few enough of them. With no more distinct
    colors than `most` the result is exact.

    Parameters
    ----------
    colors : ndarray of uint32, shape (m,)
        Distinct, as from `count_distinct`.
    counts : ndarray of int64, shape (m,)
        Pixels of each.
    most : int
        Largest number of cells.
    space : Space
        Where the means are taken.

    Returns
    -------
    Histogram
        Weights sum to ``counts.sum()``.
    """
    cells, bins = _bin(colors, most)
    moments = np.zeros((5, len(cells)))
    for first in range(0, len(colors), COLORS):
        block = slice(first, first + COLORS)
        points = space.from_srgb(unpack(colors[block])).astype(np.float64, copy=False)
        squares = np.square(points).sum(axis=1)
        moments += _moments(bins[block], counts[block].astype(np.float64), points, squares, len(cells))
    return Histogram(cells, _color_set(moments, space))


def _bin(colors: NDArray[np.uint32], most: int) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Give the occupied cells, and which of them each color is in."""
    if len(colors) <= most:
        return colors, np.arange(len(colors))
    shifts = [0, 0, 0]
    step = 0
    occupied = len(colors)
    while occupied > most:
        # A cell of 2^s colors cannot hold more than that many, which rules most of the sizes out uncounted.
        shifts[_CHANNELS[step % 3]] += 1
        step += 1
        if len(colors) > most << step:
            continue
        codes = _codes(colors, shifts)
        used = np.zeros(1 << (24 - step), bool)
        used[codes] = True
        occupied = int(np.count_nonzero(used))
    rank = np.cumsum(used, dtype=np.int32) - 1
    return _corners(np.flatnonzero(used).astype(np.uint32), shifts), rank[codes].astype(np.intp)


def _codes(colors: NDArray[np.uint32], shifts: list[int]) -> NDArray[np.uint32]:
    red, green, blue = shifts
    codes = (colors >> (16 + red)) << (16 - green - blue)
    codes |= (colors >> (8 + green) & (255 >> green)) << (8 - blue)
    codes |= (colors & 255) >> blue
    return codes.astype(np.uint32, copy=False)


def _corners(codes: NDArray[np.uint32], shifts: list[int]) -> NDArray[np.uint32]:
    red, green, blue = shifts
    corners = (codes >> (16 - green - blue)) << (16 + red)
    corners |= (codes >> (8 - blue) & (255 >> green)) << (8 + green)
    corners |= (codes & (255 >> blue)) << blue
    return corners.astype(np.uint32, copy=False)


def _moments(
    bins: NDArray[np.intp],
    weights: NDArray[np.float64],
    points: NDArray[np.float64],
    squares: NDArray[np.float64],
    size: int,
) -> NDArray[np.float64]:
    """Sum weights, weighted coordinates and weighted squared norms by bin."""
    sums = [np.bincount(bins, weights * values, size) for values in (*points.T, squares)]
    return np.stack([np.bincount(bins, weights, size), *sums])


def _color_set(moments: NDArray[np.float64], space: Space) -> ColorSet:
    weights = moments[0].copy()
    means = np.ascontiguousarray((moments[1:4] / weights).T)
    spreads = np.maximum(moments[4] / weights - np.square(means).sum(axis=1), 0)
    return ColorSet(means, weights, space, spreads)
