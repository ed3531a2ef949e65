"""Color spaces: where distances between colors are taken.

Coordinates are whole numbers of small steps, held in float64. Differences of them, their squares, and sums of
coordinates over a hundred million pixels are exact, so every processor comes to the same decisions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Linear light is looked up in so many steps. Two dark levels of sRGB are 20 of them apart.
LIGHT_STEPS = 65_535
# Powers and roots are rounded to 2^-30: far more digits than are used, and few enough that no processor's
# last bit shows.
DIGITS = 2.0**30

# A level of sRGB in as many steps as a channel has levels: the mean of a large cell keeps two more digits.
RGB_STEPS = 256
# The other spaces in about as many steps from black to white.
CIELAB_STEPS, OKLAB_STEPS = 512, 65_536
# CIE 15:2004, also the lightness L* of CIELAB, by 100: a cube root that goes over into a line near black.
BEND = (6 / 29) ** 3
SLOPE = 1.16 / (3 * (6 / 29) ** 2)
# IEC 61966-2-1, which also has the transfer curve below: linear sRGB to CIE XYZ.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
# White is sRGB's own white, D65, so that greys have a = b = 0.
_RELATIVE_XYZ = _XYZ / _XYZ.sum(axis=1, keepdims=True)
_CIELAB = np.array([[0.0, 100, 0], [500 / 1.16, -500 / 1.16, 0], [0, 200 / 1.16, -200 / 1.16]])
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
# Oklab's a and b count half of what differences in them look like; its author found 2.016 and 2.045 on two
# sets of judgments (CSS working group, issue 6642; `deltaEOK2` of color.js). And the more chroma there is,
# the less a difference in it counts: it is squeezed to ln(1 + c C) / c, as in DIN 6176. Larger ones follow
# CIEDE2000 still better; these are the most that leave NVIDIA's FLIP below that of RGB (docs/quality.md).
CHROMA_WEIGHT = 2.5
SQUEEZE = 5.0
# The squeeze is looked up by chroma in so many steps to 1; sRGB ends below 0.4.
CHROMA_STEPS = 65_536


@dataclass(frozen=True)
class Space:
    """A way to give colors coordinates.

    Attributes
    ----------
    name : str
        As in `colorquant.Settings.color_space`.
    steps : int
        Steps to one unit of the space.
    from_srgb : callable
        sRGB as uint8 of shape (..., 3) to whole numbers of steps, of that shape.
    to_srgb : callable
        Coordinates in steps to float64 sRGB, clipped to 0 to 255, which is less than the spaces reach.
    """

    name: str
    steps: int
    from_srgb: Callable[[NDArray[np.uint8]], Floats]
    to_srgb: Callable[[Floats], Floats]

    def palette(self, points: Floats) -> NDArray[np.uint8]:
        """Give the sRGB colors nearest to these coordinates."""
        return np.rint(self.to_srgb(points)).astype(np.uint8)


def _decode(encoded: Floats) -> Floats:
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encode(linear: Floats) -> Floats:
    linear = linear.clip(0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _mix(matrix: Floats, values: Floats) -> Floats:
    """Multiply a matrix by values (3, n), term by term, which no processor does in another order."""
    first, second, third = values
    return np.stack([row[0] * first + row[1] * second + row[2] * third for row in matrix])


def _inverse(matrix: Floats) -> Floats:
    """Invert a 3x3 matrix by its cofactors, without LAPACK's choice of an order."""
    cofactors = np.array([np.cross(matrix[(row + 1) % 3], matrix[(row + 2) % 3]) for row in range(3)])
    inverse: Floats = cofactors.T / (matrix[0] * cofactors[0]).sum()
    return inverse


def _respond(light: Floats) -> Floats:
    return np.where(light > BEND, 1.16 * np.cbrt(light) - 0.16, SLOPE * light)


def _light(response: Floats) -> Floats:
    return np.where(response > SLOPE * BEND, ((response + 0.16) / 1.16) ** 3, response / SLOPE)


# Greys respond alike in all spaces.
_RESPONSES = np.rint(_respond(np.arange(LIGHT_STEPS + 1) / LIGHT_STEPS) * DIGITS) / DIGITS


