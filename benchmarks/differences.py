"""How different two images look, by measures that no palette here was fitted to."""

from __future__ import annotations

import io
from typing import NamedTuple

import cv2
import flip_evaluator
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

from benchmarks.ciede2000 import LINEAR, Floats, ciede2000, cielab

Pixels = NDArray[np.uint8]

# CIEDE2000 is taken on a regular grid of about this many pixels; FLIP and SSIMULACRA2 on all of them.
GRID_PIXELS = 65_536
# S-CIELAB blurs as the eye does at a distance. Two pixels are a screen at arm's length.
BLUR = 2.0
# Hues that a picture visibly has: sectors of 30 degrees in OKLCH, of colors that are not gray.
SECTORS = 12
LEAST_CHROMA = 0.06
LEAST_SHARE = 0.01

# B. Ottosson, "A perceptual color space for image processing" (2020).
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OPPONENTS = np.array(
    [[1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]
)


class Difference(NamedTuple):
    """How far a result is from its original; lower is better, but for `ssimulacra2`.

    Attributes
    ----------
    mean, p95 : float
        CIEDE2000, mean and 95th percentile over the pixels.
    far_mean, far_p95 : float
        The same after both images were blurred in linear light, as seen from a distance.
    worst_hue : float
        Mean CIEDE2000 within the sector of hue where it is largest; NaN where the original is gray.
    flip : float
        NVIDIA's FLIP, 0 to 1.
    ssimulacra2 : float
        SSIMULACRA2, 100 for no difference, far below zero for a strong one.
    """

    mean: float
    p95: float
    far_mean: float
    far_p95: float
    worst_hue: float
    flip: float
    ssimulacra2: float


class Original:
    """An image that results are compared with, and what of it every comparison needs.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        sRGB.
    """

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self._step = max(1, round((pixels.shape[0] * pixels.shape[1] / GRID_PIXELS) ** 0.5))
        self._near = cielab(self._grid(LINEAR[pixels]))
        self._far = cielab(self._grid(_blurred(pixels)))
        self._sectors = self._grid(_hue_sectors(pixels))

    def compare(self, result: Pixels) -> Difference:
        """Tell how different a result of the same size looks."""
        near = ciede2000(self._near, cielab(self._grid(LINEAR[result])))
        far = ciede2000(self._far, cielab(self._grid(_blurred(result))))
        return Difference(
            float(near.mean()),
            float(np.percentile(near, 95)),
            float(far.mean()),
            float(np.percentile(far, 95)),
            self._worst_hue(near),
            _flip(self.pixels, result),
            _ssimulacra2(self.pixels, result),
        )

    def _grid(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        half = self._step // 2
        return values[half :: self._step, half :: self._step]

    def _worst_hue(self, differences: Floats) -> float:
        errors = self.hue_errors(differences)
        return max(errors.values(), default=np.nan)

    def hue_errors(self, differences: Floats) -> dict[int, float]:
        """Give the mean difference by sector of hue, of those that have a visible share."""
        sectors = self._sectors.ravel()
        shares = np.bincount(sectors + 1, minlength=SECTORS + 1)[1:] / len(sectors)
        return {
            int(sector): float(differences.ravel()[sectors == sector].mean())
            for sector in np.flatnonzero(shares >= LEAST_SHARE)
        }


def _blurred(pixels: Pixels) -> Floats:
    linear = LINEAR[pixels].astype(np.float32)
    return cv2.GaussianBlur(linear, (0, 0), BLUR, borderType=cv2.BORDER_REFLECT_101).astype(np.float64)


def _hue_sectors(pixels: Pixels) -> NDArray[np.int64]:
    """Give the number of each pixel's sector of hue; -1 for what is nearly gray."""
    green_red, blue_yellow = np.moveaxis(np.cbrt(LINEAR[pixels] @ _CONES.T) @ _OPPONENTS.T, -1, 0)
    sectors = (np.degrees(np.arctan2(blue_yellow, green_red)) % 360 // (360 / SECTORS)).astype(np.int64)
    sectors[np.hypot(green_red, blue_yellow) < LEAST_CHROMA] = -1
    return sectors


def _flip(original: Pixels, result: Pixels) -> float:
    one, other = (image.astype(np.float32) / 255 for image in (original, result))
    return float(flip_evaluator.evaluate(one, other, "LDR", applyMagma=False)[1])


def _ssimulacra2(original: Pixels, result: Pixels) -> float:
    files = []
    for image in (original, result):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG", compress_level=1)
        file.seek(0)
        files.append(file)
    return float(compute_ssimulacra2(*files))
