"""The whole story on one screen: from an image to its few colors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import colors, dither, recolor, spaces
from colorquant.image.decode import decode
from colorquant.image.given import from_array
from colorquant.image.limits import check_bytes
from colorquant.image.raster import Raster
from colorquant.palette import Chosen, choose_palette
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
    chosen = choose_palette(distinct, counts, settings, watch)
    with watch.time("recolor"):
        labels = recolor.nearest(distinct, chosen.palette, spaces.SPACES[settings.color_space])
        if settings.dither == "none" or not settings.dither_strength or not distinct.size:
            palette, ranks, shares = _by_share(chosen, labels, counts)
            indices = recolor.gather(raster.pixels, distinct, ranks[labels])
        else:
            palette, indices, shares = _dither(raster, distinct, labels, chosen, settings)
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


def _dither(
    raster: Raster,
    distinct: NDArray[np.uint32],
    labels: NDArray[np.uint8],
    chosen: Chosen,
    settings: Settings,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]:
    pixels = raster.pixels
    if raster.alpha is not None:
        # What is not seen must not color its neighbors: a palette color has no error to pass on.
        pixels = np.where(raster.alpha[..., None] == 0, chosen.palette[0], pixels)
    method = dither.METHODS[settings.dither]
    dithered = method(pixels, distinct, labels, chosen.palette, settings.dither_strength)
    seen = dithered if raster.alpha is None else dithered[raster.alpha > 0]
    palette, ranks, shares = _by_share(chosen, *np.unique(seen, return_counts=True))
    return palette, ranks[dithered], shares


def _by_share(
    chosen: Chosen, labels: NDArray[np.uint8], counts: NDArray[np.int64]
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
