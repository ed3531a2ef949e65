"""Pictures at the size of a screen, and pieces of them pixel by pixel."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from colorquant import Image, Palette, Quantized, load
from colorquant.errors import SettingsError
from colorquant.image.raster import Raster
from colorquant.image.scale import scaled

# Longest side of a preview where the page does not say: enough for a laptop's screen.
SIDE = 1600
# What a page may ask for: a screen of 8K, and a piece of 4 megapixels.
MOST_SIDE = 7680
MOST_PIXELS = 1 << 22
BOX: Mapping[str, int] = {"x": 0, "y": 0, "w": 512, "h": 512}
# zlib's fastest: a preview goes a few centimeters, over loopback.
LEVEL = 1


class Box(NamedTuple):
    """A piece of a picture, in its pixels."""

    x: int
    y: int
    w: int
    h: int

    def of(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Cut it out."""
        height, width = pixels.shape[:2]
        if not (self.x < width and self.y < height and self.w and self.h):
            raise SettingsError(f"The picture has {width}x{height} pixels; that piece is outside.")
        if self.w * self.h > MOST_PIXELS:
            raise SettingsError(f"A piece may have {MOST_PIXELS:,} pixels.")
        return pixels[self.y : self.y + self.h, self.x : self.x + self.w]


def preview(image: Image, side: int) -> bytes:
    """Encode an image, scaled down to this side where it is larger."""
    return _png(_pixels(_fitted(image.raster, side)))


def preview_of_result(result: Quantized, side: int) -> bytes:
    """Encode a result; in its own palette, unless dots are to mix to what they look like from afar."""
    if max(result.indices.shape) <= _checked(side):
        return result.to_png()
    small = _fitted(_raster(result), side)
    if result.settings.dither != "none":
        return _png(_pixels(small))
    # Those of a catalog that says what to write are other than those it shows.
    written = Palette.of(result.palette.written)
    return load(_pixels(small)).recolor(written, color_space=result.settings.space).to_png()


def _raster(result: Quantized) -> Raster:
    pixels = result.to_pixels()
    alpha = pixels[..., 3] if pixels.shape[2] == 4 else None
    return Raster(np.ascontiguousarray(pixels[..., :3]), alpha, "array", pixels.nbytes)


def crop(image: Image, box: Box) -> bytes:
    """Encode a piece of an image."""
    raster = image.raster
    alpha = None if raster.alpha is None else box.of(raster.alpha)
    return _png(_pixels(replace(raster, pixels=box.of(raster.pixels), alpha=alpha)))


def crop_of_result(result: Quantized, box: Box) -> bytes:
    """Encode a piece of a result."""
    alpha = None if result.alpha is None else box.of(result.alpha)
    return _png(replace(result, indices=box.of(result.indices), alpha=alpha).to_pixels())


def _checked(side: int) -> int:
    return min(max(side, 1), MOST_SIDE)


def _fitted(raster: Raster, side: int) -> Raster:
    return scaled(raster, _checked(side)) if max(raster.pixels.shape[:2]) > _checked(side) else raster


def _pixels(raster: Raster) -> NDArray[np.uint8]:
    return raster.pixels if raster.alpha is None else np.dstack([raster.pixels, raster.alpha])


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", compress_level=LEVEL)
    return buffer.getvalue()
