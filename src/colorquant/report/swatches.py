"""A palette in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from colorquant.codes import channels_of

PER_ROW = 4


def swatches(palette: Sequence[Mapping[str, Any]], *, colored: bool) -> str:
    """Draw a palette as rows of swatches with hex code and share.

    Parameters
    ----------
    palette : sequence of mapping
        ``hex`` and ``share`` of each color, as in ``Quantized.to_dict()["palette"]``.
    colored : bool
        Whether to paint the swatches, with the 24-bit escape codes of ISO 8613-6 that terminals know. False
        leaves plain text, for pipes.

    Returns
    -------
    str
        Lines, without a newline at the end.
    """
    cells = [_swatch(color["hex"], colored) + f"{color['hex']} {color['share']:6.1%}" for color in palette]
    rows = [cells[first : first + PER_ROW] for first in range(0, len(cells), PER_ROW)]
    return "\n".join("   ".join(row) for row in rows)


def _swatch(code: str, colored: bool) -> str:
    red, green, blue = channels_of(code)
    return f"\x1b[48;2;{red};{green};{blue}m     \x1b[0m " if colored else ""
