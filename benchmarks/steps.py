"""The public steps on their own: many palettes of one image, one palette for many, colors of a catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from sklearn.metrics import pairwise_distances_argmin

from benchmarks.catalogs import CATALOG_COLORS, OF_CATALOG, drawn
from benchmarks.measure import Spent, interleaved, mean_squared_error
from benchmarks.peers import LIBRARIES, Pixels
from benchmarks.speed import MEGA
from colorquant import Image, Palette, Settings, load, quantize, shared_palette
from colorquant.settings import DITHERS

# What a preview fills: 1600 by 1067 pixels.
SCREEN_MEGAPIXELS = 1.7
MANY_COLORS = 255
GROUPS, SHARED_COLORS = 5, 16


def on_large(data: bytes, rounds: int) -> dict[str, Spent]:
    """Time what a program does with an image that it has loaded."""
    image = load(data)
    scale = (SCREEN_MEGAPIXELS * MEGA / (image.width * image.height)) ** 0.5
    preview = cv2.resize(image.raster.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    palette = image.sweep(colors=16).palette()

    def explore() -> None:
        sweep, small = image.sweep(), load(preview)
        for number in sweep.numbers:
            small.recolor(sweep.palette(number))

    calls = {
        "sweep, and all 25 palettes at screen size": explore,
        "recolor in 16 given colors": lambda: image.recolor(palette),
    }
    for name in DITHERS[1:]:
        calls[f"recolor, dithered: {name}"] = lambda name=name: image.recolor(palette, dither=name)
    return interleaved(calls, rounds)


def spaces(source: bytes | Pixels, rounds: int) -> dict[str, Spent]:
    """Time the recipe in RGB and in the eye's space, up to the recolored image."""
    return interleaved(
        {
            "rgb": lambda: quantize(source, Settings.recipe()),
            "oklab": lambda: quantize(source, Settings.recipe(color_space="oklab")),
        },
        rounds,
    )


def many_colors(pixels: Pixels, rounds: int) -> dict[str, Spent]:
    """Time an image in many colors, with and without refining the palette, beside libimagequant."""
    image, settings = load(pixels), Settings.recipe(colors=MANY_COLORS)
    return interleaved(
        {
            "sweep": lambda: image.sweep(settings),
            "sweep and refine": lambda: image.sweep(settings).palette(),
            "colorquant": lambda: quantize(pixels, settings),
            "libimagequant": lambda: LIBRARIES["libimagequant"](pixels, MANY_COLORS),
        },
        rounds,
    )


def catalog(pixels: Pixels, rounds: int) -> dict[str, Any]:
    """Choose colors of a random catalog, beside those that most pixels are nearest to."""
    colors = drawn(0, CATALOG_COLORS)
    settings = Settings.recipe(colors=OF_CATALOG)
    image = load(pixels)
    nearest = pairwise_distances_argmin(image.colors.rgb.astype(float), colors.rgb.astype(float))
    used = np.bincount(nearest, image.colors.counts, CATALOG_COLORS)
    most_used = colors.take(np.argsort(-used)[:OF_CATALOG], space="rgb")
    ours = quantize(pixels, settings, catalog=colors)
    spent = interleaved({"catalog": lambda: quantize(pixels, settings, catalog=colors)}, rounds)
    theirs = image.recolor(most_used)
    error = mean_squared_error(pixels, ours.to_pixels()) / mean_squared_error(pixels, theirs.to_pixels())
    return {"spent": spent["catalog"], "error": error}


def shared(photos: Sequence[Pixels], rounds: int) -> list[dict[str, Any]]:
    """Fit one palette to each group of photographs, beside the best of their own palettes for all of them."""
    settings = Settings.recipe(colors=SHARED_COLORS)
    groups = min(GROUPS, len(photos) // 2)
    rows = []
    for group in (photos[start::groups] for start in range(groups)):
        images = [load(pixels) for pixels in group]
        own = [image.sweep(settings).palette() for image in images]
        errors = [_total_error(images, palette) for palette in own]
        spent = interleaved({"shared": lambda images=images: shared_palette(images, settings)}, rounds)
        error = _total_error(images, shared_palette(images, settings)) / min(errors)
        rows.append({"images": len(images), "spent": spent["shared"], "error": error})
    return rows


def _total_error(images: Sequence[Image], palette: Palette) -> float:
    """Give the squared error of all pixels of all images."""
    return sum(
        mean_squared_error(image.raster.pixels, image.recolor(palette).to_pixels())
        * image.width
        * image.height
        for image in images
    )
