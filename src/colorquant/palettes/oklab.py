"""How colors look: the few of a palette in Oklab, exactly, where the engine has millions and rounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# B. Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to the responses of the
# eye's cones, and the cube roots of these to lightness, green to red and blue to yellow.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(colors: NDArray[np.uint8]) -> Floats:
    """Convert sRGB to Oklab.

    Examples
    --------
    >>> oklab(np.array([255, 0, 0], np.uint8)).round(3).tolist()
    [0.628, 0.225, 0.126]
    """
    converted: Floats = np.cbrt(linear(colors) @ _CONES.T) @ _OKLAB.T
    return converted


def linear(colors: NDArray[np.uint8]) -> Floats:
    """Give the light of sRGB colors, from 0 to 1, by IEC 61966-2-1."""
    encoded = colors / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encoded(light: Floats) -> NDArray[np.uint8]:
    """Give the sRGB color of an amount of light."""
    channels: Floats = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * channels).astype(np.uint8)


def light_of(points: Floats) -> Floats:
    """Give the light of colors in Oklab; below 0 or above 1 where sRGB does not have them."""
    light: Floats = np.power(points @ np.linalg.inv(_OKLAB).T, 3) @ np.linalg.inv(_CONES).T
    return light
