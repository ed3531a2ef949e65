"""Pairs of a color and an opacity that stand for others, so that a palette needs fewer.

Where a pixel hardly shows, its color hardly does either: a faint red can be written as a faint black. All
sums are of whole numbers, so every processor chooses the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

# Bits of the weight of all pixels together. A squared error has 34 bits (3 x 255^4), and 63 hold their sums.
_WEIGHT_BITS = 26

# More than any error.
_NEVER = np.iinfo(np.int64).max

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Partly transparent pixels, a group for each pair of a palette color and an opacity.

    Attributes
    ----------
    color, opacity : ndarray of int64, shape (g,)
    pixels : ndarray of int64, shape (g,)
        How many there are.
    sums : ndarray of int64, shape (g, 3)
        The sums of their colors.
    """

    color: Whole
    opacity: Whole
    pixels: Whole
    sums: Whole

    def scaled(self) -> tuple[Groups, int]:
        """Divide the pixels by a power of two so that sums of their errors stay whole numbers of 64 bits."""
        shift = max(0, int(self.pixels.sum()).bit_length() - _WEIGHT_BITS)
        return replace(self, pixels=self.pixels >> shift, sums=self.sums >> shift), shift


@dataclass(frozen=True)
class Entries:
    """Pairs of a color and an opacity.

    Attributes
    ----------
    color, opacity : ndarray of int64, shape (e,)
    fixed : ndarray of bool, shape (e,)
        Those that are there anyway.
    """

    color: Whole
    opacity: Whole
    fixed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.color)

    def take(self, rows: NDArray[np.bool_]) -> Entries:
        """Keep some of them."""
        return Entries(self.color[rows], self.opacity[rows], self.fixed[rows])


def merge(
    groups: Groups, entries: Entries, palette: NDArray[np.uint8], most: int
) -> tuple[Entries, Whole, int]:
    """Leave out entries while the rest come close enough, and find what each group comes to.

    Parameters
    ----------
    groups : Groups
    entries : Entries
        At least one.
    palette : ndarray of uint8, shape (k, 3)
    most : int
        What the squared error may grow to on black and on white, each, against exact opacities; in 255^-2
        of a level.

    Returns
    -------
    entries : Entries
    places : ndarray of int64, shape (g,)
        The entry of each group: the one that comes closest, on black or on white, where it is further off.
    error : int
        What the squared error has grown to, on black or on white, where it is larger.
    """
    if not len(groups.pixels):
        return entries, groups.color, 0
    groups, shift = groups.scaled()
    rgb = palette.astype(np.int64)
    board = _Board(groups, entries, rgb)
    board.shrink(most >> shift)
    # Once more makes files 0.7 % smaller; a third time changes nothing.
    moved = _Board(groups, board.recentered(), rgb)
    # What is better on black and white together can be worse on one of them.
    if moved.error() <= max(most >> shift, board.error()):
        moved.shrink(most >> shift)
        board = moved
    return *board.left(), board.error() << shift


class _Board:
    """The two closest entries of each group, and what each entry is needed for."""

    def __init__(self, groups: Groups, entries: Entries, rgb: Whole) -> None:
        self._groups, self._entries, self._rgb = groups, entries, rgb
        self._alive = np.ones(len(entries), np.bool_)
        # Of each group: its closest entry and the next.
        self._places = np.zeros((2, len(groups.pixels)), np.int64)
        # What is wrong with either, on black and on white.
        self._errors = np.zeros((2, 2, len(groups.pixels)), np.int64)
        # What leaving out an entry adds, on black and on white.
        self._extra = np.zeros((2, len(entries)), np.int64)
        self._place(np.arange(len(groups.pixels)))

    def error(self) -> int:
        """Give the squared error beyond that of exact opacities, on black or on white, where it is larger."""
        return int(self._errors[0].sum(axis=1).max())

    def left(self) -> tuple[Entries, Whole]:
        """Give the entries that are left, and each group's."""
        return self._entries.take(self._alive), (np.cumsum(self._alive) - 1)[self._places[0]]

    def shrink(self, most: int) -> None:
        """Leave out entries, those first that add least, while the error is at most so large."""
        while self._alive.sum() > 1:
            after = (self._errors[0].sum(axis=1)[:, None] + self._extra).max(axis=0)
            # What nothing comes to can go in any case.
            after[~self._extra.any(axis=0)] = -_NEVER
            after[~self._alive | self._entries.fixed] = _NEVER
            entry = int(after.argmin())
            if after[entry] > most:
                return
            self._alive[entry] = False
            self._place(np.flatnonzero((self._places == entry).any(axis=0)))

    def recentered(self) -> Entries:
        """Set the opacity of each entry that is left to the best for the groups that come to it."""
        entries, places = self.left()
        color, shown = self._rgb[entries.color], self._groups.opacity
        above, below = np.zeros((2, len(entries)), np.int64)
        # On white, all is counted from white.
        for lack in (0, 255):
            seen = color - lack
            sums = self._groups.sums - lack * self._groups.pixels[:, None]
            np.add.at(above, places, shown * (sums * seen[places]).sum(axis=1))
            np.add.at(below, places, self._groups.pixels * (seen**2).sum(axis=1)[places])
        means = np.clip((2 * above + below) // np.maximum(2 * below, 1), 1, 254)
        return replace(entries, opacity=np.where(entries.fixed | (below == 0), entries.opacity, means))

    def _place(self, rows: NDArray[np.intp]) -> None:
        """Find the two closest entries of some groups anew."""
        self._add_extra(rows, -1)
        there = np.flatnonzero(self._alive)
        # So many groups at a time as take 1 MiB, with all entries, for the errors on each background.
        step = (1 << 17) // max(1, len(there))
        for first in range(0, len(rows), step):
            some = rows[first : first + step]
            both = self._errors_with(some, there)
            two = np.maximum(*both)
            row = np.arange(len(some))
            for number in range(2):
                closest = two.argmin(axis=1)
                two[row, closest] = _NEVER
                self._places[number, some] = there[closest]
                self._errors[number][:, some] = [errors[row, closest] for errors in both]
        self._add_extra(rows, 1)

    def _add_extra(self, rows: NDArray[np.intp], sign: int) -> None:
        more = sign * (self._errors[1][:, rows] - self._errors[0][:, rows])
        for extra, errors in zip(self._extra, more, strict=True):
            np.add.at(extra, self._places[0, rows], errors)

    def _errors_with(self, rows: NDArray[np.intp], there: NDArray[np.intp]) -> tuple[Whole, Whole]:
        """Squared errors on black and on white beyond those with exact opacities, shape (rows, there)."""
        pixels, sums = self._groups.pixels[rows, None], self._groups.sums[rows]
        shown = self._groups.opacity[rows, None]
        own = self._rgb[self._groups.color[rows]] * shown
        color = self._rgb[self._entries.color[there]] * self._entries.opacity[there, None]
        # |a m - x|^2 over the pixels' colors m, without |a m|^2, which is the same for all.
        exact = pixels[:, 0] * (own**2).sum(axis=1) - 2 * shown[:, 0] * (sums * own).sum(axis=1)
        black = pixels * (color**2).sum(axis=1) - 2 * shown * (sums @ color.T) - exact[:, None]
        # White shines through by 255 (255 - a), so by so much more where the opacity is lower.
        light = 255 * (shown - self._entries.opacity[there])
        off = shown * sums.sum(axis=1)[:, None] - pixels * color.sum(axis=1)
        return black, black + light * (3 * pixels * light - 2 * off)
