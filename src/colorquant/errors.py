"""Everything that can go wrong, each with a sentence a person can act on."""

from __future__ import annotations

from typing import ClassVar


class ColorquantError(Exception):
    """Base of every error that colorquant raises on purpose.

    Attributes
    ----------
    reason : str
        A short, stable name of what went wrong, for metrics and for programs. The message is for people.
    """

    reason: ClassVar[str] = "error"


class SettingsError(ColorquantError, ValueError):
    """A setting is out of its range, unknown, or at odds with another one."""

    reason = "settings"


class ImageError(ColorquantError):
    """The input cannot be processed, and trying again would not help."""

    reason = "image"


class EmptyImageError(ImageError):
    """The input holds no bytes, or no pixels."""

    reason = "empty"


class UnsupportedImageError(ImageError):
    """The input is not an image of a type that colorquant reads."""

    reason = "unsupported"


class TruncatedImageError(ImageError):
    """The input ends before the image does."""

    reason = "truncated"


class CorruptImageError(ImageError):
    """The input has the right type, but what it holds cannot be decoded."""

    reason = "corrupt"


class ImageTooLargeError(ImageError):
    """The input is over the limit on bytes or on pixels."""

    reason = "too-large"


class EventError(ColorquantError):
    """The function was invoked with an event that it does not know."""

    reason = "event"


class ObjectGoneError(ColorquantError):
    """The object was deleted between its upload and its turn; there is nothing left to do."""

    reason = "gone"
