"""Embedded ICC profiles to sRGB."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from colorquant.image.header import BROKEN_PROFILE
from colorquant.image.samples import Samples

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
    samples = samples.in_8_bits()
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
            opened,
            ImageCms.createProfile("sRGB"),
            model,
            "RGB",
            ImageCms.Intent.PERCEPTUAL,
            flags=_EXACT if model == "L" else _FINE,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return samples.to_rgb(), (BROKEN_PROFILE,)
    if model == "CMYK":
        return _apply(transform, samples.values, "CMYK"), ()
    if model == "L":
        table = _apply(transform, _LEVELS[None, :], "L")[0]
        is_srgb = _deviation(table, _LEVELS[:, None]) <= _SAME
        return samples.to_rgb() if is_srgb else table[samples.values], ()
    probes = _probes()
    if _deviation(_apply(transform, probes, "RGB"), probes) <= _SAME:
        return samples.to_rgb(), ()
    return _apply(transform, samples.values, "RGB"), ()


def _apply(transform: ImageCms.ImageCmsTransform, values: NDArray[np.uint8], model: str) -> NDArray[np.uint8]:
    return np.asarray(ImageCms.applyTransform(Image.fromarray(values, model), transform))


def _probes() -> NDArray[np.uint8]:
    """Give colors that tell sRGB by what a profile does, whatever it calls itself: all greys, and a cube."""
    steps = _LEVELS[::17]
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    return np.concatenate([cube, np.repeat(_LEVELS[None, :, None], 3, axis=2)], axis=1)


def _deviation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> int:
    return int(np.abs(one.astype(np.int16) - other.astype(np.int16)).max())
