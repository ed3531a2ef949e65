"""One K-means clustering for every number of colors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from colorquant.engine.colors import ColorSet
from colorquant.engine.lloyd import Cloud, Floats
from colorquant.engine.threads import one_thread

# Looking for the next centroid among this many points, drawn by how badly they are served, ends within a
# percent of looking among all points, for a thirtieth of the work.
CANDIDATES = 32
# Warm starts settle in about five steps; the mean inertia falls by 0.1 % with twice as many.
STEPS = 6
# scikit-learn's default, relative to the variance of the points.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Clustering:
    """A K-means result.

    Attributes
    ----------
    centroids : ndarray of float64, shape (k, 3)
        Mean of the points of each cluster.
    labels : ndarray of int32, shape (n,)
        Which centroid each point of the `ColorSet` belongs to.
    inertia : float
        Sum over pixels of the squared distance to their centroid.
    """

    centroids: NDArray[np.float64]
    labels: NDArray[np.int32]
    inertia: float

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centroids)


@one_thread
def sweep(colors: ColorSet, ks: Sequence[int], seed: int) -> list[Clustering]:
    """Cluster the colors into every number of clusters asked for.

    The first clustering is scikit-learn's, from k-means++. Each further one starts from the one before it
    and adds the centroid that would lower the inertia most, which needs a few iterations where a fresh start
    needs dozens, and ends lower than one fresh start does.

    Parameters
    ----------
    colors : ColorSet
    ks : sequence of int
        Ascending, without gaps, at most ``len(colors)``.
    seed : int
        Start of every random choice.

    Returns
    -------
    list of Clustering
        One for each of `ks`, in order. No cluster is empty.
    """
    random = np.random.default_rng(seed)
    # Only what tells which centroid is nearest; means and inertia are then taken in float64.
    cloud = Cloud(colors, colors.space.dtype)
    tolerance = TOLERANCE * cloud.variance / 3
    centroids = cloud.place(_first(colors, ks[0], seed))
    centroids, labels, losses = _settle(cloud, centroids)
    clusterings = [_clustering(colors, labels, ks[0])]
    for k in ks[1:]:
        centroids = np.vstack([centroids, _next_centroid(cloud, losses, random)])
        centroids, labels, losses = _settle(cloud, cloud.iterate(centroids, STEPS, tolerance))
        clusterings.append(_clustering(colors, labels, k))
    return clusterings


def _first(colors: ColorSet, k: int, seed: int) -> NDArray[np.float64]:
    estimator = KMeans(k, n_init=1, random_state=seed)
    with warnings.catch_warnings():
        # Raised where a cluster runs empty; scikit-learn then moves its centroid, and the result is valid.
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(colors.points, sample_weight=colors.weights)
    centroids: NDArray[np.float64] = estimator.cluster_centers_
    return centroids


def _next_centroid(cloud: Cloud, losses: Floats, random: np.random.Generator) -> Floats:
    # Where one point is drawn twice there is a candidate less, which matters less than the time to avoid it.
    cumulative = np.cumsum(losses, dtype=np.float64)
    drawn = np.searchsorted(cumulative, random.random(CANDIDATES) * cumulative[-1], side="right")
    candidates = cloud.points[np.minimum(drawn, len(losses) - 1)]
    gains = np.maximum(losses - cloud.squared_distances(candidates) * cloud.weights, 0).sum(axis=1)
    best: Floats = candidates[gains.argmax()]
    return best


def _settle(cloud: Cloud, centroids: Floats) -> tuple[Floats, NDArray[np.intp], Floats]:
    """Label every point, and move centroids that have none to the points that are served worst."""
    columns = np.arange(len(cloud.weights))
    for _ in range(len(centroids)):
        distances = cloud.squared_distances(centroids)
        labels = distances.argmin(axis=0)
        nearest = distances[labels, columns]
        # A heavy point's rounding error must not look like a light point's loss.
        losses = cloud.weights * np.where(nearest > cloud.fuzz, nearest, 0)
        empty = np.flatnonzero(np.bincount(labels, minlength=len(centroids)) == 0)
        if len(empty) == 0:
            return centroids, labels, losses
        if not losses.any():
            break
        centroids = centroids.copy()
        centroids[empty] = cloud.points[np.argsort(-losses, kind="stable")[: len(empty)]]
    # What is left are points that rounding cannot tell apart. Any way to share them out will do.
    _, first = np.unique(labels, return_index=True)
    labels[np.delete(columns, first)[: len(empty)]] = empty
    return centroids, labels, losses


def _clustering(colors: ColorSet, labels: NDArray[np.intp], k: int) -> Clustering:
    masses = np.bincount(labels, colors.weights, k)
    sums = [np.bincount(labels, colors.weights * colors.points[:, axis], k) for axis in range(3)]
    centroids = np.stack(sums, axis=1) / masses[:, None]
    residuals = colors.points - centroids[labels]
    inertia = float(colors.weights @ np.einsum("ij,ij->i", residuals, residuals))
    return Clustering(centroids, labels.astype(np.int32), inertia)
