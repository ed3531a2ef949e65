"""The scores of a sweep as a chart in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# Characters of the longest bar: with the numbers beside it a row fits 80 columns.
WIDTH = 44
# A row that the chart cannot do without still shows a bar at the bottom of the range.
SHORTEST = 1


def curve(rows: Sequence[Mapping[str, Any]], measure: str, chosen: int, bar: str = "#") -> str:
    """Draw one bar a number of colors, from the lowest value of the sweep to the highest.

    `rows` and `measure` are what ``Quantized.to_dict()`` has as ``sweep`` and ``measure``.

    Examples
    --------
    >>> print(curve([{"colors": 8, "error": 0.5}, {"colors": 9, "error": 0.3}], "error", 9))
    colors  error
         8  0.5000  ############################################
         9  0.3000  #  <- chosen
    """
    values = [float(row[measure]) for row in rows]
    low, high = min(values), max(values)
    lengths = [
        SHORTEST + round((WIDTH - SHORTEST) * (value - low) / (high - low)) if high > low else WIDTH
        for value in values
    ]
    numbers = [f"{value:.4f}" if high < 1000 else f"{value:,.0f}" for value in values]
    wide = max(len(number) for number in numbers)
    lines = [f"colors  {measure.replace('_', ' ')}"]
    for row, number, length in zip(rows, numbers, lengths, strict=True):
        mark = "  <- chosen" if row["colors"] == chosen else ""
        lines.append(f"{row['colors']:>6}  {number:>{wide}}  {bar * length}{mark}")
    return "\n".join(lines)
