"""Flat art unlike `studies.drawings`: shapes, maps, text and icons, in random and in designers' palettes.

What counts these must not have been fitted to them: constants are chosen on pictures of one seed, the page
shows those of another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from studies.drawings import random_colors, through_jpeg

Pixels = NDArray[np.uint8]
Random = np.random.Generator

WIDTH, HEIGHT = 640, 480
FINER = 3  # edges are smoothed by averaging FINER x FINER points a pixel
COUNTS = (8, 12, 16, 22, 30)
# The page's pictures; what counts them was tried on those of seed 0.
SEED = 5
# Least distance of two colors of a designers' palette, in RGB levels. Their neighbors are nearer than
# those of a random one; of what is nearer still people see one color.
LEAST_APART = 24
DESIGNERS = ("tab20", "tab20b", "tab20c", "Set1", "Set3", "Paired", "Dark2", "Accent", "Pastel1")
# A color counts as planted with this share of the picture, edges included.
LEAST_SHARE = 0.003
WORDS = (
    "sphinx",
    "black",
    "quartz",
    "judge",
    "my",
    "vow",
    "pack",
    "five",
    "dozen",
    "jugs",
    "over",
    "lazy",
    "dogs",
)


class Job(NamedTuple):
    """A picture to make, in every treatment."""

    kind: str
    palette: str
    count: int
    seed: int


class Artwork(NamedTuple):
    """A picture and the colors it was made of.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (HEIGHT, WIDTH, 3)
    colors : ndarray of uint8, shape (n, 3)
        Those that have at least `LEAST_SHARE` of the picture.
    """

    pixels: Pixels
    colors: Pixels


def designers_palette(count: int, random: Random) -> Pixels:
    """Take colors from the palettes that matplotlib ships, and white or near-black paper."""
    names = random.permutation(DESIGNERS)
    found = [np.rint(255 * np.array(mpl.colormaps[name].colors)) for name in names]
    colors = np.array([[255, 255, 255]] if random.random() < 0.7 else [[24, 26, 32]])
    for color in np.concatenate(found):
        if np.linalg.norm(colors - color, axis=1).min() >= LEAST_APART and len(colors) < count:
            colors = np.vstack([colors, color])
    return colors.astype(np.uint8)


def shapes(count: int, random: Random) -> NDArray[np.uint8]:
    """Scatter polygons and ellipses, from large ones to small ones."""
    image = Image.new("L", (WIDTH * FINER, HEIGHT * FINER), 0)
    draw = ImageDraw.Draw(image)
    sizes = np.sort(1 / np.arange(1, 3 * count + 1) ** 0.5)[::-1] * 0.45 * image.height
    for place, size in enumerate(sizes):
        ink = 1 + place % (count - 1)
        x, y = random.random() * image.width, random.random() * image.height
        if random.random() < 0.3:
            tall = size * random.uniform(0.4, 1)
            draw.ellipse([x - size / 2, y - tall / 2, x + size / 2, y + tall / 2], fill=ink)
        else:
            angles = np.sort(random.random(random.integers(3, 8))) * 2 * np.pi
            radii = size / 2 * random.uniform(0.6, 1.2, len(angles))
            corners = [(x + r * np.cos(a), y + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)]
            draw.polygon(corners, fill=ink)
    return np.asarray(image)


def regions(count: int, random: Random) -> NDArray[np.uint8]:
    """Cut the plane into crooked regions, whose areas by color fall as Zipf's law has it."""
    height, width = HEIGHT * FINER, WIDTH * FINER
    cells = 6 * count
    seeds = random.random((cells, 2)).astype(np.float32) * [width, height]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    for coordinate in (x, y):
        rough = random.normal(0, 1, (16, 20)).astype(np.float32)
        np.add(
            coordinate, 60 * cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC), out=coordinate
        )
    nearest = np.zeros((height, width), np.int64)
    least = np.full((height, width), np.inf, np.float32)
    for cell, (column, row) in enumerate(seeds.astype(np.float32)):
        distance = (x - column) ** 2 + (y - row) ** 2
        nearer = distance < least
        nearest[nearer], least[nearer] = cell, distance[nearer]
    shares = 1 / np.arange(1, count + 1)
    owners = np.concatenate([np.arange(count), random.choice(count, cells - count, p=shares / shares.sum())])
    return owners[nearest].astype(np.uint8)


