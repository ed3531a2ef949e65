"""How well separated the clusters are, for every number of colors at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.exact import squared_distances
from colorquant.engine.points import Points

# Points scored at once: their distances to 4096 others are 32 MiB, and a sample of 1000 is done in one go.
POINTS = 1024
# Sums of distances are whole numbers up to this, which float64 holds.
LARGEST_SUM = 2.0**53


@dataclass(frozen=True)
class Separation:
    """How well separated the clusters of one clustering are.

    Attributes
    ----------
    silhouette : float
        Mean silhouette of the pixels, -1 to 1.
    macro : float
        Mean over the clusters of their mean silhouette, -1 to 1.
    """

    silhouette: float
    macro: float


def separation(
    weights: NDArray[np.float64], labels: NDArray[np.int64], samples: NDArray[np.float64]
) -> Separation:
    """Average the silhouettes of one clustering over the pixels, and over the clusters that are not empty."""
    masses = np.bincount(labels, weights)
    used = masses > 0
    weighted = weights * samples
    macro = np.bincount(labels, weighted)[used] / masses[used]
    return Separation(float(weighted.sum() / weights.sum()), float(macro.mean()))


def silhouette_samples(points: Points, labelings: Sequence[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Give each point its silhouette in every clustering.

    A pixel's silhouette is ``(b - a) / max(a, b)``: `a` is its mean distance to the other pixels of its own
    cluster, `b` the smallest mean distance to those of another one. A pixel alone in its cluster scores 0.
    All clusterings share the distances, and the sums of distances to one clustering's clusters follow from
    those of the one before it by the points that changed cluster.

    Parameters
    ----------
    points : Points
        A weight counts as that many pixels in one place.
    labelings : sequence of ndarray of int64, shape (n,)
        One clustering each. Labels run from 0. A cluster may be empty.

    Returns
    -------
    ndarray of float64, shape (n, len(labelings))
        From -1 to 1.

    References
    ----------
    P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", Journal of Computational and Applied Mathematics 20 (1987), 53-65.
    """
    sizes = [int(labels.max()) + 1 for labels in labelings]
    masses = [np.bincount(labels, points.weights).astype(np.float64) for labels in labelings]
    changes = _changes(labelings)
    samples = np.empty((len(points), len(labelings)))
    for first in range(0, len(points), POINTS):
        block = slice(first, first + POINTS)
        distances = _distances(points, block)
        sums = np.zeros((max(sizes), distances.shape[1]))
        for clustering, labels in enumerate(labelings):
            for change in changes[clustering]:
                change.apply(distances, sums)
            samples[block, clustering] = _silhouettes(
                sums[: sizes[clustering]], labels[block], masses[clustering]
            )
    return samples


def _distances(points: Points, block: slice) -> NDArray[np.float64]:
    """Give the distance of each point to each of the block, times the point's weight.

    In whole numbers of a unit so small that they are right to 1e-9, and large enough that the sums over all
    pixels are exact: then the order of the additions does not matter.
    """
    distances = squared_distances(points.coordinates, points.coordinates[block])
    np.sqrt(distances, out=distances)
    distances *= _unit(points)
    np.rint(distances, out=distances)
    distances *= points.weights[:, None]
    return distances


def _unit(points: Points) -> float:
    diagonal = math.sqrt(float(np.square(np.ptp(points.coordinates, axis=0)).sum()))
    return 2.0 ** math.floor(math.log2(LARGEST_SUM / (float(points.weights.sum()) * max(diagonal, 1))))


@dataclass(frozen=True)
class _Change:
    """Points that join clusters, or leave them, gathered by cluster."""

    points: NDArray[np.intp]
    clusters: NDArray[np.int64]
    starts: NDArray[np.intp]
    sign: int

    def apply(self, distances: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
        """Change the sums of distances to the clusters; without BLAS, whose threads would wait for more."""
        if len(self.points):
            changed = np.add.reduceat(distances[self.points], self.starts, axis=0)
            sums[self.clusters] += self.sign * changed


def _changes(labelings: Sequence[NDArray[np.int64]]) -> list[list[_Change]]:
    """Tell for each labeling what changed since the one before it; for the first, that all points join."""
    everything = np.arange(len(labelings[0]))
    changes = [[_change(everything, labelings[0], 1)]]
    for before, labels in pairwise(labelings):
        moved = np.flatnonzero(before != labels)
        changes.append([_change(moved, before, -1), _change(moved, labels, 1)])
    return changes


def _change(points: NDArray[np.intp], labels: NDArray[np.int64], sign: int) -> _Change:
    order = points[np.argsort(labels[points], kind="stable")]
    clusters, starts = np.unique(labels[order], return_index=True)
    return _Change(order, clusters, starts, sign)


def _silhouettes(
    sums: NDArray[np.float64], labels: NDArray[np.int64], masses: NDArray[np.float64]
) -> NDArray[np.float64]:
    columns = np.arange(len(labels))
    others = masses[labels] - 1
    # The pixel itself is in the sum at distance 0, so only the divisor needs to leave it out.
    own = sums[labels, columns] / np.where(others > 0, others, 1)
    means = np.full_like(sums, np.inf)
    np.divide(sums, masses[:, None], out=means, where=masses[:, None] > 0)
    means[labels, columns] = np.inf
    nearest = means.min(axis=0)
    widest = np.maximum(own, nearest)
    scored = (others > 0) & (widest > 0) & np.isfinite(widest)
    silhouettes: NDArray[np.float64] = np.where(scored, (nearest - own) / np.where(scored, widest, 1), 0)
    return silhouettes
