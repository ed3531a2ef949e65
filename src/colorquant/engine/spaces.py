"""Color spaces: where distances between colors are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# IEC 61966-2-1, which also has the transfer curve below: linear sRGB to CIE XYZ.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
# White is sRGB's own white, D65, so that greys have a = b = 0.
_WHITE = _XYZ.sum(axis=1)
# CIE 15:2004: the cube root of CIELAB goes over into a line at (6/29)^3.
_BEND = 6 / 29
_LAB = np.array([[0.0, 116, 0], [500, -500, 0], [0, 200, -200]])
_LAB_OFFSET = np.array([-16.0, 0, 0])
# B. Ottosson, "A perceptual color space for image processing" (2020), https://bottosson.github.io/posts/oklab
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


Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Space:
    """A way to give colors coordinates.

    Attributes
    ----------
    from_srgb : callable
        sRGB from 0 to 255, as uint8 or float64 of shape (n, 3), to coordinates of that shape and of `dtype`.
    to_srgb : callable
        Coordinates to float64 sRGB, clipped to 0 to 255, which is less than the spaces reach.
    dtype : type
        What it takes to tell neighboring colors apart by their squared distances: float32 for RGB, where it
        holds those of whole levels exactly, float64 for the others.
    """

    from_srgb: Callable[[NDArray[Any]], Floats]
    to_srgb: Callable[[Floats], NDArray[np.float64]]
    dtype: type[np.floating]


def _from_rgb(colors: NDArray[Any]) -> Floats:
    return colors.astype(np.float32)


def _to_rgb(points: Floats) -> NDArray[np.float64]:
    return points.astype(np.float64).clip(0, 255)


def _linearize(colors: NDArray[Any]) -> NDArray[np.float64]:
    # The powers of 256 levels are soon looked up; those of a million colors take a tenth of a second.
    linear: NDArray[np.float64] = _LEVELS[colors] if colors.dtype == np.uint8 else _decode(colors / 255)
    return linear


def _decode(encoded: NDArray[Any]) -> NDArray[np.float64]:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


_LEVELS = _decode(np.arange(256) / 255)


def _encode(linear: Floats) -> NDArray[np.float64]:
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _to_cielab(colors: NDArray[Any]) -> Floats:
    relative = _linearize(colors) @ (_XYZ.T / _WHITE)
    roots = np.where(relative > _BEND**3, np.cbrt(relative), relative / (3 * _BEND**2) + 4 / 29)
    lab: NDArray[np.float64] = roots @ _LAB.T + _LAB_OFFSET
    return lab


def _from_cielab(points: Floats) -> NDArray[np.float64]:
    roots = (points - _LAB_OFFSET) @ np.linalg.inv(_LAB).T
    relative = np.where(roots > _BEND, roots**3, 3 * _BEND**2 * (roots - 4 / 29))
    return _encode(relative @ np.linalg.inv(_XYZ.T / _WHITE))


def to_oklab(colors: NDArray[Any]) -> NDArray[np.float64]:
    """Convert sRGB to Oklab, where equal distances look about equally different.

    Parameters
    ----------
    colors : ndarray of uint8 or float64, shape (..., 3)
        0 to 255.

    Returns
    -------
    ndarray of float64, shape (..., 3)
        Lightness 0 to 1, then green to red and blue to yellow, about -0.4 to 0.4.

    Examples
    --------
    >>> to_oklab(np.array([255, 255, 255])).round(3).tolist()
    [1.0, 0.0, 0.0]
    """
    oklab: NDArray[np.float64] = np.cbrt(_linearize(colors) @ _CONES.T) @ _OKLAB.T
    return oklab


def _from_oklab(points: Floats) -> NDArray[np.float64]:
    return _encode((points @ np.linalg.inv(_OKLAB).T) ** 3 @ np.linalg.inv(_CONES).T)


SPACES = {
    "rgb": Space(_from_rgb, _to_rgb, np.float32),
    "cielab": Space(_to_cielab, _from_cielab, np.float64),
    "oklab": Space(to_oklab, _from_oklab, np.float64),
}
"""Each space by the name that `Settings.color_space` knows it by."""
