"""What a decoder gives, before it has its place in sRGB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.cores import blocks

# Pillow's names of the color models, by the number of dimensions and channels that an array of them has.
_MODELS = {(2, None): "L", (3, 3): "RGB", (3, 4): "CMYK"}
# Samples that are converted at once: what they become on the way fits a processor's cache.
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Samples:
    """Pixels in the color model of their file, as they are stored there: not turned yet.

    Attributes
    ----------
    values : ndarray of uint8 or uint16, shape (H, W), (H, W, 3) or (H, W, 4)
        Grey, RGB, or CMYK with the largest number for full ink.
    alpha : ndarray of uint8, shape (H, W), or None
        0 is transparent, 255 opaque. None where the file has no transparency.
    orientation : int or None
        1 to 8, where the decoder knows better than the header: 1 if it has turned the picture already.
    profile : bytes or None
        An ICC profile that only the decoder could find.
    frames : int or None
        How many images the file holds, where only the decoder could tell.
    warnings : tuple of str
        What the decoder ignored, a sentence each.
    """

    values: NDArray[Any]
    alpha: NDArray[np.uint8] | None = None
    orientation: int | None = None
    profile: bytes | None = None
    frames: int | None = None
    warnings: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """Pillow's name of the color model: ``"L"``, ``"RGB"`` or ``"CMYK"``."""
        return _MODELS[self.values.ndim, self.values.shape[2] if self.values.ndim == 3 else None]

    def in_8_bits(self) -> Samples:
        """Bring deep samples down to 8 bits."""
        return self if self.values.dtype == np.uint8 else replace(self, values=scale_to_8_bits(self.values))

    def to_rgb(self) -> NDArray[np.uint8]:
        """Convert without a profile, to shape (H, W, 3)."""
        values = self.in_8_bits().values
        if self.model == "L":
            return cv2.cvtColor(values, cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
        if self.model == "CMYK":
            from PIL import Image  # noqa: PLC0415 - only CMYK waits for Pillow

            rgb = np.empty((*values.shape[:2], 3), np.uint8)
            for rows in row_blocks(values):
                rgb[rows] = np.asarray(Image.fromarray(values[rows], "CMYK").convert("RGB"))
            return rgb
        return values


def row_blocks(values: NDArray[Any]) -> list[slice]:
    """Cut an image into runs of rows that are small enough to be copied."""
    step = max(1, _BLOCK * len(values) // max(values.size, 1))
    return blocks(len(values), step)


def scale_to_8_bits(deep: NDArray[np.uint16], bits: int = 16) -> NDArray[np.uint8]:
    """Bring samples of 9 to 16 bits down to 8, each to the nearest of the 256 levels.

    Examples
    --------
    >>> scale_to_8_bits(np.array([[0, 128, 129, 65535]], np.uint16)).tolist()
    [[0, 0, 1, 255]]
    """
    shallow = np.empty(deep.shape, np.uint8)
    for rows in row_blocks(deep):
        # It rounds. No level is halfway between two, as 257 is odd.
        block = cv2.convertScaleAbs(np.ascontiguousarray(deep[rows]), alpha=255 / ((1 << bits) - 1))
        shallow[rows] = block.reshape(shallow[rows].shape)
    return shallow