class _Opponent:
    """A space of a lightness and two opponent colors, from three receptors' responses to linear light.

    Parameters
    ----------
    receptors : ndarray, shape (3, 3)
        What each receptor takes of linear red, green and blue; rows sum to 1.
    axes : ndarray, shape (3, 3)
        From responses to coordinates.
    steps : int
        To one unit of the coordinates.
    finish, unfinish : callable
        What is then done to the coordinates, of shape (3, n), and the way back.
    """

    def __init__(
        self,
        receptors: Floats,
        axes: Floats,
        steps: int,
        finish: Callable[[Floats], Floats] = lambda points: points,
        unfinish: Callable[[Floats], Floats] = lambda points: points,
    ) -> None:
        light = np.rint(_decode(np.arange(256) / 255) * DIGITS) / DIGITS
        # Steps of light that each level of each channel gives each receptor.
        self._shares = LIGHT_STEPS * receptors[..., None] * light
        self._axes, self._steps = axes, steps
        self._finish, self._unfinish = finish, unfinish
        self._from_axes, self._from_receptors = _inverse(axes), _inverse(receptors)

    def from_srgb(self, colors: NDArray[np.uint8]) -> Floats:
        levels = colors.reshape(-1, 3).T.astype(np.intp)
        responses = np.empty(levels.shape)
        for shares, response in zip(self._shares, responses, strict=True):
            light = np.take(shares[0], levels[0])
            light += np.take(shares[1], levels[1])
            light += np.take(shares[2], levels[2])
            np.take(_RESPONSES, np.rint(light).astype(np.intp), out=response)
        points = self._finish(_mix(self._axes, responses))
        points *= self._steps
        return np.rint(points, out=points).T.reshape(colors.shape)

    def to_srgb(self, points: Floats) -> Floats:
        coordinates = self._unfinish(points.reshape(-1, 3).T / self._steps)
        light = _light(_mix(self._from_axes, coordinates))
        return _encode(_mix(self._from_receptors, light)).T.reshape(points.shape)


def _squeezed(chroma: Floats) -> Floats:
    """Give what to multiply a and b by."""
    grey = CHROMA_WEIGHT * np.ones_like(chroma)
    return np.divide(CHROMA_WEIGHT * np.log1p(SQUEEZE * chroma), SQUEEZE * chroma, out=grey, where=chroma > 0)


_SQUEEZED = np.rint(_squeezed(np.arange(CHROMA_STEPS // 2) / CHROMA_STEPS) * DIGITS) / DIGITS


def _squeeze(points: Floats) -> Floats:
    _, a, b = points
    chroma = np.sqrt(a * a + b * b)
    points[1:] *= np.take(_SQUEEZED, np.rint(chroma * CHROMA_STEPS).astype(np.intp))
    return points


def _unsqueeze(points: Floats) -> Floats:
    _, a, b = points
    # No color of sRGB is as far out as 1.
    squeezed = np.minimum(np.sqrt(a * a + b * b) / CHROMA_WEIGHT, 1)
    chroma = np.expm1(SQUEEZE * squeezed) / SQUEEZE
    factors = np.divide(chroma, squeezed, out=np.ones_like(chroma), where=squeezed > 0) / CHROMA_WEIGHT
    return np.stack([points[0], a * factors, b * factors])


_cielab = _Opponent(_RELATIVE_XYZ, _CIELAB, CIELAB_STEPS)
_oklab = _Opponent(_CONES, _OKLAB, OKLAB_STEPS, _squeeze, _unsqueeze)


def _from_rgb(colors: NDArray[np.uint8]) -> Floats:
    return colors.astype(np.float64) * RGB_STEPS


def _to_rgb(points: Floats) -> Floats:
    return (points / RGB_STEPS).clip(0, 255)


SPACES = {
    "rgb": Space("rgb", RGB_STEPS, _from_rgb, _to_rgb),
    "cielab": Space("cielab", CIELAB_STEPS, _cielab.from_srgb, _cielab.to_srgb),
    "oklab": Space("oklab", OKLAB_STEPS, _oklab.from_srgb, _oklab.to_srgb),
}
"""Each space by its name."""

EYE = SPACES["oklab"]
"""The space in which equal distances look about equally different.

Oklab (Ottosson 2020) with two changes: the receptors respond as the lightness of CIE does, so that
differences near black count no more than they show; and a and b weigh more, the less chroma there is, as the
eye sees it. 0.0105 is about one CIEDE2000 in mid-tones.
"""
