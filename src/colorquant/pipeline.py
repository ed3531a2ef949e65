"""The whole story on one screen: from an image to its few colors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import colors, dither, groups, keep, recolor, refine, scores, selection, spaces
from colorquant.engine.sweep import sweep
from colorquant.image.decode import decode, from_array
from colorquant.image.limits import check_bytes
from colorquant.image.raster import Raster
from colorquant.result import Quantized
from colorquant.settings import Settings
from colorquant.stopwatch import Stopwatch

Source = bytes | str | Path | BinaryIO | NDArray[np.uint8]
DEFAULTS = Settings()
# Most points to sweep over where every pixel takes part. Each is compared with each other one, and a
# photograph in so many cells keeps its colors apart to about 8 levels a channel.
MOST_POINTS = 4096


def quantize(source: Source, settings: Settings = DEFAULTS) -> Quantized:
    """Find how many colors suit an image, and recolor it with them.

    Parameters
    ----------
    source : bytes, str, Path, binary file, or ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        An encoded JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC, where to read one, or sRGB pixels.
    settings : Settings
        Default: 8 to 32 colors, the best silhouette on 1000 sampled pixels.

    Returns
    -------
    Quantized

    Raises
    ------
    ImageError
        If the image is empty, too large, broken or of a type that colorquant does not read.
    OSError
        If the file cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> flag = np.zeros((2, 3, 3), np.uint8)
    >>> flag[0] = 255
    >>> quantize(flag).hex_colors
    ['#000000', '#ffffff']
    """
    watch = Stopwatch()
    with watch.time("decode"):
        raster = _read(source, settings)
    with watch.time("count"):
        distinct, counts = colors.count_distinct(raster.pixels, raster.alpha)
    if settings.palette:
        chosen = _take_given(settings)
    elif len(distinct) <= _fewest(settings):
        chosen = _keep_exactly(distinct, counts, settings)
    else:
        chosen = _choose(distinct, counts, settings, watch)
    with watch.time("recolor"):
        labels = recolor.nearest(distinct, chosen.palette, spaces.SPACES[settings.color_space])
        if settings.dither == "none" or not settings.dither_strength or not distinct.size:
            palette, ranks, shares = _by_share(chosen, labels, counts)
            indices = recolor.gather(raster.pixels, distinct, ranks[labels])
        else:
            pixels = raster.pixels
            if raster.alpha is not None:
                # What is not seen must not color its neighbors: a palette color has no error to pass on.
                pixels = np.where(raster.alpha[..., None] == 0, chosen.palette[0], pixels)
            method = dither.METHODS[settings.dither]
            dithered = method(pixels, distinct, labels, chosen.palette, settings.dither_strength)
            seen = dithered if raster.alpha is None else dithered[raster.alpha > 0]
            palette, ranks, shares = _by_share(chosen, *np.unique(seen, return_counts=True))
            indices = ranks[dithered]
        if raster.alpha is not None:
            indices[raster.alpha == 0] = 0
    return Quantized(
        indices=indices,
        palette=palette,
        counts=shares,
        alpha=raster.alpha,
        sweep=chosen.scores,
        measure=chosen.measure,
        verdict=chosen.verdict,
        source=_describe(raster, len(distinct)),
        settings=settings,
        timings_ms=watch.spent_ms,
        warnings=raster.warnings,
        invisible=None if len(distinct) else raster.pixels,
    )


@dataclass(frozen=True)
class _Chosen:
    palette: NDArray[np.uint8]
    scores: tuple[scores.Score, ...]
    measure: str
    verdict: str
    # So many of the first entries stay in the palette even where no pixel is nearest to them.
    kept: int = 0


def _read(source: Source, settings: Settings) -> Raster:
    if isinstance(source, np.ndarray):
        return from_array(source, settings)
    if isinstance(source, str | Path):
        path = Path(source)
        check_bytes(path.stat().st_size, settings)
        return decode(path.read_bytes(), settings)
    if isinstance(source, bytes | bytearray | memoryview):
        return decode(bytes(source), settings)
    # One byte over the limit is enough to know that it is passed.
    return decode(source.read(settings.max_bytes + 1), settings)


def _fewest(settings: Settings) -> int:
    return max(settings.min_colors, len(settings.keep))


def _packed(codes: tuple[str, ...]) -> NDArray[np.uint32]:
    return np.array([int(code[1:], 16) for code in codes], np.uint32)


def _take_given(settings: Settings) -> _Chosen:
    verdict = f"The palette of {len(settings.palette)} colors was given; no number was searched for."
    return _Chosen(colors.unpack(_packed(settings.palette)), (), "", verdict)


def _keep_exactly(distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings) -> _Chosen:
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
    return _Chosen(colors.unpack(palette), (), "", verdict, len(kept))


def _choose(
    distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings, watch: Stopwatch
) -> _Chosen:
    space = spaces.SPACES[settings.color_space]
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
    return _Chosen(palette, measured, choice.measure, choice.verdict, len(settings.keep))


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


def _by_share(
    chosen: _Chosen, labels: NDArray[np.uint8], counts: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """Order the palette by share, without entries nobody uses, and tell each entry's new place."""
    # Whole numbers under 2^53, which the sums' float64 holds.
    shares = np.bincount(labels, counts, len(chosen.palette)).astype(np.int64)
    stays = shares > 0
    stays[: chosen.kept] = True
    order = np.argsort(-shares, kind="stable")
    order = order[stays[order]]
    ranks = np.zeros(256, np.uint8)
    ranks[order] = np.arange(len(order))
    return chosen.palette[order], ranks, shares[order]


def _describe(raster: Raster, distinct_colors: int) -> dict[str, Any]:
    height, width = raster.pixels.shape[:2]
    return {
        "format": raster.format,
        "width": width,
        "height": height,
        "bytes": raster.size_bytes,
        "frames": raster.frames,
        "distinct_colors": distinct_colors,
    }
