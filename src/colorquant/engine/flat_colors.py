"""The flat colors of a drawing, counted where the picture is flat: blends along edges are not among them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.engine.exact import Floats, squared_distances, squared_norms
from colorquant.engine.spaces import RGB_STEPS

# The constants were calibrated on drawings of four kinds, and tested on others (docs/number-of-colors.md).
# Every so many rows and columns are looked at, so that about this many pixels are.
PIXELS = 500_000
# Levels that a neighborhood may span and count as flat: exact art, JPEG, noise of a standard deviation of 4.
# The least is taken by which nearly as much is flat as by the widest.
RANGES = (3, 10, 28)
ENOUGH = 0.9
# Pixels are gathered in cells of 4 levels a side, of which the fullest are compared.
CELLS = 600
# A flat color is a peak with more pixels within REACH than from there to EDGE, APART from other peaks: 6, 12
# and 14 levels.
REACH, EDGE, APART = 6 * RGB_STEPS, 12 * RGB_STEPS, 14 * RGB_STEPS
# Peaks nearer than 40 levels are one color and its shading, unless the density between them falls to half.
SHADED, VALLEY = 40 * RGB_STEPS, 0.5
# Part of the visible pixels that a flat color has within REACH at least.
LEAST_SHARE = 0.001
# A color within 10 levels of the straight line between two flat ones is a blend of them.
BLEND = 10 * RGB_STEPS
# A picture is flat art where so much of it is flat, and so much of that near a flat color. Photographs reach
# coverages of up to 0.92.
FLAT_PART, COVERAGE = 0.45, 0.93


@dataclass(frozen=True, eq=False)
class FlatColors:
    """The flat colors of a picture.

    Attributes
    ----------
    centers : ndarray of uint8, shape (n, 3)
        sRGB.
    part : float
        Part of the visible pixels whose neighborhood is flat.
    coverage : float
        Part of those that is near one of the colors.
    """

    centers: NDArray[np.uint8]
    part: float
    coverage: float

    def __len__(self) -> int:
        return len(self.centers)

    @property
    def are_the_picture(self) -> bool:
        """Whether the picture is made of them, as flat art is."""
        return len(self) > 1 and self.part >= FLAT_PART and self.coverage >= COVERAGE


NONE = FlatColors(np.empty((0, 3), np.uint8), 0.0, 0.0)
"""What is known where there is no picture to look at."""


def find_flat_colors(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> FlatColors:
    """Count the colors that stand still somewhere in the picture.

    A neighborhood is flat where it spans few levels. The means of flat neighborhoods form dense peaks
    (Rodriguez and Laio), one for each flat color. What is too thin for neighborhoods of nine pixels, such as
    letters, is then looked for in neighborhoods of four.

    References
    ----------
    A. Rodriguez, A. Laio, "Clustering by fast search and find of density peaks", Science 344 (2014),
    1492-1496.
    """
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / PIXELS) ** 0.5))
    pixels = np.ascontiguousarray(pixels[::step, ::step])
    alpha = None if alpha is None else np.ascontiguousarray(alpha[::step, ::step])
    spread, visible = _spread(pixels, alpha, 3)
    total = max(int(np.count_nonzero(visible)), 1)
    most = _range(spread[visible])
    flat = (spread <= most) & visible
    flat_pixels = int(np.count_nonzero(flat))
    # The mean of nine takes two thirds of the noise out; all nine are of one color here.
    colors, weights = _cells(_blurred(pixels, 3)[flat])
    centers = _peaks(colors, weights, LEAST_SHARE * total)
    if not len(centers):
        return FlatColors(NONE.centers, flat_pixels / total, 0.0)
    near = squared_distances(colors, centers).min(axis=1) <= EDGE**2
    coverage = float(weights[near].sum()) / flat_pixels
    if coverage >= COVERAGE and flat_pixels >= FLAT_PART * total:
        spread, visible = _spread(pixels, alpha, 2)
        beside = cv2.dilate(flat.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        narrow = _blurred(pixels, 2)[(spread <= most) & visible & ~beside]
        centers = np.vstack([centers, _thin(narrow, centers, LEAST_SHARE * total)])
    return FlatColors(np.rint(centers / RGB_STEPS).astype(np.uint8), flat_pixels / total, coverage)


def _range(spread: NDArray[np.uint8]) -> int:
    widest = np.count_nonzero(spread <= RANGES[-1])
    return next(most for most in RANGES if np.count_nonzero(spread <= most) >= ENOUGH * widest)


def _thin(values: NDArray[np.uint8], centers: Floats, least: float) -> Floats:
    """Find the colors of letters and outlines, which are neither flat colors nor blends of two."""
    found = _peaks(*_cells(values), least)
    thin: Floats = found[np.array([not _is_blend(color, centers) for color in found], bool)]
    return thin


def _spread(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, side: int
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Give how many levels each square neighborhood spans, and where all of it is visible."""
    window = np.ones((side, side), np.uint8)
    spans = cv2.subtract(cv2.dilate(pixels, window), cv2.erode(pixels, window))
    red, green, blue = cv2.split(spans)
    spread = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    visible = np.ones(spread.shape, bool) if alpha is None else np.asarray(cv2.erode(alpha, window) > 0)
    return spread, visible


def _blurred(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.blur(pixels, (side, side)), np.uint8)


def _cells(values: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Give the mean colors, in steps of RGB, and the pixels of the fullest cells."""
    red, green, blue = (values >> 2).astype(np.int32).T
    codes = (red << 12) | (green << 6) | blue
    counts = np.bincount(codes, minlength=1 << 18)
    occupied = np.flatnonzero(counts)
    fullest = occupied[np.argsort(-counts[occupied], kind="stable")[:CELLS]]
    places = np.full(1 << 18, -1, np.int32)
    places[fullest] = np.arange(len(fullest))
    own = places[codes]
    inside = np.flatnonzero(own >= 0)
    sums = [np.bincount(own[inside], channel, len(fullest)) for channel in values[inside].T]
    weights = counts[fullest].astype(np.float64)
    return np.rint(RGB_STEPS * np.stack(sums, axis=1) / weights[:, None]), weights


def _peaks(colors: Floats, weights: Floats, least: float) -> Floats:
    squares = squared_distances(colors, colors)
    near = squares <= REACH**2
    dense = near @ weights
    shell = ((squares <= EDGE**2) & ~near) @ weights
    taken: list[int] = []
    for place in np.argsort(-dense, kind="stable").tolist():
        if dense[place] < least or shell[place] > dense[place]:
            continue
        distances = squares[place, taken]
        # Denser peaks that are near must have a valley before this one.
        beside = np.array(taken, np.intp)[distances <= SHADED**2]
        middles = np.rint((colors[beside] + colors[place]) / 2)
        between = (squared_distances(middles, colors) <= REACH**2) @ weights
        if (distances > APART**2).all() and (between <= VALLEY * dense[place]).all():
            taken.append(place)
    means = [(colors[near[place]] * weights[near[place], None]).sum(axis=0) / dense[place] for place in taken]
    return np.rint(means).reshape(-1, 3)


def _is_blend(color: Floats, centers: Floats) -> bool:
    """Tell whether a color is one of the flat ones, or lies between two of them."""
    if (squared_distances(color[None], centers) <= EDGE**2).any():
        return True
    first, second = np.triu_indices(len(centers), 1)
    line = centers[second] - centers[first]
    length = np.maximum(squared_norms(line), 1)
    along = ((color - centers[first]) * line).sum(axis=1) / length
    off = color - centers[first] - along.clip(0, 1)[:, None] * line
    return bool((squared_norms(off) <= BLEND**2).any())
