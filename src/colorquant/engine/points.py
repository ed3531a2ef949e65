"""Colors as weighted points of a color space: a sample of the pixels, or all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colorquant.cores import blocks
from colorquant.engine.colors import Colors
from colorquant.engine.packed import unpack
from colorquant.engine.spaces import Space

# Distinct colors converted at once: 256 Ki float64 triples are 6 MiB, a CPU's own cache.
COLORS = 1 << 18
# Cells are at least 2^6 colors large, 4 levels a side. Finer ones lower the error of a palette refined on
# them by 0.02 % at most, and take a third longer.
FINEST = 6


@dataclass(frozen=True, eq=False)
class Points:
    """Distinct places in a color space and how many pixels are at each.

    Attributes
    ----------
    coordinates : ndarray of float64, shape (n, 3)
        Whole numbers of the space's steps. No two points are in the same place.
    weights : ndarray of float64, shape (n,)
        Whole numbers of pixels, all positive.
    space : Space
    """

    coordinates: NDArray[np.float64]
    weights: NDArray[np.float64]
    space: Space

    def __len__(self) -> int:
        return len(self.coordinates)


def sample(colors: Colors, size: int, seed: int, space: Space) -> Points:
    """Draw this many pixels without replacement, or take all where there are fewer.

    The draw is from the pixels in order of color, so where they stand in the image does not matter.
    """
    packed, counts = colors.packed, colors.counts
    ends = np.cumsum(counts)
    if size < ends[-1]:
        pixels = np.random.default_rng(seed).choice(int(ends[-1]), size, replace=False)
        drawn, counts = np.unique(np.searchsorted(ends, pixels, side="right"), return_counts=True)
        packed = packed[drawn]
    return Points(space.from_srgb(unpack(packed)), counts.astype(np.float64), space)


@dataclass(frozen=True, eq=False)
class Histogram:
    """Every pixel of an image, in cells of similar colors.

    Attributes
    ----------
    cells : ndarray of uint32, shape (n,)
        Packed sRGB of each cell's darkest corner, ascending.
    points : Points
        The mean, to the nearest step, and the pixels of each cell.
    """

    cells: NDArray[np.uint32]
    points: Points

    def coarser(self, most: int) -> Histogram:
        """Merge cells until there are at most so many."""
        cells, bins = _bin(self.cells, most)
        moments = _moments(bins, self.points.weights, self.points.coordinates, len(cells))
        return Histogram(cells, _points(moments, self.points.space))


def histogram(colors: Colors, most: int, space: Space) -> Histogram:
    """Gather the colors into at most so many cells, each of which keeps its true mean color.

    The cells are boxes of equal size, the smallest that give few enough of them. With no more distinct colors
    than that the result is exact.
    """
    cells, bins = _bin(colors.packed, most)
    if len(cells) == len(colors):
        coordinates = colors.in_space(space, slice(None))
        return Histogram(cells, Points(coordinates, colors.counts.astype(np.float64), space))
    moments = np.zeros((4, len(cells)))
    for block in blocks(len(colors), COLORS):
        coordinates = colors.in_space(space, block)
        weights = colors.counts[block].astype(np.float64)
        moments += _moments(bins[block], weights, coordinates, len(cells))
    return Histogram(cells, _points(moments, space))


def _bin(packed: NDArray[np.uint32], most: int) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """Give the occupied cells, and which of them each color is in."""
    if len(packed) <= most:
        return packed, np.arange(len(packed))
    step = FINEST
    cells = _occupied(packed, step)
    while len(cells) > most:
        step += 1
        cells = _occupied(cells, step)
    ranks = np.empty(1 << (24 - step), np.intp)
    ranks[_codes(cells, step)] = np.arange(len(cells))
    return cells, ranks[_codes(packed, step)]


def _occupied(packed: NDArray[np.uint32], step: int) -> NDArray[np.uint32]:
    """Give the cells of 2^step colors that these are in."""
    used = np.zeros(1 << (24 - step), bool)
    used[_codes(packed, step)] = True
    codes = np.flatnonzero(used).astype(np.uint32)
    red, green, blue = _dropped_bits(step)
    cells = (codes >> (16 - green - blue)) << (16 + red)
    cells |= (codes >> (8 - blue) & (255 >> green)) << (8 + green)
    cells |= (codes & (255 >> blue)) << blue
    return cells.astype(np.uint32, copy=False)


def _codes(packed: NDArray[np.uint32], step: int) -> NDArray[np.uint32]:
    """Give the numbers of the cells of 2^step colors that these are in; their order stays."""
    red, green, blue = _dropped_bits(step)
    codes = (packed >> (16 + red)) << (16 - green - blue)
    codes |= (packed >> (8 + green) & (255 >> green)) << (8 - blue)
    codes |= (packed & 255) >> blue
    return codes.astype(np.uint32, copy=False)


def _dropped_bits(step: int) -> tuple[int, int, int]:
    """Tell how many bits of each channel a cell spans; blue, which the eye misses least, goes first."""
    return (step + 1) // 3, step // 3, (step + 2) // 3


def _moments(
    bins: NDArray[np.intp], weights: NDArray[np.float64], coordinates: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    """Sum weights and weighted coordinates by bin, shape (4, size)."""
    sums = [np.bincount(bins, weights * axis, size) for axis in coordinates.T]
    return np.stack([np.bincount(bins, weights, size), *sums])


def _points(moments: NDArray[np.float64], space: Space) -> Points:
    weights = moments[0].copy()
    return Points(np.rint(moments[1:].T / weights[:, None]), weights, space)
