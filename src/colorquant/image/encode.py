"""Few colors to a PNG or WebP."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from colorquant.errors import ImageTooLargeError
from colorquant.image.png_writer import indexed_png, truecolor_png
from colorquant.image.samples import row_blocks

# Entries of a PNG's palette (PNG, third edition, 11.2.2).
MOST_ENTRIES = 256
# Pixels. Above, a palette of at most 1024 bytes does not outweigh the two bytes a pixel that it saves.
_SMALL = 1 << 16
# Deflate repeats at most 258 bytes with 2 bits, so nothing gets smaller than by this factor (RFC 1951).
_DEFLATE_MOST = 1032
# RFC 9649, 3.4: 14 bits for each side.
WEBP_LONGEST_SIDE = 16_383
# libwebp's method (0 to 6) and effort (0 to 100) for lossless images. Measured on photographs in 16 and 32
# colors: each higher step saves under 2 %, and the fastest takes 0.4 times as long for 18 % more bytes.
_WEBP_METHOD, _WEBP_EFFORT = 2, 50
# Pixels. Measured on 25 megapixels, libwebp needs 20 to 37 bytes a pixel for that, and 11 to 21 for its
# fastest, which gives 27 % more bytes. So all stays below 1.2 GB, as it would not in larger images.
_WEBP_THOROUGH_PIXELS, WEBP_MOST_PIXELS = 24_000_000, 48_000_000


def encode_png(
    indices: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None = None,
    opacities: NDArray[np.uint16] | None = None,
) -> bytes:
    """Write an image of few colors as a PNG.

    The PNG is indexed, as `indexed_png` writes it, with a palette entry for each pair of a color and an
    opacity. Where there are more than 256 such pairs it is RGBA, and a tiny image whose palette would weigh
    more than it saves is RGB or RGBA, unless its opacities were chosen to be indexed.

    Parameters
    ----------
    indices : ndarray of uint8, shape (H, W)
        Palette entry of each pixel.
    palette : ndarray of uint8, shape (k, 3)
        sRGB, k at most 256.
    alpha : ndarray of uint8, shape (H, W), optional
        0 is transparent, 255 opaque.
    opacities : ndarray of uint16, shape (k, 256), optional
        What is written for each color and opacity: opacity in the high byte, color in the low one. Both are
        kept exactly without it.

    Returns
    -------
    bytes
    """
    if alpha is None:
        return _smaller(indexed_png(indices, palette), indices, palette)
    seen = _seen(indices, alpha)
    written = seen if opacities is None else _written(seen, opacities)
    entries, places = np.unique(written, return_inverse=True)
    if len(entries) > MOST_ENTRIES:
        return _truecolor(indices, palette, alpha, opacities)
    index, opacity = (entries & 255).astype(np.intp), (entries >> 8).astype(np.uint8)
    colors = np.zeros((len(entries), 3), np.uint8)
    colors[opacity > 0] = palette[index[opacity > 0]]
    renumbered = _renumbered(indices, alpha, seen, places.astype(np.uint8))
    indexed = indexed_png(renumbered, colors, opacity)
    return indexed if opacities is not None else _smaller(indexed, indices, palette, alpha)


def encode_webp(pixels: NDArray[np.uint8]) -> bytes:
    """Write pixels as a lossless WebP.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        sRGB, at most 16383 a side and 48 megapixels in all. Above 24 megapixels it is compressed less.

    Returns
    -------
    bytes

    Raises
    ------
    ImageTooLargeError
        If a side is longer than WebP can say, or the whole needs more memory than 1.2 GB.
    """
    height, width = pixels.shape[:2]
    if max(height, width) > WEBP_LONGEST_SIDE:
        raise ImageTooLargeError(
            f"A WebP has at most {WEBP_LONGEST_SIDE:,} pixels a side; this image is {width}x{height}. "
            "Choose PNG, or make it smaller."
        )
    if height * width > WEBP_MOST_PIXELS:
        raise ImageTooLargeError(
            f"A WebP of more than {WEBP_MOST_PIXELS / 1e6:.0f} megapixels takes too much memory to write; "
            f"this image is {width}x{height}. Choose PNG, or make it smaller."
        )
    from PIL import Image  # noqa: PLC0415 - a PNG does without Pillow

    thorough = height * width <= _WEBP_THOROUGH_PIXELS
    method, effort = (_WEBP_METHOD, _WEBP_EFFORT) if thorough else (0, 0)
    buffer = io.BytesIO()
    # exact: leave the colors of transparent pixels as they are.
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True, method=method, quality=effort, exact=True)
    return buffer.getvalue()


def recolored(
    indices: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None = None,
    opacities: NDArray[np.uint16] | None = None,
) -> NDArray[np.uint8]:
    """Look every pixel up in the palette.

    Parameters
    ----------
    indices : ndarray of uint8, shape (H, W)
    palette : ndarray of uint8, shape (k, 3)
    alpha : ndarray of uint8, shape (H, W), optional
    opacities : ndarray of uint16, shape (k, 256), optional
        As for `encode_png`.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3), or (H, W, 4) with `alpha`
        Fully transparent pixels are black.
    """
    if alpha is None:
        return palette[indices]
    colors = np.zeros((256, 4), np.uint8)
    colors[: len(palette), :3] = palette
    pixels = np.empty((*indices.shape, 4), np.uint8)
    for rows in row_blocks(indices):
        codes = _codes(indices[rows], alpha[rows])
        if opacities is not None:
            codes = np.where(codes > 0, opacities[indices[rows], alpha[rows]], np.uint16(0))
        pixels[rows] = colors[codes & 255]
        pixels[rows, :, 3] = codes >> 8
        pixels[rows][codes == 0] = 0
    return pixels


def _codes(indices: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Opacity in the high byte, palette entry in the low one; 0 where the pixel is transparent."""
    codes = np.left_shift(alpha, 8, dtype=np.uint16) | indices
    codes[alpha == 0] = 0
    return codes


def _seen(indices: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Find the distinct codes, rising: what is transparent first, what is opaque last."""
    seen = np.zeros(1 << 16, np.bool_)
    for rows in row_blocks(indices):
        seen[_codes(indices[rows], alpha[rows])] = True
    return np.flatnonzero(seen)


def _written(seen: NDArray[np.intp], opacities: NDArray[np.uint16]) -> NDArray[np.intp]:
    """Give the code that is written for each; 0 stays 0, whatever color it had."""
    return np.where(seen > 0, opacities[seen & 255, seen >> 8], 0).astype(np.intp)


def _renumbered(
    indices: NDArray[np.uint8], alpha: NDArray[np.uint8], seen: NDArray[np.intp], entries: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Each pixel's entry, which is given for each code."""
    places = np.zeros(1 << 16, np.uint8)
    places[seen] = entries
    renumbered = np.empty_like(indices)
    for rows in row_blocks(indices):
        renumbered[rows] = places[_codes(indices[rows], alpha[rows])]
    return renumbered


def _smaller(
    indexed: bytes,
    indices: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None = None,
) -> bytes:
    can_win = indices.size <= _SMALL and len(indexed) > 3 * indices.size // _DEFLATE_MOST
    return min(indexed, _truecolor(indices, palette, alpha), key=len) if can_win else indexed


def _truecolor(
    indices: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    opacities: NDArray[np.uint16] | None = None,
) -> bytes:
    strips = (
        recolored(indices[rows], palette, None if alpha is None else alpha[rows], opacities)
        for rows in row_blocks(indices)
    )
    return truecolor_png((*indices.shape, 3 if alpha is None else 4), strips)
