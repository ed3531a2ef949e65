"""CIEDE2000, the color difference of industry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# IEC 61966-2-1, linear sRGB to CIE XYZ of D65.
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_LEVELS = np.arange(256) / 255
LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
"""Linear light of each level of sRGB, by IEC 61966-2-1."""


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Give the color difference CIEDE2000.

    Parameters
    ----------
    one, other : ndarray of float64, shape (..., 3)
        CIELAB.

    Returns
    -------
    ndarray of float64, shape (...)

    References
    ----------
    G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations", Color Research and Application 30 (2005), 21-30.
    """
    mean_chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    stretch = 1 + (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))) / 2
    chromas, hues = [], []
    for lab in (one, other):
        red = lab[..., 1] * stretch
        chromas.append(np.hypot(red, lab[..., 2]))
        hues.append(np.degrees(np.arctan2(lab[..., 2], red)) % 360)
    gray = chromas[0] * chromas[1] == 0
    turn = np.where(gray, 0, (hues[1] - hues[0] + 180) % 360 - 180)
    # Opposite hues are 180 degrees apart either way; the formula takes +180 where the second is the larger.
    turn = np.where((turn == -180) & (hues[1] > hues[0]), 180, turn)
    lightness = (one[..., 0] + other[..., 0]) / 2
    chroma = (chromas[0] + chromas[1]) / 2
    apart = np.abs(hues[0] - hues[1]) > 180
    total = hues[0] + hues[1]
    hue = np.where(gray, total, np.where(apart, (total + np.where(total < 360, 360, -360)) / 2, total / 2))
    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    middle = (lightness - 50) ** 2
    by_lightness = (other[..., 0] - one[..., 0]) / (1 + 0.015 * middle / np.sqrt(20 + middle))
    by_chroma = (chromas[1] - chromas[0]) / (1 + 0.045 * chroma)
    by_hue = (
        2 * np.sqrt(chromas[0] * chromas[1]) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    )
    rotation = -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    rotation *= 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    squares = by_lightness**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue
    # Rounding may leave a little less than nothing.
    distance: Floats = np.sqrt(np.maximum(squares, 0))
    return distance


def cielab(linear: Floats) -> Floats:
    """Give CIELAB of linear sRGB, against sRGB's own white."""
    relative = linear @ (_XYZ.T / _XYZ.sum(axis=1))
    bend = 6 / 29
    roots = np.where(relative > bend**3, np.cbrt(relative), relative / (3 * bend**2) + 4 / 29)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
