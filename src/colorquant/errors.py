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


class ArrayError(ImageError, TypeError, ValueError):
    """The array does not hold pixels: another type, shape or range of numbers."""

    reason = "array"


class EventError(ColorquantError):
    """The function was invoked with an event that it does not know."""

    reason = "event"


class UploadError(ColorquantError):
    """The uploaded object cannot be read, and trying again would not help."""

    reason = "unreadable"


class ObjectGoneError(UploadError):
    """The object was deleted between its upload and its turn."""

    reason = "gone"


class ObjectForbiddenError(UploadError):
    """The service may not read the object."""

    reason = "forbidden"


class ObjectArchivedError(UploadError):
    """The object is in an archive storage class and must be restored before it can be read."""

    reason = "archived"


class OvertakenError(ColorquantError):
    """An object changed between looking at it and writing it; look again."""

    reason = "overtaken"


class DeadlineError(ColorquantError):
    """The work would not be done before Lambda stops the function."""

    reason = "deadline"


class JobError(ColorquantError):
    """A backfill job, or the replay of a failed event, could not be started or did not finish."""

    reason = "job"