def text(count: int, random: Random) -> NDArray[np.uint8]:
    """Set lines of words in several sizes, some of them on a bar."""
    image = Image.new("L", (WIDTH * FINER, HEIGHT * FINER), 0)
    draw = ImageDraw.Draw(image)
    row, line = 8 * FINER, 0
    while row < image.height:
        size = int(random.integers(18, 44)) * FINER
        ink = 1 + line % (count - 1)
        if random.random() < 0.3 and count > 2:
            paper = 1 + (line + count // 2) % (count - 1)
            if paper != ink:
                draw.rectangle([0, row, image.width * random.uniform(0.3, 1), row + size * 1.2], fill=paper)
        column = 8.0 * FINER
        font = ImageFont.load_default(size)
        while column < image.width:
            word = str(random.choice(WORDS))
            draw.text((column, row), word, fill=ink, font=font)
            column += draw.textlength(word + " ", font=font)
            if random.random() < 0.5:
                line += 1
                ink = 1 + line % (count - 1)
        row += int(size * 1.3)
        line += 1
    return np.asarray(image)


def icons(count: int, random: Random) -> NDArray[np.uint8]:
    """Lay out a sheet of pictograms of two to four colors each, many with an outline."""
    image = Image.new("L", (WIDTH * FINER, HEIGHT * FINER), 0)
    draw = ImageDraw.Draw(image)
    side = 80 * FINER
    number = 0
    for top in range(0, image.height, side):
        for left in range(0, image.width, side):
            inks = [1 + (number * 2 + step) % (count - 1) for step in range(3)]
            _icon(draw, (left + side * 0.1, top + side * 0.1, side * 0.8), inks, random)
            number += 1
    return np.asarray(image)


def _icon(
    draw: ImageDraw.ImageDraw, place: tuple[float, float, float], inks: list[int], random: Random
) -> None:
    x, y, side = place
    outline = inks[2] if random.random() < 0.5 else None
    box = [x, y, x + side, y + side]
    width = 3 * FINER
    kind = random.integers(4)
    if kind == 0:
        draw.ellipse(box, fill=inks[0], outline=outline, width=width)
        draw.pieslice(box, 0, float(random.integers(60, 300)), fill=inks[1], outline=outline, width=width)
    elif kind == 1:
        draw.rounded_rectangle(box, side / 5, fill=inks[0], outline=outline, width=width)
        draw.line([x + side / 5, y + side / 2, x + side * 0.8, y + side / 2], fill=inks[1], width=4 * width)
    elif kind == 2:
        turns = np.arange(10) * np.pi / 5
        radii = np.where(np.arange(10) % 2, 0.22, 0.5) * side
        star = [
            (x + side / 2 + r * np.sin(a), y + side / 2 - r * np.cos(a))
            for r, a in zip(radii, turns, strict=True)
        ]
        draw.polygon(star, fill=inks[0], outline=outline, width=width)
        draw.ellipse([x + side * 0.4, y + side * 0.4, x + side * 0.6, y + side * 0.6], fill=inks[1])
    else:
        draw.polygon(
            [x, y + side, x + side / 2, y, x + side, y + side], fill=inks[0], outline=outline, width=width
        )
        draw.rectangle([x + side * 0.35, y + side * 0.6, x + side * 0.65, y + side], fill=inks[1])


KINDS: dict[str, Callable[[int, Random], NDArray[np.uint8]]] = {
    "shapes": shapes,
    "maps": regions,
    "text": text,
    "icons": icons,
}
PALETTES: dict[str, Callable[[int, Random], Pixels]] = {
    "random": random_colors,
    "designers'": designers_palette,
}


def make(kind: str, palette: str, count: int, seed: int, *, smooth: bool) -> Artwork:
    """Make a picture; with smooth edges or with hard ones.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    palette : str
        A key of `PALETTES`.
    count : int
        Colors to start with; what ends up below `LEAST_SHARE` is painted over.
    seed : int
    smooth : bool
        Whether edges are anti-aliased.
    """
    random = np.random.default_rng([seed, count, *kind.encode(), *palette.encode()])
    colors = PALETTES[palette](count, random)
    inks = KINDS[kind](len(colors), random)
    shares = np.bincount(inks.ravel(), minlength=len(colors)) / inks.size
    enough = shares >= LEAST_SHARE
    order = np.where(enough, np.arange(len(colors)), shares.argmax())
    painted = colors[order][inks]
    if smooth:
        fine = painted.astype(np.float32).reshape(HEIGHT, FINER, WIDTH, FINER, 3)
        pixels = np.rint(fine.mean(axis=(1, 3))).astype(np.uint8)
    else:
        half = FINER // 2
        pixels = np.ascontiguousarray(painted[half::FINER, half::FINER])
    return Artwork(pixels, colors[enough])


def with_noise(pixels: Pixels, deviation: float, seed: int) -> Pixels:
    """Add normal noise to every channel."""
    noise = np.random.default_rng(seed).normal(0, deviation, pixels.shape)
    return np.clip(np.rint(pixels + noise), 0, 255).astype(np.uint8)


def treatments(kind: str, palette: str, count: int, seed: int) -> dict[str, Artwork]:
    """Make a picture in every state that it is counted in."""
    hard = make(kind, palette, count, seed, smooth=False)
    smooth = make(kind, palette, count, seed, smooth=True)
    return {
        "hard edges": hard,
        "smooth edges": smooth,
        "JPEG 85": Artwork(through_jpeg(smooth.pixels, 85), smooth.colors),
        "noise of 4": Artwork(with_noise(smooth.pixels, 4, seed), smooth.colors),
    }


def jobs() -> list[Job]:
    """List the pictures that the page counts: every kind and palette, in every number of colors."""
    return [Job(kind, palette, count, SEED) for kind in KINDS for palette in PALETTES for count in COUNTS]
