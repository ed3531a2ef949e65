"""Decoded pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Raster:
    """An upright image in sRGB.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        Red, green, blue.
    alpha : ndarray of uint8, shape (H, W), or None
        0 is transparent, 255 opaque. None where every pixel is opaque.
    format : str
        What the bytes were, such as ``"JPEG"``; ``"array"`` for pixels that came decoded.
    size_bytes : int
        Size of the encoded input; of the pixels for an array.
    frames : int
        Frames or pages in the input, of which this is the first. Default 1.
    warnings : tuple of str
        What was ignored in the input, a sentence each.
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    format: str
    size_bytes: int
    frames: int = 1
    warnings: tuple[str, ...] = ()
