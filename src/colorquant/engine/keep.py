"""A palette that has given colors exactly, and fits the others around them."""

from __future__ import annotations

import numpy as np

from colorquant.engine.exact import Floats
from colorquant.engine.lloyd import Cloud
from colorquant.engine.points import Points

# Measured with three colors kept: photographs take 4 to 41 iterations until nothing moves.
MOST_ITERATIONS = 100


def fit_around(points: Points, centroids: Floats, kept: Floats) -> Floats:
    """Put given colors among the centroids, and let the others move to where they then serve best.

    For each given color one centroid goes, always the one that is then missed least. Then Lloyd's iterations
    move the others to the mean of the points nearest to them; the given ones stay.

    Parameters
    ----------
    points : Points
        What the palette is to serve.
    centroids : ndarray of float64, shape (k, 3)
        A palette without the given colors.
    kept : ndarray of float64, shape (j, 3)
        The given colors. With j of k or more nothing is left to fit.

    Returns
    -------
    ndarray of float64, shape (max(j, k), 3)
        The given colors first, unchanged.

    Examples
    --------
    >>> from colorquant.engine.spaces import SPACES
    >>> points = Points(np.array([[0.0, 0, 0], [10, 0, 0], [200, 0, 0]]), np.ones(3), SPACES["rgb"])
    >>> fit_around(points, np.array([[5.0, 0, 0], [200, 0, 0]]), np.array([[255.0, 0, 0]]))
    array([[255.,   0.,   0.],
           [  5.,   0.,   0.]])
    """
    if len(kept) >= len(centroids):
        return kept
    cloud = Cloud(points)
    palette = np.vstack([kept, np.rint(centroids)])
    for _ in kept:
        labels, first, second = cloud.two_nearest(palette)
        losses = np.bincount(labels, cloud.weights * (second - first), len(palette))
        palette = np.delete(palette, len(kept) + losses[len(kept) :].argmin(), axis=0)
    return cloud.iterate(palette, MOST_ITERATIONS, fixed=len(kept))
