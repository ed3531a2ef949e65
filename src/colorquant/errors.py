"""Everything that can go wrong, each with a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class ColorquantError(Exception):
    """Base of every error that colorquant raises on purpose.

    Attributes
    ----------
    reason : str
        A short, stable name of what went wrong, for metrics and for programs. The message is for people.
    """

    reason: ClassVar[str] = "error"


class SettingsError(ColorquantError, ValueError):
    """A setting is out of its range, unknown, or at odds with another one.

    Parameters
    ----------
    sentence : str
        With ``{0}``, ``{1}`` and so on for the settings, and names in braces for the values.
    *settings : str
        Fields of `Settings`, which the message calls by these names.
    **values
        What else the sentence tells. Text that a person wrote belongs here: its braces mean nothing.

    Examples
    --------
    >>> error = SettingsError("{0} must be a number, not {value!r}.", "seed", value="x")
    >>> print(error.called(str.upper))
    SEED must be a number, not 'x'.
    """

    reason = "settings"

    def __init__(self, sentence: str, *settings: str, **values: Any) -> None:
        super().__init__(sentence.format(*settings, **values) if settings or values else sentence)
        self.sentence, self.settings, self.values = sentence, settings, values

    def called(self, naming: Callable[[str], str]) -> SettingsError:
        """Give the same error for people who know the settings by other names, such as options."""
        renamed = SettingsError(self.sentence, *map(naming, self.settings), **self.values)
        renamed.settings = self.settings
        return renamed


class MissingExtraError(ColorquantError):
    """What was asked for needs a library that is not installed."""

    reason = "missing-extra"


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


class OutOfMemoryError(ColorquantError, MemoryError):
    """There is not enough memory for the image here; with more, it can be processed."""

    reason = "memory"


class ArrayError(ImageError, TypeError, ValueError):
    """The array does not hold pixels: another type, shape or range of numbers."""

    reason = "array"
