"""Dense groups of colors, the flat areas of a drawing, which K-means alone does not tell from blends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.exact import squared_distances
from colorquant.engine.points import Points
from colorquant.engine.spaces import RGB_STEPS

# The three distances are RGB levels. What is within REACH of a flat color is that color with the noise of a
# JPEG of quality 75; calibrated on drawn flat art (docs/number-of-colors.md), where 5 to 8 count alike.
REACH = 6.0
# A continuum is as dense a little further out, and there only more fits in: the shell from REACH to EDGE
# holds as much as the ball in one dimension, three times as much in two. A flat color holds less there.
EDGE = 2 * REACH
# Colors nearer than this are one color with its shading or with the ringing of a JPEG.
APART = 4 * REACH
# Fewer pixels than these close together are chance, or the blend along one edge.
LEAST_PIXELS = 3
LEAST_SHARE = 0.002
# So many times the pixels that suffice to cluster and score are looked at for groups: of 1000, too few are
# left of a color that has one percent of the image, once a JPEG has smeared its edges.
CROWD = 5
# Rows of the distance matrix held at once: 512 rows of 5000 float64 are 20 MB.
ROWS = 512


@dataclass(frozen=True)
class Groups:
    """The dense groups among the colors.

    Attributes
    ----------
    centers : ndarray of float64, shape (n, 3)
        The color in the densest place of each group, in steps of sRGB, the densest group first.
    coverage : float
        Part of the pixels that is within `EDGE` of a center, 0 to 1.
    """

    centers: NDArray[np.float64]
    coverage: float

    def __len__(self) -> int:
        return len(self.centers)


def find_groups(points: Points) -> Groups:
    """Count the colors, points in sRGB, that stand apart from the others as dense peaks.

    A color is the center of a group where more pixels are close to it than further out around it, enough of
    them are, and no denser color is near (the density peaks of Rodriguez and Laio). Pixels between the
    groups, from smoothed edges or compression, belong to none.

    References
    ----------
    A. Rodriguez, A. Laio, "Clustering by fast search and find of density peaks", Science 344 (2014),
    1492-1496.

    Examples
    --------
    >>> from colorquant.engine.spaces import SPACES
    >>> colors = np.array([[0, 0, 0], [255, 0, 0], [255, 255, 255]], np.uint8)
    >>> rgb = SPACES["rgb"]
    >>> len(find_groups(Points(rgb.from_srgb(colors), np.array([50.0, 40, 10]), rgb)))
    3
    """
    dense, shell = _densities(points)
    least = max(LEAST_PIXELS, LEAST_SHARE * float(points.weights.sum()))
    candidates = np.flatnonzero((dense >= least) & (shell <= dense))
    # Of equally dense colors the first counts as the denser one, so that each group has one center.
    rank = np.empty(len(points), np.int64)
    rank[np.argsort(-dense, kind="stable")] = np.arange(len(points))
    alone = np.empty(len(candidates), bool)
    for first in range(0, len(candidates), ROWS):
        rows = candidates[first : first + ROWS]
        near = squared_distances(points.coordinates[rows], points.coordinates) <= (APART * RGB_STEPS) ** 2
        alone[first : first + ROWS] = ~(near & (rank < rank[rows, None])).any(axis=1)
    peaks = candidates[alone]
    centers = points.coordinates[peaks[np.argsort(rank[peaks])]]
    if not len(centers):
        return Groups(centers, 0.0)
    covered = squared_distances(points.coordinates, centers).min(axis=1) <= (EDGE * RGB_STEPS) ** 2
    return Groups(centers, float(points.weights[covered].sum() / points.weights.sum()))


def _densities(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the pixels within `REACH` of each color, and those from there to `EDGE`."""
    dense, shell = np.empty(len(points)), np.empty(len(points))
    for first in range(0, len(points), ROWS):
        rows = slice(first, first + ROWS)
        squares = squared_distances(points.coordinates[rows], points.coordinates)
        # Few pairs are near; gathering them is faster than a product with the whole comparison.
        row, near = np.nonzero(squares <= (EDGE * RGB_STEPS) ** 2)
        inside = squares[row, near] <= (REACH * RGB_STEPS) ** 2
        dense[rows] = np.bincount(row, points.weights[near] * inside)
        shell[rows] = np.bincount(row, points.weights[near] * ~inside)
    return dense, shell
