"""What keeps a hue that few pixels have: a small red flag in a green field carries the meaning."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.exact import Floats
from colorquant.engine.lloyd import Cloud
from colorquant.engine.points import Points
from colorquant.engine.spaces import EYE

# The constants are those of the best row of the tables in docs/quality.md, measured on photographs in 8, 16
# and 32 colors.
# A hue weighs its share of the pixels to the power of this. Lower ones bring rare hues closer and lose it
# everywhere else.
POWER = -0.2
# Hues are told apart to 10 degrees, and those within 40 degrees count as more or less the same.
HUES = 36
REACH = 4
# Chroma in the eye's space: below the first a color has no hue, from the second on it has one entirely.
GREY, VIVID = 0.08, 0.19
# No hue is taken for rarer than this share of the pixels, and no pixel counts more than so many.
LEAST_SHARE = 1e-4
MOST = 8.0
# Weights are whole numbers of parts of a pixel, 1/256 at the finest, up to so many in all that their products
# with coordinates stay exact.
LARGEST_TOTAL = 2.0**35
FINEST = 256.0

# A sector of 30 degrees that has so many of the pixels, of so much chroma, and so many times the error of the
# whole image, is fitted again with more weight.
SECTOR = 30.0
SECTOR_SHARE, SECTOR_CHROMA, SECTOR_ERROR = 0.008, 0.14, 1.8


def weigh_by_hue(points: Points) -> Points:
    """Let points of the eye's space weigh more, the rarer their hue is; greys weigh as before."""
    place = degrees(points.coordinates) / 360 * HUES
    low = np.floor(place).astype(np.intp) % HUES
    part = place - np.floor(place)
    colorful = ((chroma(points.coordinates) - GREY) / (VIVID - GREY)).clip(0, 1)
    rarity = _rarity(points.weights / points.weights.sum() * colorful, low, part)
    factors = rarity[low] * (1 - part) + rarity[(low + 1) % HUES] * part
    return _weighed(points, points.weights, np.minimum(1 + colorful * (factors - 1), MOST))


@dataclass(frozen=True)
class WorstHue:
    """The sector of hues that a palette serves worst, and how many times worse than the whole image."""

    start: float
    ratio: float


def find_worst_hue(points: Points, centroids: Floats) -> WorstHue | None:
    """Find the hue that is served far worse than the others; None where all are served well."""
    errors = np.sqrt(Cloud(points).nearest(np.rint(centroids))[1])
    hue, colorfulness = degrees(points.coordinates), chroma(points.coordinates)
    mean = float(np.average(errors, weights=points.weights))
    least = SECTOR_SHARE * float(points.weights.sum())
    worst = WorstHue(0.0, SECTOR_ERROR)
    for start in np.arange(0, 360, SECTOR / 2).tolist():
        inside = np.flatnonzero((colorfulness >= SECTOR_CHROMA) & ((hue - start) % 360 < SECTOR))
        weights = points.weights[inside]
        if weights.sum() >= least and mean > 0:
            ratio = float(np.average(errors[inside], weights=weights)) / mean
            worst = WorstHue(start, ratio) if ratio > worst.ratio else worst
    return worst if worst.ratio > SECTOR_ERROR else None


def weigh_up(points: Points, worst: WorstHue) -> Points:
    """Let a hue weigh more by as much as it is served worse."""
    off = np.abs((degrees(points.coordinates) - worst.start - SECTOR / 2 + 180) % 360 - 180)
    colorful = ((chroma(points.coordinates) - GREY) / (SECTOR_CHROMA - GREY)).clip(0, 1)
    inside = (2 - 2 * off / SECTOR).clip(0, 1) * colorful
    return _weighed(points, points.weights, 1 + (worst.ratio - 1) * inside)


def degrees(coordinates: Floats) -> Floats:
    """Give the hues of places in the eye's space, 0 to 360."""
    _, a, b = coordinates.T
    hues: Floats = np.degrees(np.arctan2(b, a)) % 360
    return hues


def chroma(coordinates: Floats) -> Floats:
    """Give how colorful places in the eye's space are, as that space squeezes it."""
    _, a, b = coordinates.T / EYE.steps
    colorfulness: Floats = np.sqrt(a * a + b * b)
    return colorfulness


def _rarity(shares: Floats, low: NDArray[np.intp], part: Floats) -> Floats:
    """Give the factor of each hue, where each point's share is split between the two next to it."""
    found = np.bincount(low, shares * (1 - part), HUES)
    found += np.bincount((low + 1) % HUES, shares * part, HUES)
    smooth = np.zeros(HUES)
    for turn in range(1 - REACH, REACH):
        smooth += (1 - abs(turn) / REACH) * np.roll(found, turn)
    rarity: Floats = np.maximum(smooth, LEAST_SHARE) ** POWER
    return rarity


def _weighed(points: Points, weights: Floats, factors: Floats) -> Points:
    """Multiply weights, and round them to whole numbers of a fraction that leaves their products exact."""
    total = float((weights * factors).sum())
    scale = min(FINEST, 2.0 ** np.floor(np.log2(LARGEST_TOTAL / total)))
    return replace(points, weights=np.maximum(np.rint(weights * factors * scale), 1))
