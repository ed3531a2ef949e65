"""Embedded ICC profiles to sRGB."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from colorquant.image.samples import Samples

BROKEN = "The embedded color profile is broken and was ignored."
# ICC.1:2022, table 19: what a profile calls the color models that Pillow calls L, RGB and CMYK.
_SPACES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
# Two profiles of sRGB differ by the rounding of their tables: at most one of the 256 levels.
_SAME = 1


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
            samples = Samples(samples.to_rgb())
        if model != samples.model:
            mismatch = (
                f"The embedded color profile is for {space}, the image is {samples.model}; it was ignored."
            )
            return samples.to_rgb(), (mismatch,)
        transform = ImageCms.buildTransform(
            opened, ImageCms.createProfile("sRGB"), model, "RGB", ImageCms.Intent.PERCEPTUAL
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return samples.to_rgb(), (BROKEN,)
    if _changes_nothing(transform, model):
        return samples.to_rgb(), ()
    return _apply(transform, samples.values, model), ()


def _apply(transform: ImageCms.ImageCmsTransform, values: NDArray[np.uint8], model: str) -> NDArray[np.uint8]:
    converted = ImageCms.applyTransform(Image.fromarray(values, model), transform)
    return np.asarray(converted)


def _changes_nothing(transform: ImageCms.ImageCmsTransform, model: str) -> bool:
    """Tell whether the profile is sRGB by what it does, whatever it calls itself."""
    if model == "CMYK":
        return False
    levels = np.arange(256, dtype=np.uint8)
    greys = levels[None, :]
    if model == "L":
        return _deviation(_apply(transform, greys, "L"), np.repeat(greys[..., None], 3, axis=2)) <= _SAME
    steps = levels[::17]
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    probes = np.concatenate([cube, np.repeat(greys[..., None], 3, axis=2)], axis=1)
    return _deviation(_apply(transform, probes, "RGB"), probes) <= _SAME


def _deviation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max())
