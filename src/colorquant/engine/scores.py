"""Everything a criterion may go by, for every number of colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from colorquant.engine.colors import ColorSet
from colorquant.engine.silhouette import silhouette_samples
from colorquant.engine.spaces import to_oklab
from colorquant.engine.sweep import Clustering

# An error that one pixel in twenty passes: a rule by the mean alone forgets a small vivid accent.
TAIL = 0.95
# Less inertia than this part of the total is rounding; it keeps the Calinski-Harabasz index of an image of
# few exact colors a number that JSON can hold.
NO_SPREAD = 1e-9


@dataclass(frozen=True)
class Score:
    """What the sweep found for one number of colors.

    Attributes
    ----------
    colors : int
        Number of clusters, k.
    inertia : float
        Sum over the clustered pixels of the squared distance to their centroid.
    silhouette : float
        Mean silhouette of the pixels, -1 to 1; higher is better.
    silhouette_macro : float
        Mean over the clusters of their mean silhouette, -1 to 1; higher is better.
    calinski_harabasz : float
        Spread between the clusters to spread within them, from 0; higher is better.
    davies_bouldin : float
        How far each cluster overlaps with its most similar one, from 0; lower is better.
    error : float
        Root mean square over the pixels of the color difference to their centroid, as Euclidean distance in
        Oklab, where 0.02 is just noticeable; lower is better.
    error_p95 : float
        The color difference that 95 of 100 pixels stay within, in the same unit.
    """

    colors: int
    inertia: float
    silhouette: float
    silhouette_macro: float
    calinski_harabasz: float
    davies_bouldin: float
    error: float
    error_p95: float


def score(colors: ColorSet, clusterings: Sequence[Clustering]) -> tuple[Score, ...]:
    """Measure each clustering of a sweep.

    Parameters
    ----------
    colors : ColorSet
        A weight counts as that many pixels.
    clusterings : sequence of Clustering
        Of these colors, at least two clusters each.

    Returns
    -------
    tuple of Score
        In the order of `clusterings`.

    References
    ----------
    T. Calinski, J. Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 3
    (1974), 1-27. D. L. Davies, D. W. Bouldin, "A cluster separation measure", IEEE Transactions on Pattern
    Analysis and Machine Intelligence 1 (1979), 224-227. J. Pavlopoulos et al., "Revisiting silhouette
    aggregation" (2024), for the macro average.
    """
    silhouettes = silhouette_samples(colors, [clustering.labels for clustering in clusterings])
    oklab = to_oklab(colors.space.to_srgb(colors.points))
    center = np.average(colors.points, axis=0, weights=colors.weights)
    total = float(colors.weights @ np.square(colors.points - center).sum(axis=1))
    return tuple(
        _score(colors, clustering, column, oklab, total)
        for clustering, column in zip(clusterings, silhouettes.T, strict=True)
    )


def _score(
    colors: ColorSet,
    clustering: Clustering,
    silhouettes: NDArray[np.float64],
    oklab: NDArray[np.float64],
    total: float,
) -> Score:
    sizes = np.bincount(clustering.labels, colors.weights, clustering.k).astype(np.float64)
    cluster_silhouettes = np.bincount(clustering.labels, colors.weights * silhouettes, clustering.k) / sizes
    palette = to_oklab(np.rint(colors.space.to_srgb(clustering.centroids)))
    errors = np.linalg.norm(oklab - palette[clustering.labels], axis=1)
    return Score(
        colors=clustering.k,
        inertia=clustering.inertia,
        silhouette=float(np.average(silhouettes, weights=colors.weights)),
        silhouette_macro=float(cluster_silhouettes.mean()),
        calinski_harabasz=_calinski_harabasz(clustering, total, float(sizes.sum())),
        davies_bouldin=_davies_bouldin(colors, clustering, sizes),
        error=float(np.sqrt(np.average(np.square(errors), weights=colors.weights))),
        error_p95=_quantile(errors, colors.weights, TAIL),
    )


def _calinski_harabasz(clustering: Clustering, total: float, pixels: float) -> float:
    within = max(clustering.inertia, NO_SPREAD * total)
    between = max(total - clustering.inertia, 0.0)
    return (between / (clustering.k - 1)) / (within / max(pixels - clustering.k, 1))


def _davies_bouldin(colors: ColorSet, clustering: Clustering, sizes: NDArray[np.float64]) -> float:
    distances = np.linalg.norm(colors.points - clustering.centroids[clustering.labels], axis=1)
    spreads = np.bincount(clustering.labels, colors.weights * distances, clustering.k) / sizes
    apart = cdist(clustering.centroids, clustering.centroids)
    # A centroid is not compared with itself, nor with one that fell on the same place.
    apart[apart == 0] = np.inf
    return float(((spreads[:, None] + spreads) / apart).max(axis=1).mean())


def _quantile(values: NDArray[np.float64], weights: NDArray[np.float64], part: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, part * reached[-1])])
