"""Smaller pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.image.raster import Raster


def scaled(raster: Raster, longest: int) -> Raster:
    """Average areas of pixels, so that the longest side has fewer, as many as asked for."""
    height, width = raster.pixels.shape[:2]
    factor = longest / max(height, width)
    shape = max(1, round(height * factor)), max(1, round(width * factor))
    if raster.alpha is None:
        return replace(raster, pixels=_averaged(raster.pixels, shape))
    # Colors count as much as they show. Their products with the opacities fill 16 bits: 255 times 255.
    alpha = raster.alpha.astype(np.uint16)
    lit = _averaged(raster.pixels * alpha[..., None], shape)
    alpha = _averaged(alpha * np.uint16(255), shape)
    pixels = np.rint(255.0 * lit / np.maximum(alpha, 1)[..., None]).clip(0, 255).astype(np.uint8)
    opacity = np.rint(alpha / 255).astype(np.uint8)
    return replace(raster, pixels=pixels, alpha=None if (opacity == 255).all() else opacity)


def _averaged(values: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_AREA).reshape(*shape, *values.shape[2:])
