"""The time that Lambda leaves for an invocation."""

from __future__ import annotations

from collections.abc import Callable

from colorquant.aws.errors import DeadlineError

# Measured on one core, from bytes to the encoded image at the default settings: a PNG of one pixel took 2
# ms of processor time, one of a single bit a pixel 10 ms a megapixel, flat ones in full color 17 to 24,
# photographs 30 and more, on a machine that did other work too. The least of it counts, since a job must
# not be refused that could have been done; one begun in vain ends at Lambda's own timeout, and in the
# same queue. What is fixed is an answer of S3, without which nothing is written.
FIXED_MS = 20
MS_PER_MEGAPIXEL = 7
# A report holds the palettes of all numbers of colors, each refined on the whole image. That took 25 to
# 40 ms a palette on photographs of 0.05 to 12 megapixels, on a machine that did other work too.
MS_PER_REPORTED_PALETTE = 20
MEGA = 1_000_000


class Deadline:
    """Fails work early that Lambda would stop half way.

    Parameters
    ----------
    remaining_ms : callable
        Milliseconds that are left, like `LambdaContext.get_remaining_time_in_millis`.
    """

    def __init__(self, remaining_ms: Callable[[], int]) -> None:
        self._remaining_ms = remaining_ms

    def check(self, key: str, pixels: int = 0) -> None:
        """Refuse to begin what cannot be done in time.

        Parameters
        ----------
        key : str
            The image, for the message.
        pixels : int
            Its size; 0 asks only whether any time is left.

        Raises
        ------
        DeadlineError
            If the work would take longer than what is left.
        """
        size = f" has {pixels / MEGA:,.1f} megapixels and" if pixels else ""
        self._require(FIXED_MS + pixels / MEGA * MS_PER_MEGAPIXEL, f"{key}{size}")

    def check_report(self, key: str, palettes: int) -> None:
        """Refuse to begin a report that cannot be done in time.

        Parameters
        ----------
        key : str
            The image, for the message.
        palettes : int
            How many it holds.

        Raises
        ------
        DeadlineError
        """
        self._require(palettes * MS_PER_REPORTED_PALETTE, f"The report on {key}")

    def _require(self, needed: float, what: str) -> None:
        left = self._remaining_ms()
        if left < needed:
            raise DeadlineError(
                f"{what} needs {needed / 1000:,.1f} s or more, and Lambda stops the function in "
                f"{max(left, 0) / 1000:,.1f} s. Raise its timeout or its memory, then replay the event."
            )
