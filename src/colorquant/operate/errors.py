"""What can go wrong for an operator."""

from __future__ import annotations

from colorquant.errors import ColorquantError


class JobError(ColorquantError):
    """A backfill job, or the replay of a failed event, could not be started or did not finish."""

    reason = "job"
