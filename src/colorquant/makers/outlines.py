"""The borders between regions as lines, each there once, so that neighbors fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.makers.drawing import Line
from colorquant.makers.regions import Labels

Whole = NDArray[np.int64]
Points = NDArray[np.float64]

# Rounds of averaging each point of a border with its two neighbors: together a bell of 2 pixels' standard
# deviation, which turns steps of a pixel into slopes.
ROUNDS = 8
# What a border may be off, in pixels, so that fewer points describe it. At 6 pixels to the millimeter this is
# 0.04 mm, a fifth of the line's width.
TOLERANCE = 0.25


def outlines(regions: Labels) -> list[Line]:
    """Follow every border from one place where three or more regions meet to the next.

    Parameters
    ----------
    regions : ndarray of int32, shape (H, W)
        Numbers of the regions, 0 where nothing is painted.

    Returns
    -------
    list of Line
        In pixels; (0, 0) is the upper left corner of the image. Lines that meet have the same point there.
    """
    edges = _edges(regions)
    return list(_simplified(edges, regions.shape)) if len(edges.tails) else []


@dataclass(frozen=True)
class _Edges:
    """Sides of pixels between two regions, from corner to corner; there and, as ``e ^ 1``, back again."""

    tails: Whole
    heads: Whole


@dataclass(frozen=True)
class _Chains:
    """Borders in a row: their corners of pixels, and how many each has.

    A ring ends where it began, and does not name that corner twice.
    """

    nodes: Whole
    lengths: Whole
    rings: NDArray[np.bool_]


def _edges(regions: Labels) -> _Edges:
    framed = np.pad(regions, 1)
    columns = regions.shape[1] + 1
    y, x = np.nonzero(framed[1:-1, :-1] != framed[1:-1, 1:])
    upright = np.column_stack([y * columns + x, (y + 1) * columns + x])
    y, x = np.nonzero(framed[:-1, 1:-1] != framed[1:, 1:-1])
    level = np.column_stack([y * columns + x, y * columns + x + 1])
    ends = np.concatenate([upright, level])
    return _Edges(ends.ravel(), ends[:, ::-1].ravel())


def _chains(edges: _Edges) -> _Chains:
    """Put the edges in a row: each sees twice as far ahead in each round, until all see where theirs end."""
    ids = np.arange(len(edges.tails))
    following = _following(edges)
    last, ahead = _ends(following)
    # What ends nowhere is a ring, and is cut before its first edge.
    ring = following[last] != last
    if ring.any():
        cut = ring & (following == _least(following))
        following[cut] = ids[cut]
        last, ahead = _ends(following)
    order = np.lexsort((-ahead, last))
    begins = np.flatnonzero(np.diff(last[order], prepend=-1))
    first = order[begins]
    # Each is there in both directions.
    forth = np.where(ring[first], first % 2 == 0, last[first] < (first ^ 1))
    lengths = np.diff(begins, append=len(order))
    order = order[np.repeat(forth, lengths)]
    lengths, rings = lengths[forth], ring[first[forth]]
    stops = np.cumsum(lengths)[~rings]
    nodes = np.insert(edges.tails[order], stops, edges.heads[order[stops - 1]])
    return _Chains(nodes, lengths + ~rings, rings)


def _following(edges: _Edges) -> Whole:
    """Give the edge after each one; where other than two edges meet, that is the edge itself."""
    ids = np.arange(len(edges.tails))
    degrees = np.bincount(edges.tails)
    leaving = np.zeros(len(degrees), np.int64)
    np.add.at(leaving, edges.tails, ids)
    # Two leave: the one that follows, and the way back.
    return np.where(degrees[edges.heads] == 2, leaving[edges.heads] - (ids ^ 1), ids)


def _ends(following: Whole) -> tuple[Whole, Whole]:
    """Give the last edge of each one's chain, and how many edges ahead it is; for rings, any."""
    jump = following
    ahead = (following != np.arange(len(following))).astype(np.int64)
    for _ in range(len(following).bit_length()):
        ahead = ahead + ahead[jump]
        jump = jump[jump]
    return jump, ahead


def _least(following: Whole) -> Whole:
    """Give the smallest number in each edge's ring."""
    least, jump = np.arange(len(following)), following
    for _ in range(len(following).bit_length()):
        least = np.minimum(least, least[jump])
        jump = jump[jump]
    return least


def _smoothed(chains: _Chains, shape: tuple[int, ...]) -> Points:
    """Take the steps out of borders, but leave where they meet, and the edges of the image."""
    x, y = chains.nodes % (shape[1] + 1), chains.nodes // (shape[1] + 1)
    points = np.column_stack([x, y]).astype(np.float64)
    ids = np.arange(len(points))
    before, after = ids - 1, ids + 1
    stops = np.cumsum(chains.lengths)
    first, last = stops - chains.lengths, stops - 1
    before[first], after[last] = last, first
    fixed = (x == 0) | (x == shape[1]) | (y == 0) | (y == shape[0])
    fixed[first[~chains.rings]] = fixed[last[~chains.rings]] = True
    free = ids[~fixed]
    for _ in range(ROUNDS):
        points[free] = (points[before[free]] + 2 * points[free] + points[after[free]]) / 4
    return points


def _simplified(edges: _Edges, shape: tuple[int, ...]) -> Iterator[Line]:
    chains = _chains(edges)
    points = _smoothed(chains, shape).astype(np.float32)
    stop = 0
    for length, ring in zip(chains.lengths.tolist(), chains.rings.tolist(), strict=True):
        start, stop = stop, stop + length
        line = points[start:stop]
        if ring:
            few = cv2.approxPolyDP(line, TOLERANCE, closed=True)[:, 0]
            yield Line((few if len(few) > 2 else line).astype(np.float64), closed=True)
            continue
        # In two parts, since nothing is far from the straight line of a border that ends where it began.
        half = length // 2 + 1
        parts = [
            cv2.approxPolyDP(part, TOLERANCE, closed=False)[:, 0] for part in (line[:half], line[half - 1 :])
        ]
        yield Line(np.concatenate([parts[0], parts[1][1:]]).astype(np.float64))
