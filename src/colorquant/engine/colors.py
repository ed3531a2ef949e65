"""The distinct colors of an image."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.cores import blocks, cores, on_all_cores
from colorquant.engine.packed import pack, row_blocks, unpack
from colorquant.engine.spaces import Space

# Pixels counted at once. OpenCV counts in float32, which holds whole numbers up to this.
PIXELS = 1 << 24
# Up to so many pixels are sorted, and more are counted in a table of 64 MiB, which takes 20 ms at least. How
# fast numpy sorts depends on the processor: 4 ms a megapixel where it has a vectorized sort, 40 elsewhere.
SORTED = 1 << 19
# Every so many rows and columns tell about where half of the pixels have less red.
SPARSE = 16
# Colors whose coordinates are kept: 1 Mi are 12 MiB.
KEPT = 1 << 20
# Colors converted at once: 16 Ki float64 triples are 384 KiB, a CPU's own cache.
CONVERTED = 1 << 14
# An opaque pixel's squared opacity.
OPAQUE = 255**2
# Pixels whose opacities are looked at at once: 256 Ki numbers of eight bytes fit a CPU's own cache.
BLOCK = 1 << 18


@dataclass(frozen=True, eq=False)
class Colors:
    """The distinct visible colors of one image, or of several together.

    Two of them add up, so that one palette can be found for several images.

    Attributes
    ----------
    packed : ndarray of uint32, shape (m,)
        ``red << 16 | green << 8 | blue``, ascending.
    counts : ndarray of int64, shape (m,)
        Pixels of each, at least 1.

    Examples
    --------
    >>> black_and_white = Colors(np.array([0, 0xFFFFFF], np.uint32), np.array([3, 1]))
    >>> (black_and_white + black_and_white).counts.tolist()
    [6, 2]
    """

    packed: NDArray[np.uint32]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.packed)

    def __add__(self, other: Colors) -> Colors:
        packed, places = np.unique(np.concatenate([self.packed, other.packed]), return_inverse=True)
        counts = np.zeros(len(packed), np.int64)
        counts[places[: len(self)]] += self.counts
        counts[places[len(self) :]] += other.counts
        return Colors(packed, counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Colors):
            return NotImplemented
        return np.array_equal(self.packed, other.packed) and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Colors({len(self):,} distinct in {self.pixels:,} pixels)"

    def in_space(self, space: Space, rows: slice) -> NDArray[np.float64]:
        """Give the coordinates of some of the colors, in steps, shape (n, 3).

        Those of an image of not too many colors are kept, since every palette asks for them again.
        """
        if len(self) > KEPT:
            return space.from_srgb(unpack(self.packed[rows]))
        return self._coordinates(space)[:, rows].T.astype(np.float64)

    def _coordinates(self, space: Space) -> NDArray[np.int32]:
        kept: dict[str, NDArray[np.int32]] = vars(self).setdefault("_kept", {})
        if space.name not in kept:
            # Whole numbers of steps below 2^18.
            coordinates = np.empty((3, len(self)), np.int32)

            def convert(block: slice) -> None:
                coordinates[:, block] = space.from_srgb(unpack(self.packed[block])).T

            on_all_cores(convert, blocks(len(self), CONVERTED))
            kept[space.name] = coordinates
        return kept[space.name]

    def __getstate__(self) -> dict[str, Any]:
        return {"packed": self.packed, "counts": self.counts}

    def scaled(self, pixels: int) -> Colors:
        """Give the same colors as if the image had about so many pixels; each color keeps one at least."""
        counts = np.rint(self.counts * (pixels / max(self.pixels, 1))).astype(np.int64)
        return Colors(self.packed, np.maximum(counts, 1))

    @property
    def pixels(self) -> int:
        """Visible pixels in all."""
        return int(self.counts.sum())

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The colors as sRGB, shape (m, 3)."""
        return unpack(self.packed)


NOTHING = Colors(np.empty(0, np.uint32), np.empty(0, np.int64))
"""The colors of no image."""


