"""The classic recipe by scikit-learn itself: a fresh K-means and a silhouette for every number of colors.

It is what the engine is held against, and slow. Nothing imports it unless it is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin
from sklearn.metrics import silhouette_samples as samples_of_pixels

from colorquant.engine.colors import Colors
from colorquant.engine.points import Points
from colorquant.engine.spaces import Space
from colorquant.engine.sweep import Clustering, clustering


def sweep(points: Points, ks: Sequence[int], seed: int) -> tuple[Clustering, ...]:
    """Fit a fresh `KMeans` for every number of clusters."""
    clusterings = []
    for k in ks:
        estimator = KMeans(k, n_init="auto", random_state=seed)
        with warnings.catch_warnings():
            # Raised where there are fewer distinct pixels than clusters; the result is valid.
            warnings.simplefilter("ignore", ConvergenceWarning)
            estimator.fit(points.coordinates, sample_weight=points.weights)
        clusterings.append(clustering(points, estimator.labels_.astype(np.int64), k))
    return tuple(clusterings)


def silhouette_samples(points: Points, labelings: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Score every pixel, those of one color alike."""
    repeats = points.weights.astype(np.int64)
    firsts = np.cumsum(repeats) - repeats
    pixels = points.coordinates.repeat(repeats, axis=0)
    scores = [_silhouettes(pixels, labels.repeat(repeats))[firsts] for labels in labelings]
    return np.stack(scores, axis=1)


def _silhouettes(pixels: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    # scikit-learn refuses a single cluster, and clusters of one pixel each, all of which score 0.
    if not 1 < len(np.unique(labels)) < len(labels):
        return np.zeros(len(labels))
    scores: NDArray[np.float64] = samples_of_pixels(pixels, labels)
    return scores


def nearest(colors: Colors, palette: NDArray[np.uint8], space: Space) -> NDArray[np.uint8]:
    """Find each color's nearest palette entry, as `KMeans.predict` finds its centroid."""
    found = pairwise_distances_argmin(space.from_srgb(colors.rgb), space.from_srgb(palette))
    labels: NDArray[np.uint8] = found.astype(np.uint8)
    return labels
