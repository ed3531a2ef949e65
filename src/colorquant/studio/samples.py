"""Two pictures drawn by code, for those who have none at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant import Image, load

# Pixels of a side; the emblem is as wide as it is high.
WIDE, HIGH = 960, 640
# Times larger that the emblem is drawn; averaged, it has soft edges.
FINER = 4


@dataclass(frozen=True)
class Sample:
    """A picture to try.

    Attributes
    ----------
    name : str
    title : str
        What it shows.
    draw : callable
        Gives its pixels.
    """

    name: str
    title: str
    draw: Callable[[], NDArray[np.uint8]]

    def load(self) -> Image:
        """Draw it, and read it like a file."""
        order = cv2.COLOR_RGB2BGR if (pixels := self.draw()).shape[2] == 3 else cv2.COLOR_RGBA2BGRA
        return load(cv2.imencode(".png", cv2.cvtColor(pixels, order))[1].tobytes())


def draw_evening() -> NDArray[np.uint8]:
    """Draw hills under an evening sky with a low sun: smooth gradients, few hues, one small accent."""
    down, across = np.mgrid[0:HIGH, 0:WIDE].astype(np.float32)
    height = down / HIGH
    sky = _blend(height / 0.7, (44, 62, 122), (226, 132, 92), (250, 214, 150))
    glow = np.exp(-np.hypot(across - 690, down - 330) / 140)[..., None]
    picture = sky + glow * (np.array([255, 236, 180], np.float32) - sky)
    picture[np.hypot(across - 690, down - 330) < 34] = (255, 244, 214)
    hills = ((0.60, 40, 230, (112, 92, 132)), (0.72, 60, 310, (62, 84, 104)), (0.86, 34, 170, (30, 58, 60)))
    for base, swing, width, color in hills:
        top = base * HIGH + swing * np.sin(across / width + base * 40) + 12 * np.sin(across / 47 + base * 9)
        shade = 1 - 0.35 * np.clip((down - top) / HIGH, 0, 1)[..., None]
        picture = np.where((down > top)[..., None], np.array(color, np.float32) * shade, picture)
    noise = np.random.default_rng(7).normal(0, 1.5, (HIGH, WIDE, 1))
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    cv2.rectangle(picture, (214, 452), (236, 478), (176, 48, 42), -1)
    cv2.fillConvexPoly(picture, np.array([(208, 452), (242, 452), (225, 434)]), (96, 32, 36))
    drawn: NDArray[np.uint8] = picture
    return drawn


def draw_emblem() -> NDArray[np.uint8]:
    """Draw an emblem with soft edges on nothing: flat colors, opacities, a shadow."""
    side = HIGH * FINER
    middle = (side // 2, side // 2)
    rgb = np.zeros((side, side, 3), np.uint8)
    alpha = np.zeros((side, side), np.uint8)

    def lay(
        color: tuple[int, int, int], shape: Callable[[NDArray[np.uint8], tuple[int, ...]], object]
    ) -> None:
        shape(rgb, color)
        shape(alpha, (255,))

    lay((20, 33, 61), lambda on, color: cv2.circle(on, middle, side * 42 // 100, color, -1))
    lay(
        (228, 0, 43),
        lambda on, color: cv2.ellipse(on, middle, (side * 30 // 100,) * 2, 0, 20, 200, color, -1),
    )
    lay(
        (252, 163, 17),
        lambda on, color: cv2.circle(on, (side * 58 // 100, side * 40 // 100), side // 9, color, -1),
    )
    lay(
        (42, 157, 143),
        lambda on, color: cv2.circle(on, (side * 38 // 100, side * 62 // 100), side // 14, color, -1),
    )
    lay((255, 255, 255), lambda on, color: cv2.circle(on, middle, side * 36 // 100, color, side // 60))
    shown = cv2.resize(rgb * (alpha[..., None] > 0), (HIGH, HIGH), interpolation=cv2.INTER_AREA).astype(
        np.float32
    )
    opacity = cv2.resize(alpha, (HIGH, HIGH), interpolation=cv2.INTER_AREA).astype(np.float32)
    # Averaged with the nothing around it, an edge is dark; divided by its opacity it has its color again.
    colors = np.clip(shown * 255 / np.maximum(opacity, 1)[..., None], 0, 255)
    shadow = 0.45 * np.roll(cv2.GaussianBlur(opacity, (0, 0), 12), (14, 10), (0, 1))
    together = opacity + shadow * (1 - opacity / 255)
    colors *= (opacity / np.maximum(together, 1))[..., None]
    return np.dstack([colors, together]).round().clip(0, 255).astype(np.uint8)


def _blend(part: NDArray[np.float32], *colors: tuple[int, int, int]) -> NDArray[np.float32]:
    """Go from the first color at 0 to the last one at 1."""
    stops = np.linspace(0, 1, len(colors))
    channels = [np.interp(part, stops, [color[channel] for color in colors]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("evening", "An evening, smooth", draw_evening),
        Sample("emblem", "An emblem, transparent", draw_emblem),
    )
}
