"""What an encoded image says of itself, read without decoding it."""

from __future__ import annotations

from dataclasses import dataclass

from colorquant.errors import CorruptImageError, TruncatedImageError
from colorquant.image.limits import check_pixels
from colorquant.settings import Settings


@dataclass(frozen=True)
class Header:
    """What is known before decoding.

    Attributes
    ----------
    format : str
        ``"JPEG"``, ``"PNG"``, ``"WebP"``, ``"TIFF"``, ``"BMP"``, ``"GIF"``, ``"AVIF"`` or ``"HEIC"``.
    layout : str
        Which row of the decoder's table it takes: the format, or a kind of it.
    width, height : int
        Pixels, as stored: before any rotation.
    frames : int
        Pictures, frames or pages in the file.
    orientation : int
        EXIF's number, 1 to 8.
    profile : bytes or None
        The embedded ICC profile.
    warnings : tuple of str
        What was ignored, a sentence each.
    """

    format: str
    layout: str
    width: int
    height: int
    frames: int = 1
    orientation: int = 1
    profile: bytes | None = None
    warnings: tuple[str, ...] = ()


def check_size(format_name: str, width: int, height: int, settings: Settings) -> None:
    """Refuse a size that cannot be, or is over the limits.

    Parameters
    ----------
    format_name : str
    width, height : int
        Pixels.
    settings : Settings

    Raises
    ------
    CorruptImageError
        If a side is not positive.
    ImageTooLargeError
    """
    if width <= 0 or height <= 0:
        raise CorruptImageError(
            f"The {format_name} says it is {width}x{height} pixels. Export the image again."
        )
    check_pixels(width, height, settings)


def truncated(format_name: str, data: bytes, needed: int | None = None) -> TruncatedImageError:
    """Say that an image ends too soon, and how much of it was there.

    Parameters
    ----------
    format_name : str
    data : bytes
        All there is.
    needed : int, optional
        How many bytes it should have at least, where that is known.

    Returns
    -------
    TruncatedImageError
    """
    there = f"{len(data):,} bytes are there"
    missing = f", of at least {needed:,}" if needed and needed > len(data) else ", and the image goes on"
    return TruncatedImageError(
        f"The {format_name} is cut off: {there}{missing}. Upload the whole file again."
    )


def corrupt(format_name: str, reason: str) -> CorruptImageError:
    """Say that an image cannot be decoded.

    Parameters
    ----------
    format_name : str
    reason : str
        What is wrong, in a few words.

    Returns
    -------
    CorruptImageError
    """
    return CorruptImageError(
        f"The {format_name} is damaged and cannot be decoded ({reason}). Export the image again."
    )
