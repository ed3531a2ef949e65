"""Squared distances without rounding errors, so that every processor gets the same.

All coordinates in the engine are whole numbers of steps (see `colorquant.engine.spaces`), held in float64.
Products and sums of them stay below 2^53, so they are exact in whatever order a BLAS kernel adds them up.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
# Multiplications in one product. OpenBLAS gives a product of up to 4 * 65536 of them to the calling thread
# alone; waking the others costs more than products of this size take.
PRODUCTS = 4 * 65_536
# A label is kept in the low bits of a distance, so that one minimum finds both. Distances are below 2^36
# squared steps, and float64 holds whole numbers up to 2^53. The most centroids are a palette of 256 colors
# and 255 to keep, which are put beside it before others go.
LABEL_BITS = 9
LABELS = 1 << LABEL_BITS


def columns(points: Floats) -> Floats:
    """Lay points (n, 3) out as the columns of what `nearest` and `distances` multiply; shape (4, n)."""
    laid_out = np.empty((4, len(points)))
    laid_out[:3] = points.T
    laid_out[3] = 1
    return laid_out


def nearest(laid_out: Floats, centroids: Floats) -> tuple[Labels, Floats]:
    """Give each column's nearest centroid, the first of equally near ones, and its squared distance.

    The distance lacks the point's own squared norm, which all centroids share.
    """
    keys = _keys(laid_out, centroids)
    # An arithmetic shift rounds down, as the label was added.
    distances = (keys >> LABEL_BITS).astype(np.float64)
    keys &= LABELS - 1
    return keys, distances


def labels(laid_out: Floats, centroids: Floats) -> Labels:
    """Give only the nearest centroids."""
    keys = _keys(laid_out, centroids)
    keys &= LABELS - 1
    return keys


def _keys(laid_out: Floats, centroids: Floats) -> Labels:
    """Give the least distance of each column, times `LABELS`, plus the label."""
    rows = _rows(centroids, LABELS)
    rows[:, 3] += np.arange(len(centroids))
    keys = np.empty(laid_out.shape[1])
    for block in _blocks(laid_out.shape[1], len(rows)):
        np.minimum.reduce(rows @ laid_out[:, block], axis=0, out=keys[block])
    return keys.astype(np.int64)


def distances(laid_out: Floats, centroids: Floats) -> Floats:
    """Give the squared distance of every centroid to every column, less its squared norm; shape (k, n)."""
    rows = _rows(centroids, 1)
    found = np.empty((len(centroids), laid_out.shape[1]))
    for block in _blocks(laid_out.shape[1], len(rows)):
        np.matmul(rows, laid_out[:, block], out=found[:, block])
    return found


def squared_distances(points: Floats, others: Floats) -> Floats:
    """Compare each point with each other one; shape (len(points), len(others))."""
    found = distances(columns(others), points)
    found += squared_norms(others)
    return found


def squared_norms(points: Floats) -> Floats:
    """Sum the squared coordinates of each point."""
    first, second, third = points.T
    norms: Floats = first * first + second * second + third * third
    return norms


def _rows(centroids: Floats, scale: int) -> Floats:
    rows = np.empty((len(centroids), 4))
    np.multiply(centroids, -2 * scale, out=rows[:, :3])
    np.multiply(squared_norms(centroids), scale, out=rows[:, 3])
    return rows


def _blocks(columns: int, rows: int) -> Iterator[slice]:
    size = max(1, PRODUCTS // (4 * max(1, rows)))
    return (slice(first, first + size) for first in range(0, columns, size))
