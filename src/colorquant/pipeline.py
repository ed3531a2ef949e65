"""The whole story on one screen: from an image to its few colors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import colors, recolor, scores, selection
from colorquant.engine.sweep import sweep
from colorquant.image.decode import check_bytes, decode, from_array
from colorquant.image.raster import Raster
from colorquant.result import Quantized
from colorquant.settings import Settings
from colorquant.stopwatch import Stopwatch

Source = bytes | str | Path | BinaryIO | NDArray[np.uint8]
DEFAULTS = Settings()


def quantize(source: Source, settings: Settings = DEFAULTS) -> Quantized:
    """Find how many colors suit an image, and recolor it with them.

    Parameters
    ----------
    source : bytes, str, Path, binary file, or ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        An encoded JPEG or PNG, where to read one, or sRGB pixels.
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
        packed = colors.pack(raster.pixels)
        visible = packed.ravel() if raster.alpha is None else packed[raster.alpha > 0]
        distinct, counts = colors.count_distinct(visible)
    if len(distinct) <= settings.min_colors:
        chosen = _keep_exactly(distinct)
    else:
        with watch.time("sample"):
            points = _points(visible, distinct, counts, settings)
        chosen = _choose(points, settings, watch)
    with watch.time("recolor"):
        palette, labels, shares = _apply(chosen.palette, distinct, counts)
        indices = recolor.gather(packed, distinct, labels)
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
    )


@dataclass(frozen=True)
class _Chosen:
    palette: NDArray[np.uint8]
    scores: tuple[scores.Score, ...]
    measure: str
    verdict: str


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


def _keep_exactly(distinct: NDArray[np.uint32]) -> _Chosen:
    verdict = {
        0: "The image has no visible pixel; it is returned as it is.",
        1: "The image has a single color, which is kept exactly.",
    }.get(len(distinct), f"The image has only {len(distinct)} distinct colors; they are kept exactly.")
    return _Chosen(colors.unpack(distinct), (), "", verdict)


def _points(
    visible: NDArray[np.uint32], distinct: NDArray[np.uint32], counts: NDArray[np.int64], settings: Settings
) -> colors.ColorSet:
    if settings.sample_size != "all":
        sample = colors.sample_pixels(visible, settings.sample_size, settings.seed)
        if len(sample) > settings.min_colors:
            return sample
    # Also where one flat color fills the sample: the image has more colors, so look at all of them.
    return colors.bin_colors(distinct, counts)


def _choose(points: colors.ColorSet, settings: Settings, watch: Stopwatch) -> _Chosen:
    with watch.time("sweep"):
        ks = range(settings.min_colors, min(settings.max_colors, len(points)) + 1)
        clusterings = sweep(points, ks, settings.seed)
    with watch.time("score"):
        measured = scores.score(points, clusterings)
        swept = selection.Sweep(measured, points, settings.quality)
        choice = selection.choose(settings.criterion, swept)
    palette = np.rint(clusterings[choice.index].centroids).astype(np.uint8)
    return _Chosen(palette, measured, choice.measure, choice.verdict)


def _apply(
    palette: NDArray[np.uint8], distinct: NDArray[np.uint32], counts: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    """Label every distinct color, and put the palette in order of share, without entries nobody uses."""
    labels = recolor.nearest(distinct, palette)
    shares = np.zeros(len(palette), np.int64)
    np.add.at(shares, labels, counts)
    order = np.argsort(-shares, kind="stable")[: np.count_nonzero(shares)]
    rank = np.zeros(len(palette), np.uint8)
    rank[order] = np.arange(len(order))
    return palette[order], rank[labels], shares[order]


def _describe(raster: Raster, distinct_colors: int) -> dict[str, Any]:
    height, width = raster.pixels.shape[:2]
    return {
        "format": raster.format,
        "width": width,
        "height": height,
        "bytes": raster.size_bytes,
        "distinct_colors": distinct_colors,
    }
