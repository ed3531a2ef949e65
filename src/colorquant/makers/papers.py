"""Sizes of paper."""

from __future__ import annotations

from typing import Literal

from colorquant.errors import SettingsError

PaperName = Literal["a3", "a4", "a5", "letter", "tabloid"]
PAPERS: dict[PaperName, tuple[float, float]] = {
    "a3": (297.0, 420.0),
    "a4": (210.0, 297.0),
    "a5": (148.0, 210.0),
    "letter": (215.9, 279.4),
    "tabloid": (279.4, 431.8),
}
"""Width and height in millimeters, upright (ISO 216 and ANSI/ASME Y14.1)."""

# Millimeters at each edge that stay empty. Office printers cannot reach the last 4 to 6.
MARGIN = 10.0


def paper_size(name: PaperName, *, landscape: bool) -> tuple[float, float]:
    """Find a paper's width and height.

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    if name not in PAPERS:
        names = ", ".join(PAPERS)
        raise SettingsError("{0} must be one of {names}, not {name!r}.", "paper", names=names, name=name)
    width, height = PAPERS[name]
    return (height, width) if landscape else (width, height)
