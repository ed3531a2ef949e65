"""Symbols that tell the colors of a pattern apart, also where it is printed in black."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from colorquant.makers.drawing import DIGIT_HEIGHT, Line, Mark, Shape, Text

# Parts of a cell.
SIZE = 0.58
STROKE = 0.09
LETTER_SIZE, PAIR_SIZE = 0.72, 0.56


@dataclass(frozen=True, eq=False)
class Symbol:
    """A symbol: a drawing in a square from -0.5 to 0.5, filled or not; or letters, which are their name."""

    name: str
    lines: Sequence[Line] = ()
    filled: bool = True

    def marks(self, places: NDArray[np.float64], cell: float, color: str) -> list[Mark]:
        """Draw it in the middle of cells, whose middles are given, shape (n, 2)."""
        if not self.lines:
            size = cell * (LETTER_SIZE if len(self.name) == 1 else PAIR_SIZE)
            down = size * DIGIT_HEIGHT / 2
            return [Text(x, y + down, self.name, size, "middle", color) for x, y in places.tolist()]
        lines = [line.scaled(cell * SIZE, x, y) for x, y in places.tolist() for line in self.lines]
        if self.filled:
            return [Shape(lines, fill=color)]
        return [Shape(lines, stroke=color, width=cell * STROKE)]


def _area(*corners: tuple[float, float]) -> list[Line]:
    return [Line(np.array(corners, np.float64), closed=True)]


def _strokes(*ends: tuple[float, float, float, float]) -> list[Line]:
    return [Line(np.array(each, np.float64).reshape(2, 2)) for each in ends]


def _round(radius: float, points: int = 20) -> list[Line]:
    turn = np.arange(points) / points * 2 * np.pi
    return [Line(radius * np.column_stack([np.cos(turn), np.sin(turn)]), closed=True)]


def _star() -> list[Line]:
    turn = np.arange(10) / 10 * 2 * np.pi - np.pi / 2
    radius = np.where(np.arange(10) % 2, 0.24, 0.58)
    return [Line(np.column_stack([radius * np.cos(turn), radius * np.sin(turn)]), closed=True)]


_SQUARE = ((-0.44, -0.44), (0.44, -0.44), (0.44, 0.44), (-0.44, 0.44))
_DIAMOND = ((0.0, -0.56), (0.5, 0.0), (0.0, 0.56), (-0.5, 0.0))
_UP = ((0.0, -0.5), (0.54, 0.44), (-0.54, 0.44))
_DOWN = ((0.0, 0.5), (-0.54, -0.44), (0.54, -0.44))
_DRAWN = (
    Symbol("disc", _round(0.46)),
    Symbol("cross", _strokes((-0.42, -0.42, 0.42, 0.42), (-0.42, 0.42, 0.42, -0.42)), filled=False),
    Symbol("triangle", _area(*_UP)),
    Symbol("ring", _round(0.44), filled=False),
    Symbol("square", _area(*_SQUARE)),
    Symbol("plus", _strokes((-0.5, 0, 0.5, 0), (0, -0.5, 0, 0.5)), filled=False),
    Symbol("diamond", _area(*_DIAMOND)),
    Symbol("open square", _area(*_SQUARE), filled=False),
    Symbol("slash", _strokes((-0.42, 0.42, 0.42, -0.42)), filled=False),
    Symbol("star", _star()),
    Symbol("open triangle", _area(*_UP), filled=False),
    Symbol("bar", _strokes((-0.5, 0, 0.5, 0)), filled=False),
    Symbol("lower triangle", _area(*_DOWN)),
    Symbol("open diamond", _area(*_DIAMOND), filled=False),
    Symbol("backslash", _strokes((-0.42, -0.42, 0.42, 0.42)), filled=False),
    Symbol("equals", _strokes((-0.46, -0.2, 0.46, -0.2), (-0.46, 0.2, 0.46, 0.2)), filled=False),
    Symbol("post", _strokes((0, -0.5, 0, 0.5)), filled=False),
    Symbol("half", _area((-0.48, 0.0), (0.48, 0.0), (0.48, 0.48), (-0.48, 0.48))),
    Symbol("open lower triangle", _area(*_DOWN), filled=False),
    Symbol("dot", _round(0.2)),
)
# Without those that look like another one or like a drawing: I, O, Q, S, X and 0, 1, 5.
_LETTERS = "ABCDEFGHJKLMNPRTUVWYZ"
_DIGITS = "2346789"


def _names() -> Iterable[str]:
    singles = chain(_LETTERS, _DIGITS)
    return chain(singles, map("".join, product(_LETTERS, chain(_DIGITS, _LETTERS))))


SYMBOLS = (*_DRAWN, *map(Symbol, _names()))
"""All of them, the most legible first; more than a palette has colors."""
