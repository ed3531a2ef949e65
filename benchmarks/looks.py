"""How results look beside those of other tools: writes the tables and the picture of docs/quality.md."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks.differences import Original, Pixels
from benchmarks.looks_peers import methods
from benchmarks.looks_strip import strip
from benchmarks.looks_tables import HELD_OUT, REFERENCE, TUNED_ON, Measured, key, page_tables
from studies.page import fill
from studies.photographs import find, listed
from studies.workers import pool, work

DOCS = Path(__file__).parent.parent / "docs"
COLORS = (8, 16, 32, 64)
# Larger photographs are made smaller, or comparing them takes minutes each.
MOST_PIXELS = 100_000


def main() -> None:
    """Read the command line, compare, and fill the page in."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.looks", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="where the photographs are")
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="the photographs were not looked at when anything was tuned: their own table, undithered",
    )
    parser.add_argument(
        "--colors", nargs="+", type=int, default=COLORS, help="numbers of colors  [8 16 32 64]"
    )
    parser.add_argument("--docs", type=Path, default=DOCS, help="where the page is  [docs]")
    options = parser.parse_args()
    if options.held_out:
        save(options.docs / HELD_OUT, measure(listed(options.folders), options.colors, (False,)))
    else:
        paths = [picture.path for picture in find(options.folders)]
        save(options.docs / TUNED_ON, measure(paths, options.colors, (False, True)))
        strip(options.docs / "images" / "quality-crops.jpg")
    fill(options.docs / "quality.md", page_tables(options.docs))


def measure(paths: Sequence[Path], colors: Sequence[int], ditherings: Sequence[bool]) -> dict[str, Measured]:
    """Compare everybody on every photograph."""
    results: dict[str, Measured] = {}
    with pool() as workers:
        one = partial(compare, colors=colors, ditherings=ditherings)
        for measured in work(workers, "photographs", one, paths):
            results |= measured
    return results


def save(path: Path, results: dict[str, Measured]) -> None:
    """Keep what was measured beside the page, which is filled in from it."""
    path.write_text(json.dumps(results, indent=0) + "\n")


def compare(path: Path, colors: Sequence[int], ditherings: Sequence[bool]) -> dict[str, Measured]:
    """Measure everybody's result on one photograph, for every number of colors, dithered or not or both."""
    original = Original(read(path))
    return {
        key(path.stem, k, dithered=dithered, name=name): [
            round(float(value), 4) for value in original.compare(method(original.pixels, k))
        ]
        for dithered in ditherings
        for name, method in methods(dithered=dithered).items()
        if not (dithered and name == REFERENCE)
        for k in colors
    }


def read(path: Path) -> Pixels:
    """Read a photograph, made smaller where it is large."""
    pixels: Pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    scale = (MOST_PIXELS / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(pixels)


if __name__ == "__main__":
    main()
