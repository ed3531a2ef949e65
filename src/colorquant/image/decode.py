"""Bytes to an upright sRGB raster, every limit checked before memory is spent.

OpenCV decodes what it decodes right, about twice as fast as Pillow. Pillow decodes the rest:

=====================================  =======  =====================================================
what                                   decoder  why
=====================================  =======  =====================================================
JPEG, grey or YCbCr                    OpenCV   same pixels as Pillow, faster
JPEG, CMYK or YCCK                     Pillow   undoes Adobe's inversion
PNG, grey or RGB, 8 bits               OpenCV   same pixels as Pillow, faster
PNG with a palette or transparency     Pillow   OpenCV ignores transparency given by a color or entry
PNG, 16 bits                           OpenCV   keeps all bits, so that they can be scaled and not cut
=====================================  =======  =====================================================
"""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin

from colorquant.errors import CorruptImageError, EmptyImageError, ImageTooLargeError
from colorquant.image.header import Header, check_complete, read_header
from colorquant.image.raster import Raster
from colorquant.settings import Settings

MEGA = 1_000_000


def decode(data: bytes, settings: Settings) -> Raster:
    """Decode a JPEG or PNG.

    Parameters
    ----------
    data : bytes
        The encoded image. Its type is told by its content.
    settings : Settings
        `max_bytes` and `max_pixels` are the limits.

    Returns
    -------
    Raster
        Rotated upright as its EXIF orientation says.

    Raises
    ------
    ImageError
        One of its kinds: empty, unsupported, truncated, corrupt or too large.
    """
    check_bytes(len(data), settings)
    header = read_header(data)
    check_pixels(header.width, header.height, settings)
    check_complete(data, header)
    pixels, alpha = _decode_pixels(data, header)
    return Raster(pixels, _none_if_opaque(alpha), header.format, len(data))


def from_array(array: NDArray[np.uint8], settings: Settings) -> Raster:
    """Take pixels that are decoded already.

    Parameters
    ----------
    array : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        sRGB, with alpha as the fourth channel.
    settings : Settings
        `max_pixels` is the limit.

    Returns
    -------
    Raster

    Raises
    ------
    CorruptImageError
        If the array has another shape or type.
    EmptyImageError
        If it has no pixels.
    ImageTooLargeError
        If it has too many.
    """
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (3, 4):
        raise CorruptImageError(
            f"Pixels must be a uint8 array of shape (height, width, 3 or 4), not {array.dtype} {array.shape}."
        )
    if array.size == 0:
        raise EmptyImageError("The array holds no pixels.")
    check_pixels(array.shape[1], array.shape[0], settings)
    alpha = array[..., 3] if array.shape[2] == 4 else None
    return Raster(array[..., :3], _none_if_opaque(alpha), "array", array.nbytes)


def check_bytes(size: int, settings: Settings) -> None:
    """Refuse more bytes than the settings allow.

    Parameters
    ----------
    size : int
        Bytes of the encoded image.
    settings : Settings

    Raises
    ------
    ImageTooLargeError
    """
    if size > settings.max_bytes:
        raise ImageTooLargeError(
            f"The file has {size:,} bytes; the limit is {settings.max_bytes:,}. "
            "Make it smaller, or raise MAX_BYTES."
        )


def check_pixels(width: int, height: int, settings: Settings) -> None:
    """Refuse more pixels than the settings allow.

    Parameters
    ----------
    width, height : int
        Pixels.
    settings : Settings

    Raises
    ------
    ImageTooLargeError
    """
    if width * height > settings.max_pixels:
        raise ImageTooLargeError(
            f"The image has {width}x{height} pixels ({width * height / MEGA:,.1f} megapixels); the limit is "
            f"{settings.max_pixels / MEGA:,.1f} megapixels. Make it smaller, or raise MAX_PIXELS."
        )


Decoded = tuple[NDArray[np.uint8], NDArray[np.uint8] | None]


def _decode_pixels(data: bytes, header: Header) -> Decoded:
    plugin = PngImagePlugin.PngImageFile if header.format == "PNG" else JpegImagePlugin.JpegImageFile
    try:
        # The plug-in by itself, and not Image.open, whose own pixel limit is a setting of the whole process.
        with plugin(io.BytesIO(data)) as image:
            if _is_16_bit(data, header):
                return _with_opencv_16_bit(data)
            if image.mode in ("L", "RGB") and "transparency" not in image.info:
                return _with_opencv(data), None
            return _with_pillow(image)
    except (OSError, SyntaxError, ValueError, EOFError, cv2.error) as error:
        raise CorruptImageError(
            f"The {header.format} is damaged and cannot be decoded ({error}). Export the image again."
        ) from error


def _is_16_bit(data: bytes, header: Header) -> bool:
    return header.format == "PNG" and data[24] == 16


def _with_opencv(data: bytes) -> NDArray[np.uint8]:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError("OpenCV gives no reason")
    return pixels.astype(np.uint8, copy=False)


def _with_opencv_16_bit(data: bytes) -> Decoded:
    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None:
        raise ValueError("OpenCV gives no reason")
    # 65535 / 255 is 257, so this rounds to the nearest of the 256 levels.
    scaled = ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if scaled.ndim == 2:
        return np.repeat(scaled[..., None], 3, axis=2), None
    alpha = scaled[..., 3] if scaled.shape[2] == 4 else None
    return np.ascontiguousarray(scaled[..., 2::-1]), alpha


def _with_pillow(image: Image.Image) -> Decoded:
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        pixels = np.asarray(upright.convert("RGBA"))
        return np.ascontiguousarray(pixels[..., :3]), np.ascontiguousarray(pixels[..., 3])
    return np.asarray(upright.convert("RGB")), None


def _none_if_opaque(alpha: NDArray[np.uint8] | None) -> NDArray[np.uint8] | None:
    return None if alpha is None or bool((alpha == 255).all()) else alpha
