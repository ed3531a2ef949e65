"""Lloyd's iteration on weighted points, laid out for matrix products."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from colorquant.engine.colors import ColorSet

Floats = NDArray[np.floating]
# Points taken at once: 8192 columns of 32 float32 are 1 MiB, a CPU's own cache.
POINTS = 8192
# A squared distance is the sum of this many rounded terms, none of them larger than twice the largest norm.
ROUNDINGS = 8


class Cloud:
    """A `ColorSet` prepared for many passes of Lloyd's iteration.

    Distances are products with the points as columns, so that the nearest centroid is a minimum over rows,
    and new centroids are products of memberships with the points' moments.

    Parameters
    ----------
    colors : ColorSet
    dtype : float32 or float64
        Half the bytes take half the time, and are enough to search with.

    Attributes
    ----------
    points : ndarray, shape (n, 3)
        Around the weighted mean, so that no digits are lost to their distance from zero.
    weights : ndarray, shape (n,)
        Shares of the pixels; they sum to 1.
    fuzz : float
        Squared distances up to this are rounding errors.
    """

    def __init__(self, colors: ColorSet, dtype: DTypeLike) -> None:
        shares = colors.weights / colors.weights.sum()
        self._mean: NDArray[np.float64] = shares @ colors.points
        around = colors.points - self._mean
        self.points = around.astype(dtype)
        self.weights = shares.astype(dtype)
        self._norms = np.einsum("ij,ij->i", self.points, self.points)
        with_one = np.column_stack([around, np.ones(len(around))])
        self._columns = np.ascontiguousarray(with_one.T, dtype)
        self._moments = (with_one * shares[:, None]).astype(dtype)
        self.fuzz = ROUNDINGS * float(np.finfo(dtype).eps) * float(self._norms.max())
        self.variance = float(self.weights @ self._norms)

    def place(self, centroids: Floats) -> Floats:
        """Move centroids from the color space to where this cloud's points are."""
        return (centroids - self._mean).astype(self.points.dtype)

    def unplace(self, centroids: Floats) -> NDArray[np.float64]:
        """Undo `place`."""
        return centroids.astype(np.float64) + self._mean

    def squared_distances(self, centroids: Floats) -> Floats:
        """Compare every centroid with every point.

        Parameters
        ----------
        centroids : ndarray, shape (k, 3)

        Returns
        -------
        ndarray, shape (k, n)
            Zero may come out as a rounding error on either side of it.
        """
        distances: Floats = _rows(centroids) @ self._columns
        distances += self._norms
        return distances

    def iterate(self, centroids: Floats, steps: int, tolerance: float = 0) -> Floats:
        """Move each centroid to the mean of the points nearest to it, again and again.

        Parameters
        ----------
        centroids : ndarray, shape (k, 3)
        steps : int
            How often.
        tolerance : float
            Stop earlier when the centroids' squared moves sum to no more than this.

        Returns
        -------
        ndarray, shape (k, 3)
            A centroid without points stays where it is.
        """
        for _ in range(steps):
            moments = self._nearest_moments(centroids)
            shares = moments[:, 3:]
            moved = np.where(shares > 0, moments[:, :3] / np.where(shares > 0, shares, 1), centroids)
            shift = float(np.square(moved - centroids).sum())
            centroids = moved
            if shift <= tolerance:
                break
        return centroids

    def _nearest_moments(self, centroids: Floats) -> Floats:
        """Sum the moments of the points nearest to each centroid.

        As a product this takes a third of the time of counting by label. A point that is equally near to two
        centroids pulls at both.
        """
        rows = _rows(centroids)
        moments = np.zeros((len(centroids), 4), rows.dtype)
        for first in range(0, len(self.points), POINTS):
            block = slice(first, first + POINTS)
            distances = rows @ self._columns[:, block]
            moments += (distances == distances.min(axis=0)).astype(rows.dtype) @ self._moments[block]
        return moments


def _rows(centroids: Floats) -> Floats:
    """Give what to multiply points by for their squared distances, less the points' own squared norms."""
    rows = np.empty((len(centroids), 4), centroids.dtype)
    np.multiply(centroids, -2, out=rows[:, :3])
    np.einsum("ij,ij->i", centroids, centroids, out=rows[:, 3])
    return rows
