"""Bytes to an upright sRGB raster, every limit checked before memory is spent.

Which library decodes what, and why:

============================  ============  ================================================================
layout                        decoder       why
============================  ============  ================================================================
JPEG, grey or color           libjpeg-turbo by simplejpeg: the pixels that OpenCV and Pillow give, in two
                                            thirds of OpenCV's time, and it tells when pixels were made up
JPEG, CMYK or YCCK            Pillow        undoes Adobe's inversion
PNG, grey or RGB              OpenCV        the pixels that Pillow gives, in three quarters of the time; a
                                            transparent color is compared in full depth here
PNG, 16 bit                   OpenCV        keeps all bits, so that they can be scaled and not cut
PNG, indexed or with alpha    Pillow        OpenCV is not faster, and makes RGB of grey
TIFF, 16 bit, interleaved     OpenCV        keeps all bits; Pillow cuts them
all other TIFF                Pillow        palettes, CMYK, CIELAB, fax, planes
WebP, BMP, GIF, AVIF          Pillow        as fast as OpenCV, and knows their transparency
HEIC                          pillow-heif   neither of the two reads it
============================  ============  ================================================================
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from colorquant.errors import (
    CorruptImageError,
    EmptyImageError,
    ImageError,
    ImageTooLargeError,
    UnsupportedImageError,
)
from colorquant.image.decoders import (
    with_opencv_png,
    with_opencv_tiff,
    with_pillow,
    with_turbojpeg,
)
from colorquant.image.formats import bmp, gif, heif, jpeg, png, tiff, webp
from colorquant.image.header import Header, corrupt, truncated
from colorquant.image.limits import check_bytes, check_pixels
from colorquant.image.orientation import upright
from colorquant.image.profiles import to_srgb
from colorquant.image.raster import Raster
from colorquant.image.samples import Samples
from colorquant.settings import Settings

DECODERS: dict[str, Callable[[bytes, Header, Settings], Samples]] = {
    "JPEG": with_turbojpeg,
    "JPEG grey": with_turbojpeg,
    "JPEG CMYK": with_pillow,
    "PNG": with_opencv_png,
    "PNG 16 bit": with_opencv_png,
    "PNG indexed": with_pillow,
    "PNG alpha": with_pillow,
    "TIFF 16 bit": with_opencv_tiff,
    "TIFF": with_pillow,
    "WebP": with_pillow,
    "BMP": with_pillow,
    "GIF": with_pillow,
    "AVIF": with_pillow,
    "HEIC": with_pillow,
}


def decode(data: bytes, settings: Settings) -> Raster:
    """Decode an image of any type that colorquant reads.

    Parameters
    ----------
    data : bytes
        A JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC. The type is told by the content.
    settings : Settings
        `max_bytes` and `max_pixels` are the limits.

    Returns
    -------
    Raster
        The first frame, upright as its EXIF orientation says, in sRGB as its ICC profile says.

    Raises
    ------
    ImageError
        One of its kinds: empty, unsupported, truncated, corrupt or too large.
    """
    check_bytes(len(data), settings)
    header = read_header(data, settings)
    samples = _decode(data, header, settings)
    profile = header.profile or samples.profile
    pixels, warnings = to_srgb(samples, profile) if profile else (samples.to_rgb(), ())
    orientation = samples.orientation or header.orientation
    frames = samples.frames or header.frames
    if frames > 1:
        warnings = (f"The {header.format} has {frames} frames or pages; the first was used.", *warnings)
    return Raster(
        upright(pixels, orientation),
        _none_if_opaque(samples.alpha, orientation),
        header.format,
        len(data),
        frames,
        header.warnings + warnings,
    )


def read_header(data: bytes, settings: Settings) -> Header:
    """Tell an image's type by its first bytes, and its size and the rest by its header.

    Parameters
    ----------
    data : bytes
        The whole encoded image.
    settings : Settings
        `max_pixels` is the limit.

    Returns
    -------
    Header

    Raises
    ------
    EmptyImageError
        If there are no bytes.
    UnsupportedImageError
        If they are none of the types that colorquant reads, whatever the file is called.
    TruncatedImageError
        If they end before the image does.
    CorruptImageError
        If what the header says cannot be.
    ImageTooLargeError
        If it says that the image is over a limit.
    """
    if not data:
        raise EmptyImageError("The file is empty (0 bytes). Upload it again.")
    for is_type, read in (
        (data.startswith(jpeg.MAGIC), jpeg.read),
        (data.startswith(png.MAGIC), png.read),
        (data.startswith(webp.MAGIC) and data[8:12] == webp.MAGIC_2, webp.read),
        (data.startswith(tiff.MAGICS), tiff.read),
        (data.startswith(gif.MAGICS), gif.read),
        (data[4:8] == heif.MAGIC, heif.read),
        (data.startswith(bmp.MAGIC), bmp.read),
    ):
        if is_type:
            return read(data, settings)
    raise UnsupportedImageError(
        "This is not a JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF or HEIC image, whatever its name says: "
        f"it starts with {data[:8]!r}."
    )


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


def _decode(data: bytes, header: Header, settings: Settings) -> Samples:
    try:
        return DECODERS[header.layout](data, header, settings)
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageTooLargeError(
            f"There is not enough memory to decode {header.width}x{header.height} pixels. "
            "Make the image smaller."
        ) from error
    # What a decoder raises on a broken file can be anything: an index, a key, a division by zero.
    except Exception as error:
        if "truncated" in str(error):
            raise truncated(header.format, data) from error
        raise corrupt(header.format, str(error) or type(error).__name__) from error


def _none_if_opaque(alpha: NDArray[np.uint8] | None, orientation: int = 1) -> NDArray[np.uint8] | None:
    return None if alpha is None or bool((alpha == 255).all()) else upright(alpha, orientation)
