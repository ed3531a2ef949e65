"""What an encoded image says of itself, read without decoding it."""

from __future__ import annotations

from dataclasses import dataclass

from colorquant.errors import CorruptImageError, TruncatedImageError
from colorquant.image.limits import Limits, check_pixels
from colorquant.image.rgb_spaces import RgbSpace

BROKEN_PROFILE = "The embedded color profile is broken and was ignored."


@dataclass(frozen=True)
class Header:
    """What is known before decoding.

    Attributes
    ----------
    format : str
        The format's name, as `colorquant.image.formats` lists it.
    width, height : int
        Pixels, as stored: before any rotation.
    layout : str
        Which kind of the format it is, where the decoder must know. Default ``""``.
    frames : int
        Pictures, frames or pages in the file.
    orientation : int
        EXIF's number, 1 to 8.
    profile : bytes or None
        The embedded ICC profile.
    space : RgbSpace or None
        What the numbers mean where there is no profile; None for sRGB.
    warnings : tuple of str
        What was ignored, a sentence each.
    """

    format: str
    width: int
    height: int
    layout: str = ""
    frames: int = 1
    orientation: int = 1
    profile: bytes | None = None
    space: RgbSpace | None = None
    warnings: tuple[str, ...] = ()


def little(data: bytes, start: int, size: int) -> int:
    """Read a whole number whose first byte is the lowest; of what is there, if the data end before."""
    return int.from_bytes(data[start : start + size], "little")


def check_size(format_name: str, width: int, height: int, limits: Limits) -> None:
    """Refuse a size that cannot be, or is over the limits."""
    if width <= 0 or height <= 0:
        raise CorruptImageError(
            f"The {format_name} says it is {width}x{height} pixels. Export the image again."
        )
    check_pixels(width, height, limits)


def truncated(format_name: str, data: bytes | None, needed: int | None = None) -> TruncatedImageError:
    """Say that an image ends too soon, and how much of it was there, if known: of `needed` bytes at least."""
    there = ""
    if data is not None:
        missing = f"of at least {needed:,}" if needed and needed > len(data) else "and the image goes on"
        there = f": {len(data):,} bytes are there, {missing}"
    return TruncatedImageError(f"The {format_name} is cut off{there}. Export it again, or get a whole copy.")


def corrupt(format_name: str, reason: str) -> CorruptImageError:
    """Say that an image cannot be decoded, and in a few words what is wrong with it."""
    return CorruptImageError(
        f"The {format_name} is damaged and cannot be decoded ({reason}). Export the image again."
    )
