"""What is refused because of its size, before memory is spent on it."""

from __future__ import annotations

from typing import Protocol

from colorquant.errors import CorruptImageError, ImageTooLargeError

MEGA = 1_000_000
# The most that JPEG, GIF and the cropping of most programs can count to (16 bits), in pixels.
LONGEST_SIDE = 65_535
# Bytes. The profiles that ICC registers for printing presses have up to 3 MB.
LARGEST_PROFILE = 16 * 1024 * 1024
# Markers, chunks, boxes or sub-blocks of one file. A file of 100 MiB in the smallest blocks that programs
# write, GIF's 255 bytes, has 411 000. Walking this many takes about a second.
MOST_BLOCKS = 1_000_000


class Limits(Protocol):
    """The most that an input may have; `Settings` is one.

    Attributes
    ----------
    max_bytes : int
        Bytes of the encoded image.
    max_pixels : int
        Pixels of the decoded image.
    """

    @property
    def max_bytes(self) -> int: ...  # noqa: D102

    @property
    def max_pixels(self) -> int: ...  # noqa: D102


def check_bytes(size: int, limits: Limits) -> None:
    """Refuse more bytes of an encoded image than the limits allow."""
    if size > limits.max_bytes:
        raise ImageTooLargeError(
            f"The file has {size:,} bytes; the limit is {limits.max_bytes:,} (max_bytes). Make it smaller."
        )


def check_pixels(width: int, height: int, limits: Limits) -> None:
    """Refuse more pixels than the limits allow, or a side that is too long."""
    if width * height > limits.max_pixels:
        raise ImageTooLargeError(
            f"The image has {width}x{height} pixels ({width * height / MEGA:,.1f} megapixels); the limit is "
            f"{limits.max_pixels / MEGA:,.1f} megapixels (max_pixels). Make it smaller."
        )
    if max(width, height) > LONGEST_SIDE:
        raise ImageTooLargeError(
            f"The image has {width}x{height} pixels; the limit is {LONGEST_SIDE:,} a side. Make it smaller."
        )


def check_blocks(blocks: int, format_name: str) -> None:
    """Refuse a file that is cut into so many pieces that reading them would take minutes."""
    if blocks > MOST_BLOCKS:
        raise CorruptImageError(
            f"The {format_name} has more than {MOST_BLOCKS:,} parts, which no program writes. "
            "Export the image again."
        )
