"""Colors from catalogs, and one palette for several photographs: the tables of docs/catalogs.md.

    python -m benchmarks.catalogs FOLDER...

Catalogs are drawn at random. Errors are squared distances in the eye's space, over all pixels in cells.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from time import process_time

import cv2
import numpy as np

from benchmarks.measure import geometric_mean
from benchmarks.speed import MEGA
from colorquant import Image, Palette, load, quantize, shared_palette
from colorquant.engine.exact import Floats, squared_distances
from colorquant.engine.points import Points, histogram
from colorquant.engine.refine import POLISH_CELLS, SEARCH_CELLS
from colorquant.engine.spaces import EYE, SPACES
from studies import photographs
from studies.page import fill

PAGE = Path(__file__).parent.parent / "docs" / "catalogs.md"
MEGAPIXELS = 0.4
SMALL_CASES, SMALLEST, LARGEST, FEWEST, MOST = 200, 6, 14, 2, 5
CATALOGS, CATALOG_COLORS, OF_CATALOG = 3, 400, 24
# What a subset may leave more than the best one, and what ours should leave less than the most used colors.
NEARLY, LESS = 1.01, 0.90
# The bound rises no more after about 300 steps.
STEPS, PATIENCE = 400, 15
GROUPS, SHARED_COLORS = 5, 16


def read(folders: Sequence[Path]) -> dict[str, Image]:
    """Read the photographs in folders and the two that scikit-learn ships, none larger than `MEGAPIXELS`."""
    found = {picture.path.stem: _reduced(picture.pixels()) for picture in photographs.find(folders)}
    return {name: load(pixels) for name, pixels in sorted(found.items())}


def _reduced(pixels: np.ndarray) -> np.ndarray:
    factor = (MEGAPIXELS * MEGA / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    return (
        cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else pixels
    )


def drawn(seed: int, size: int) -> Palette:
    """Draw a catalog of distinct colors."""
    packed = np.random.default_rng(seed).choice(1 << 24, size, replace=False)
    return Palette.of(np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.uint8))


def losses(points: Points, catalog: Palette) -> Floats:
    """Give the error of every point in every color, of shape (colors, points)."""
    return squared_distances(EYE.from_srgb(catalog.rgb), points.coordinates) * points.weights


def error(table: Floats, chosen: Sequence[int]) -> float:
    """Give the error of some of the colors."""
    return float(table[list(chosen)].min(axis=0).sum())


def chosen_from(image: Image, catalog: Palette, number: int) -> list[int]:
    """Say which places of the catalog the best colors have."""
    palette = image.sweep(colors=number, catalog=catalog).palette()
    places = {code: place for place, code in enumerate(catalog.hex_colors)}
    return [places[code] for code in palette.hex_colors]


def small_cases(images: Sequence[Image]) -> Iterator[float]:
    """Give ours as a multiple of the least error of any subset, found by trying them all."""
    for case in range(SMALL_CASES):
        image = images[case % len(images)]
        size = SMALLEST + case % (LARGEST - SMALLEST + 1)
        number = FEWEST + case // (LARGEST - SMALLEST + 1) % (MOST - FEWEST + 1)
        catalog = drawn(case, size)
        table = losses(histogram(image.colors, SEARCH_CELLS, EYE).points, catalog)
        best = min(error(table, subset) for subset in combinations(range(size), number))
        yield error(table, chosen_from(image, catalog, number)) / best


@dataclass(frozen=True)
class Case:
    """One photograph and one large catalog; errors as multiples of that of the colors used most."""

    name: str
    ours: float
    bound: float
    whole: float
    seconds: float


def large_cases(images: dict[str, Image]) -> Iterator[Case]:
    """Choose colors of large catalogs, beside those that most pixels are nearest to."""
    for name, image in images.items():
        points = histogram(image.colors, SEARCH_CELLS, EYE).points
        for seed in range(CATALOGS):
            catalog = drawn(1000 + seed, CATALOG_COLORS)
            table = losses(points, catalog)
            nearest = np.bincount(table.argmin(axis=0), points.weights, CATALOG_COLORS)
            most_used = error(table, np.argsort(-nearest)[:OF_CATALOG])
            chosen = chosen_from(image, catalog, OF_CATALOG)
            start = process_time()
            quantize(image.raster.pixels, colors=OF_CATALOG, catalog=catalog)
            spent = process_time() - start
            ours, everything = error(table, chosen), error(table, range(CATALOG_COLORS))
            bound = least(table, OF_CATALOG, ours)
            yield Case(name, ours / most_used, bound / most_used, everything / most_used, spent)


def least(table: Floats, number: int, known: float) -> float:
    """Prove that no subset of so many colors has less error, where one is known that has so much.

    The Lagrangian bound of the p-median problem: every point may refuse to pay more than its price, and the
    prices rise where it is served by no color, and fall where it is served by several.

    References
    ----------
    G. Cornuejols, M. L. Fisher and G. L. Nemhauser, "Location of bank accounts to optimize float", Management
    Science 23 (1977), 789-810.
    """
    prices = np.partition(table, 1, axis=0)[1]
    bound, step, failed = -np.inf, 2.0, 0
    for _ in range(STEPS):
        gains = np.minimum(table - prices, 0)
        opened = np.argsort(gains.sum(axis=1))[:number]
        value = float(prices.sum() + gains[opened].sum())
        failed = 0 if value > bound else failed + 1
        bound = max(bound, value)
        if failed == PATIENCE:
            step, failed = step / 2, 0
        slope = 1.0 - (gains[opened] < 0).sum(axis=0)
        if not slope.any():
            break
        prices = prices + step * (known - value) / (slope @ slope) * slope
    return bound


def groups(images: dict[str, Image]) -> Iterator[tuple[list[str], dict[str, list[float]]]]:
    """Give the error of one palette for each group, as multiples of that of each image's own for all."""
    names = list(images)
    for group in (names[start::GROUPS] for start in range(GROUPS)):
        members = [images[name] for name in group]
        ratios = {}
        for space in ("rgb", "oklab"):
            told = {"colors": SHARED_COLORS, "color_space": space}
            shared = _total(members, shared_palette(members, **told), space)
            ratios[space] = [
                shared / _total(members, image.sweep(**told).palette(), space) for image in members
            ]
        yield group, ratios


