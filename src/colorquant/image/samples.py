"""What a decoder gives, before it has its place in sRGB."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Pillow's names of the color models, by the number of dimensions and channels that an array of them has.
_MODELS = {(2, None): "L", (3, 3): "RGB", (3, 4): "CMYK"}


@dataclass(frozen=True)
class Samples:
    """Pixels in the color model of their file, as they are stored there: not turned yet.

    Attributes
    ----------
    values : ndarray of uint8, shape (H, W), (H, W, 3) or (H, W, 4)
        Grey, RGB, or CMYK with 255 for full ink.
    alpha : ndarray of uint8, shape (H, W), or None
        0 is transparent, 255 opaque. None where the file has no transparency.
    orientation : int or None
        1 to 8, where the decoder knows better than the header.
    profile : bytes or None
        An ICC profile that only the decoder could find.
    frames : int or None
        How many images the file holds, where only the decoder could tell.
    """

    values: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    orientation: int | None = None
    profile: bytes | None = None
    frames: int | None = None

    @property
    def model(self) -> str:
        """Pillow's name of the color model: ``"L"``, ``"RGB"`` or ``"CMYK"``."""
        return _MODELS[self.values.ndim, self.values.shape[2] if self.values.ndim == 3 else None]

    def to_rgb(self) -> NDArray[np.uint8]:
        """Convert without a profile.

        Returns
        -------
        ndarray of uint8, shape (H, W, 3)
        """
        if self.model == "L":
            return cv2.cvtColor(self.values, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
        if self.model == "CMYK":
            return np.asarray(Image.fromarray(self.values, "CMYK").convert("RGB"))
        return self.values


def scale_to_8_bits(deep: NDArray[np.uint16], bits: int = 16) -> NDArray[np.uint8]:
    """Bring samples down to 8 bits, each to the nearest of the 256 levels.

    Parameters
    ----------
    deep : ndarray of uint16
    bits : int
        How many of the 16 are used, 9 to 16. Default 16.

    Returns
    -------
    ndarray of uint8
        Of the same shape.

    Examples
    --------
    >>> scale_to_8_bits(np.array([0, 128, 129, 65535], np.uint16)).tolist()
    [0, 0, 1, 255]
    """
    largest = (1 << bits) - 1
    # A table of all values: dividing 36 million samples takes three times as long as looking them up.
    levels = (np.arange(65536, dtype=np.int64) * 255 + largest // 2) // largest
    return np.minimum(levels, 255).astype(np.uint8)[deep]
