"""Few colors to a PNG or WebP."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorquant.errors import ImageTooLargeError

# Measured on photographs in 8, 16 and 32 colors with Pillow's zlib-ng: level 6 saves up to 3.3 % on level 5,
# and level 7 at most 1.6 % on level 6, for up to twice the time.
COMPRESSION = 6
# PNG, third edition, 11.3.2.5: one byte, the rendering intent; 0 is perceptual.
_SRGB_CHUNK = (b"sRGB", b"\0")
# Deflate repeats at most 258 bytes with 2 bits, so nothing gets smaller than by this factor (RFC 1951).
_DEFLATE_MOST = 1032
# Pixels. Above, a palette of at most 768 bytes does not outweigh the two bytes a pixel that it saves.
_SMALL = 1 << 16
# RFC 9649, 3.4: 14 bits for each side.
WEBP_LONGEST_SIDE = 16_383
# libwebp's method (0 to 6) and effort (0 to 100) for lossless images. Measured on photographs in 16 and 32
# colors: each higher step saves under 2 %, and the fastest takes 0.4 times as long for 18 % more bytes.
WEBP_METHOD, WEBP_EFFORT = 2, 50


def encode_png(
    indices: NDArray[np.uint8], palette: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> bytes:
    """Write an image of few colors as a PNG.

    The PNG is indexed, with 1, 2, 4 or 8 bits a pixel as the palette needs. Transparency that is only on or
    off takes one palette entry more; partial transparency makes it RGBA, with `alpha` kept exactly. A tiny
    image whose palette would weigh more than it saves is written as RGB.

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
        return _smaller(_indexed(indices, palette), indices, palette)
    if np.isin(alpha, (0, 255)).all():
        transparent = len(palette)
        entries = np.vstack([palette, np.zeros((1, 3), np.uint8)])
        masked = np.where(alpha == 0, np.uint8(transparent), indices)
        return _indexed(masked, entries, transparency=transparent)
    return encode_pixels_png(recolored(indices, palette, alpha))


def encode_pixels_png(pixels: NDArray[np.uint8]) -> bytes:
    """Write pixels as an RGB or RGBA PNG.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        sRGB.

    Returns
    -------
    bytes
    """
    return _png(Image.fromarray(pixels))


def encode_webp(pixels: NDArray[np.uint8]) -> bytes:
    """Write pixels as a lossless WebP.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        sRGB, at most 16383 a side.

    Returns
    -------
    bytes

    Raises
    ------
    ImageTooLargeError
        If a side is longer than WebP can say.
    """
    height, width = pixels.shape[:2]
    if max(height, width) > WEBP_LONGEST_SIDE:
        raise ImageTooLargeError(
            f"A WebP has at most {WEBP_LONGEST_SIDE:,} pixels a side; this image is {width}x{height}. "
            "Choose PNG, or make it smaller."
        )
    buffer = io.BytesIO()
    # exact: leave the colors of transparent pixels as they are.
    Image.fromarray(pixels).save(
        buffer, "WEBP", lossless=True, method=WEBP_METHOD, quality=WEBP_EFFORT, exact=True
    )
    return buffer.getvalue()


def recolored(
    indices: NDArray[np.uint8], palette: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Look every pixel up in the palette.

    Parameters
    ----------
    indices : ndarray of uint8, shape (H, W)
    palette : ndarray of uint8, shape (k, 3)
    alpha : ndarray of uint8, shape (H, W), optional

    Returns
    -------
    ndarray of uint8, shape (H, W, 3), or (H, W, 4) with `alpha`
        Fully transparent pixels are black.
    """
    if alpha is None:
        return palette[indices]
    pixels = np.dstack([palette[indices], alpha])
    pixels[alpha == 0] = 0
    return pixels


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


def _indexed(indices: NDArray[np.uint8], palette: NDArray[np.uint8], **options: int) -> bytes:
    image = Image.fromarray(indices, "P")
    image.putpalette(palette.tobytes())
    return _png(image, bits=bits_per_pixel(len(palette)), **options)


def _smaller(indexed: bytes, indices: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    can_win = indices.size <= _SMALL and len(indexed) > 3 * indices.size // _DEFLATE_MOST
    return min(indexed, encode_pixels_png(palette[indices]), key=len) if can_win else indexed


def _png(image: Image.Image, **options: int) -> bytes:
    info = PngInfo()
    info.add(*_SRGB_CHUNK)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=COMPRESSION, pnginfo=info, **options)
    return buffer.getvalue()
