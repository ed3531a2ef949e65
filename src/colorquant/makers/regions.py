"""From a label for each pixel to areas that a brush can fill: smooth, and none of them too small."""

from __future__ import annotations

import heapq
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from colorquant.engine.spaces import EYE

Labels = NDArray[np.int32]
"""A palette entry for each pixel; negative where nothing is to be painted."""

# Where two neighbors share borders of the same length, the closer color wins; one twice as far away needs a
# border twice as long. Closer than this, 2 CIEDE2000, colors look alike and only the border counts.
LOOKS_ALIKE = 0.021
# Standard deviation in pixels of what is enlarged: it makes slopes of their steps, and leaves lines of one.
SOFTENING = 0.7


def resized(labels: Labels, width: int, height: int, blur: float) -> Labels:
    """Draw labels at another size with smooth borders: each pixel takes the label that prevails around it.

    `blur` is the standard deviation, in pixels of the new size, of what counts as around.
    """
    kept = labels.astype(np.int16)
    way = _enlarged if height * width > labels.size else _reduced
    # What no label has a majority of, not even a 255th, stays what is in the middle of it.
    winner = cv2.resize(kept, (width, height), interpolation=cv2.INTER_NEAREST)
    most = np.zeros((height, width), np.uint8)
    for label in range(int(labels.min()), int(labels.max()) + 1):
        votes = way(cv2.inRange(kept, label, label), (width, height))
        votes = cv2.GaussianBlur(votes, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
        np.copyto(winner, label, where=votes > most, casting="unsafe")
        np.maximum(most, votes, out=most)
    return winner.astype(np.int32)


def _reduced(votes: Any, size: tuple[int, int]) -> Any:
    return cv2.resize(votes, size, interpolation=cv2.INTER_AREA)


def _enlarged(votes: Any, size: tuple[int, int]) -> Any:
    softened = cv2.GaussianBlur(votes, (0, 0), SOFTENING, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(softened, size, interpolation=cv2.INTER_CUBIC)


def connected(labels: Labels) -> Labels:
    """Give each area of one label a number, from 1; pixels that touch only at a corner are not one area."""
    painted = labels >= 0
    # Every second pixel is a pixel, and those between say whether their two neighbors belong together.
    joints = np.zeros((2 * labels.shape[0] - 1, 2 * labels.shape[1] - 1), np.uint8)
    joints[::2, ::2] = painted
    joints[::2, 1::2] = (labels[:, 1:] == labels[:, :-1]) & painted[:, 1:]
    joints[1::2, ::2] = (labels[1:] == labels[:-1]) & painted[1:]
    return np.ascontiguousarray(cv2.connectedComponents(joints, connectivity=4)[1][::2, ::2])


def depths(regions: Labels) -> NDArray[np.float32]:
    """Tell how far each pixel's middle is from the border of its region, in pixels."""
    framed = np.pad(regions, 1, constant_values=-1)
    inside = np.ones(regions.shape, bool)
    for rows, columns in ((0, 1), (2, 1), (1, 0), (1, 2)):
        shifted = framed[rows : rows + regions.shape[0], columns : columns + regions.shape[1]]
        inside &= shifted == regions
    # The frame of zeros is for an image that is one region, in which no pixel is at a border.
    marked = np.pad(inside.astype(np.uint8), 1)
    distances = cv2.distanceTransform(marked, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    # From the middle of the last pixel to its edge.
    return np.where(inside, distances + 0.5, 0.5).astype(np.float32)


def opened(labels: Labels, radius: float) -> Labels:
    """Give what no disc of a radius reaches inside its region, such as spikes and slits, to what is nearest.

    Areas without a neighbor that are narrow everywhere stay as they are.
    """
    regions = connected(labels)
    core = (depths(regions) > radius) & (regions > 0)
    if not core.any():
        return labels
    away, nearest = cv2.distanceTransformWithLabels(
        (~core).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # OpenCV numbers the pixels that are not 0; this is which label each of them has.
    label_of = np.empty(int(nearest.max()) + 1, np.int32)
    label_of[nearest[core]] = labels[core]
    islands = connected(np.where(labels < 0, -1, 0).astype(np.int32))
    island_of = np.empty_like(label_of)
    island_of[nearest[core]] = islands[core]
    given = (away > radius) & (island_of[nearest] == islands) & (labels >= 0)
    return np.where(given, label_of[nearest], labels)


def merged(labels: Labels, palette: NDArray[np.uint8], smallest: float, narrowest: float) -> Labels:
    """Give every region that is too small to a neighbor, until none is left.

    Parameters
    ----------
    labels : ndarray of int32, shape (H, W)
    palette : ndarray of uint8, shape (k, 3)
    smallest : float
        Area in pixels that a region must have. Regions without a neighbor that are smaller become negative;
        if there is nothing else, the largest stays.
    narrowest : float
        Radius in pixels of the circle that must fit into a region, unless it has no neighbor.

    Returns
    -------
    ndarray of int32, shape (H, W)
    """
    points = EYE.from_srgb(palette) / EYE.steps
    apart = np.sqrt(np.square(points[:, None] - points).sum(axis=2)) + LOOKS_ALIKE
    while True:
        regions = connected(labels)
        count = int(regions.max()) + 1
        radius = np.zeros(count, np.float32)
        np.maximum.at(radius, regions.ravel(), depths(regions).ravel())
        graph = _Graph(regions, labels, apart)
        if not graph.merge(smallest, radius < narrowest):
            return labels
        labels = graph.labels()[regions]


class _Graph:
    """Which regions touch, along how many pixels; region 0 is what is not painted."""

    def __init__(self, regions: Labels, labels: Labels, apart: NDArray[np.float64]) -> None:
        count = int(regions.max()) + 1
        self._areas: list[int] = np.bincount(regions.ravel(), minlength=count).tolist()
        self._label = np.full(count, -1, np.int32)
        self._label[regions.ravel()] = labels.ravel()
        self._label[0] = -1
        self._labels: list[int] = self._label.tolist()
        self._apart = apart
        self._into = list(range(count))
        self._borders: list[dict[int, int]] = [{} for _ in range(count)]
        for one, other, length in _borders(regions, count):
            self._borders[one][other] = length
            self._borders[other][one] = length

    def merge(self, smallest: float, narrow: NDArray[np.bool_]) -> int:
        """Merge what is too small, the smallest first, and what is narrow; tell how many it was."""
        areas = self._areas
        waiting = [(areas[region], region) for region in range(1, len(areas))]
        waiting = [each for each in waiting if each[0] < smallest or narrow[each[1]]]
        heapq.heapify(waiting)
        alone = []
        done = 0
        while waiting:
            area, region = heapq.heappop(waiting)
            # One that has grown stands here again if it is still too small; it may no longer be narrow.
            if self._into[region] != region or area != areas[region]:
                continue
            if not self._borders[region]:
                alone += [region] if area < smallest else []
                continue
            done += 1
            grown = self._absorb(region, self._closest(region))
            if areas[grown] < smallest:
                heapq.heappush(waiting, (areas[grown], grown))
        return done + self._drop(alone)

    def _drop(self, alone: list[int]) -> int:
        """Leave out regions that are too small and alone, but for the largest where there is nothing else."""
        if len(alone) == sum(into == region > 0 for region, into in enumerate(self._into)):
            alone = sorted(alone, key=lambda region: self._areas[region])[:-1]
        for region in alone:
            self._into[region] = 0
        return len(alone)

    def labels(self) -> NDArray[np.int32]:
        """Give the label of each region as it is now."""
        roots = np.array(self._into)
        while not np.array_equal(roots, roots[roots]):
            roots = roots[roots]
        now: NDArray[np.int32] = self._label[roots]
        return now

    def _closest(self, region: int) -> int:
        apart = self._apart[self._labels[region]]
        return max(
            self._borders[region].items(),
            key=lambda border: (border[1] / apart[self._labels[border[0]]], -border[0]),
        )[0]

    def _absorb(self, region: int, target: int) -> int:
        """Let a region become part of another, with all that it lay between and that have the same label."""
        label = self._labels[target]
        alike = [each for each in self._borders[region] if each != target and self._labels[each] == label]
        self._join(region, target)
        for other in alike:
            # The one with more neighbors stays, for only those of the other one are gone through.
            if len(self._borders[other]) > len(self._borders[target]):
                self._join(target, other)
                target = other
            else:
                self._join(other, target)
        return target

    def _join(self, region: int, target: int) -> None:
        self._into[region] = target
        self._areas[target] += self._areas[region]
        borders = self._borders[target]
        for other, length in self._borders[region].items():
            del self._borders[other][region]
            if other != target:
                borders[other] = self._borders[other][target] = borders.get(other, 0) + length
        self._borders[region] = {}


def _borders(regions: Labels, count: int) -> list[Any]:
    """List the pairs of regions that touch, and the length of their border in pixels."""
    pairs = []
    for one, other in ((regions[:, 1:], regions[:, :-1]), (regions[1:], regions[:-1])):
        touch = (one != other) & (one > 0) & (other > 0)
        low, high = np.minimum(one[touch], other[touch]), np.maximum(one[touch], other[touch])
        pairs.append(low.astype(np.int64) * count + high)
    codes, lengths = np.unique(np.concatenate(pairs), return_counts=True)
    table: list[Any] = np.column_stack([codes // count, codes % count, lengths]).tolist()
    return table
