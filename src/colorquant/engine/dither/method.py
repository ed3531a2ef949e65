"""What every way of dithering is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.spaces import Space


@dataclass(frozen=True)
class Picture:
    """An image and the palette to show it with.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        sRGB.
    distinct : ndarray of uint32, shape (m,)
        The distinct colors of the visible pixels, packed.
    labels : ndarray of uint8, shape (m,)
        Nearest palette entry of each distinct color.
    palette : ndarray of uint8, shape (k, 3)
        sRGB, at most 256 entries.
    space : Space
        Where nearest is meant.
    visible : ndarray of bool, shape (H, W), or None
        Pixels that are seen. The others get any index, and have no part in what the visible ones get. None
        where all are seen.
    """

    pixels: NDArray[np.uint8]
    distinct: NDArray[np.uint32]
    labels: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    space: Space
    visible: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Method:
    """A way of dithering.

    Attributes
    ----------
    help : str
        What it does, in one line, for the command's help.
    dither : callable
        Takes a `Picture` and the strength, 0 (each pixel gets its nearest entry) to 1. Returns an index into
        the palette for each pixel: ndarray of uint8, shape (H, W). The same input gives the same indices on
        every processor.
    """

    help: str
    dither: Callable[[Picture, float], NDArray[np.uint8]]
