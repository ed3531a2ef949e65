"""Images small enough to embed."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorquant.result import Quantized

# Longest side of a preview, in pixels: wide enough for the page on a sharp screen. Measured, a preview of 12
# megapixels of noise has 0.84 MB, of a photograph 0.1 to 0.4 MB.
PREVIEW_SIDE = 1600
THUMBNAIL_SIDE = 320
# Up to this side nothing is lost: the pixels of a small image are seen one by one.
EXACT_SIDE = 320
# Colors times opacities that an image of a palette may have.
MOST_SHADES = 1 << 16
# WebP's quality, 0 to 100, where the differences to the original are hard to see.
QUALITY = 82


def preview_of_pixels(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> tuple[bytes, str]:
    """Encode the original for a page.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
    alpha : ndarray of uint8, shape (H, W), or None

    Returns
    -------
    data : bytes
        Scaled down where the longest side is over `PREVIEW_SIDE`.
    media_type : str
        Such as ``image/webp``.
    """
    image = Image.fromarray(pixels if alpha is None else np.dstack([pixels, alpha]))
    return _webp(_scaled(image, PREVIEW_SIDE)), "image/webp"


def preview_of_result(result: Quantized) -> tuple[bytes, str]:
    """Encode a result for a page: its own PNG where that is small, so that every pixel is true.

    Parameters
    ----------
    result : Quantized

    Returns
    -------
    data : bytes
    media_type : str
    """
    if max(result.indices.shape) <= PREVIEW_SIDE // 2:
        return result.to_png(), "image/png"
    with Image.open(io.BytesIO(result.to_png())) as image:
        mode = "RGB" if result.alpha is None else "RGBA"
        return _webp(_scaled(image.convert(mode), PREVIEW_SIDE)), "image/webp"


def thumbnail(data: bytes) -> bytes:
    """Make a small WebP of an encoded image.

    Parameters
    ----------
    data : bytes
        In a format that Pillow reads.

    Returns
    -------
    bytes
    """
    with Image.open(io.BytesIO(data)) as image:
        mode = "RGBA" if image.has_transparency_data else "RGB"
        return _webp(_scaled(image.convert(mode), THUMBNAIL_SIDE))


def count_colors(data: bytes) -> int | None:
    """Count the visible colors of an encoded image in few colors; None where there are too many to be one."""
    with Image.open(io.BytesIO(data)) as image:
        counted = image.convert("RGBA").getcolors(MOST_SHADES)
    if counted is None:
        return None
    shades = [shade for _, shade in counted if isinstance(shade, tuple)]
    return len({shade[:3] for shade in shades if shade[3]})


def _scaled(image: Image.Image, longest: int) -> Image.Image:
    # Averages each pixel's area, so that fine patterns neither vanish nor turn into others.
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return image


def _webp(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # Measured on photographs: half the time of the default, 4, for 1 to 7 % more bytes.
    image.save(buffer, "WEBP", lossless=max(image.size) < EXACT_SIDE, quality=QUALITY, method=2)
    return buffer.getvalue()
