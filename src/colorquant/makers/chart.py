"""The cells of a pattern with their symbols, lines and numbers: whole, in parts for pages, and small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from colorquant.makers.drawing import POINT, Line, Mark, Shape, Text, box, centered, segment
from colorquant.makers.regions import Labels
from colorquant.makers.symbols import Symbol

# Millimeters.
GUTTER = 7.0
THIN, STRONG = 0.1, 0.4
THIN_COLOR, STRONG_COLOR = "#8c8c8c", "#222222"
NUMBER_SIZE = 6 * POINT
# Numbers stand at each tenth row and column, as on any chart.
NUMBERED = 10
ARROW = 1.8
# From the numbers to the cells, so that an arrow has room between them.
APART = 2.3
# Parts of a cell: where cells were made to fill the page, they may be too large by what is lost in rounding.
ROUNDING = 1e-9


class Part(NamedTuple):
    """A rectangle of cells; right and bottom are the first that are not in it."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, eq=False)
class Chart:
    """A pattern to draw.

    Attributes
    ----------
    labels : ndarray of int32, shape (rows, columns)
        The place of each cell's color, negative for no cell.
    colors, inks : sequence of str
        Each color, and the color of what is written on it.
    symbols : sequence of Symbol
        Of each color.
    cell : float
        Millimeters from one cell to the next on paper.
    block : int
        Cells between strong lines.
    """

    labels: Labels
    colors: Sequence[str]
    inks: Sequence[str]
    symbols: Sequence[Symbol]
    cell: float
    block: int

    @property
    def whole(self) -> Part:
        """All of it."""
        rows, columns = self.labels.shape
        return Part(0, 0, columns, rows)

    def size(self, part: Part) -> tuple[float, float]:
        """Tell the width and height of a part with its numbers, in millimeters."""
        return (
            GUTTER + (part.right - part.left) * self.cell,
            GUTTER + (part.bottom - part.top) * self.cell,
        )

    def parts(self, width: float, height: float) -> list[Part]:
        """Divide it among pages with so much room, between blocks where one fits on a page."""
        across, down = (
            self._stops(cells, int((room - GUTTER) / self.cell + ROUNDING))
            for cells, room in zip(self.labels.shape[::-1], (width, height), strict=True)
        )
        return [
            Part(left, top, right, bottom)
            for top, bottom in pairwise(down)
            for left, right in pairwise(across)
        ]

    def _stops(self, cells: int, most: int) -> list[int]:
        if cells > most >= self.block:
            most -= most % self.block
        return [*range(0, cells, most), cells]

    def marks(self, part: Part) -> list[Mark]:
        """Draw a part, from the upper left corner at (0, 0)."""
        labels = self.labels[part.top : part.bottom, part.left : part.right]
        marks: list[Mark] = [
            Shape(_runs(labels == place, self.cell), fill=color)
            for place, color in enumerate(self.colors)
            if (labels == place).any()
        ]
        for place, (symbol, ink) in enumerate(zip(self.symbols, self.inks, strict=True)):
            y, x = np.nonzero(labels == place)
            if len(x):
                middles = GUTTER + (np.column_stack([x, y]).astype(np.float64) + 0.5) * self.cell
                marks += symbol.marks(middles, self.cell, ink)
        return [*marks, *self._grid(part), *self._numbers(part), *self._arrows(part)]

    def view(self, width: float, height: float, parts: Sequence[Part]) -> tuple[list[Mark], float]:
        """Draw all of it small, with the number of each part, and tell how high that is."""
        rows, columns = self.labels.shape
        cell = min(width / columns, height / rows)
        marks: list[Mark] = [
            Shape(
                [line.scaled(1, -GUTTER, -GUTTER) for line in _runs(self.labels == place, cell)], fill=color
            )
            for place, color in enumerate(self.colors)
        ]
        frames = [
            box(
                part.left * cell,
                part.top * cell,
                (part.right - part.left) * cell,
                (part.bottom - part.top) * cell,
            )
            for part in parts
        ]
        marks.append(Shape(frames, stroke=STRONG_COLOR, width=0.25))
        if len(parts) > 1:
            for page, part in enumerate(parts, start=2):
                x, y = ((part.left + part.right) / 2 * cell, (part.top + part.bottom) / 2 * cell)
                marks.append(
                    Shape([box(x - 3, y - 2.5, 6, 5)], fill="#ffffff", stroke=STRONG_COLOR, width=0.2)
                )
                marks.append(centered(x, y, str(page), 8 * POINT))
        return marks, rows * cell

    def _grid(self, part: Part) -> list[Mark]:
        width, height = (
            (stop - start) * self.cell for start, stop in ((part.left, part.right), (part.top, part.bottom))
        )
        thin: list[Line] = []
        strong: list[Line] = []
        for column in range(part.left, part.right + 1):
            x = GUTTER + (column - part.left) * self.cell
            lines = strong if self._is_strong(column, self.labels.shape[1]) else thin
            lines.append(segment(x, GUTTER, x, GUTTER + height))
        for row in range(part.top, part.bottom + 1):
            y = GUTTER + (row - part.top) * self.cell
            lines = strong if self._is_strong(row, self.labels.shape[0]) else thin
            lines.append(segment(GUTTER, y, GUTTER + width, y))
        return [
            Shape(lines, stroke=color, width=line)
            # White on both sides, so that strong lines show on dark cells, too.
            for lines, color, line in (
                (thin, THIN_COLOR, THIN),
                (strong, "#ffffff", 2 * STRONG),
                (strong, STRONG_COLOR, STRONG),
            )
            if lines
        ]

    def _is_strong(self, line: int, cells: int) -> bool:
        return line % self.block == 0 or line == cells

    def _numbers(self, part: Part) -> Iterator[Text]:
        for column in _numbered(part.left, part.right):
            x = GUTTER + (column - part.left - 0.5) * self.cell
            yield Text(x, GUTTER - APART, str(column), NUMBER_SIZE, "middle")
        for row in _numbered(part.top, part.bottom):
            y = GUTTER + (row - part.top - 0.5) * self.cell
            yield Text(GUTTER - APART, centered(0, y, "", NUMBER_SIZE).y, str(row), NUMBER_SIZE, "end")

    def _arrows(self, part: Part) -> Iterator[Shape]:
        """Point at the middle of the pattern, where one begins to stitch."""
        rows, columns = self.labels.shape
        x, y = (
            GUTTER + (middle / 2 - start) * self.cell
            for middle, start in ((columns, part.left), (rows, part.top))
        )
        lines = []
        if part.top == 0 and part.left <= columns / 2 < part.right:
            lines.append([(x, GUTTER), (x - ARROW / 2, GUTTER - ARROW), (x + ARROW / 2, GUTTER - ARROW)])
        if part.left == 0 and part.top <= rows / 2 < part.bottom:
            lines.append([(GUTTER, y), (GUTTER - ARROW, y - ARROW / 2), (GUTTER - ARROW, y + ARROW / 2)])
        if lines:
            yield Shape([Line(np.array(each, np.float64), closed=True) for each in lines], fill="#c0392b")


def _runs(cells: NDArray[np.bool_], cell: float) -> list[Line]:
    """Draw a rectangle around each run of cells in a row."""
    steps = np.diff(np.pad(cells, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    stops = np.nonzero(steps == -1)[1]
    return [
        box(GUTTER + start * cell, GUTTER + row * cell, (stop - start) * cell, cell)
        for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=True)
    ]


def _numbered(start: int, stop: int) -> Iterator[int]:
    """Give the numbers, counted from 1, that are written: each tenth, and the first of the part."""
    tenths = [number for number in range(start + 1, stop + 1) if number % NUMBERED == 0]
    # Side by side they would run into each other.
    if not tenths or tenths[0] - start > 4:
        yield start + 1
    yield from tenths
