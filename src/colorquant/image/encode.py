"""Indices and palette to a PNG."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Measured on photographs in 8 to 32 colors with Pillow's zlib-ng: level 6 takes twice as long to save
# 1 to 6 %.
COMPRESSION = 5


def encode_png(
    indices: NDArray[np.uint8], palette: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> bytes:
    """Write an image of few colors as a PNG.

    The PNG is indexed, with 1, 2, 4 or 8 bits a pixel as the palette needs. Transparency that is only on or
    off takes one palette entry more; partial transparency makes it RGBA, with `alpha` kept exactly.

    Parameters
    ----------
    indices : ndarray of uint8, shape (H, W)
        Palette entry of each pixel.
    palette : ndarray of uint8, shape (k, 3)
        sRGB, k at most 256, or 255 with `alpha`.
    alpha : ndarray of uint8, shape (H, W), optional
        0 is transparent, 255 opaque.

    Returns
    -------
    bytes
    """
    if alpha is None:
        return _indexed(indices, palette)
    if np.isin(alpha, (0, 255)).all():
        transparent = len(palette)
        entries = np.vstack([palette, np.zeros((1, 3), np.uint8)])
        masked = np.where(alpha == 0, np.uint8(transparent), indices)
        return _indexed(masked, entries, transparency=transparent)
    pixels = np.dstack([palette[indices], alpha])
    pixels[alpha == 0] = 0
    return _png(Image.fromarray(pixels, "RGBA"))


def _indexed(indices: NDArray[np.uint8], palette: NDArray[np.uint8], **options: int) -> bytes:
    image = Image.fromarray(indices, "P")
    image.putpalette(palette.tobytes())
    return _png(image, bits=bits_per_pixel(len(palette)), **options)


def bits_per_pixel(entries: int) -> int:
    """Bits that PNG needs for one index (PNG, third edition, 11.2.1: 1, 2, 4 or 8).

    Parameters
    ----------
    entries : int
        Size of the palette, 1 to 256.

    Returns
    -------
    int

    Examples
    --------
    >>> [bits_per_pixel(n) for n in (2, 3, 16, 17)]
    [1, 2, 4, 8]
    """
    return next(bits for bits in (1, 2, 4, 8) if entries <= 1 << bits)


def _png(image: Image.Image, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=COMPRESSION, **options)
    return buffer.getvalue()
