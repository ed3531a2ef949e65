"""The opacities that each palette color comes at, so that colors and opacities fit into one palette.

An indexed PNG has at most 256 entries, each a color and an opacity. The fewer there are, the smaller the
file; what that may cost is measured where it shows, on black and on white. Shown at the opacity b instead of
a, a color C is off by (a - b) C on black and by (a - b) (255 - C) on white, in 255ths of a level. First each
color gets its own opacities, then `merge` lets colors share them. All sums are of whole numbers, so every
processor chooses the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.entries import Entries, Groups, merge
from colorquant.engine.packed import row_blocks

# Entries of an indexed PNG.
MOST_ENTRIES = 256
# What opacities may add to the squared error of the colors themselves, in hundredths, on black and on white.
# Measured on 12 emoji and logos of `benchmarks/transparency.py`: 10 makes files 2 % larger, 20 and 30 make
# them 1 and 3 % smaller.
_SHARE = 15
# Levels of 255: root mean squared errors of partly transparent pixels. Nobody sees the first, even where the
# colors are nearly exact. From the second on soft edges look jagged at full size, however coarse the colors.
_UNSEEN, _SEEN = 1, 16
# Pixels whose codes are held at once: 8 MiB.
_BLOCK = 1 << 20
# Pixels whose colors are added up, which takes 0.2 s.
_SUMMED = 1 << 23
# More than any sum of squared errors: 2^30 pixels times 255^2 is below 2^46.
_NEVER = np.int64(1 << 60)

Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Opacities:
    """What each color at each opacity comes to.

    Attributes
    ----------
    table : ndarray of uint16, shape (k, 256)
        By color and by opacity of the input: the opacity in the high byte, the color in the low one, and 0
        for no opacity. No and full opacity stay what they are.
    levels : tuple of tuple of int
        The opacities that each color is seen at, falling.
    """

    table: NDArray[np.uint16]
    levels: tuple[tuple[int, ...], ...]


def count_opacities(indices: NDArray[np.uint8], alpha: NDArray[np.uint8], colors: int) -> Whole:
    """Count the pixels of each color and opacity, shape (colors, 256)."""
    counts = np.zeros(colors * 256, np.int64)
    for rows in row_blocks(indices.shape, _BLOCK):
        codes = np.left_shift(indices[rows], 8, dtype=np.int64) | alpha[rows]
        counts += np.bincount(codes.ravel(), minlength=counts.size)
    return counts.reshape(colors, 256)


def sum_of_palette(counts: Whole, palette: NDArray[np.uint8]) -> Whole:
    """Add up what pixels are if each is its palette color, shape (k, 256, 3)."""
    sums: Whole = counts[..., np.newaxis] * palette[:, np.newaxis].astype(np.int64)
    return sums


def sum_of_pixels(
    indices: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    counts: Whole,
    palette: NDArray[np.uint8],
) -> Whole:
    """Add up what the partly transparent pixels of each color and opacity are, shape (k, 256, 3).

    In large images the sums are estimated from some rows, evenly spread. What does not occur there is taken
    for its palette color.
    """
    sums = np.zeros((4, counts.size), np.int64)
    every = -(-indices.size // _SUMMED)
    # A multiple, so that the rows stay evenly spread from one block to the next.
    height = max(1, _BLOCK // indices.shape[1]) * every
    for top in range(0, len(indices), height):
        rows = slice(top, top + height, every)
        partly = (alpha[rows] > 0) & (alpha[rows] < 255)
        codes = np.left_shift(indices[rows][partly], 8, dtype=np.int64) | alpha[rows][partly]
        for channel, values in enumerate(pixels[rows][partly].T):
            # Whole numbers far below 2^53, which float64 holds.
            sums[channel] += np.bincount(codes, values, counts.size).astype(np.int64)
        sums[3] += np.bincount(codes, minlength=counts.size)
    *colors, some = sums.reshape(4, *counts.shape)
    estimated = np.stack(colors, axis=-1) * counts[..., np.newaxis] // np.maximum(some, 1)[..., np.newaxis]
    total: Whole = np.where(some[..., np.newaxis] > 0, estimated, sum_of_palette(counts, palette))
    return total


def choose_opacities(
    counts: Whole, sums: Whole, palette: NDArray[np.uint8], distortion: int
) -> Opacities | None:
    """Choose as few pairs of a color and an opacity as come close enough.

    Parameters
    ----------
    counts : ndarray of int64, shape (k, 256)
        Pixels of each color and opacity.
    sums : ndarray of int64, shape (k, 256, 3)
        The sums of what they are to look like.
    palette : ndarray of uint8, shape (k, 3)
    distortion : int
        Squared error of the colors, each pixel's times its squared opacity.

    Returns
    -------
    Opacities or None
        None where 256 entries do not even suffice for what is fully opaque or transparent, or for one opacity
        of each color.
    """
    partly = counts.copy()
    partly[:, [0, 255]] = 0
    seen = np.nonzero(partly)
    groups = Groups(seen[0], seen[1], partly[seen], sums[seen])
    most = allowed = _most(counts, distortion)
    while True:
        own = _own_opacities(counts, palette, allowed)
        if own is None:
            return None
        entries, places, error = merge(groups, _entries(own, counts), palette, most)
        # Pixels differ from their palette colors, so what is lost can be more than what the colors tell.
        if error <= most or not allowed or own.sum() >= MOST_ENTRIES - 1:
            break
        allowed //= 16
    table = np.arange(len(palette), dtype=np.uint16)[:, None] | np.arange(0, 1 << 16, 256, dtype=np.uint16)
    table[:, 0] = 0
    written = entries.opacity[places] << 8 | entries.color[places]
    table[seen] = np.where(entries.opacity[places] > 0, written, 0).astype(np.uint16)
    shown = np.unique(table[counts > 0])[::-1]
    levels = (shown[shown & 255 == place] >> 8 for place in range(len(palette)))
    return Opacities(table, tuple(tuple(row[row > 0].tolist()) for row in levels))


def _entries(own: NDArray[np.bool_], counts: Whole) -> Entries:
    """Pair colors with their own opacities, and add the one entry for all that is transparent."""
    color, opacity = np.nonzero(own)
    fixed = (counts[color, opacity] > 0) & (opacity == 255)
    if counts[:, 0].any():
        color, opacity, fixed = np.append(color, 0), np.append(opacity, 0), np.append(fixed, True)
    return Entries(color, opacity, fixed)


def _own_opacities(counts: Whole, palette: NDArray[np.uint8], most: int) -> NDArray[np.bool_] | None:
    """Choose which opacities each color has, shape (k, 256), or None where 256 entries do not suffice.

    Each color starts with those that are there anyway: full, where one of its pixels has it, and none, where
    a pixel of the image has that. Then the color that gains most gets one more, until the rest of the error
    is small or there are 256 entries. The error of a color falls by less with each further opacity, so no
    other distribution of as many entries is better.
    """
    transparent = bool(counts[:, 0].any())
    opaque = counts[:, 255] > 0
    ladders = [_Ladder(row, transparent) for row in counts]
    weights = _weights(palette)
    steps = [0] * len(ladders)
    errors = [weight * ladder.error(0) for weight, ladder in zip(weights, ladders, strict=True)]
    gains = [
        error - weight * ladder.error(1)
        for error, weight, ladder in zip(errors, weights, ladders, strict=True)
    ]
    for _ in range(MOST_ENTRIES - int(transparent) - int(opaque.sum())):
        if sum(errors) <= most or not any(gains):
            break
        color = max(range(len(gains)), key=gains.__getitem__)
        steps[color] += 1
        errors[color] -= gains[color]
        gains[color] = errors[color] - weights[color] * ladders[color].error(steps[color] + 1)
    if int(transparent) + int(opaque.sum()) > MOST_ENTRIES or max(errors, default=0) >= _NEVER:
        return None
    own = np.zeros(counts.shape, np.bool_)
    for row, ladder, step, seen in zip(own, ladders, steps, counts > 0, strict=True):
        row[ladder.table(step)[seen]] = True
    own[:, 0] = False
    return own


def _weights(palette: NDArray[np.uint8]) -> list[int]:
    """Give each color's squared norm as seen on black and on white."""
    rgb = palette.astype(np.int64)
    weights: list[int] = ((rgb**2).sum(axis=1) + ((255 - rgb) ** 2).sum(axis=1)).tolist()
    return weights


