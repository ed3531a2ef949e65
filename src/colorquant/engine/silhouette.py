"""How well separated the clusters are, for every number of colors at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial.distance import cdist

from colorquant.engine.colors import ColorSet
from colorquant.engine.threads import one_thread

# Points scored at once: their distances to 4096 others are 32 MiB, and a sample of 1000 is done in one go.
POINTS = 1024
# Mean over root mean square of the distance between two draws from a normal distribution in three dimensions.
MEAN_TO_RMS = math.sqrt(8 / (3 * math.pi))


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


@one_thread
def silhouette_samples(colors: ColorSet, labelings: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
    """Give each point its silhouette in every clustering.

    A pixel's silhouette is ``(b - a) / max(a, b)``: `a` is its mean distance to the other pixels of its own
    cluster, `b` the smallest mean distance to those of another one (Rousseeuw 1987). A pixel alone in its
    cluster scores 0. All clusterings share the distances, and the sums of distances to one clustering's
    clusters follow from those of the one before it by the points that changed cluster.

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
    starts = np.concatenate([[0], np.cumsum(np.maximum(sizes, [0, *sizes[:-1]]))])
    changes = _changes(colors.weights, labelings, starts)
    masses = [np.bincount(labels, colors.weights).astype(np.float64) for labels in labelings]
    samples = np.empty((len(colors), len(labelings)))
    for first in range(0, len(colors), POINTS):
        block = slice(first, first + POINTS)
        changed = changes @ _distances(colors, block)
        sums = np.zeros((max(sizes), changed.shape[1]))
        for clustering, labels in enumerate(labelings):
            change = changed[starts[clustering] : starts[clustering + 1]]
            sums[: len(change)] += change
            samples[block, clustering] = _silhouettes(
                sums[: sizes[clustering]], labels[block], masses[clustering]
            )
    return samples


def _distances(colors: ColorSet, block: slice) -> NDArray[np.float64]:
    """Give the mean distance of each point's pixels to those of each point of the block."""
    distances: NDArray[np.float64]
    if colors.spreads is None:
        distances = cdist(colors.points, colors.points[block])
        return distances
    # What spreads across the line between two points lengthens it; what spreads along it cancels out. Two of
    # the three dimensions are across.
    across = 2 / 3 * colors.spreads
    squares = cdist(colors.points, colors.points[block], "sqeuclidean")
    squares += across[:, None]
    squares += across[block]
    distances = np.sqrt(squares, out=squares)
    # A pixel's distance to the others of its own point is that of two draws; to itself it is 0.
    weights = colors.weights[block]
    own = MEAN_TO_RMS * np.sqrt(2 * colors.spreads[block] * (weights - 1) / weights)
    columns = np.arange(len(own))
    distances[columns + block.start, columns] = own
    return distances


def _changes(
    weights: NDArray[np.float64], labelings: Sequence[NDArray[np.int32]], starts: NDArray[np.int64]
) -> csr_array:
    """Tell what weight each cluster gains and loses from one labeling to the next.

    Rows are the clusters of one labeling after the other, columns the points.
    """
    everything = np.arange(len(weights))
    rows, columns, values = [labelings[0]], [everything], [weights]
    for (before, after), start in zip(pairwise(labelings), starts[1:], strict=False):
        moved = np.flatnonzero(before != after)
        rows += [after[moved] + start, before[moved] + start]
        columns += [moved, moved]
        values += [weights[moved], -weights[moved]]
    places = (np.concatenate(rows), np.concatenate(columns))
    return csr_array((np.concatenate(values), places), shape=(starts[-1], len(weights)))


def _silhouettes(
    sums: NDArray[np.float64], labels: NDArray[np.int32], masses: NDArray[np.float64]
) -> NDArray[np.float64]:
    columns = np.arange(len(labels))
    others = masses[labels] - 1
    # The pixel itself is in the sum at distance 0, so only the divisor needs to leave it out.
    own = sums[labels, columns] / np.where(others > 0, others, 1)
    means = sums / masses[:, None]
    means[labels, columns] = np.inf
    nearest = means.min(axis=0)
    widest = np.maximum(own, nearest)
    scored = (others > 0) & (widest > 0)
    silhouettes: NDArray[np.float64] = np.where(scored, (nearest - own) / np.where(scored, widest, 1), 0)
    return silhouettes
