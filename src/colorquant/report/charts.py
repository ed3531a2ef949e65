"""The numbers of a result as coordinates to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.codes import hex_code
from colorquant.image.raster import Raster
from colorquant.result import Quantized

# Points on the color plane: enough to show the shape of a cloud, few enough for a small page.
MOST_DOTS = 1200
# Pixels of the drawings.
CURVE_WIDTH, CURVE_HEIGHT = 560, 350
PLANE_SIDE = 360
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 56, 14, 14, 50
# Numbers along an axis.
MOST_TICKS = 8
MEASURES = {
    "silhouette": "Mean silhouette: 1 where clusters are far apart, 0 where they touch. Higher is better.",
    "silhouette_macro": "Silhouette averaged over the clusters, each counting alike. Higher is better.",
    "calinski_harabasz": "Spread between the clusters to the spread within them. Higher is better.",
    "davies_bouldin": "Overlap of each cluster with its most similar one. Lower is better.",
    "error": "Color difference to the original, in Oklab, where 0.02 is just noticeable. Lower is closer.",
}
"""What each measure of a sweep says, by the name of its column."""


@dataclass(frozen=True)
class Mark:
    """A place in a drawing.

    Attributes
    ----------
    x, y : float
        Pixels from the upper left corner.
    label : str
        What stands there.
    """

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Curve:
    """The score of every number of colors.

    Attributes
    ----------
    title : str
        What is measured.
    points : list of Mark
        One for each number of colors.
    chosen : Mark
        The one that was taken.
    x_ticks, y_ticks : list of Mark
    """

    title: str
    points: list[Mark]
    chosen: Mark
    x_ticks: list[Mark]
    y_ticks: list[Mark]


@dataclass(frozen=True)
class Dot:
    """A color on the plane of red-green and yellow-blue.

    Attributes
    ----------
    x, y : float
        Pixels from the upper left corner.
    hex : str
    cluster : int
        Its palette entry.
    radius : float
        Pixels.
    """

    x: float
    y: float
    hex: str
    cluster: int
    radius: float


@dataclass(frozen=True)
class Plane:
    """Some of the image's colors, and the palette, on CIELAB's a-b plane.

    Attributes
    ----------
    dots : list of Dot
        Pixels of the original.
    palette : list of Dot
        Palette entries, each with an area by its share.
    axis : Mark
        Where neutral grey is; the label is the plane's half width in units of a and b.
    """

    dots: list[Dot]
    palette: list[Dot]
    axis: Mark


def score_curve(result: Quantized) -> Curve | None:
    """Lay out what the criterion measured for every number of colors.

    Parameters
    ----------
    result : Quantized

    Returns
    -------
    Curve or None
        None where no numbers were compared.
    """
    if not result.sweep:
        return None
    values = {score.colors: float(getattr(score, result.measure)) for score in result.sweep}
    ks = list(values)
    heights = _round_steps(min(values.values()), max(values.values()))
    span = max(ks[-1] - ks[0], 1)

    def x(k: int) -> float:
        middle = 0.5 if len(ks) == 1 else (k - ks[0]) / span
        return round(MARGIN_LEFT + middle * (CURVE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT), 1)

    def y(value: float) -> float:
        part = (heights[-1] - value) / (heights[-1] - heights[0])
        return round(MARGIN_TOP + part * (CURVE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM), 1)

    def mark(k: int) -> Mark:
        return Mark(x(k), y(values[k]), f"{k} colors: {values[k]:.4g}")

    step = next(step for step in (1, 2, 4, 8, 16, 32) if span / step <= MOST_TICKS)
    return Curve(
        title=MEASURES[result.measure],
        points=[mark(k) for k in ks],
        # A palette entry that no pixel is nearest to is left out, so that fewer may remain than won.
        chosen=mark(result.colors if result.colors in values else ks[0]),
        x_ticks=[Mark(x(k), CURVE_HEIGHT - MARGIN_BOTTOM, str(k)) for k in range(ks[0], ks[-1] + 1, step)],
        y_ticks=[
            Mark(MARGIN_LEFT, y(value), label)
            for value, label in zip(heights, _evenly_written(heights), strict=True)
        ],
    )


def color_plane(raster: Raster, result: Quantized) -> Plane:
    """Lay out pixels and palette by their a and b.

    Parameters
    ----------
    raster : Raster
        The original.
    result : Quantized
        What became of it.

    Returns
    -------
    Plane
    """
    seen = np.arange(result.indices.size) if raster.alpha is None else np.flatnonzero(raster.alpha > 0)
    # Evenly spread, and so the same each time.
    drawn = seen[np.linspace(0, len(seen) - 1, min(len(seen), MOST_DOTS)).astype(int)] if len(seen) else seen
    pixels = raster.pixels.reshape(-1, 3)[drawn]
    clusters = result.indices.ravel()[drawn].tolist()
    spots, entries = _lab(pixels)[:, 1:], _lab(result.palette.rgb)[:, 1:]
    reach = float(np.ceil(np.abs(np.vstack([spots, entries, [[20, 20]]])).max() / 10) * 10)

    def place(ab: Sequence[float]) -> tuple[float, float]:
        # b, yellow, points up.
        return tuple(round((1 + value / reach) * PLANE_SIDE / 2, 1) for value in (ab[0], -ab[1]))  # type: ignore[return-value]

    dots = [
        Dot(*place(ab), hex_code(pixel), cluster, 2.2)
        for ab, pixel, cluster in zip(spots.tolist(), pixels, clusters, strict=True)
    ]
    palette = [
        Dot(*place(ab), code, cluster, round(5 + 22 * share**0.5, 1))
        for cluster, (ab, code, share) in enumerate(
            zip(entries.tolist(), result.hex_colors, result.shares, strict=True)
        )
    ]
    return Plane(dots, palette, Mark(PLANE_SIDE / 2, PLANE_SIDE / 2, f"{reach:.0f}"))


def _round_steps(low: float, high: float) -> list[float]:
    """Give a few round numbers, evenly apart, from below the lowest value to above the highest."""
    rough = max(high - low, abs(high) / 100, 1e-6) / (MOST_TICKS - 3)
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _evenly_written(values: Sequence[float]) -> list[str]:
    """Write numbers with the same decimals each, as many as any of them needs."""
    decimals = max(len(f"{value:.6g}".partition(".")[2]) for value in values)
    return [f"{value:,.{decimals}f}" for value in values]


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    if not len(pixels):
        return np.zeros((0, 3), np.float32)
    scaled = pixels.reshape(1, -1, 3).astype(np.float32) / 255
    lab: NDArray[np.float32] = cv2.cvtColor(scaled, cv2.COLOR_RGB2Lab)[0]
    return lab
