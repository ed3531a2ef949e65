"""Color spaces: sRGB to Oklab."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Linear sRGB to cone responses, and their cube roots to Oklab: B. Ottosson, "A perceptual color space for
# image processing" (2020), the matrices of its reference code.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_oklab(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Convert sRGB to Oklab, where equal distances look about equally different.

    Parameters
    ----------
    rgb : ndarray of uint8 or float64, shape (..., 3)
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
    encoded = np.asarray(rgb, np.float64) / 255
    # The transfer function of IEC 61966-2-1.
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    oklab: NDArray[np.float64] = np.cbrt(linear @ _TO_CONES.T) @ _TO_OKLAB.T
    return oklab
