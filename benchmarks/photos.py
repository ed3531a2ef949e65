"""The photographs to measure on, by size."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.peers import Pixels
from benchmarks.speed import resized

SUFFIXES = {".jpg", ".jpeg", ".png"}
# Photographs up to this size are compared by quality, JPEGs from the other on by speed.
SMALL_PIXELS, LARGE_PIXELS = 1_000_000, 8_000_000
# So many large ones make a median; where there are fewer, small ones are enlarged to this size.
LEAST_LARGE, ENLARGED_MEGAPIXELS = 5, 9


@dataclass(frozen=True)
class Photos:
    """Photographs by their names.

    Attributes
    ----------
    small : dict of str to ndarray
        Pixels of those of up to a megapixel.
    large : dict of str to bytes
        JPEGs of 8 megapixels or more; some may be enlarged.
    biggest : ndarray
        Pixels of the one with the most.
    """

    small: dict[str, Pixels]
    large: dict[str, bytes]
    biggest: Pixels


def read_photos(folders: Sequence[Path]) -> Photos:
    """Read the JPEGs and PNGs in folders."""
    files = [file for folder in folders for file in sorted(folder.iterdir())]
    read = {file: _read(file) for file in files if file.suffix.lower() in SUFFIXES}
    if not read:
        sys.exit(f"There is no JPEG or PNG in {', '.join(map(str, folders))}.")
    small = {file.stem: pixels for file, pixels in read.items() if _area(pixels) <= SMALL_PIXELS}
    large = {
        file.stem: file.read_bytes()
        for file, pixels in read.items()
        if _area(pixels) >= LARGE_PIXELS and file.suffix.lower() != ".png"
    }
    biggest = max(read.values(), key=np.size)
    for name, pixels in list((small or {"biggest": biggest}).items())[: max(0, LEAST_LARGE - len(large))]:
        large[f"{name}, enlarged"] = resized(pixels, ENLARGED_MEGAPIXELS)
    return Photos(small, large, biggest)


def _area(pixels: Pixels) -> int:
    return pixels.shape[0] * pixels.shape[1]


def _read(file: Path) -> Pixels:
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        sys.exit(f"{file} cannot be read.")
    return pixels
