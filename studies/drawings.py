"""Flat art with a known number of colors."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.optimize import brentq
from scipy.spatial import KDTree

SIDE = 512  # pixels
# Areas a color has. Each is one cell of a random mosaic, so edges are straight and lie at any angle.
AREAS = 3
# Least distance between two planted colors, in RGB levels; 32 colors that far apart fill the cube well.
APART = 60
FINER = 2  # a smoothed edge averages FINER x FINER points a pixel


@dataclass(frozen=True)
class Style:
    """How a drawing is made harder than plain areas of exact colors.

    Attributes
    ----------
    smallest : float or None
        Share of the rarest color; the others grow geometrically from it. None for equal shares.
    smooth : bool
        Whether edges are anti-aliased.
    noise : int
        Largest uniform deviation of a channel, in levels.
    shading : int
        Largest deviation of a linear gradient over the whole drawing, in levels of every channel.
    jpeg : int or None
        Quality of the JPEG that the drawing passed through, with halved color resolution.
    """

    smallest: float | None = None
    smooth: bool = False
    noise: int = 0
    shading: int = 0
    jpeg: int | None = None


EQUAL = {
    "exact colors": Style(),
    "noise of ±3": Style(noise=3),
    "smooth edges": Style(smooth=True),
    "shading of ±8": Style(shading=8, noise=1),
    "JPEG 90": Style(jpeg=90),
    "JPEG 75, smooth edges": Style(jpeg=75, smooth=True),
}
# The rarest color has 1 % of the pixels, ten of a sample of 1000.
UNEQUAL = {
    f"{name}, unequal areas": replace(style, smallest=0.01)
    for name, style in EQUAL.items()
    if name != "shading of ±8"
}
STYLES = EQUAL | UNEQUAL


def draw(count: int, style: Style, seed: int) -> NDArray[np.uint8]:
    """Draw a mosaic in `count` colors.

    Parameters
    ----------
    count : int
        Number of colors, at least 2.
    style : Style
    seed : int
        A drawing of the same count and seed has the same colors and, for equal shares, the same areas.

    Returns
    -------
    ndarray of uint8, shape (SIDE, SIDE, 3)
    """
    random = np.random.default_rng([seed, count])
    colors = random_colors(count, random)
    owners = _mosaic(_shares(count, style.smallest), random)
    if style.smooth:
        fine = colors[owners].astype(np.float64)
        pixels = fine.reshape(SIDE, FINER, SIDE, FINER, 3).mean(axis=(1, 3))
    else:
        pixels = colors[owners[::FINER, ::FINER]].astype(np.float64)
    pixels += style.shading * np.linspace(-1, 1, SIDE)[:, None, None]
    pixels += random.integers(-style.noise, style.noise, pixels.shape, endpoint=True)
    drawn = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return drawn if style.jpeg is None else through_jpeg(drawn, style.jpeg)


def random_colors(count: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Draw colors that are well apart."""
    colors = random.integers(0, 256, (1, 3))
    while len(colors) < count:
        candidate = random.integers(0, 256, (1, 3))
        if np.linalg.norm(colors - candidate, axis=1).min() >= APART:
            colors = np.vstack([colors, candidate])
    return colors.astype(np.uint8)


def _shares(count: int, smallest: float | None) -> NDArray[np.float64]:
    if smallest is None:
        return np.full(count, 1 / count)
    exponents = np.arange(count)
    ratio = brentq(lambda base: 1 / (base**exponents).sum() - smallest, 1, 100)
    shares: NDArray[np.float64] = ratio**exponents * smallest
    return shares


def _mosaic(shares: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.int64]:
    """Give every point of a fine grid the number of the color that owns its cell."""
    side = SIDE * FINER
    seeds = random.random((AREAS * len(shares), 2)) * side
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1)
    distances, cells = KDTree(seeds).query(grid.reshape(-1, 2))
    areas = np.bincount(cells, minlength=len(seeds)) / len(cells)
    owners = np.full(len(seeds), -1)
    lacking = shares.copy()
    # The rarest colors first take the one cell nearest to their share, then the largest cells go where most
    # is lacking.
    for color in np.argsort(shares, kind="stable"):
        misfit = np.abs(areas - min(shares[color], areas.mean()))
        cell = np.where(owners < 0, misfit, np.inf).argmin()
        owners[cell] = color
        lacking[color] -= areas[cell]
    for cell in np.argsort(-areas, kind="stable"):
        if owners[cell] < 0:
            owners[cell] = lacking.argmax()
            lacking[owners[cell]] -= areas[cell]
    mosaic = owners[cells]
    # No cell may be as small as the rarest color: it keeps the middle of its own.
    rarest = shares.argmin()
    own = np.flatnonzero(mosaic == rarest)
    surplus = own[np.argsort(distances[own], kind="stable")][round(shares[rarest] * len(cells)) :]
    mosaic[surplus] = shares.argmax()
    return mosaic.reshape(side, side)


def through_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Save and load as JPEG, with halved color resolution."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(buffer))
