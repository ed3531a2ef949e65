"""How close to the original each peer stays with equally many colors, and how the sweep compares."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from benchmarks.measure import interleaved, mean_difference, mean_squared_error
from benchmarks.peers import KS, LIBRARIES, PROGRAMS, SAMPLE, Pixels, program_pixels, recipe_sweep
from colorquant import Image, Settings, load, quantize
from colorquant.engine.colors import count
from colorquant.engine.engines import find_engine
from colorquant.engine.points import Points, sample
from colorquant.engine.silhouette import separation
from colorquant.engine.spaces import RGB_STEPS, SPACES

COLORS = (8, 16, 32)
RGB = SPACES["rgb"]
# The exact silhouette compares each pixel with each other one; this many take two seconds a number of colors.
EXACT_PIXELS = 10_000


def compare_palettes(pixels: Pixels) -> list[dict[str, Any]]:
    """Measure every peer, and K-means on all pixels, at each number of colors."""
    counted = count(pixels)
    rows = []
    for k in COLORS:
        # The same problem as on all pixels, at a fraction of the time: each color once, weighted.
        best = KMeans(k, n_init=10, random_state=0).fit(counted.rgb, sample_weight=counted.counts)
        row: dict[str, Any] = {"k": k, "kmeans": best.inertia_ / counted.pixels, "mse": {}, "difference": {}}
        for name, result in _results(pixels, k):
            row["mse"][name] = mean_squared_error(pixels, result)
            row["difference"][name] = mean_difference(pixels, result)
        settings = Settings.recipe(colors=k)
        row["refine_ms"] = float(
            np.median([quantize(pixels, settings).timings_ms["refine"] for _ in range(5)])
        )
        rows.append(row)
    return rows


def _results(pixels: Pixels, k: int) -> list[tuple[str, Pixels]]:
    libraries = [(name, library(pixels, k)) for name, library in LIBRARIES.items()]
    return libraries + [(name, program_pixels(name, pixels, k)) for name in PROGRAMS]


def compare_sweeps(pixels: Pixels, rounds: int) -> dict[str, Any]:
    """Time the sweep with its scores beside the recipe's on the same sample, and compare the inertia."""
    image, settings = load(pixels), Settings.recipe(min_colors=KS[0], max_colors=KS[-1])
    _, repeated = _sampled(image)

    inertias: dict[str, float] = {}

    def ours() -> None:
        inertias["colorquant"] = sum(row.inertia for row in image.sweep(settings).scores)

    def auto() -> None:
        fits, _ = recipe_sweep(repeated, "auto")
        inertias["auto"] = sum(fit.inertia_ for fit in fits)

    def ten() -> None:
        recipe_sweep(repeated, 10)

    times = interleaved({"colorquant": ours, "auto": auto, "ten": ten}, rounds)
    return {"spent": times, "inertia": inertias["colorquant"] / inertias["auto"]}


def _sampled(image: Image) -> tuple[Points, NDArray[np.float64]]:
    """Give the sample that the sweep works on, and the same as single pixels in levels of sRGB."""
    points = sample(image.colors, SAMPLE, 0, RGB)
    return points, (points.coordinates / RGB_STEPS).repeat(points.weights.astype(int), axis=0)


def check_silhouettes(pixels: Pixels) -> dict[str, Any]:
    """Hold our silhouettes against scikit-learn's: of the sample, and of the whole of a smaller image."""
    points, repeated = _sampled(load(pixels))
    repeats = points.weights.astype(int)
    engine = find_engine("colorquant")
    labelings = [clustering.labels for clustering in engine.sweep(points, KS, 0)]
    columns = engine.silhouette_samples(points, labelings).T
    differences = [
        separation(points.weights, labels, column).silhouette
        - float(silhouette_score(repeated, labels.repeat(repeats)))
        for labels, column in zip(labelings, columns, strict=True)
    ]
    return {"sample": max(map(abs, differences))} | _check_whole(pixels)


def _check_whole(pixels: Pixels) -> dict[str, Any]:
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / EXACT_PIXELS) ** 0.5))
    small = np.ascontiguousarray(pixels[::step, ::step])
    flat = small.reshape(-1, 3).astype(np.float64)
    differences = {}
    for k in COLORS:
        result = quantize(small, Settings.recipe(colors=k, sample_size="all", refine=False))
        differences[k] = result.sweep[0].silhouette - float(silhouette_score(flat, result.indices.ravel()))
    return {"pixels": len(flat), "difference": differences}
