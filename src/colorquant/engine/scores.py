"""Everything a criterion may go by, for every number of colors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.exact import Floats, squared_norms
from colorquant.engine.points import Points
from colorquant.engine.silhouette import Separation
from colorquant.engine.spaces import EYE
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
        the eye's space, where 0.01 is about one CIEDE2000; lower is better.
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


def score(
    points: Points, clusterings: Sequence[Clustering], separations: Sequence[Separation]
) -> tuple[Score, ...]:
    """Measure each clustering of a sweep, of at least two clusters each.

    References
    ----------
    T. Calinski, J. Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 3
    (1974), 1-27. D. L. Davies, D. W. Bouldin, "A cluster separation measure", IEEE Transactions on Pattern
    Analysis and Machine Intelligence 1 (1979), 224-227. J. Pavlopoulos et al., "Revisiting silhouette
    aggregation" (2024), for the macro average.
    """
    seen = EYE.from_srgb(points.space.palette(points.coordinates))
    center = np.average(points.coordinates, axis=0, weights=points.weights)
    total = float((points.weights * squared_norms(points.coordinates - center)).sum())
    return tuple(
        _score(points, clustering, separation, seen, total)
        for clustering, separation in zip(clusterings, separations, strict=True)
    )


def _score(
    points: Points, clustering: Clustering, separation: Separation, seen: Floats, total: float
) -> Score:
    unit = points.space.steps
    sizes = np.bincount(clustering.labels, points.weights, clustering.k).astype(np.float64)
    palette = EYE.from_srgb(points.space.palette(clustering.centroids))
    errors = np.sqrt(squared_norms(seen - palette[clustering.labels])) / EYE.steps
    return Score(
        colors=clustering.k,
        inertia=clustering.inertia / unit**2,
        silhouette=separation.silhouette,
        silhouette_macro=separation.macro,
        calinski_harabasz=_calinski_harabasz(clustering, total, float(sizes.sum())),
        davies_bouldin=_davies_bouldin(points, clustering, sizes),
        error=float(np.sqrt(np.average(np.square(errors), weights=points.weights))),
        error_p95=_quantile(errors, points.weights, TAIL),
    )


def _calinski_harabasz(clustering: Clustering, total: float, pixels: float) -> float:
    within = max(clustering.inertia, NO_SPREAD * total)
    between = max(total - clustering.inertia, 0.0)
    return (between / (clustering.k - 1)) / (within / max(pixels - clustering.k, 1))


def _davies_bouldin(points: Points, clustering: Clustering, sizes: Floats) -> float:
    distances = np.sqrt(squared_norms(points.coordinates - clustering.centroids[clustering.labels]))
    # Of a catalog's colors, none of the points may be nearest to one.
    spreads = np.bincount(clustering.labels, points.weights * distances, clustering.k) / np.maximum(sizes, 1)
    apart = np.sqrt(np.square(clustering.centroids[:, None] - clustering.centroids).sum(axis=2))
    # A centroid is not compared with itself, nor with one that fell on the same place.
    apart[apart == 0] = np.inf
    return float(((spreads[:, None] + spreads) / apart).max(axis=1).mean())


def _quantile(values: NDArray[np.float64], weights: NDArray[np.float64], part: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, part * reached[-1])])
