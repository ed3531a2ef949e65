"""Points without any clusters, to see what a silhouette makes of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.points import Points
from colorquant.engine.silhouette import silhouette_samples
from colorquant.engine.spaces import RGB_STEPS, SPACES
from colorquant.engine.sweep import sweep

# Kaufman and Rousseeuw, "Finding Groups in Data" (1990), speak of a strong structure from here on.
STRONG = 0.70
POINTS = 1000
FEWEST, MOST = 2, 64
# Edges of the box that each cloud fills evenly, in levels.
BOXES = {
    "1 dimension": (255, 0, 0),
    "2 dimensions": (255, 255, 0),
    "3 dimensions": (255, 255, 255),
    "thin sheet": (255, 90, 20),
}
# Standard deviation of the noise around the line, in levels.
LINE_NOISE = 8
NOISY_LINE = "line with noise"
# A picture taken at night: the brightness is this power of an even spread, and the noise is one level.
DARKNESS = 10
DARK_NOISE = 1
DARK_LINE = "dark line"
NAMES = (*BOXES, NOISY_LINE, DARK_LINE)


def cloud(name: str, seed: int) -> Points:
    """Draw the points of one of `NAMES`."""
    random = np.random.default_rng(seed)
    if name == NOISY_LINE:
        points = random.random((POINTS, 1)) * np.array([[255.0, 0, 0]])
        points = points + random.normal(0, LINE_NOISE, (POINTS, 3))
    elif name == DARK_LINE:
        points = random.random((POINTS, 1)) ** DARKNESS * np.array([[255.0, 0, 0]])
        points = points + random.normal(0, DARK_NOISE, (POINTS, 3))
    else:
        points = random.random((POINTS, 3)) * np.array(BOXES[name])
    return Points(np.rint(points * RGB_STEPS), np.ones(POINTS), SPACES["rgb"])


def silhouettes(name: str, seed: int) -> NDArray[np.float64]:
    """Score a cloud for every number of clusters from `FEWEST` to `MOST`.

    Returns
    -------
    ndarray of float64, shape (MOST - FEWEST + 1,)
    """
    points = cloud(name, seed)
    clusterings = sweep(points, range(FEWEST, MOST + 1), seed)
    samples = silhouette_samples(points, [clustering.labels for clustering in clusterings])
    means: NDArray[np.float64] = samples.mean(axis=0)
    return means
