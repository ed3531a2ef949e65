"""How many bytes, for people."""

from __future__ import annotations

KILO = 1000


def readable_size(count: float) -> str:
    """Say how many bytes in a word.

    Examples
    --------
    >>> readable_size(97), readable_size(544_910)
    ('97 bytes', '544.9 kB')
    """
    for unit in ("bytes", "kB", "MB"):
        if count < KILO:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= KILO
    return f"{count:,.1f} GB"
