"""TIFFs of 16 bits, strip by strip and tile by tile.

Pillow cuts 16 bits to 8, and misreads separate planes of them; OpenCV turns what should not be turned. What
Pillow reads right in full depth is grey. So strips, or rows of tiles, are handed to it as grey pictures whose
neighboring pixels are the samples of one, as many at a time as fit into little memory.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from colorquant.errors import ImageTooLargeError
from colorquant.image import tags
from colorquant.image.header import corrupt
from colorquant.image.limits import Limits
from colorquant.image.pillow import at_work, damaged, samples_of
from colorquant.image.tags import Directory

_PLANES = 2
DIFFERENCES = 2
# LZW, Deflate, its older number, and Zstandard: what can be told to compress differences (TIFF 6.0, 14).
WITH_DIFFERENCES = frozenset({5, 8, 32946, 50000})
_BLACK_IS_ZERO = 1
_LONG = 4
# Samples that are decoded at once: 16 MB, and as many again in Pillow.
_BLOCK = 1 << 23
# Samples of one strip, or row of tiles, which cannot be decoded by halves. Each takes 2 bytes in libtiff, in
# Pillow and here: 0.8 GB.
_MOST_IN_A_PART = 1 << 27


@dataclass(frozen=True)
class _Parts:
    """A page's tiles, or its strips, which are tiles as wide as the page.

    Attributes
    ----------
    together : int
        How many samples of a pixel stand side by side: all, or one where there are planes.
    """

    data: bytes
    page: Directory
    together: int
    width: int
    height: int
    across: int
    down: int
    offsets: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def has_differences(self) -> bool:
        has_predictor = self.page.first(tags.PREDICTOR, 1) == DIFFERENCES
        return has_predictor and self.page.first(tags.COMPRESSION, 1) in WITH_DIFFERENCES

    def runs(self) -> Iterator[range]:
        """Give the rows of tiles that are decoded at once."""
        step = max(1, _BLOCK // (self.width * self.across * self.together * self.height))
        return (range(first, min(first + step, self.down)) for first in range(0, self.down, step))

    def as_grey(self, numbers: range, height: int) -> bytes:
        """Write some parts as a grey TIFF.

        Differences are between pixels, so with several samples each they are left to be added up.
        """
        order = "<" if self.data.startswith(b"II") else ">"
        bodies = [self.data[self.offsets[i] : self.offsets[i] + self.sizes[i]] for i in numbers]
        starts = np.cumsum([8, *map(len, bodies)])
        is_tiled = tags.TILE_OFFSETS in self.page.tags
        entries = {
            tags.WIDTH: [self.page.first(tags.WIDTH, 0) * self.together],
            tags.HEIGHT: [height],
            tags.BITS: [16],
            tags.COMPRESSION: [self.page.first(tags.COMPRESSION, 1)],
            tags.PHOTOMETRIC: [_BLACK_IS_ZERO],
            tags.SAMPLES: [1],
            tags.PREDICTOR: [DIFFERENCES if self.together == 1 and self.has_differences else 1],
            tags.TILE_OFFSETS if is_tiled else tags.STRIP_OFFSETS: starts[:-1].tolist(),
            tags.TILE_BYTES if is_tiled else tags.STRIP_BYTES: [len(body) for body in bodies],
            tags.TILE_HEIGHT if is_tiled else tags.ROWS_PER_STRIP: [self.height],
        } | ({tags.TILE_WIDTH: [self.width * self.together]} if is_tiled else {})
        start = int(starts[-1])
        beyond = start + 2 + 12 * len(entries) + 4
        directory, lists = struct.pack(order + "H", len(entries)), b""
        for tag, values in sorted(entries.items()):
            packed = struct.pack(f"{order}{len(values)}I", *values)
            if len(values) > 1:
                lists, packed = lists + packed, struct.pack(order + "I", beyond + len(lists))
            directory += struct.pack(order + "HHI", tag, _LONG, len(values)) + packed
        mark = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", start)
        return b"".join([mark, *bodies, directory, b"\0\0\0\0", lists])


def _parts_of(data: bytes, page: Directory, planes: int) -> _Parts:
    page_width, page_height = page.first(tags.WIDTH, 0), page.first(tags.HEIGHT, 0)
    if tags.TILE_OFFSETS in page.tags:
        width, height = page.first(tags.TILE_WIDTH, 0), page.first(tags.TILE_HEIGHT, 0)
        offsets, sizes = page.tags[tags.TILE_OFFSETS], page.tags.get(tags.TILE_BYTES, ())
    else:
        width, height = page_width, min(page.first(tags.ROWS_PER_STRIP, page_height), page_height)
        offsets, sizes = page.tags[tags.STRIP_OFFSETS], page.tags.get(tags.STRIP_BYTES, ())
    if width <= 0 or height <= 0:
        raise corrupt("TIFF", f"its parts have {width}x{height} pixels")
    across, down = -(-page_width // width), -(-page_height // height)
    if len(offsets) < planes * across * down:
        raise corrupt("TIFF", f"it has {len(offsets)} parts, of {planes * across * down}")
    # A writer that leaves the sizes out has one part, up to the end.
    sizes = sizes if len(sizes) >= len(offsets) else tuple(len(data) - offset for offset in offsets)
    together = page.first(tags.SAMPLES, 1) // planes
    # Of what a part says it has, no more is copied than it can need: LZW at its worst takes 1.5 times.
    most = 2 * (2 * width * height * together) + 1024
    sizes = tuple(min(size, most) for size in sizes)
    return _Parts(data, page, together, width, height, across, down, offsets, sizes)


@dataclass(frozen=True)
class DeepPixels:
    """Samples of 16 bits: the colors, shape (height, width, colors), and the first that is none."""

    colors: NDArray[np.uint16]
    extra: NDArray[np.uint16] | None
    warnings: tuple[str, ...]


def read_deep(data: bytes, page: Directory, colors: int, limits: Limits) -> DeepPixels:
    """Decode a page that has 16 bits in each sample, of which so many are colors."""
    width, height = page.first(tags.WIDTH, 0), page.first(tags.HEIGHT, 0)
    samples = page.first(tags.SAMPLES, 1)
    planes = samples if page.first(tags.PLANAR, 1) == _PLANES else 1
    parts = _parts_of(data, page, planes)
    at_once = parts.width * parts.across * parts.height * parts.together
    if at_once > _MOST_IN_A_PART:
        raise ImageTooLargeError(
            f"The TIFF has {at_once:,} samples in one strip or row of tiles, and decoding it would take "
            "too much memory. Save it with smaller strips, or make it smaller."
        )
    values = np.empty((height, width, colors), np.uint16)
    extra = np.empty((height, width), np.uint16) if samples > colors else None
    # Here each of a pixel's samples is a pixel.
    with at_work("TIFF", limits.max_pixels * samples) as heard:
        # Of the samples that are no colors, only the first is looked at.
        for plane in range(min(planes, colors + 1)):
            for run in parts.runs():
                rows = slice(run.start * parts.height, min(run.stop * parts.height, height))
                first = (plane * parts.down + run.start) * parts.across
                grey = parts.as_grey(range(first, first + len(run) * parts.across), rows.stop - rows.start)
                with TiffImagePlugin.TiffImageFile(io.BytesIO(grey)) as image:
                    block = samples_of(image).values.reshape(-1, width, parts.together)
                if parts.together > 1 and parts.has_differences:
                    for left in range(0, width, parts.width):
                        tile = block[:, left : left + parts.width]
                        np.add.accumulate(tile, axis=1, dtype=np.uint16, out=tile)
                values[rows, :, plane : plane + parts.together] = block[..., : max(colors - plane, 0)]
                if extra is not None and plane <= colors < plane + parts.together:
                    extra[rows] = block[..., colors - plane]
    return DeepPixels(values, extra, damaged("TIFF", heard))
