"""One K-means clustering for every number of colors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import ThreadpoolController

from colorquant.engine.colors import ColorSet

# Looking for the next centroid among this many points, drawn by how badly they are served, finds one within
# a percent of the best of all points, for a thirtieth of the work.
CANDIDATES = 32
# Starting threads costs more than clustering a thousand points does, and sums taken by one thread come out
# the same each time.
_threads = ThreadpoolController()


@dataclass(frozen=True)
class Clustering:
    """A K-means result.

    Attributes
    ----------
    centroids : ndarray of float64, shape (k, 3)
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


def sweep(colors: ColorSet, ks: Sequence[int], seed: int) -> list[Clustering]:
    """Cluster the colors into every number of clusters asked for.

    The first starts from k-means++. Each further one starts from the one before it and adds the centroid
    that would lower the inertia most, which needs a few iterations where a fresh start needs dozens, and
    ends lower than one fresh start does.

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
        One for each of `ks`, in order.
    """
    random = np.random.default_rng(seed)
    with _threads.limit(limits=1):
        clusterings = [_fit(colors, KMeans(ks[0], n_init=1, random_state=seed))]
        for k in ks[1:]:
            start = np.vstack([clusterings[-1].centroids, _next_centroid(colors, clusterings[-1], random)])
            clusterings.append(_fit(colors, KMeans(k, init=start, n_init=1)))
    return clusterings


def _fit(colors: ColorSet, estimator: KMeans) -> Clustering:
    with warnings.catch_warnings():
        # Raised where a cluster runs empty; scikit-learn then moves its centroid, and the result is valid.
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(colors.points, sample_weight=colors.weights)
    return Clustering(estimator.cluster_centers_, estimator.labels_, float(estimator.inertia_))


def _next_centroid(
    colors: ColorSet, clustering: Clustering, random: np.random.Generator
) -> NDArray[np.float64]:
    residuals = colors.points - clustering.centroids[clustering.labels]
    distances = np.einsum("ij,ij->i", residuals, residuals)
    losses = colors.weights * distances
    drawn = min(CANDIDATES, int(np.count_nonzero(losses)))
    chosen = random.choice(len(colors), drawn, replace=False, p=losses / losses.sum())
    candidates = colors.points[chosen]
    to_candidates = np.square(colors.points[:, None] - candidates).sum(axis=2)
    gains = colors.weights @ np.maximum(distances[:, None] - to_candidates, 0)
    best: NDArray[np.float64] = candidates[gains.argmax()]
    return best
