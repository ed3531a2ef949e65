"""Images small enough to embed."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorquant.codes import hex_code
from colorquant.image.encode import recolored
from colorquant.image.raster import Raster
from colorquant.pipeline import load
from colorquant.result import Quantized

# Longest side of a preview, in pixels: wide enough for the page on a sharp screen. Measured, a preview of 12
# megapixels of noise has 0.84 MB, of a photograph 0.1 to 0.4 MB.
PREVIEW_SIDE = 1600
THUMBNAIL_SIDE = 320
# Up to this side nothing is lost: the pixels of a small image are seen one by one.
EXACT_SIDE = 320
# Up to so many bytes a result is embedded as it is.
WHOLE_BYTES = 2_000_000
# Colors times opacities that an image of a palette may have.
MOST_SHADES = 1 << 16
# Pixels that are scaled down at once.
_BLOCK = 1 << 20
# WebP's quality, 0 to 100, where the differences to the original are hard to see.
QUALITY = 82


def preview_of_pixels(raster: Raster, *, lossless: bool) -> tuple[bytes, str]:
    """Encode the original for a page.

    Parameters
    ----------
    raster : Raster
    lossless : bool
        Keep every pixel of what is shown. Small images are kept anyway.

    Returns
    -------
    data : bytes
        Scaled down where the longest side is over `PREVIEW_SIDE`.
    media_type : str
        Such as ``image/webp``.
    """
    pixels, alpha = raster.pixels, raster.alpha
    image = _scaled(
        pixels.shape[:2],
        lambda rows: pixels[rows] if alpha is None else np.dstack([pixels[rows], alpha[rows]]),
        PREVIEW_SIDE,
    )
    return _webp(image, lossless=lossless or max(image.size) < EXACT_SIDE), "image/webp"


def preview_of_result(result: Quantized) -> tuple[bytes, str, bool]:
    """Encode a result for a page.

    Returns
    -------
    data : bytes
        Its own PNG where that is small. Otherwise it is scaled down, in the palette's colors and no others,
        unless it is dithered: what mixes from afar is mixed.
    media_type : str
    whole : bool
        Whether it is the image itself.
    """
    if len(result.to_png()) <= WHOLE_BYTES:
        return result.to_png(), "image/png", True
    alpha, shown = result.alpha, result.opacities.table if result.opacities else None
    scaled = _scaled(
        result.indices.shape,
        lambda rows: recolored(
            result.indices[rows], result.palette.written, None if alpha is None else alpha[rows], shown
        ),
        PREVIEW_SIDE,
    )
    if result.settings.dither != "none":
        return _webp(scaled, lossless=False), "image/webp", False
    space = result.settings.space
    return load(np.asarray(scaled)).recolor(result.palette, color_space=space).to_png(), "image/png", False


def thumbnail(data: bytes) -> bytes:
    """Make a small WebP of an encoded image.

    Parameters
    ----------
    data : bytes
        In a format that Pillow reads.
    """
    with Image.open(io.BytesIO(data)) as image:
        mode = "RGBA" if image.has_transparency_data else "RGB"
        width, height = image.size

        def pixels_of(rows: slice) -> NDArray[np.uint8]:
            return np.asarray(image.crop((0, rows.start, width, min(rows.stop, height))).convert(mode))

        scaled = _scaled((height, width), pixels_of, THUMBNAIL_SIDE)
        return _webp(scaled, lossless=max(scaled.size) < EXACT_SIDE)


def strip_of(data: bytes) -> list[tuple[str, float]]:
    """Give the visible colors of an encoded image and the share of each, most used first; of many, none."""
    with Image.open(io.BytesIO(data)) as image:
        counted = image.convert("RGBA").getcolors(MOST_SHADES)
    counts: Counter[str] = Counter()
    for count, shade in counted or []:
        if isinstance(shade, tuple) and shade[3]:
            counts[hex_code(shade[:3])] += count
    return [(code, count / counts.total()) for code, count in counts.most_common()]


def _scaled(
    shape: tuple[int, ...], pixels_of: Callable[[slice], NDArray[np.uint8]], longest: int
) -> Image.Image:
    """Scale an image down, first by a whole number, a few rows at a time: Pillow would copy all of it."""
    height, width = shape
    most = max(shape)
    # As Pillow does by itself: by as much as leaves twice the size, or more.
    factor = max(1, most // (2 * longest))
    step = factor * max(1, _BLOCK // (factor * width))
    parts = [
        np.asarray(Image.fromarray(pixels_of(slice(top, top + step))).reduce(factor))
        for top in range(0, height, step)
    ]
    image = Image.fromarray(np.concatenate(parts))
    if most <= longest:
        return image
    size = (max(1, round(width * longest / most)), max(1, round(height * longest / most)))
    # Averages each pixel's area, so that fine patterns neither vanish nor turn into others.
    return image.resize(size, Image.Resampling.LANCZOS, box=(0, 0, width / factor, height / factor))


def _webp(image: Image.Image, *, lossless: bool) -> bytes:
    buffer = io.BytesIO()
    # Measured on photographs: half the time of the default, 4, for 1 to 7 % more bytes.
    image.save(buffer, "WEBP", lossless=lossless, quality=QUALITY, method=2)
    return buffer.getvalue()
