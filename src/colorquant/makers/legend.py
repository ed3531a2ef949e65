"""The list of colors below a pattern."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from colorquant.makers.drawing import POINT, Mark, Shape, Text, box, centered, moved, shortened

# Millimeters.
SWATCH_WIDTH, SWATCH_HEIGHT = 9.0, 6.5
ROW = 9.0
GAP = 1.5
NARROW, WIDE = 31.0, 46.0
KEY_WIDTH = 7.0
KEY_SIZE, TITLE_SIZE, DETAIL_SIZE = 9 * POINT, 8 * POINT, 6.5 * POINT
FRAME, FAINT = "#777777", "#555555"


class Named(Protocol):
    """What a catalog calls a color."""

    @property
    def code(self) -> str:
        """Its code, such as a number."""

    @property
    def name(self) -> str:
        """Its name."""


def called(color: Named) -> str:
    """Put a color's code and name together; empty where it has neither."""
    return f"{color.code} {color.name}".strip()


@dataclass(frozen=True)
class Item:
    """One color: the number that stands for it, or the symbol, its swatch, and two lines about it."""

    key: str
    color: str
    title: str
    detail: str
    symbol: Sequence[Mark] = ()


def legend_height(items: int, width: float, *, named: bool) -> float:
    """Tell how much room so many colors take."""
    return math.ceil(items / legend_columns(width, named=named)) * ROW


def legend(items: Sequence[Item], width: float, *, named: bool) -> list[Mark]:
    """Lay out the colors in rows, from the upper left corner at (0, 0)."""
    columns = legend_columns(width, named=named)
    marks: list[Mark] = []
    for place, item in enumerate(items):
        x, y = place % columns * width / columns, place // columns * ROW
        marks += _item(item, x, y, width / columns)
    return marks


def legend_columns(width: float, *, named: bool) -> int:
    """Tell how many colors stand side by side."""
    return max(int(width // (WIDE if named else NARROW)), 1)


def most_items(width: float, height: float, *, named: bool) -> int:
    """Tell how many colors have room."""
    return max(int(height // ROW), 1) * legend_columns(width, named=named)


def legend_pages(items: Sequence[Item], width: float, height: float, *, named: bool) -> Iterator[list[Mark]]:
    """Lay out the colors on as many pages as they take."""
    most = most_items(width, height, named=named)
    for start in range(0, len(items), most):
        yield legend(items[start : start + most], width, named=named)


def percent(share: float) -> str:
    """Write a share; one that would be rounded to nothing is still more than that."""
    return f"{share:.1%}" if share >= 0.001 else "< 0.1%"


def _item(item: Item, x: float, y: float, width: float) -> list[Mark]:
    swatch = x + KEY_WIDTH * bool(item.key)
    words = swatch + SWATCH_WIDTH + GAP
    room = x + width - words - GAP
    key = Text(swatch - GAP, centered(0, y + SWATCH_HEIGHT / 2, "", KEY_SIZE).y, item.key, KEY_SIZE, "end")
    return [
        key,
        Shape([box(swatch, y, SWATCH_WIDTH, SWATCH_HEIGHT)], stroke=FRAME, width=0.15, fill=item.color),
        *moved(item.symbol, swatch, y),
        Text(words, y + 2.9, shortened(item.title, TITLE_SIZE, room), TITLE_SIZE),
        Text(words, y + 6.1, shortened(item.detail, DETAIL_SIZE, room), DETAIL_SIZE, color=FAINT),
    ]
