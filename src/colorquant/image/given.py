"""Pixels that come decoded already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.errors import ArrayError, EmptyImageError
from colorquant.image.decode import errors_of
from colorquant.image.limits import Limits, check_pixels
from colorquant.image.orientation import upright, upright_alpha
from colorquant.image.raster import Raster
from colorquant.image.samples import row_blocks, scale_to_8_bits
from colorquant.image.tags import exif_orientation

if TYPE_CHECKING:
    from PIL import Image


def from_array(array: NDArray[Any], limits: Limits) -> Raster:
    """Take sRGB pixels.

    Parameters
    ----------
    array : ndarray, shape (H, W), (H, W, 3) or (H, W, 4)
        Grey, RGB, or RGB with alpha: uint8, uint16 up to 65535, floats from 0 to 1, or bool.
    limits : Limits
        `max_pixels` is the limit.

    Returns
    -------
    Raster

    Raises
    ------
    ArrayError
        If the array has another shape or type, or floats that are not from 0 to 1.
    EmptyImageError
        If it has no pixels.
    ImageTooLargeError
        If it has too many.
    """
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ArrayError(
            f"Pixels must have the shape (height, width), or (height, width, 3 or 4), not {array.shape}."
        )
    if array.size == 0:
        raise EmptyImageError("The array holds no pixels.")
    check_pixels(array.shape[1], array.shape[0], limits)
    levels = _levels(array)
    if levels.ndim == 2:
        grey = cv2.cvtColor(np.ascontiguousarray(levels), cv2.COLOR_GRAY2RGB).astype(np.uint8, copy=False)
        return Raster(grey, None, "array", array.nbytes)
    alpha = levels[..., 3] if levels.shape[2] == 4 else None
    return Raster(levels[..., :3], upright_alpha(alpha, 1), "array", array.nbytes)


def _levels(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Bring numbers of each type to 256 levels."""
    if array.dtype == np.uint8:
        # The caller's array may change later, and an image does not.
        return array.copy()
    if array.dtype == np.uint16:
        return scale_to_8_bits(array)
    if array.dtype == np.bool_:
        return array * np.uint8(255)
    if not np.issubdtype(array.dtype, np.floating):
        raise ArrayError(f"Pixels must be uint8, uint16, floats from 0 to 1, or bool, not {array.dtype}.")
    levels = np.empty(array.shape, np.uint8)
    for rows in row_blocks(array):
        block = np.rint(np.multiply(array[rows], 255, dtype=np.float64))
        # NaN is neither.
        if not (block.min() >= 0 and block.max() <= 255):
            raise ArrayError(
                f"Floats must be from 0 to 1, and these go from {np.min(array):.6g} to {np.max(array):.6g}."
            )
        levels[rows] = block
    return levels


def from_pil(image: Image.Image, limits: Limits) -> Raster:
    """Take the frame of a Pillow image that it shows, with its profile and orientation.

    Parameters
    ----------
    image : PIL.Image.Image
        In any mode of up to 16 bits a sample.
    limits : Limits
        `max_pixels` is the limit.

    Returns
    -------
    Raster

    Raises
    ------
    ImageError
        One of its kinds: empty, unsupported, truncated, corrupt or too large.
    """
    # Arrays do without Pillow.
    from colorquant.image.pillow import at_work, damaged, samples_of  # noqa: PLC0415
    from colorquant.image.profiles import to_srgb  # noqa: PLC0415

    name = image.format or "Pillow image"
    if 0 in image.size:
        raise EmptyImageError("The image holds no pixels.")
    check_pixels(*image.size, limits)
    with errors_of(name, None), at_work(name, limits.max_pixels) as heard:
        samples = samples_of(image)
        # Pillow turns a TIFF when it loads it, and nothing else.
        orientation = exif_orientation(image.info.get("exif") or b"")
        profile = image.info.get("icc_profile")
        pixels, warnings = to_srgb(samples, profile) if profile else (samples.to_rgb(), ())
        return Raster(
            upright(pixels, orientation),
            upright_alpha(samples.alpha, orientation),
            name,
            samples.values.nbytes,
            warnings=(*damaged(name, heard), *warnings),
        )
