"""Pictures turned upright."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn and mirror pixels as EXIF says.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W) or (H, W, 3)
    orientation : int
        1 to 8 (EXIF 3.0, 4.6.5.1.6): where the stored first row and first column belong.

    Returns
    -------
    ndarray of uint8, shape (H, W, ...), or (W, H, ...) for 5 to 8

    Examples
    --------
    >>> upright(np.array([[1, 2], [3, 4]], np.uint8), 6).tolist()
    [[3, 1], [4, 2]]
    """
    if orientation in (5, 7):
        pixels = cv2.transpose(pixels).astype(np.uint8, copy=False)
    if orientation in (2, 4):
        pixels = cv2.flip(pixels, 1 if orientation == 2 else 0).astype(np.uint8, copy=False)
    turn = {
        3: cv2.ROTATE_180,
        6: cv2.ROTATE_90_CLOCKWISE,
        7: cv2.ROTATE_180,
        8: cv2.ROTATE_90_COUNTERCLOCKWISE,
    }.get(orientation)
    return pixels if turn is None else cv2.rotate(pixels, turn).astype(np.uint8, copy=False)


def upright_alpha(alpha: NDArray[np.uint8] | None, orientation: int) -> NDArray[np.uint8] | None:
    """Turn an alpha channel along, or leave it out where it hides nothing."""
    return None if alpha is None or alpha.min(initial=255) == 255 else upright(alpha, orientation)
