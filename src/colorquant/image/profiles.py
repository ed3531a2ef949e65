"""Embedded ICC profiles to sRGB."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from colorquant.image.header import BROKEN_PROFILE
from colorquant.image.icc import read_plain
from colorquant.image.samples import Samples, row_blocks

# ICC.1:2022, table 19: what a profile calls the color models that Pillow calls L, RGB and CMYK.
_SPACES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
# Two profiles of sRGB differ by the rounding of their tables: at most one of the 256 levels.
_SAME = 1
# Little CMS puts steep curves and printers' tables on coarse grids unless it is told otherwise. Measured
# against colorimetry: greys of gamma 1 are off by up to 10 levels, and by 0.5 without; CMYK by 1.9, and 1.0
# on the finer grid. Without any grid a megapixel takes 0.4 s: only a table of 256 greys can afford that.
_EXACT = ImageCms.Flags.NOOPTIMIZE
_FINE = ImageCms.Flags.HIGHRESPRECALC
_LEVELS = np.arange(256, dtype=np.uint8)
# Parts of a level that 16 bits are told apart by. Where a level in makes 13 out, the steepest that sRGB has,
# results are then off by a level at most.
_PARTS = 8


def to_srgb(samples: Samples, profile: bytes) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Convert pixels from their profile's color space, with perceptual intent.

    Parameters
    ----------
    samples : Samples
    profile : bytes
        As embedded in the file.

    Returns
    -------
    pixels : ndarray of uint8, shape (H, W, 3)
        sRGB.
    warnings : tuple of str
        Why the profile was ignored, if it was.
    """
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = opened.profile.xcolor_space.strip()
        model = _SPACES.get(space)
        if model == "RGB" and samples.model == "L":
            # Grey pictures often carry the RGB profile of the program that wrote them.
            samples = Samples(np.stack([samples.values] * 3, axis=-1))
        if model != samples.model:
            mismatch = (
                f"The embedded color profile is for {space}, the image is {samples.model}; it was ignored."
            )
            return samples.to_rgb(), (mismatch,)
        transform = ImageCms.buildTransform(
            opened,
            ImageCms.createProfile("sRGB"),
            model,
            "RGB",
            ImageCms.Intent.PERCEPTUAL,
            flags=_EXACT if model == "L" else _FINE,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return samples.to_rgb(), (BROKEN_PROFILE,)
    return _convert(samples, transform, profile), ()


def _convert(samples: Samples, transform: ImageCms.ImageCmsTransform, profile: bytes) -> NDArray[np.uint8]:
    if samples.model == "CMYK":
        return _apply(transform, samples.values, "CMYK")
    probes = _LEVELS[None, :] if samples.model == "L" else _probes()
    converted = _apply(transform, probes, samples.model)
    if _deviation(converted, probes if probes.ndim == 3 else probes[..., None]) <= _SAME:
        return samples.to_rgb()
    plain = read_plain(profile, samples.model) if samples.values.dtype == np.uint16 else None
    if plain:
        return plain.convert(samples)
    if samples.model == "L":
        return cv2.LUT(samples.to_rgb(), converted).astype(np.uint8, copy=False)
    return _apply(transform, samples.values, "RGB")


def _apply(transform: ImageCms.ImageCmsTransform, values: NDArray[Any], model: str) -> NDArray[np.uint8]:
    apply = _apply_to_bytes if values.dtype == np.uint8 else _apply_to_words
    converted = np.empty((*values.shape[:2], 3), np.uint8)
    for rows in row_blocks(values):
        converted[rows] = apply(transform, values[rows], model)
    return converted


def _apply_to_bytes(
    transform: ImageCms.ImageCmsTransform, values: NDArray[np.uint8], model: str
) -> NDArray[np.uint8]:
    block = np.ascontiguousarray(values)
    return np.asarray(ImageCms.applyTransform(Image.fromarray(block, model), transform))


def _apply_to_words(
    transform: ImageCms.ImageCmsTransform, values: NDArray[np.uint16], model: str
) -> NDArray[np.uint8]:
    """Convert what is between two levels in proportion: the mean over where they may be parted.

    Little CMS takes 8 bits from Pillow, and steep curves make much of what lies between two of them.
    """
    scaled = values.astype(np.uint32) * 255
    total = np.full((*values.shape[:2], 3), _PARTS // 2, np.uint16)
    for part in range(_PARTS):
        levels = (scaled + (2 * part + 1) * 65535 // (2 * _PARTS)) // 65535
        total += _apply_to_bytes(transform, levels.astype(np.uint8), model)
    return (total // _PARTS).astype(np.uint8)


def _probes() -> NDArray[np.uint8]:
    """Give colors that tell sRGB by what a profile does, whatever it calls itself: all greys, and a cube."""
    steps = _LEVELS[::17]
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    return np.concatenate([cube, np.repeat(_LEVELS[None, :, None], 3, axis=2)], axis=1)


def _deviation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max())