def count(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> Colors:
    """Find the distinct colors of an image (H, W, 3), leaving out pixels whose alpha is 0."""
    size = pixels.shape[0] * pixels.shape[1]
    if size <= SORTED:
        packed = pack(pixels)
        packed = packed.ravel() if alpha is None else packed[alpha > 0]
        return Colors(*np.unique(packed, return_counts=True))
    count_reds = partial(_count_reds, pixels, alpha)
    if size > PIXELS:
        # Their blocks are added up in a second table, so both halves at once would take too much memory.
        parts = [count_reds(range(128)), count_reds(range(128, 256))]
    else:
        parts = on_all_cores(count_reds, _reds(pixels), fewest=2)
    return Colors(
        np.concatenate([part.packed for part in parts]), np.concatenate([part.counts for part in parts])
    )


def _reds(pixels: NDArray[np.uint8]) -> list[range]:
    """Give all levels of red, for several cores in two halves that about as many pixels have."""
    if cores() == 1:
        return [range(256)]
    middle = int(np.median(pixels[::SPARSE, ::SPARSE, 0]))
    cut = min(max(middle, 1), 255)
    return [range(cut), range(cut, 256)]


def _count_reds(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, reds: range) -> Colors:
    """Find the distinct colors with one of these levels of red."""
    counts: NDArray[Any] | None = None
    ranges = [reds.start, reds.stop, 0, 256, 0, 256]
    for rows in row_blocks(pixels.shape, PIXELS):
        block = np.ascontiguousarray(pixels[rows])
        visible = None if alpha is None else np.ascontiguousarray(alpha[rows])
        found = cv2.calcHist([block], [0, 1, 2], visible, [len(reds), 256, 256], ranges).reshape(-1)
        if counts is None:
            counts = found
        else:
            counts = counts.astype(np.uint32, copy=False)
            np.add(counts, found, out=counts, casting="unsafe")
    assert counts is not None  # noqa: S101 - an image has at least one row
    occupied = np.flatnonzero(counts != 0)
    packed = (occupied + (reds.start << 16)).astype(np.uint32)
    return Colors(packed, counts[occupied].astype(np.int64))


def squared_opacities(
    colors: Colors, pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None
) -> NDArray[np.int64]:
    """Sum the squared opacities, 255^2 at most, of the pixels of each color; shape (m,).

    A color that is off shows by its opacity, on whatever background, so its squared error counts that much.
    """
    sums = colors.counts * OPAQUE
    if alpha is None:
        return sums
    lacking = np.zeros(1 << 24, np.int64)
    for rows in row_blocks(pixels.shape, BLOCK):
        opacity = alpha[rows].astype(np.int64)
        partly = (opacity > 0) & (opacity < 255)
        if partly.any():
            np.add.at(lacking, pack(pixels[rows])[partly].astype(np.intp), OPAQUE - opacity[partly] ** 2)
    for block in blocks(len(sums), BLOCK):
        sums[block] -= lacking[colors.packed[block]]
    return sums


def shown(colors: Colors, weights: NDArray[np.int64]) -> Colors:
    """Count pixels by their squared opacities, without colors that come to less than half an opaque one."""
    counts = weights + OPAQUE // 2
    counts //= OPAQUE
    shows = counts > 0
    return Colors(colors.packed[shows], counts[shows])


def distortion(
    colors: Colors, weights: NDArray[np.int64], palette: NDArray[np.uint8], labels: NDArray[np.uint8]
) -> int:
    """Sum the weighted squared distances in sRGB of the colors from their palette entries."""
    entries = palette.astype(np.int32)
    total = 0
    for rows in blocks(len(colors), BLOCK):
        off = unpack(colors.packed[rows]) - entries[labels[rows]]
        # Rounded so that the sum over 2^30 pixels stays below 2^63.
        total += int((weights[rows] // 255 * (off * off).sum(axis=1)).sum())
    return 255 * total
