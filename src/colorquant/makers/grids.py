"""Patterns of beads and stitches: cells with the symbols of their colors, and how many of each it takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from colorquant.errors import SettingsError
from colorquant.makers.chart import GUTTER, Chart, Part
from colorquant.makers.drawing import POINT, Mark, Sheet, Text, moved, shortened
from colorquant.makers.given import codes_and_names, in_use, labels_and_palette, whole_number
from colorquant.makers.legend import (
    FAINT,
    SWATCH_HEIGHT,
    SWATCH_WIDTH,
    Item,
    called,
    legend,
    legend_height,
    legend_pages,
    most_items,
    percent,
)
from colorquant.makers.papers import MARGIN, PaperName, paper_size
from colorquant.makers.pdf import to_pdf
from colorquant.makers.regions import Labels
from colorquant.makers.shrink import MOST_CELLS
from colorquant.makers.svg import to_svg
from colorquant.makers.symbols import SYMBOLS
from colorquant.palette import Palette
from colorquant.palettes.facts import facts
from colorquant.result import Quantized

INCH = 25.4


@dataclass(frozen=True)
class Kind:
    """A craft that fills cells.

    Attributes
    ----------
    cells : str
        What one counts.
    pitch_mm : float or None
        From one cell to the next in the finished piece; None where the fabric decides.
    printed_mm : float
        The same on the printed pattern.
    block : int
        Cells between two strong lines.
    """

    cells: str
    pitch_mm: float | None
    printed_mm: float
    block: int


KindName = Literal["cross-stitch", "beads", "mini-beads"]
KINDS: dict[KindName, Kind] = {
    # Charts have a strong line each 10 stitches. Cells of 3 mm hold a symbol of 1.7 mm, 5 points.
    "cross-stitch": Kind("stitches", None, 3.0, 10),
    # Midi beads (Hama, Perler, Artkal S) stand 5 mm apart on square boards of 29 x 29. Printed in their true
    # size, a page can lie below a transparent board.
    "beads": Kind("beads", 5.0, 5.0, 29),
    # Mini beads. Their makers' boards differ, so strong lines are there for counting.
    "mini-beads": Kind("beads", 2.6, 2.6, 10),
}
"""Each craft by its name."""
# Stitches to an inch of the most common fabric, Aida 14.
FABRIC_COUNT = 14
FINEST_FABRIC = 40
TITLE_SIZE, WORDS_SIZE, SMALL_SIZE = 13 * POINT, 9 * POINT, 6.5 * POINT
# Millimeters: a title with a line below it, what is between things, and the narrowest sheet a legend is on.
HEADING, SPACE, NARROWEST = 16.0, 6.0, 128.0
# The overview may give up so much of the first page's height to the legend.
LARGEST_LEGEND = 0.45
# Millimeters: where all cells fit on one page, they are this large at most.
LARGEST_CELL = 5.0


@dataclass(frozen=True)
class Count:
    """A color of a pattern.

    Attributes
    ----------
    number : int
        Its place in the legend, from 1.
    symbol : str
        The letter, digit or name of the symbol in its cells.
    hex : str
        ``#rrggbb``.
    code, name : str
        What a catalog calls it; empty without one.
    count : int
        Cells of this color.
    share : float
        Part of all cells that have a color.
    """

    number: int
    symbol: str
    hex: str
    code: str
    name: str
    count: int
    share: float


@dataclass(frozen=True, eq=False, repr=False)
class Grid:
    """A pattern of beads or stitches. Immutable; `grid` makes it.

    Attributes
    ----------
    labels : ndarray of int32, shape (rows, columns)
        For each cell the place of its color in the legend, from 0; -1 where the cell stays empty. Read-only.
    legend : tuple of Count
        The colors that are used, in the order of the palette.
    kind : str
        A name in `KINDS`.
    width_mm, height_mm : float
        Size of the finished piece.
    """

    labels: Labels
    legend: tuple[Count, ...]
    kind: KindName
    width_mm: float
    height_mm: float
    _paper: PaperName = field()
    _title: str = field()

    def __repr__(self) -> str:
        return f"Grid({self.columns}x{self.rows} {KINDS[self.kind].cells} in {len(self.legend)} colors)"

    @property
    def columns(self) -> int:
        """Cells from left to right."""
        return int(self.labels.shape[1])

    @property
    def rows(self) -> int:
        """Cells from top to bottom."""
        return int(self.labels.shape[0])

    def csv(self) -> bytes:
        """List the colors and how many cells each has.

        Returns
        -------
        bytes
            A table in UTF-8: ``number``, ``symbol``, ``code``, ``name``, ``color``, ``count`` and ``share``.
        """
        table = io.StringIO()
        rows = csv.writer(table, lineterminator="\n")
        rows.writerow(("number", "symbol", "code", "name", "color", "count", "share"))
        rows.writerows(
            (each.number, each.symbol, each.code, each.name, each.hex, each.count, f"{each.share:.6f}")
            for each in self.legend
        )
        return table.getvalue().encode()

    def svg(self) -> str:
        """Draw the whole pattern on one sheet, with the legend below.

        Returns
        -------
        str
            An SVG file of its own, in millimeters.
        """
        chart = self._chart()
        chart_width, chart_height = chart.size(chart.whole)
        width = max(chart_width, NARROWEST)
        items = self._items()
        top = MARGIN + chart_height + SPACE
        list_top = top + HEADING
        marks = [
            *moved(chart.marks(chart.whole), MARGIN, MARGIN),
            *moved(self._heading(width), MARGIN, top),
            *moved(legend(items, width, named=self._named), MARGIN, list_top),
        ]
        height = list_top + legend_height(len(items), width, named=self._named) + MARGIN
        return to_svg(Sheet(width + 2 * MARGIN, height, marks, self._name, self.summary))

    def pdf(self) -> bytes:
        """Draw the pattern to print: an overview with the legend, and then as many pages as it takes.

        Returns
        -------
        bytes
            A PDF; the same bytes each time.

        Raises
        ------
        MissingExtraError
            If ReportLab is not installed.
        """
        width, height = paper_size(self._paper, landscape=self.columns > self.rows)
        room = width - 2 * MARGIN, height - 2 * MARGIN
        chart = self._chart(*room)
        parts = chart.parts(*room)
        patterns = [
            [*moved(chart.marks(part), MARGIN, MARGIN), _span(part, width / 2, height - MARGIN / 2)]
            for part in parts
        ]
        pages = [self._front(width, height, chart, parts), *patterns, *self._more_colors(width, height)]
        return to_pdf(
            Sheet(
                width,
                height,
                [*marks, *self._foot(width, height, page, len(pages))],
                self._name,
                self.summary,
            )
            for page, marks in enumerate(pages, start=1)
        )

    @property
    def _name(self) -> str:
        craft = self.kind.removesuffix("s")
        return f"{self._title}: {craft} pattern" if self._title else f"{craft.capitalize()} pattern"

    @property
    def summary(self) -> str:
        """What it takes, in a sentence."""
        cells = sum(each.count for each in self.legend)
        stitches = self.columns * INCH / self.width_mm
        fabric = "" if KINDS[self.kind].pitch_mm else f" on {stitches:.0f}-count fabric"
        return (
            f"{self.columns} x {self.rows}, {cells} {KINDS[self.kind].cells} in {len(self.legend)} colors, "
            f"{self.width_mm / 10:.1f} x {self.height_mm / 10:.1f} cm{fabric}."
        )

    @property
    def _named(self) -> bool:
        return any(called(each) for each in self.legend)

    def _chart(self, width: float = 0, height: float = 0) -> Chart:
        """Set up what to draw; to count stitches, cells may be larger where all fit into so much room."""
        colors = [each.hex for each in self.legend]
        rgb = np.array([tuple(bytes.fromhex(code[1:])) for code in colors], np.uint8)
        kind = KINDS[self.kind]
        inks = facts(rgb, np.ones(len(rgb))).text
        cell = kind.printed_mm
        if kind.pitch_mm is None:
            fitting = min((width - GUTTER) / self.columns, (height - GUTTER) / self.rows)
            cell = max(cell, min(fitting, LARGEST_CELL))
        return Chart(self.labels, colors, inks, SYMBOLS[: len(colors)], cell, kind.block)

    def _items(self) -> list[Item]:
        chart = self._chart()
        middle = np.array([(SWATCH_WIDTH / 2, SWATCH_HEIGHT / 2)])
        return [
            Item(
                "",
                each.hex,
                called(each) or each.hex,
                f"{each.hex}  {each.count}" if called(each) else f"{each.count} ({percent(each.share)})",
                symbol.marks(middle, SWATCH_HEIGHT, ink),
            )
            for each, symbol, ink in zip(self.legend, chart.symbols, chart.inks, strict=True)
        ]

    def _heading(self, width: float) -> list[Mark]:
        return [
            Text(0, TITLE_SIZE, shortened(self._name, TITLE_SIZE, width), TITLE_SIZE, bold=True),
            Text(0, TITLE_SIZE + 2 * WORDS_SIZE, self.summary, WORDS_SIZE),
        ]

    def _front(self, width: float, height: float, chart: Chart, parts: Sequence[Part]) -> list[Mark]:
        across = width - 2 * MARGIN
        first, _ = self._divided(width, height)
        below = legend_height(len(first), across, named=self._named) + SPACE
        view, view_height = chart.view(across, height - 2 * MARGIN - HEADING - below, parts)
        top = MARGIN + HEADING + view_height + SPACE
        return [
            *moved(self._heading(across), MARGIN, MARGIN),
            *moved(view, MARGIN, MARGIN + HEADING),
            *moved(legend(first, across, named=self._named), MARGIN, top),
        ]

    def _more_colors(self, width: float, height: float) -> Iterator[list[Mark]]:
        """Go on with a legend that is too long for the first page."""
        room = width - 2 * MARGIN, height - 2 * MARGIN
        for marks in legend_pages(self._divided(width, height)[1], *room, named=self._named):
            yield moved(marks, MARGIN, MARGIN)

    def _divided(self, width: float, height: float) -> tuple[list[Item], list[Item]]:
        """Give the colors on the first page, and the others."""
        most = most_items(width - 2 * MARGIN, LARGEST_LEGEND * height, named=self._named)
        items = self._items()
        return items[:most], items[most:]

    def _foot(self, width: float, height: float, page: int, pages: int) -> list[Mark]:
        y = height - MARGIN / 2
        # Which cells a page shows stands in the middle of it.
        name = shortened(self._name, SMALL_SIZE, (width - 2 * MARGIN) / 3)
        return [
            Text(MARGIN, y, name, SMALL_SIZE, color=FAINT),
            Text(width - MARGIN, y, f"{page} / {pages}", SMALL_SIZE, "end", FAINT),
        ]


def grid(
    picture: Quantized | NDArray[Any],
    palette: Palette | None = None,
    *,
    kind: KindName = "cross-stitch",
    fabric_count: int = FABRIC_COUNT,
    paper: PaperName = "a4",
    title: str = "",
) -> Grid:
    """Turn an image, a pixel for each cell, into a pattern of beads or stitches.

    Parameters
    ----------
    picture : Quantized or ndarray of int, shape (rows, columns)
        What became of an image that `shrink` gave, up to 500 to a side; or an array of palette entries,
        negative where a cell stays empty.
    palette : Palette, optional
        For an array only.
    kind : {"cross-stitch", "beads", "mini-beads"}
        Default ``"cross-stitch"``. Beads are printed in their true size.
    fabric_count : int
        Stitches to an inch, for cross-stitch. Default 14.
    paper : {"a4", "letter", "a3", "a5", "tabloid"}
        Default ``"a4"``. It lies or stands as the picture does.
    title : str
        What the picture is called.

    Returns
    -------
    Grid

    Raises
    ------
    SettingsError
        If something is not as it is described here.

    Examples
    --------
    >>> cross = grid(np.eye(20, dtype=int), Palette("white, red"), kind="beads")
    >>> cross, [each.count for each in cross.legend], cross.width_mm
    (Grid(20x20 beads in 2 colors), [380, 20], 100.0)
    """
    labels, palette = labels_and_palette(picture, palette)
    pitch = _pitch(kind, fabric_count)
    paper_size(paper, landscape=False)
    rows, columns = labels.shape
    if max(rows, columns) > MOST_CELLS:
        raise SettingsError(
            "A pattern has at most {most} cells to a side, not {columns} x {rows}. Shrink the image first.",
            most=MOST_CELLS,
            columns=columns,
            rows=rows,
        )
    labels, palette = in_use(labels, palette)
    return Grid(labels, _counted(labels, palette), kind, columns * pitch, rows * pitch, paper, title)


def _span(part: Part, x: float, y: float) -> Text:
    """Say which cells a page shows."""
    text = f"columns {part.left + 1} to {part.right}, rows {part.top + 1} to {part.bottom}"
    return Text(x, y, text, SMALL_SIZE, "middle", FAINT)


def _pitch(kind: KindName, fabric_count: int) -> float:
    if kind not in KINDS:
        raise SettingsError(
            "{0} must be one of {names}, not {kind!r}.", "kind", names=", ".join(KINDS), kind=kind
        )
    pitch = KINDS[kind].pitch_mm
    if pitch is not None:
        return pitch
    return INCH / whole_number("fabric_count", fabric_count, FINEST_FABRIC)


def _counted(labels: Labels, palette: Palette) -> tuple[Count, ...]:
    counts = np.bincount(labels[labels >= 0], minlength=len(palette)).tolist()
    return tuple(
        Count(number, symbol.name, color, *names, count, count / sum(counts))
        for number, (symbol, color, names, count) in enumerate(
            zip(SYMBOLS[: len(counts)], palette.hex_colors, codes_and_names(palette), counts, strict=True),
            start=1,
        )
    )
