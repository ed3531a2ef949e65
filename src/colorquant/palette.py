"""Which colors an image gets: those given, its own where they are few, or the winners of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import colors, groups, keep, refine, scores, selection, spaces
from colorquant.engine.sweep import sweep
from colorquant.settings import Settings
from colorquant.stopwatch import Stopwatch

# Most points to sweep over where every pixel takes part. Each is compared with each other one, and a
# photograph in so many cells keeps its colors apart to about 8 levels a channel.
MOST_POINTS = 4096


@dataclass(frozen=True)
class Chosen:
    """A palette, and how it came about.

    Attributes
    ----------
    palette : ndarray of uint8, shape (k, 3)
        sRGB.
    scores : tuple of Score
        What each number of colors scored; empty where none was searched for.
    measure : str
        The field of `Score` that decided; empty likewise.
    verdict : str
        Why these colors, in a sentence or two.
    kept : int
        So many of the first entries stay in the palette even where no pixel is nearest to them. Default 0.
    """

    palette: NDArray[np.uint8]
    scores: tuple[scores.Score, ...]
    measure: str
    verdict: str
    kept: int = 0


def choose_palette(
    distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings, watch: Stopwatch
) -> Chosen:
    """Choose an image's palette.

    Parameters
    ----------
    distinct : ndarray of uint32, shape (m,)
        The image's distinct colors, packed.
    counts : ndarray of int64, shape (m,)
        Pixels of each.
    settings : Settings
    watch : Stopwatch
        Takes the times of the stages.

    Returns
    -------
    Chosen
    """
    if settings.palette:
        return _take_given(settings)
    if len(distinct) <= _fewest(settings):
        return _keep_exactly(distinct, counts, settings)
    return _sweep_and_select(distinct, counts, settings, watch)


def _fewest(settings: Settings) -> int:
    return max(settings.min_colors, len(settings.keep))


def _packed(codes: tuple[str, ...]) -> NDArray[np.uint32]:
    return np.array([int(code[1:], 16) for code in codes], np.uint32)


def _take_given(settings: Settings) -> Chosen:
    verdict = f"The palette of {len(settings.palette)} colors was given; no number was searched for."
    return Chosen(colors.unpack(_packed(settings.palette)), (), "", verdict)


def _keep_exactly(distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings) -> Chosen:
    verdict = {
        0: "The image has no visible pixel; it is returned as it is.",
        1: "The image has a single color, which is kept exactly.",
    }.get(len(distinct), f"The image has only {len(distinct)} distinct colors; they are kept exactly.")
    kept = _packed(settings.keep)
    own = distinct[np.argsort(-counts, kind="stable")]
    own = own[~np.isin(own, kept)]
    room = settings.max_colors - len(kept)
    if kept.size and len(own) > room:
        verdict = f"The image has only {len(distinct)} distinct colors, but {room} fit beside those to keep."
    palette = np.concatenate([kept, own[:room]])
    return Chosen(colors.unpack(palette), (), "", verdict, len(kept))


def _sweep_and_select(
    distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings, watch: Stopwatch
) -> Chosen:
    space = spaces.SPACES[settings.space]
    with watch.time("sample"):
        points = _points(distinct, counts, settings, space)
    with watch.time("sweep"):
        ks = range(_fewest(settings), min(settings.max_colors, len(points)) + 1)
        clusterings = sweep(points, ks, settings.seed)
    with watch.time("score"):
        measured = scores.score(points, clusterings)
        swept = selection.Sweep(measured, partial(_groups, distinct, counts, settings), settings.quality)
        choice = selection.choose(settings.criterion, swept)
    centroids = clusterings[choice.index].centroids
    if settings.refine:
        with watch.time("refine"):
            image = colors.histogram(distinct, counts, refine.POLISH_CELLS, space)
            centroids = refine.refine(image, centroids, settings.seed)
            points = image.coarser(refine.SEARCH_CELLS).colors
    if settings.keep:
        with watch.time("keep"):
            kept = space.from_srgb(colors.unpack(_packed(settings.keep))).astype(np.float64)
            centroids = keep.fit_around(points, centroids, kept)
    palette = np.rint(space.to_srgb(centroids)).astype(np.uint8)
    return Chosen(palette, measured, choice.measure, choice.verdict, len(settings.keep))


def _groups(distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings) -> groups.Groups:
    rgb = spaces.SPACES["rgb"]
    if settings.sample_size == "all":
        return groups.find_groups(colors.histogram(distinct, counts, MOST_POINTS, rgb).colors)
    size = groups.CROWD * settings.sample_size
    return groups.find_groups(colors.sample_pixels(distinct, counts, size, settings.seed, rgb))


def _points(
    distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings, space: spaces.Space
) -> colors.ColorSet:
    if settings.sample_size != "all":
        sample = colors.sample_pixels(distinct, counts, settings.sample_size, settings.seed, space)
        if len(sample) > _fewest(settings):
            return sample
    # Also where one flat color fills the sample: the image has more colors, so look at all of them.
    return colors.histogram(distinct, counts, MOST_POINTS, space).colors