def _total(images: Sequence[Image], palette: Palette, space: str) -> float:
    centers = SPACES[space].from_srgb(palette.rgb)
    total = 0.0
    for image in images:
        points = histogram(image.colors, POLISH_CELLS, SPACES[space]).points
        total += float((squared_distances(centers, points.coordinates).min(axis=0) * points.weights).sum())
    return total


def main() -> None:
    """Measure, and write the page's tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    images = read(parser.parse_args().folders)
    small = list(small_cases(list(images.values())))
    large = list(large_cases(images))
    fill(
        PAGE,
        {"small": _small(small), "large": _large(large), "short": _short(large), "shared": _shared(images)},
    )


def _small(ratios: Sequence[float]) -> list[tuple[str, ...]]:
    nearly = sum(ratio <= NEARLY for ratio in ratios)
    return [
        ("cases", "the best subset", "within 1 % of it", "at most"),
        (
            str(len(ratios)),
            str(sum(ratio <= 1 + 1e-12 for ratio in ratios)),
            f"{nearly} ({nearly / len(ratios):.1%})",
            f"{max(ratios) - 1:.1%} above",
        ),
    ]


def _large(cases: Sequence[Case]) -> list[tuple[str, ...]]:
    rows = [("photograph", "ours", "proved: no subset less than", "all colors of the catalog", "CPU")]
    for name in dict.fromkeys(case.name for case in cases):
        own = [case for case in cases if case.name == name]
        rows.append(_row(name, own))
    return [*rows, _row("all", cases)]


def _row(name: str, cases: Sequence[Case]) -> tuple[str, ...]:
    means = (geometric_mean([getattr(case, what) for case in cases]) for what in ("ours", "bound", "whole"))
    spent = np.median([case.seconds for case in cases])
    return (name, *(f"{mean:.3f}" for mean in means), f"{1000 * spent:.0f} ms")


def _short(cases: Sequence[Case]) -> list[tuple[str, ...]]:
    enough = [case for case in cases if case.ours <= LESS]
    possible = [case for case in cases if case.ours > LESS >= case.bound]
    gaps = [case.ours / case.bound - 1 for case in cases]
    return [
        (
            "catalogs",
            "10 % less",
            "10 % less proved impossible",
            "neither",
            "ours above the bound, median and most",
        ),
        (
            str(len(cases)),
            str(len(enough)),
            str(len(cases) - len(enough) - len(possible)),
            str(len(possible)),
            f"{np.median(gaps):.1%}, {max(gaps):.1%}",
        ),
    ]


def _shared(images: dict[str, Image]) -> list[tuple[str, ...]]:
    rows = [("photographs", "RGB", "eye's space")]
    for group, ratios in groups(images):
        spans = (f"{min(found):.2f} to {max(found):.2f}" for found in (ratios["rgb"], ratios["oklab"]))
        rows.append((", ".join(group), *spans))
    return rows


if __name__ == "__main__":
    main()
