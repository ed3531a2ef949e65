"""RGB spaces that are not sRGB, and the way from them to it, in the full depth of the samples.

Light that is brighter than a screen's white is brought under it by Reinhard's curve with a white point
(Reinhard et al. 2002, equation 4) on the brightest of the three channels, which keeps the hue. White is
203 cd/m2 (ITU-R BT.2408), and the brightest light 1000 cd/m2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorquant.image.samples import Samples, row_blocks

Matrix = NDArray[np.float64]
Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]
Chromaticities = Sequence[tuple[float, float]]

_D65 = (0.3127, 0.3290)
# ITU-T H.273, table 2: red, green, blue and white by number. 2 means that none is specified.
_SRGB_PRIMARIES: Chromaticities = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65)
_PRIMARIES: dict[int, Chromaticities] = {
    1: _SRGB_PRIMARIES,
    2: _SRGB_PRIMARIES,
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), (0.310, 0.316)),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
# Table 3. Browsers show what is coded for television as if it were for a computer's screen.
_SRGB_LIKE = frozenset({1, 2, 6, 11, 12, 13, 14, 15})
_GAMMA_22, _GAMMA_28, _LINEAR, _PQ, _HLG = 4, 5, 8, 16, 18
# cd/m2
_WHITE = 203
_BRIGHTEST = 1000
# Bradford's cones (ICC.1:2022, annex E), in which one white is adapted to another.
_CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# Chromaticities closer than this are the same, written with fewer digits.
_SAME = 0.0015


@dataclass(frozen=True)
class RgbSpace:
    """What the numbers of an RGB space mean.

    Attributes
    ----------
    curves : tuple of callable
        From 0 to 1 in code to light, for red, green and blue; 1 is white.
    to_srgb : ndarray of float64, shape (3, 3)
        From light in this space to light in sRGB.
    brightest : float
        The most light there is; over 1 it is brought under it.
    """

    curves: tuple[Curve, Curve, Curve]
    to_srgb: Matrix
    brightest: float = 1.0

    def convert(self, samples: Samples) -> NDArray[np.uint8]:
        """Convert grey or RGB samples to sRGB, shape (H, W, 3)."""
        values = samples.values
        codes = np.linspace(0, 1, np.iinfo(values.dtype).max + 1)
        tables = [curve(codes).astype(np.float32) for curve in self.curves]
        matrix = self.to_srgb.astype(np.float32)
        grey = _encode(_darken(tables[0][None], self.brightest))[0]
        converted = np.empty((*values.shape[:2], 3), np.uint8)
        for rows in row_blocks(converted):
            block = values[rows]
            if samples.model == "L":
                converted[rows] = grey[block][..., None]
                continue
            light = np.stack([table[block[..., i]] for i, table in enumerate(tables)])
            red, green, blue = _darken(light, self.brightest)
            for channel, row in enumerate(matrix):
                # Term by term: a matrix product is rounded otherwise on other processors.
                converted[rows, :, channel] = _encode(row[0] * red + row[1] * green + row[2] * blue)
        return converted


def _darken(light: NDArray[np.float32], brightest: float) -> NDArray[np.float32]:
    """Bring light, the channels first, under that of white."""
    if brightest <= 1:
        return light
    most = light.max(axis=0)
    darker: NDArray[np.float32] = light * ((1 + most / np.float32(brightest**2)) / (1 + most))
    return darker


def _encode(light: NDArray[Any]) -> NDArray[np.uint8]:
    """Encode light as sRGB, by a table so fine that its steps are a twentieth of a level at most."""
    steps = np.rint(np.clip(light, 0, 1) * 65535).astype(np.uint16)
    encoded: NDArray[np.uint8] = _encoded_steps()[steps]
    return encoded


@cache
def _encoded_steps() -> NDArray[np.uint8]:
    light = np.linspace(0, 1, 65536)
    # IEC 61966-2-1.
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    levels: NDArray[np.uint8] = np.rint(encoded * 255).astype(np.uint8)
    return levels


def from_code_points(primaries: int, transfer: int) -> tuple[RgbSpace | None, tuple[str, ...]]:
    """Find the space of ITU-T H.273's numbers: None for sRGB, and None with a warning if it is not known."""
    known = _PRIMARIES.get(primaries)
    coding = _coding(transfer)
    if not known or not coding:
        return None, (
            f"The color space (code points {primaries} and {transfer}) is not known and was not applied.",
        )
    if transfer in _SRGB_LIKE and is_srgb(known):
        return None, ()
    curve, brightest = coding
    return RgbSpace((curve,) * 3, matrix_to_srgb(known), brightest), ()


def _coding(transfer: int) -> tuple[Curve, float] | None:
    if transfer in _SRGB_LIKE:
        return srgb_curve, 1.0
    peak = _BRIGHTEST / _WHITE
    return {
        _GAMMA_22: (gamma_curve(2.2), 1.0),
        _GAMMA_28: (gamma_curve(2.8), 1.0),
        _LINEAR: (gamma_curve(1.0), 1.0),
        _PQ: (_pq_curve, peak),
        _HLG: (_hlg_curve, peak),
    }.get(transfer)


def srgb_curve(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decode sRGB (IEC 61966-2-1)."""
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def gamma_curve(gamma: float) -> Curve:
    """Decode by a power."""
    return lambda code: code**gamma


def _pq_curve(code: NDArray[np.float64]) -> NDArray[np.float64]:
    # SMPTE ST 2084, which codes up to 10 000 cd/m2.
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = code ** (1 / m2)
    light: NDArray[np.float64] = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return np.minimum(light * 10_000, _BRIGHTEST) / _WHITE


def _hlg_curve(code: NDArray[np.float64]) -> NDArray[np.float64]:
    # ITU-R BT.2100, table 5. The system gamma of 1.2 is taken of each channel, which is exact for greys.
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    light: NDArray[np.float64] = scene**1.2 * (_BRIGHTEST / _WHITE)
    return light


def is_srgb(chromaticities: Chromaticities) -> bool:
    """Whether the primaries and the white are those of sRGB."""
    return bool(np.abs(np.array(chromaticities) - np.array(_SRGB_PRIMARIES)).max() <= _SAME)


def matrix_to_srgb(chromaticities: Chromaticities) -> Matrix:
    """Give the matrix from light of these primaries to light in sRGB.

    Raises ValueError or LinAlgError if they span no colors.
    """
    cones = _CONES @ _to_xyz(_SRGB_PRIMARIES) @ np.ones(3) / (_CONES @ _to_xyz(chromaticities) @ np.ones(3))
    adapt = np.linalg.inv(_CONES) @ np.diag(cones) @ _CONES
    matrix: Matrix = np.linalg.inv(_to_xyz(_SRGB_PRIMARIES)) @ adapt @ _to_xyz(chromaticities)
    if not np.isfinite(matrix).all():
        raise ValueError("the primaries span no colors")
    return matrix


def _to_xyz(chromaticities: Chromaticities) -> Matrix:
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in chromaticities]).T
    primaries, white = columns[:, :3], columns[:, 3]
    matrix: Matrix = primaries * np.linalg.solve(primaries, white)
    return matrix
