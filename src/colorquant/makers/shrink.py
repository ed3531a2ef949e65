"""An image in as many pixels as a pattern has cells."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.engine.dither.light import LIGHT
from colorquant.errors import SettingsError
from colorquant.makers.given import whole_number
from colorquant.pipeline import Image, load

# A pattern of 500 stitches is 90 cm wide on common fabric, and of 500 beads 2.5 m.
MOST_CELLS = 500
# Halfway, in light, from each level of sRGB to the next.
_HALFWAY = (LIGHT[1:] + LIGHT[:-1]) / 2


def shrink(image: Image, cells: int) -> Image:
    """Shrink an image so that each pixel is a bead or a stitch.

    Each takes the average of its part of the image in linear light, which is what it looks like from afar.

    Parameters
    ----------
    image : Image
    cells : int
        Pixels from left to right, 1 to 500. An image that has no more stays as it is.

    Returns
    -------
    Image

    Raises
    ------
    SettingsError
        If the number is out of its range, or the image would get more than 500 rows.

    Examples
    --------
    >>> shrink(load(np.zeros((300, 400, 3), np.uint8)), 40)
    Image(40x30 array, 1 colors)
    """
    columns = whole_number("cells", cells, MOST_CELLS)
    if columns < image.width:
        rows = max(round(image.height * columns / image.width), 1)
    else:
        columns, rows = image.width, image.height
    if max(rows, columns) > MOST_CELLS:
        raise SettingsError(
            "That is a pattern of {columns} x {rows}, more than {most} to a side. Take fewer {0}.",
            "cells",
            columns=columns,
            rows=rows,
            most=MOST_CELLS,
        )
    if columns == image.width:
        return image
    return load(_averages(image.raster.pixels, image.raster.alpha, columns, rows))


def _averages(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, columns: int, rows: int
) -> NDArray[np.uint8]:
    """Average blocks of pixels, each as much as it shows."""
    size = (columns, rows)
    opacity = None if alpha is None else alpha.astype(np.float32) / 255
    shown = 1 if opacity is None else cv2.resize(opacity, size, interpolation=cv2.INTER_AREA)
    channels = []
    for channel in range(3):
        light = LIGHT.astype(np.float32)[pixels[..., channel]]
        if opacity is not None:
            light *= opacity
        mean = cv2.resize(light, size, interpolation=cv2.INTER_AREA) / np.maximum(shown, 1e-6)
        channels.append(np.searchsorted(_HALFWAY, mean).astype(np.uint8))
    if opacity is not None:
        channels.append(np.rint(255 * shown).astype(np.uint8))
    return np.dstack(channels)