def _most(counts: Whole, distortion: int) -> int:
    """Give what the squared error may grow by on black and on white, each."""
    a_level = 3 * 255**2 * int(counts[:, 1:255].sum())
    return min(max(_SHARE * distortion // 100, a_level * _UNSEEN**2), a_level * _SEEN**2)


class _Ladder:
    """How well the opacities of one color are met by one, two, three, ... of them: 1-D K-means, exactly.

    Its clusters are ranges of opacities, so the best ranges are found by dynamic programming: the best m
    ranges up to some opacity are the best m - 1 up to an earlier one, and one range from there.
    """

    def __init__(self, counts: Whole, transparent: bool) -> None:
        self._seen = 1 + np.flatnonzero(counts[1:255])
        count = counts[self._seen]
        sums = [np.concatenate([[0], np.cumsum(count * self._seen**power)]) for power in range(3)]
        # Errors of what comes before each place, all at 0, and of what comes from there on, all at 255.
        before = sums[2] if transparent else np.where(sums[0] > 0, _NEVER, 0)
        pixels, first, second = (total[-1] - total for total in sums)
        rest = second - 510 * first + 255**2 * pixels
        self._rest = rest if counts[255] else np.where(pixels > 0, _NEVER, 0)
        self._best = [before]
        self._starts: list[NDArray[np.intp]] = []
        self._sums = sums

    @cached_property
    def _ranges(self) -> tuple[Whole, Whole]:
        """The mean opacity, to the nearest level, of each range, and the squared error with it."""
        pixels, first, second = (total[None] - total[:, None] for total in self._sums)
        means = (2 * first + pixels) // np.maximum(2 * pixels, 1)
        errors = second - 2 * means * first + means**2 * pixels
        return means, np.where(pixels < 0, _NEVER, errors)

    def error(self, levels: int) -> int:
        """Give the squared error with so many opacities beside those that are there anyway."""
        while len(self._best) <= levels:
            through = self._best[-1][:, None] + self._ranges[1]
            start = through.argmin(axis=0)
            self._starts.append(start)
            self._best.append(np.minimum(through[start, np.arange(len(start))], _NEVER))
        return min(int((self._best[levels] + self._rest).min()), int(_NEVER))

    def table(self, levels: int) -> NDArray[np.uint8]:
        """Give what each opacity comes to with so many of them; those that no pixel has stay as they are."""
        self.error(levels)
        place = int((self._best[levels] + self._rest).argmin())
        shown = np.full(len(self._seen), 255)
        shown[:place] = 0
        for starts in reversed(self._starts[:levels]):
            start = int(starts[place])
            shown[start:place] = self._ranges[0][start, place]
            place = start
        table = np.arange(256, dtype=np.uint8)
        table[self._seen] = shown
        return table
