"""Makes the tile that the dithering ``blue-noise`` compares pixels with: ``python -m studies.blue_noise``.

The void-and-cluster method: dots are put, one after another, where there are the fewest of them. The order in
which they came is the tile. Its spectrum has next to nothing at low frequencies, so the eye sees no pattern.

R. Ulichney, "The void-and-cluster method for dither array generation", Proceedings of SPIE 1913 (1993),
332-343.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Larger tiles repeat less visibly; from 64 on nobody sees it.
SIDE = 64
# Of the Gaussian that tells how crowded a place is, in pixels. Ulichney found 1.5 to look best.
SIGMA = 1.5
# Part of the places that the first, random pattern fills, as Ulichney proposes.
FIRST_PART = 0.1
SEED = 0
# Numbers that the tile has: with 255 of them a share of 0 and one of all are both a byte.
NUMBERS = 255
TILE = Path(__file__).parents[1] / "src" / "colorquant" / "engine" / "dither" / "blue_noise.bin"


def make_ranks(side: int = SIDE) -> NDArray[np.int64]:
    """Order the places of a torus such that the first so many are always spread evenly.

    Returns
    -------
    ndarray of int64, shape (side, side)
        Each number from 0 to ``side * side - 1`` once.
    """
    bell = _bell(side)
    dots = np.zeros(side * side, bool)
    dots[np.random.default_rng(SEED).choice(dots.size, int(FIRST_PART * dots.size), replace=False)] = True
    crowd = _crowding(dots, bell)
    while True:
        cluster = _tightest(dots, crowd)
        _toggle(dots, crowd, cluster, bell)
        void = _tightest(~dots, -crowd)
        _toggle(dots, crowd, void, bell)
        if void == cluster:
            break
    ranks = np.empty(dots.size, np.int64)
    first, first_crowd = dots.copy(), crowd.copy()
    for rank in range(int(dots.sum()) - 1, -1, -1):
        cluster = _tightest(first, first_crowd)
        _toggle(first, first_crowd, cluster, bell)
        ranks[cluster] = rank
    for rank in range(int(dots.sum()), dots.size):
        # In the second half the free places are the ones that can be crowded. As dots and free places
        # together are everywhere alike, that is the same as the largest void.
        void = _tightest(~dots, -crowd)
        _toggle(dots, crowd, void, bell)
        ranks[void] = rank
    return ranks.reshape(side, side)


def make_tile() -> NDArray[np.uint8]:
    """Spread `NUMBERS` numbers over the ranks."""
    return (make_ranks() * NUMBERS // SIDE**2).astype(np.uint8)


def _bell(side: int) -> NDArray[np.int64]:
    """Make a Gaussian on the torus; in whole numbers, or rounding decides between equally large voids."""
    distance = np.minimum(np.arange(side), side - np.arange(side))
    squares = distance[:, None] ** 2 + distance**2
    return np.rint(2**32 * np.exp(-squares / (2 * SIGMA**2))).astype(np.int64)


def _crowding(dots: NDArray[np.bool_], bell: NDArray[np.int64]) -> NDArray[np.int64]:
    crowd = np.zeros(dots.size, np.int64)
    for place in np.flatnonzero(dots):
        crowd += _around(place, bell)
    return crowd


def _around(place: int, bell: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.roll(bell, divmod(int(place), len(bell)), (0, 1)).reshape(-1)


def _tightest(dots: NDArray[np.bool_], crowd: NDArray[np.int64]) -> int:
    return int(np.where(dots, crowd, np.iinfo(np.int64).min).argmax())


def _toggle(dots: NDArray[np.bool_], crowd: NDArray[np.int64], place: int, bell: NDArray[np.int64]) -> None:
    crowd += _around(place, bell) * (-1 if dots[place] else 1)
    dots[place] = not dots[place]


if __name__ == "__main__":
    TILE.write_bytes(make_tile().tobytes())
    sys.stdout.write(f"{TILE}\n")
