"""Paint by numbers: a page of outlines with a number in each area, and what to paint them with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorquant.codes import code_of
from colorquant.errors import SettingsError
from colorquant.makers.drawing import (
    DIGIT_HEIGHT,
    DIGIT_WIDTH,
    POINT,
    TEXT_WIDTH,
    Line,
    Mark,
    Shape,
    Sheet,
    Text,
    centered,
    moved,
    shortened,
)
from colorquant.makers.given import codes_and_names, in_use, labels_and_palette
from colorquant.makers.legend import Item, called, legend, legend_height, legend_pages, percent
from colorquant.makers.outlines import outlines
from colorquant.makers.papers import MARGIN, PaperName, paper_size
from colorquant.makers.pdf import to_pdf
from colorquant.makers.regions import Labels, connected, depths, merged, opened, resized
from colorquant.makers.svg import to_svg
from colorquant.palette import Palette
from colorquant.result import Quantized

# Pixels to a millimeter of the page, to find the regions in. A line is 0.2 mm wide, so what a pixel is off
# hides below it; on A4 the longer side has up to 1662 of them, whatever the photo has.
RESOLUTION = 6
# The finest that is to be painted, in millimeters: a stroke of a small brush. With 1.0, photographs keep many
# ribbons between two lines that nobody would paint along.
STROKE = 1.5
# Standard deviation of what counts as around a pixel, in millimeters.
SMOOTHING = STROKE / 3
# Square millimeters.
MIN_REGION = 12.0
# A line of 0.2 mm is drawn by any printer, and vanishes below paint.
LINE_WIDTH = 0.2
LINE_COLOR = "#8c8c8c"
# Type sizes of the numbers, in millimeters: 5 points are as small as print for reading gets.
SMALLEST_TYPE, LARGEST_TYPE = 5 * POINT, 9 * POINT
# Pixels between a number and the border, which `outlines` may move by as much.
CLEARANCE = 1.0
# The picture may give up so much of the page to the legend; a longer one gets pages of its own.
LARGEST_LEGEND = 0.35
# Millimeters between the picture and the legend.
SPACE = 5.0
FOOTER_SIZE = 6.5 * POINT


@dataclass(frozen=True)
class LegendEntry:
    """A color to paint with.

    Attributes
    ----------
    number : int
        Stands in the areas of this color; from 1.
    hex : str
        ``#rrggbb``.
    code, name : str
        What a catalog calls it; empty without one.
    area : int
        Pixels of `PaintByNumbers.labels`.
    share : float
        Part of all that is painted.
    """

    number: int
    hex: str
    code: str
    name: str
    area: int
    share: float


@dataclass(frozen=True)
class Region:
    """An area to paint.

    Attributes
    ----------
    number : int
        Of its color in the legend.
    area : int
        Pixels of `PaintByNumbers.labels`.
    area_mm2 : float
        Square millimeters on the page.
    x, y : float
        Where the middle of its number stands on the page, in millimeters from the upper left corner.
    font_size : float
        Size of the number in millimeters, so that it fits.
    """

    number: int
    area: int
    area_mm2: float
    x: float
    y: float
    font_size: float


@dataclass(frozen=True, eq=False, repr=False)
class PaintByNumbers:
    """A picture to paint by numbers. Immutable; `paint_by_numbers` makes it.

    Attributes
    ----------
    labels : ndarray of int32, shape (H, W)
        For each pixel the place of its color in the legend, from 0; -1 where nothing is painted. Read-only.
    legend : tuple of LegendEntry
        The colors that are used, in the order of the palette.
    regions : tuple of Region
        All areas, each with its number.
    width_mm, height_mm : float
        Size of the picture on the page.
    """

    labels: Labels
    legend: tuple[LegendEntry, ...]
    regions: tuple[Region, ...]
    width_mm: float
    height_mm: float
    _page: _Page = field()
    _lines: Sequence[Line] = field()
    _line_color: str = field()
    _title: str = field()

    def __repr__(self) -> str:
        return f"PaintByNumbers({len(self.regions)} areas in {len(self.legend)} colors)"

    def pixels(self) -> NDArray[np.uint8]:
        """Give the finished painting.

        Returns
        -------
        ndarray of uint8, shape (H, W, 4)
        """
        colors = [(*bytes.fromhex(entry.hex[1:]), 255) for entry in self.legend]
        # The last one is that of -1.
        return np.array([*colors, (0, 0, 0, 0)], np.uint8)[self.labels]

    def svg(self) -> str:
        """Draw the page, with the legend below the picture.

        Returns
        -------
        str
            An SVG file of its own, in millimeters.
        """
        page = self._page
        height = page.height if page.legend_fits else page.legend_top + page.legend_height + 2 * MARGIN
        marks = [*self._picture(), *self._legend(page.legend_top), self._footer(height)]
        return to_svg(Sheet(page.width, height, marks, self._name, self.summary))

    def pdf(self) -> bytes:
        """Draw the page to print; a long legend gets pages of its own.

        Returns
        -------
        bytes
            A PDF; the same bytes each time.

        Raises
        ------
        MissingExtraError
            If ReportLab is not installed.
        """
        page = self._page
        if page.legend_fits:
            pages = [[*self._picture(), *self._legend(page.legend_top)]]
        else:
            room = page.width - 2 * MARGIN, page.height - 2 * MARGIN
            lists = legend_pages(self._items(), *room, named=page.named)
            pages = [self._picture(), *(moved(marks, MARGIN, MARGIN) for marks in lists)]
        return to_pdf(
            Sheet(page.width, page.height, [*marks, self._footer(page.height)], self._name, self.summary)
            for marks in pages
        )

    @property
    def _name(self) -> str:
        return f"{self._title}: paint by numbers" if self._title else "Paint by numbers"

    @property
    def summary(self) -> str:
        """What it takes, in a sentence."""
        return f"{_counted(self.regions, 'area')} to paint with {_counted(self.legend, 'color')}."

    def _picture(self) -> list[Mark]:
        numbers = [
            centered(each.x, each.y, str(each.number), each.font_size, self._line_color)
            for each in self.regions
        ]
        return [
            Shape(self._lines, stroke=self._line_color, width=LINE_WIDTH, name="outlines"),
            *numbers,
        ]

    def _legend(self, top: float) -> list[Mark]:
        page = self._page
        return moved(legend(self._items(), page.width - 2 * MARGIN, named=page.named), MARGIN, top)

    def _items(self) -> list[Item]:
        return [
            Item(
                str(entry.number),
                entry.hex,
                called(entry) or entry.hex,
                f"{entry.hex}  {percent(entry.share)}" if called(entry) else percent(entry.share),
            )
            for entry in self.legend
        ]

    def _footer(self, height: float) -> Text:
        room = self._page.width - 2 * MARGIN - len(self.summary) * FOOTER_SIZE * TEXT_WIDTH
        text = f"{shortened(self._name, FOOTER_SIZE, room)}. {self.summary}"
        return Text(MARGIN, height - MARGIN / 2, text, FOOTER_SIZE, color="#777777")


def paint_by_numbers(
    picture: Quantized | NDArray[Any],
    palette: Palette | None = None,
    *,
    min_region: float = MIN_REGION,
    paper: PaperName = "a4",
    line_color: str = LINE_COLOR,
    title: str = "",
) -> PaintByNumbers:
    """Turn an image of few colors into a page to paint by numbers.

    Borders are smoothed, and areas that are too small or too narrow for a number become part of a neighbor.

    Parameters
    ----------
    picture : Quantized or ndarray of int, shape (H, W)
        A result, best without dithering; or an array of palette entries, negative where nothing is painted.
    palette : Palette, optional
        For an array only.
    min_region : float
        Smallest area to paint, in square millimeters of the page. Default 12, a circle of 4 mm.
    paper : {"a4", "letter", "a3", "a5", "tabloid"}
        Default ``"a4"``. It lies or stands as the picture does.
    line_color : color
        Of outlines and numbers. Default a medium gray.
    title : str
        What the picture is called.

    Returns
    -------
    PaintByNumbers

    Raises
    ------
    SettingsError
        If something is not as it is described here.

    Examples
    --------
    >>> halves = np.repeat([0, 1], 40).reshape(1, 80).repeat(60, axis=0)
    >>> paint_by_numbers(halves, Palette("white, navy"))
    PaintByNumbers(2 areas in 2 colors)
    """
    labels, palette = in_use(*labels_and_palette(picture, palette))
    smallest = _checked_area(min_region) * RESOLUTION**2
    color = code_of(line_color)
    page = _plan(labels, len(palette), paper, named=bool(palette.names or palette.codes))
    height, width = (max(round(side * RESOLUTION), 1) for side in (page.picture_height, page.picture_width))
    digits = len(str(len(palette)))
    narrowest = _half_diagonal(digits) * SMALLEST_TYPE * RESOLUTION + CLEARANCE
    labels = resized(labels, width, height, SMOOTHING * RESOLUTION)
    labels = merged(labels, palette.rgb, smallest, narrowest)
    # Merging leaves spikes and slits, and without them some areas are too small.
    labels = opened(resized(labels, width, height, SMOOTHING * RESOLUTION), STROKE / 2 * RESOLUTION)
    labels = merged(labels, palette.rgb, smallest, narrowest)
    if (labels < 0).all():
        raise SettingsError("There is nothing to paint: what the picture shows is too small.")
    labels, palette = in_use(labels, palette)
    numbered = connected(labels)
    return PaintByNumbers(
        labels=labels,
        legend=_entries(labels, palette),
        regions=_regions(numbered, labels, page),
        width_mm=width / RESOLUTION,
        height_mm=height / RESOLUTION,
        _page=page,
        _lines=[line.scaled(1 / RESOLUTION, page.left, MARGIN) for line in outlines(numbered)],
        _line_color=color,
        _title=title,
    )


@dataclass(frozen=True)
class _Page:
    """Where things are on the paper, in millimeters."""

    width: float
    height: float
    left: float
    picture_width: float
    picture_height: float
    legend_top: float
    legend_height: float
    legend_fits: bool
    named: bool


def _checked_area(min_region: float) -> float:
    try:
        area = float(min_region)
    except (TypeError, ValueError):
        area = math.nan
    if not 0 <= area < math.inf:
        raise SettingsError(
            "{0} must be a number of square millimeters, not {value!r}.", "min_region", value=min_region
        )
    return area


def _plan(labels: Labels, colors: int, paper: PaperName, *, named: bool) -> _Page:
    rows, columns = labels.shape
    width, height = paper_size(paper, landscape=columns > rows)
    across, down = width - 2 * MARGIN, height - 2 * MARGIN
    needed = legend_height(colors, across, named=named)
    fits = needed <= LARGEST_LEGEND * down
    room = down - needed - SPACE if fits else down
    scale = min(across / columns, room / rows)
    return _Page(
        width=width,
        height=height,
        left=(width - columns * scale) / 2,
        picture_width=columns * scale,
        picture_height=rows * scale,
        legend_top=MARGIN + rows * scale + SPACE,
        legend_height=needed,
        legend_fits=fits,
        named=named,
    )


def _entries(labels: Labels, palette: Palette) -> tuple[LegendEntry, ...]:
    areas = np.bincount(labels[labels >= 0], minlength=len(palette)).tolist()
    return tuple(
        LegendEntry(number, color, *names, area, area / sum(areas))
        for number, (color, names, area) in enumerate(
            zip(palette.hex_colors, codes_and_names(palette), areas, strict=True), start=1
        )
    )


def _regions(numbered: Labels, labels: Labels, page: _Page) -> tuple[Region, ...]:
    """Put each number where its region is widest."""
    x, y, depth = _widest_places(numbered)
    areas = np.bincount(numbered.ravel(), minlength=len(depth) + 1)[1:]
    numbers = labels[y, x] + 1
    digits = np.char.str_len(numbers.astype(str))
    # In the very narrowest, which have no neighbor to become part of, half of the room must do.
    room = np.maximum(depth - CLEARANCE, depth / 2) / RESOLUTION
    sizes = np.minimum(room / _half_diagonal(digits), LARGEST_TYPE)
    places = zip(
        numbers.tolist(),
        areas.tolist(),
        (page.left + (x + 0.5) / RESOLUTION).tolist(),
        (MARGIN + (y + 0.5) / RESOLUTION).tolist(),
        sizes.tolist(),
        strict=True,
    )
    return tuple(
        Region(number, area, area / RESOLUTION**2, x, y, size) for number, area, x, y, size in places
    )


def _widest_places(
    numbered: Labels,
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Find the pixel of each region that is farthest from its border, and how far that is.

    Of places that are as far but for a pixel, such as all along a bar, the one in their middle.
    """
    count = int(numbered.max()) + 1
    depth = depths(numbered)
    most = np.zeros(count, np.float32)
    np.maximum.at(most, numbered.ravel(), depth.ravel())
    y, x = np.nonzero((depth > most[numbered] - 1) & (numbered > 0))
    region = numbered[y, x]
    counts = np.maximum(np.bincount(region, minlength=count), 1)
    middle_x = np.bincount(region, x, count) / counts
    middle_y = np.bincount(region, y, count) / counts
    away = np.hypot(x - middle_x[region], y - middle_y[region])
    order = np.lexsort((away, region))
    first = order[np.flatnonzero(np.diff(region[order], prepend=0))]
    return x[first], y[first], depth[y[first], x[first]]


def _half_diagonal(digits: Any) -> Any:
    """Give the radius of the circle around a number, in parts of the type size."""
    return np.hypot(digits * DIGIT_WIDTH, DIGIT_HEIGHT) / 2


def _counted(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"
