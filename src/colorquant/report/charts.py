"""The numbers of a result as coordinates to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.image.raster import Raster
from colorquant.result import Quantized

# Points on the color plane: enough to show the shape of a cloud, few enough for a small page.
MOST_DOTS = 1200
# Pixels of the drawings.
CURVE_WIDTH, CURVE_HEIGHT = 560, 250
PLANE_SIDE = 360
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 46, 14, 14, 34


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
    points : list of Mark
        One for each number of colors.
    chosen : Mark
        The one that was taken.
    x_ticks, y_ticks : list of Mark
    """

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
    """Lay out the silhouette of every number of colors.

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
    scores = {score.colors: score.silhouette for score in result.sweep}
    low, high = _rounded_out(list(scores.values()))
    ks = list(scores)
    span = max(ks[-1] - ks[0], 1)

    def x(k: float) -> float:
        middle = 0.5 if len(ks) == 1 else (k - ks[0]) / span
        return round(MARGIN_LEFT + middle * (CURVE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT), 1)

    def y(score: float) -> float:
        height = CURVE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM
        return round(MARGIN_TOP + (high - score) / (high - low) * height, 1)

    points = [Mark(x(k), y(score), f"{k} colors: {score:.3f}") for k, score in scores.items()]
    # Merged or unused entries leave fewer colors than the number that won.
    winner = result.colors if result.colors in scores else max(scores, key=lambda k: scores[k])
    chosen = Mark(x(winner), y(scores[winner]), f"{winner} colors, {scores[winner]:.3f}")
    step = next(step for step in (1, 2, 4, 8, 16, 32) if span / step <= 8)
    x_ticks = [Mark(x(k), CURVE_HEIGHT - MARGIN_BOTTOM, str(k)) for k in range(ks[0], ks[-1] + 1, step)]
    y_ticks = [Mark(MARGIN_LEFT, y(value), f"{value:.2f}") for value in np.linspace(low, high, 5).tolist()]
    return Curve(points, chosen, x_ticks, y_ticks)


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
    spots, entries = _lab(pixels)[:, 1:], _lab(result.palette)[:, 1:]
    reach = float(np.ceil(np.abs(np.vstack([spots, entries, [[20, 20]]])).max() / 10) * 10)

    def place(ab: Sequence[float]) -> tuple[float, float]:
        # b, yellow, points up.
        return tuple(round((1 + value / reach) * PLANE_SIDE / 2, 1) for value in (ab[0], -ab[1]))  # type: ignore[return-value]

    dots = [
        Dot(*place(ab), "#" + bytes(pixel).hex(), cluster, 2.2)
        for ab, pixel, cluster in zip(spots.tolist(), pixels, clusters, strict=True)
    ]
    palette = [
        Dot(*place(ab), code, cluster, round(5 + 22 * share**0.5, 1))
        for cluster, (ab, code, share) in enumerate(
            zip(entries.tolist(), result.hex_colors, result.shares, strict=True)
        )
    ]
    return Plane(dots, palette, Mark(PLANE_SIDE / 2, PLANE_SIDE / 2, f"{reach:.0f}"))


def _rounded_out(values: Sequence[float]) -> tuple[float, float]:
    """Give the ends of an axis, in steps of 0.05, with room between them."""
    low, high = np.floor(min(values) * 20) / 20, np.ceil(max(values) * 20) / 20
    return float(low), float(max(high, low + 0.05))


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    if not len(pixels):
        return np.zeros((0, 3), np.float32)
    scaled = pixels.reshape(1, -1, 3).astype(np.float32) / 255
    lab: NDArray[np.float32] = cv2.cvtColor(scaled, cv2.COLOR_RGB2Lab)[0]
    return lab
