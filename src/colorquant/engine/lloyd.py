"""Lloyd's iteration on weighted points, laid out for matrix products."""

from __future__ import annotations

import numpy as np

from colorquant.engine import exact
from colorquant.engine.exact import Floats, Labels
from colorquant.engine.points import Points


class Cloud:
    """Points prepared for many passes of Lloyd's iteration.

    Coordinates and weights are whole numbers, so distances and means do not depend on the order in which a
    processor adds up. Sums of squared errors may be larger than float64 holds exactly: numpy adds them up, in
    the same order everywhere, and never BLAS.

    Attributes
    ----------
    coordinates : ndarray, shape (n, 3)
    weights : ndarray, shape (n,)
    """

    def __init__(self, points: Points) -> None:
        self.coordinates = points.coordinates
        self.weights = points.weights
        self._columns = exact.columns(points.coordinates)
        self._norms = exact.squared_norms(points.coordinates)
        self._moments = self._columns * points.weights

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def variance(self) -> float:
        """Mean over the pixels and the axes of the squared distance to the mean color."""
        sums = self._moments.sum(axis=1)
        mean_square = float((self.weights * self._norms).sum() / sums[3])
        return (mean_square - float(np.square(sums[:3] / sums[3]).sum())) / 3

    def nearest(self, centroids: Floats) -> tuple[Labels, Floats]:
        """Give each point's nearest centroid, the first of equally near ones, and its squared distance."""
        labels, distances = exact.nearest(self._columns, centroids)
        distances += self._norms
        return labels, distances

    def labels(self, centroids: Floats) -> Labels:
        """Give only each point's nearest centroid."""
        return exact.labels(self._columns, centroids)

    def squared_distances(self, centroids: Floats) -> Floats:
        """Compare every centroid with every point, shape (k, n)."""
        distances = exact.distances(self._columns, centroids)
        distances += self._norms
        return distances

    def two_nearest(self, centroids: Floats) -> tuple[Labels, Floats, Floats]:
        """Give each point's nearest centroid, and its squared distances to that and to the next nearest one.

        With a single centroid the next one is infinitely far.
        """
        labels, least = self.nearest(centroids)
        distances = self.squared_distances(centroids)
        distances[labels, np.arange(len(self))] = np.inf
        return labels, least, distances.min(axis=0)

    def iterate(self, centroids: Floats, steps: int, tolerance: float = 0, fixed: int = 0) -> Floats:
        """Move each centroid to the mean of the points nearest to it, so many times.

        It ends earlier when the squared moves sum to no more than the tolerance. A centroid without points
        stays where it is, and so do the first ones where so many are `fixed`.
        """
        for _ in range(steps):
            moved = self.means(self.labels(centroids), centroids)
            moved[:fixed] = centroids[:fixed]
            shift = float(np.square(moved - centroids).sum())
            centroids = moved
            if shift <= tolerance:
                break
        return centroids

    def means(self, labels: Labels, centroids: Floats) -> Floats:
        """Give the mean of the points with each label, to the nearest step; without points, its centroid."""
        *sums, weights = [np.bincount(labels, moment, len(centroids)) for moment in self._moments]
        served = weights > 0
        means = np.stack(sums, axis=1) / np.where(served, weights, 1)[:, None]
        return np.where(served[:, None], np.rint(means), centroids)
