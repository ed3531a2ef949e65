"""How well separated the clusters are, for every number of colors at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from colorquant.engine.colors import ColorSet

# Rows of the distance matrix held at once: 512 rows of 4096 float64 are 17 MB.
ROWS = 512


def silhouette_scores(colors: ColorSet, labelings: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
    """Score clusterings of the same points by their mean silhouette.

    Parameters
    ----------
    colors : ColorSet
        A weight counts as that many pixels in one place.
    labelings : sequence of ndarray of int32, shape (n,)
        One clustering each. Labels run from 0, and each is used.

    Returns
    -------
    ndarray of float64, shape (len(labelings),)
        From -1 to 1. What `sklearn.metrics.silhouette_score` gives for the repeated points, to 1e-9.
    """
    samples = silhouette_samples(colors, labelings)
    scores: NDArray[np.float64] = colors.weights @ samples / colors.weights.sum()
    return scores


def silhouette_samples(colors: ColorSet, labelings: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
    """Give each point its silhouette in every clustering.

    A pixel's silhouette is ``(b - a) / max(a, b)``: `a` is its mean distance to the other pixels of its own
    cluster, `b` the smallest mean distance to those of another one (Rousseeuw 1987). A pixel alone in its
    cluster scores 0. All clusterings share one distance matrix, and all clusters' sums of distances come
    from one matrix product.

    Parameters
    ----------
    colors : ColorSet
        A weight counts as that many pixels in one place.
    labelings : sequence of ndarray of int32, shape (n,)
        One clustering each. Labels run from 0, and each is used.

    Returns
    -------
    ndarray of float64, shape (n, len(labelings))
        From -1 to 1. What `sklearn.metrics.silhouette_samples` gives for the repeated points, to 1e-9.

    References
    ----------
    P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", Journal of Computational and Applied Mathematics 20 (1987), 53-65.
    """
    sizes = [int(labels.max()) + 1 for labels in labelings]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    # Every cluster of every clustering has a column of its own.
    columns = np.stack([labels + start for labels, start in zip(labelings, starts, strict=True)], axis=1)
    membership = np.zeros((len(colors), sum(sizes)))
    np.put_along_axis(membership, columns, colors.weights[:, None], axis=1)
    cluster_weights = membership.sum(axis=0)

    samples = np.empty((len(colors), len(labelings)))
    for first in range(0, len(colors), ROWS):
        rows = slice(first, first + ROWS)
        sums = cdist(colors.points[rows], colors.points) @ membership
        samples[rows] = _silhouettes(sums, columns[rows], starts, cluster_weights)
    return samples


def _silhouettes(
    sums: NDArray[np.float64],
    columns: NDArray[np.int64],
    starts: NDArray[np.int64],
    cluster_weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    zeros = np.zeros(columns.shape)
    others = cluster_weights[columns] - 1
    # The pixel itself is in the sum at distance 0, so only the divisor needs to leave it out.
    own = np.divide(np.take_along_axis(sums, columns, axis=1), others, out=zeros.copy(), where=others > 0)
    means = sums / cluster_weights
    np.put_along_axis(means, columns, np.inf, axis=1)
    nearest = np.minimum.reduceat(means, starts, axis=1)
    widest = np.maximum(own, nearest)
    silhouettes: NDArray[np.float64] = np.divide(
        nearest - own, widest, out=zeros, where=(others > 0) & (widest > 0)
    )
    return silhouettes
