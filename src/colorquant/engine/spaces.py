"""Color spaces: where distances between colors are taken.

Coordinates are whole numbers of small steps, held in float64. All that is then done with them (differences,
squares, sums over a hundred million pixels) is exact, so every processor comes to the same decisions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

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
# The weight of a and b against L. Without it Oklab gives differences of chroma half of what they look like.
CHROMA_WEIGHT = 2.0
_CHROMA = np.array([1, CHROMA_WEIGHT, CHROMA_WEIGHT])

# IEC 61966-2-1, which also has the transfer curve below: linear sRGB to CIE XYZ.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
# White is sRGB's own white, D65, so that greys have a = b = 0.
_RELATIVE_XYZ = _XYZ / _XYZ.sum(axis=1, keepdims=True)
# CIE 15:2004: the cube root of CIELAB goes over into a line at (6/29)^3.
_BEND = 6 / 29
_CIELAB = np.array([[0.0, 116, 0], [500, -500, 0], [0, 200, -200]])
_CIELAB_OFFSET = np.array([16.0, 0, 0])
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
    """Multiply (..., 3) by a matrix, term by term, which no processor does in another order."""
    first, second, third = np.moveaxis(values, -1, 0)
    return np.stack([row[0] * first + row[1] * second + row[2] * third for row in matrix], axis=-1)


def _inverse(matrix: Floats) -> Floats:
    """Invert a 3x3 matrix by its cofactors, without LAPACK's choice of an order."""
    cofactors = np.array([np.cross(matrix[(row + 1) % 3], matrix[(row + 2) % 3]) for row in range(3)])
    inverse: Floats = cofactors.T / (matrix[0] * cofactors[0]).sum()
    return inverse


@dataclass(frozen=True)
class _Opponent:
    """A space of a lightness and two opponent colors, from three receptors' responses to linear light.

    Attributes
    ----------
    receptors : ndarray, shape (3, 3)
        What each receptor takes of linear red, green and blue; rows sum to 1.
    response, light : callable
        A receptor's response to relative light from 0 to 1, and the way back.
    axes : ndarray, shape (3, 3)
        From responses to coordinates.
    finish, unfinish : callable
        What is then done to the coordinates, and the way back.
    steps : int
    """

    receptors: Floats
    response: Callable[[Floats], Floats]
    light: Callable[[Floats], Floats]
    axes: Floats
    finish: Callable[[Floats], Floats]
    unfinish: Callable[[Floats], Floats]
    steps: int

    @cached_property
    def _shares(self) -> Floats:
        """Steps of light that each level gives, of shape (receptors, channels, levels)."""
        light = np.rint(_decode(np.arange(256) / 255) * DIGITS) / DIGITS
        return LIGHT_STEPS * self.receptors[..., None] * light

    @cached_property
    def _responses(self) -> Floats:
        return np.rint(self.response(np.arange(LIGHT_STEPS + 1) / LIGHT_STEPS) * DIGITS) / DIGITS

    def from_srgb(self, colors: NDArray[np.uint8]) -> Floats:
        red, green, blue = np.moveaxis(colors, -1, 0)
        responses = [
            self._responses[np.rint(share[0][red] + share[1][green] + share[2][blue]).astype(np.intp)]
            for share in self._shares
        ]
        points = self.finish(_mix(self.axes, np.stack(responses, axis=-1)))
        points *= self.steps
        return np.rint(points, out=points)

    def to_srgb(self, points: Floats) -> Floats:
        responses = _mix(_inverse(self.axes), self.unfinish(points / self.steps))
        return _encode(_mix(_inverse(self.receptors), self.light(responses)))


def _cielab_response(light: Floats) -> Floats:
    return np.where(light > _BEND**3, np.cbrt(light), light / (3 * _BEND**2) + 4 / 29)


def _cielab_light(response: Floats) -> Floats:
    return np.where(response > _BEND, response**3, 3 * _BEND**2 * (response - 4 / 29))


_cielab = _Opponent(
    receptors=_RELATIVE_XYZ,
    response=_cielab_response,
    light=_cielab_light,
    axes=_CIELAB,
    finish=lambda points: points - _CIELAB_OFFSET,
    unfinish=lambda points: points + _CIELAB_OFFSET,
    steps=512,
)
_oklab = _Opponent(
    receptors=_CONES,
    response=np.cbrt,
    light=lambda response: response**3,
    axes=_OKLAB,
    finish=lambda points: points * _CHROMA,
    unfinish=lambda points: points / _CHROMA,
    steps=65_536,
)


def _from_rgb(colors: NDArray[np.uint8]) -> Floats:
    return colors.astype(np.float64) * RGB_STEPS


def _to_rgb(points: Floats) -> Floats:
    return (points / RGB_STEPS).clip(0, 255)


SPACES = {
    "rgb": Space("rgb", RGB_STEPS, _from_rgb, _to_rgb),
    "cielab": Space("cielab", _cielab.steps, _cielab.from_srgb, _cielab.to_srgb),
    "oklab": Space("oklab", _oklab.steps, _oklab.from_srgb, _oklab.to_srgb),
}
"""Each space by its name."""

EYE = SPACES["oklab"]
"""The space in which equal distances look about equally different."""
