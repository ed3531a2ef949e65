"""Which colors an image gets: those given, its own where they are few, or the winners of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from colorquant.engine import refine, selection, spaces
from colorquant.engine.catalog import best_subsets
from colorquant.engine.colors import Colors
from colorquant.engine.engines import Engine, find_engine
from colorquant.engine.exact import squared_norms
from colorquant.engine.flat_colors import NONE, FlatColors
from colorquant.engine.lloyd import Cloud
from colorquant.engine.points import Points, histogram, sample
from colorquant.engine.scores import Score, score
from colorquant.engine.silhouette import separation
from colorquant.engine.sweep import Clustering, assigned, sweep_around
from colorquant.errors import SettingsError
from colorquant.palette import Palette
from colorquant.settings import BY_CLOSENESS, Settings
from colorquant.stopwatch import Stopwatch
from colorquant.swept import Cataloged, Fitted, Fixed, Shelf, Sweep, most_used_first, weighed_by_hue

# Most points to sweep over where every pixel takes part. Each is compared with each other one, and a
# photograph in so many cells keeps its colors apart to about 8 levels a channel.
MOST_POINTS = 4096
# Fewer are no clustering.
LEAST_CLUSTERS = 2
# Most pixels whose silhouettes are taken, since each is compared with each other one. Of so many the mean is
# right to 0.004 (the standard deviation of a silhouette, 0.25, over the root of their number), and all
# numbers of colors are judged by the same ones.
JUDGED_PIXELS = 4096
# Where the silhouettes do not decide, fewer will do to show them.
GLANCED_PIXELS = 1000


def find_palettes(
    image: Colors,
    settings: Settings,
    catalog: Palette | None = None,
    picture: Callable[[], FlatColors] = lambda: NONE,
    given: Palette | None = None,
) -> Sweep:
    """Find a palette for each number of colors that the settings allow, and choose one of them.

    `picture` counts the flat colors of the picture, where there is one to look at. `given` is the palette in
    the settings with what else is known of it.
    """
    if catalog is not None:
        return _from_catalog(image, settings, catalog)
    if settings.palette:
        return _given(image, settings, given or Palette(settings.palette))
    if len(image) <= _fewest(settings):
        return _few(image, settings)
    return _sweep(image, settings, picture)


def _fewest(settings: Settings) -> int:
    return max(settings.min_colors, len(settings.keep))


def _given(image: Colors, settings: Settings, given: Palette) -> Sweep:
    palette = _distinct(given, space=settings.space)
    many = "one color" if len(palette) == 1 else f"{len(palette)} colors"
    verdict = f"The palette of {many} was given; no number was searched for."
    return Sweep(len(palette), (), "", verdict, settings, {}, image, Fixed(palette))


def _few(image: Colors, settings: Settings) -> Sweep:
    kept = Palette(settings.keep).rgb if settings.keep else np.empty((0, 3), np.uint8)
    own = most_used_first(image)
    own = own[~(own[:, None] == kept).all(axis=2).any(axis=1)]
    room = settings.max_colors - len(kept)
    verdict = _exact_verdict(len(image))
    if len(kept) and len(own) > room:
        verdict = f"Of the image's {len(image)} distinct colors, only {room} can stay beside those to keep."
    palette = Palette.of(np.concatenate([kept, own[:room]]), kept=len(kept), space=settings.space)
    return Sweep(len(palette), (), "", verdict, settings, {}, image, Fixed(palette))


def _distinct(palette: Palette, **more: Any) -> Palette:
    """Leave out colors that come again."""
    _, firsts = np.unique(palette.rgb, axis=0, return_index=True)
    return palette.take(np.sort(firsts), kept=palette.kept, **more)


def _exact_verdict(colors: int) -> str:
    return {
        0: "The image has no visible pixel; nothing is left to color.",
        1: "The image has a single color, which is kept exactly.",
    }.get(colors, f"The image has only {colors} distinct colors; they are kept exactly.")


def _sweep(image: Colors, settings: Settings, picture: Callable[[], FlatColors]) -> Sweep:
    watch = Stopwatch()
    engine = find_engine(settings.engine)
    flat = NONE
    wanted = selection.CRITERIA[settings.criterion].wants_flat_colors
    if wanted and not settings.keep and not engine.follows_recipe:
        with watch.time("flat"):
            found = picture()
        flat = found if found.are_the_picture else NONE
    with watch.time("sample"):
        points = _points(image, settings)
    with watch.time("sweep"):
        numbers = range(_fewest(settings), min(settings.max_colors, len(points)) + 1)
        clusterings = _cluster(engine, points, numbers, settings, flat)
    with watch.time("score"):
        measured = measure(engine, image, points, clusterings, settings)
    shelf = Fitted(image, clusterings, settings, flat.centers)
    decide = partial(_decide, len(image), measured, flat)
    return _swept(measured, decide, settings, watch, image=image, shelf=shelf)


def _cluster(
    engine: Engine, points: Points, numbers: range, settings: Settings, flat: FlatColors
) -> tuple[Clustering, ...]:
    """Sweep, around the flat colors where there are any and so many fit."""
    by_looks = settings.criterion in BY_CLOSENESS and not engine.follows_recipe
    weighed = weighed_by_hue(points) if by_looks else points
    fewer = range(numbers.start, min(numbers.stop, len(flat)) if len(flat) else numbers.stop)
    clusterings = engine.sweep(weighed, fewer, settings.seed) if fewer else ()
    if rest := numbers[len(fewer) :]:
        centers = points.space.from_srgb(flat.centers)
        clusterings += sweep_around(weighed, centers, rest, settings.seed)
    return clusterings if weighed is points else _unweighed(points, clusterings)


def _unweighed(points: Points, clusterings: Sequence[Clustering]) -> tuple[Clustering, ...]:
    """Take the inertia of clusterings by the true number of pixels."""
    return tuple(
        replace(
            found,
            inertia=float(
                (points.weights * squared_norms(points.coordinates - found.centroids[found.labels])).sum()
            ),
        )
        for found in clusterings
    )


def _swept(
    measured: tuple[Score, ...],
    decide: Callable[[Settings], selection.Decision],
    settings: Settings,
    watch: Stopwatch,
    *,
    image: Colors,
    shelf: Shelf,
) -> Sweep:
    decision = decide(settings)
    chosen = measured[decision.index].colors
    spent = watch.spent_ms
    measure, reason = decision.measure, decision.verdict
    return Sweep(chosen, measured, measure, reason, settings, spent, image, shelf, decide)


def _from_catalog(image: Colors, settings: Settings, catalog: Palette) -> Sweep:
    if settings.palette or settings.keep:
        other = "palette" if settings.palette else "keep"
        raise SettingsError("A catalog is there to choose from. Leave out the catalog or {0}.", other)
    watch = Stopwatch()
    space = spaces.SPACES[settings.space]
    own = _distinct(catalog)
    most = min(settings.max_colors, len(own), len(image))
    if not most:
        return _few(image, settings)
    with watch.time("sample"):
        points = _points(image, settings)
    with watch.time("sweep"):
        coordinates = space.from_srgb(own.rgb)
        cells = histogram(image, refine.POLISH_CELLS, space)
        numbers = range(min(settings.min_colors, most), most + 1)
        subsets = best_subsets(cells, coordinates, numbers)
        cloud = Cloud(points)
        clusterings = [assigned(cloud, coordinates[subset]) for subset in subsets]
    shelf = Cataloged(own, tuple(subsets), settings.space)
    if most < LEAST_CLUSTERS:
        verdict = _single_verdict(len(own))
        return Sweep(most, (), "", verdict, settings, watch.spent_ms, image, shelf)
    with watch.time("score"):
        engine = find_engine(settings.engine)
        measured = measure(engine, image, points, clusterings, settings)
    decide = partial(_decide_on_catalog, len(own), measured)
    return _swept(measured, decide, settings, watch, image=image, shelf=shelf)


def _single_verdict(catalog: int) -> str:
    if catalog == 1:
        return "The catalog has a single color."
    return f"The image has a single color; this is the nearest of the {catalog} colors of the catalog."


def _points(image: Colors, settings: Settings) -> Points:
    space = spaces.SPACES[settings.space]
    if settings.sample_size != "all" and not _keeps_all(image, settings):
        drawn = sample(image, settings.sample_size, settings.seed, space)
        if len(drawn) > _fewest(settings):
            return drawn
    # Also where one flat color fills the sample: the image has more colors, so look at all of them.
    return histogram(image, MOST_POINTS, space).points


def _keeps_all(image: Colors, settings: Settings) -> bool:
    """Tell whether all colors of the image fit, and the criterion is to look like the original."""
    return len(image) <= settings.max_colors and settings.criterion in BY_CLOSENESS and not settings.keep


def measure(
    engine: Engine, image: Colors, points: Points, clusterings: Sequence[Clustering], settings: Settings
) -> tuple[Score, ...]:
    """Score clusterings of the points; silhouettes are those of a sample where there are many pixels."""
    labelings = [found.labels for found in clusterings]
    judged = points
    most = GLANCED_PIXELS if settings.criterion in BY_CLOSENESS else JUDGED_PIXELS
    if points.weights.sum() > most:
        judged = sample(image, most, settings.seed, points.space)
        cloud = Cloud(judged)
        labelings = [cloud.labels(np.rint(found.centroids)) for found in clusterings]
    samples = engine.silhouette_samples(judged, labelings)
    separations = [
        separation(judged.weights, labels, column)
        for labels, column in zip(labelings, samples.T, strict=True)
    ]
    return score(points, clusterings, separations)


def _decide(
    distinct: int, measured: tuple[Score, ...], flat: FlatColors, settings: Settings
) -> selection.Decision:
    if settings.criterion in BY_CLOSENESS and measured[-1].colors == distinct and not settings.keep:
        return selection.Decision(len(measured) - 1, "error", _exact_verdict(distinct))
    return _choose(measured, settings, flat)


def _decide_on_catalog(catalog: int, measured: tuple[Score, ...], settings: Settings) -> selection.Decision:
    decision = _choose(measured, settings, NONE)
    return replace(decision, verdict=f"Chosen from the {catalog} colors of the catalog. {decision.verdict}")


def _choose(measured: tuple[Score, ...], settings: Settings, flat: FlatColors) -> selection.Decision:
    candidates = selection.Candidates(measured, flat, settings.quality)
    return selection.choose(settings.criterion, candidates)
