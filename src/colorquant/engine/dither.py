"""Patterns of palette colors that look, from afar, like the colors between them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorquant.engine import recolor
from colorquant.engine.packed import unpack

# Side of the threshold matrix, a power of two: 64 steps from one color to the next, and a pattern too fine
# to be seen as squares.
SIDE = 8
# How much the grain of a mixture counts against its closeness. 0 would mix black and white to match a grey
# that two near entries match almost as well. Yliluoma's 0.1.
GRAIN = 0.1
# Distinct colors weighed at once: 16384 rows of 32 float32 are 2 MB an array, about a CPU's cache.
ROWS = 16_384


def diffuse(
    pixels: NDArray[np.uint8],
    distinct: NDArray[np.uint32],
    labels: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    strength: float,
) -> NDArray[np.uint8]:
    """Dither by passing each pixel's error on to its neighbors (Floyd and Steinberg 1976).

    Pillow's implementation does it. A lower strength is had by moving each pixel toward its nearest palette
    color beforehand, which shrinks the error that is passed on.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        The image.
    distinct : ndarray of uint32, shape (m,)
        Its distinct colors, packed. A pixel of another color counts as having the first palette color.
    labels : ndarray of uint8, shape (m,)
        Nearest palette entry of each distinct color.
    palette : ndarray of uint8, shape (k, 3)
        sRGB, at most 256 entries.
    strength : float
        Part of the error that is passed on, 0 to 1.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        Indices into the palette.

    References
    ----------
    R. W. Floyd and L. Steinberg, "An adaptive algorithm for spatial greyscale", Proceedings of the Society
    for Information Display 17 (1976), 75-77.
    """
    nearest = palette[recolor.gather(pixels, distinct, labels)]
    wanted = cv2.addWeighted(pixels, strength, nearest, 1 - strength, 0)
    entries = Image.new("P", (1, 1))
    entries.putpalette(palette.tobytes())
    image = Image.fromarray(wanted.astype(np.uint8, copy=False), "RGB")
    return np.asarray(image.quantize(palette=entries, dither=Image.Dither.FLOYDSTEINBERG))


def order(
    pixels: NDArray[np.uint8],
    distinct: NDArray[np.uint32],
    labels: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    strength: float,
) -> NDArray[np.uint8]:
    """Dither by a regular pattern: each color becomes a mixture of two palette entries.

    The two are the nearest entry and the one that completes it best. Where the pixel lies in Bayer's matrix
    decides which of them it gets, so that a color that is in the palette stays without a pattern.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
        The image.
    distinct : ndarray of uint32, shape (m,)
        Its distinct colors, packed.
    labels : ndarray of uint8, shape (m,)
        Nearest palette entry of each distinct color.
    palette : ndarray of uint8, shape (k, 3)
    strength : float
        Part of the mixture that is carried out, 0 to 1.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        Indices into the palette.

    References
    ----------
    B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", IEEE International
    Conference on Communications 1 (1973), 11-15.

    J. Yliluoma, "Arbitrary-palette positional dithering algorithm" (2011), the first algorithm.
    """
    seconds, portions = _mixtures(unpack(distinct), labels, palette)
    steps = np.rint(portions * (strength * SIDE**2)).astype(np.uint8)
    height, width = pixels.shape[:2]
    tiles = (-(-height // SIDE), -(-width // SIDE))
    ranks = np.tile(bayer_matrix(SIDE), tiles)[:height, :width]
    return np.where(
        ranks < recolor.gather(pixels, distinct, steps),
        recolor.gather(pixels, distinct, seconds),
        recolor.gather(pixels, distinct, labels),
    )


METHODS: dict[str, Callable[..., NDArray[np.uint8]]] = {"floyd-steinberg": diffuse, "ordered": order}
"""Each way of dithering by the name that `Settings.dither` knows it by."""


def bayer_matrix(side: int) -> NDArray[np.uint8]:
    """Make the matrix in which every next number is as far as can be from those before it.

    Parameters
    ----------
    side : int
        A power of two, at most 16.

    Returns
    -------
    ndarray of uint8, shape (side, side)
        Each number from 0 to ``side * side - 1`` once.

    Examples
    --------
    >>> bayer_matrix(2)
    array([[0, 2],
           [3, 1]], dtype=uint8)
    """
    matrix = np.zeros((1, 1), np.uint8)
    while len(matrix) < side:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return matrix


def _mixtures(
    colors: NDArray[np.uint8], labels: NDArray[np.uint8], palette: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Find what to mix each color's nearest entry with, and the portion of that, 0 to 0.5."""
    entries = palette.astype(np.float32)
    products = entries @ entries.T
    norms = np.diag(products)
    apart = norms[:, None] + norms - 2 * products
    seconds = np.empty(len(colors), np.uint8)
    portions = np.empty(len(colors), np.float32)
    for first in range(0, len(colors), ROWS):
        rows = slice(first, first + ROWS)
        nearest = labels[rows]
        to_color = colors[rows].astype(np.float32) - entries[nearest]
        # With n the nearest entry and c the color, (c - n) . (p - n) for every other entry p.
        along = to_color @ entries.T - np.einsum("ij,ij->i", to_color, entries[nearest])[:, None]
        length = apart[nearest]
        portion = np.clip(np.divide(along, length, out=np.zeros_like(along), where=length > 0), 0, 0.5)
        # What the mixture's mean is off by, less the color's own distance, which all entries share.
        missed = portion * (portion * length - 2 * along)
        cost = missed + GRAIN * portion * (1 - portion) * length
        best = np.where(portion > 0, cost, np.inf).argmin(axis=1)
        seconds[rows] = best
        portions[rows] = np.take_along_axis(portion, best[:, None], axis=1)[:, 0]
    return seconds, portions
