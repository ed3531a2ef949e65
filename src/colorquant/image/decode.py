"""Bytes to an upright sRGB raster, every limit checked before memory is spent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from colorquant.errors import EmptyImageError, ImageError, OutOfMemoryError
from colorquant.image.formats import Format, format_of
from colorquant.image.formats.others import unsupported
from colorquant.image.header import Header, corrupt, truncated
from colorquant.image.limits import Limits, check_bytes
from colorquant.image.orientation import upright, upright_alpha
from colorquant.image.raster import Raster
from colorquant.image.samples import Samples


def decode(data: bytes, limits: Limits) -> Raster:
    """Decode an image of any type that colorquant reads.

    Parameters
    ----------
    data : bytes
        An encoded image. The type is told by the content.
    limits : Limits
        The most bytes and pixels it may have, such as `Settings`.

    Returns
    -------
    Raster
        The first frame, upright as its EXIF orientation says, in sRGB as its ICC profile says.

    Raises
    ------
    ImageError
        One of its kinds: empty, unsupported, truncated, corrupt or too large.
    """
    check_bytes(len(data), limits)
    kind = _recognize(data)
    reader = kind.reader
    with errors_of(kind.name, data):
        header = reader.read(data, limits)
        samples = reader.decode(data, header, limits)
        pixels, warnings = _to_srgb(samples, header)
        alpha, orientation = samples.alpha, samples.orientation or header.orientation
        frames = samples.frames or header.frames
        warnings = (*header.warnings, *samples.warnings, *warnings)
        # Turning takes all pixels twice; what a profile was applied to would make it three times.
        del samples
        if frames > 1:
            warnings = (f"The {kind.name} has {frames} frames or pages; the first was used.", *warnings)
        return Raster(
            upright(pixels, orientation),
            upright_alpha(alpha, orientation),
            kind.name,
            len(data),
            frames,
            warnings,
        )


def read_header(data: bytes, limits: Limits) -> Header:
    """Tell an image's type by its content, and its size and the rest by its header.

    Raises
    ------
    ImageError
        One of its kinds: empty, unsupported, truncated, corrupt or too large.
    """
    kind = _recognize(data)
    reader = kind.reader
    with errors_of(kind.name, data):
        return reader.read(data, limits)


def _to_srgb(samples: Samples, header: Header) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    profile = header.profile or samples.profile
    if profile:
        from colorquant.image.profiles import to_srgb  # noqa: PLC0415 - loads Pillow

        return to_srgb(samples, profile)
    if header.space and samples.model != "CMYK":
        return header.space.convert(samples), ()
    return samples.to_rgb(), ()


def _recognize(data: bytes) -> Format:
    if not data:
        raise EmptyImageError("The file is empty (0 bytes).")
    kind = format_of(data)
    if kind is None:
        raise unsupported(data)
    return kind


@contextmanager
def errors_of(format_name: str, data: bytes | None) -> Iterator[None]:
    """Turn whatever parsers and decoders raise on a broken file into one of our errors."""
    try:
        yield
    except (ImageError, ImportError):
        raise
    except Exception as error:
        # It can be anything: an index, a key, a division by zero.
        if isinstance(error, MemoryError) or "Insufficient memory" in str(error):
            raise OutOfMemoryError(
                f"There is not enough memory to decode this {format_name}. "
                "Give it more, or make the image smaller."
            ) from error
        if "truncated" in str(error):
            raise truncated(format_name, data) from error
        raise corrupt(format_name, str(error) or type(error).__name__) from error
