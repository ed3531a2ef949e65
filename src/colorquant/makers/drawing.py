"""What a sheet of paper shows, in millimeters; `svg` and `pdf` write it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal, TypeAlias
from unicodedata import east_asian_width

import numpy as np
from numpy.typing import NDArray

Anchor = Literal["start", "middle", "end"]

# Of Helvetica, which every PDF reader has, in parts of the type size (Adobe's metrics of the font, which
# Arial and Liberation Sans share): how wide a digit is, how high, and how wide most text is at most.
DIGIT_WIDTH = 0.556
DIGIT_HEIGHT = 0.718
TEXT_WIDTH = 0.56
POINT = 25.4 / 72
"""A point, the unit of type sizes, in millimeters."""


@dataclass(frozen=True, eq=False)
class Line:
    """A polyline, shape (n, 2); a closed one is an area, too, and does not repeat its first point."""

    points: NDArray[np.float64]
    closed: bool = False

    def scaled(self, factor: float, x: float, y: float) -> Line:
        """Enlarge it, then move it."""
        return replace(self, points=self.points * factor + (x, y))


@dataclass(frozen=True, eq=False)
class Shape:
    """Lines of one look: drawn where they have a width, filled where they have a fill."""

    lines: Sequence[Line]
    stroke: str = ""
    width: float = 0.0
    fill: str = ""
    name: str = ""


@dataclass(frozen=True)
class Text:
    """One line of text; `x` and `y` are on the baseline."""

    x: float
    y: float
    text: str
    size: float
    anchor: Anchor = "start"
    color: str = "#222222"
    bold: bool = False


Mark: TypeAlias = Shape | Text


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet of paper, and what to call it."""

    width: float
    height: float
    marks: Sequence[Mark]
    title: str
    description: str


def box(x: float, y: float, width: float, height: float) -> Line:
    """Make a rectangle."""
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return Line(np.array(corners, np.float64), closed=True)


def segment(x: float, y: float, x2: float, y2: float) -> Line:
    """Make a straight line."""
    return Line(np.array([(x, y), (x2, y2)], np.float64))


def moved(marks: Iterable[Mark], x: float, y: float) -> list[Mark]:
    """Put marks somewhere else."""
    return [
        replace(mark, x=mark.x + x, y=mark.y + y)
        if isinstance(mark, Text)
        else replace(mark, lines=[line.scaled(1, x, y) for line in mark.lines])
        for mark in marks
    ]


def centered(x: float, y: float, text: str, size: float, color: str = "#222222") -> Text:
    """Write digits or capitals with their middle at a point."""
    return Text(x, y + size * DIGIT_HEIGHT / 2, text, size, "middle", color)


def shortened(text: str, size: float, width: float) -> str:
    """Leave out the end of a text that would be too wide."""
    most = max(int(width / (size * TEXT_WIDTH)), 2)
    # Chinese, Japanese and Korean letters are as wide as they are high.
    ends = list(accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in text))
    if not ends or ends[-1] <= most:
        return text
    return text[: bisect_right(ends, most - 1)].rstrip() + "…"
