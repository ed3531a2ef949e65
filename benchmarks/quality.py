"""How close to the original each peer stays with equally many colors, and how the sweep compares."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from benchmarks.measure import interleaved_ms, mean_difference, mean_squared_error
from benchmarks.peers import KS, LIBRARIES, PROGRAMS, SAMPLE, Pixels, program_pixels, recipe_sweep
from colorquant import Settings, quantize
from colorquant.engine.colors import count_distinct, sample_pixels, unpack
from colorquant.engine.scores import score
from colorquant.engine.spaces import SPACES
from colorquant.engine.sweep import sweep
from colorquant.engine.threads import one_thread

COLORS = (8, 16, 32)
RGB = SPACES["rgb"]
# The exact silhouette compares each pixel with each other one; this many take two seconds a number of colors.
EXACT_PIXELS = 10_000


def compare_palettes(pixels: Pixels) -> list[dict[str, Any]]:
    """Measure every peer, and K-means on all pixels, at each number of colors."""
    distinct, counts = count_distinct(pixels)
    rows = []
    for k in COLORS:
        # The same problem as on all pixels, at a fraction of the time: each color once, weighted.
        best = one_thread(KMeans(k, n_init=10, random_state=0).fit)(unpack(distinct), sample_weight=counts)
        row: dict[str, Any] = {"k": k, "kmeans": best.inertia_ / counts.sum(), "mse": {}, "difference": {}}
        for name, result in _results(pixels, k):
            row["mse"][name] = mean_squared_error(pixels, result)
            row["difference"][name] = mean_difference(pixels, result)
        settings = Settings(min_colors=k, max_colors=k)
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
    sample = sample_pixels(*count_distinct(pixels), SAMPLE, 0, RGB)
    repeated = sample.points.repeat(sample.weights.astype(int), axis=0)

    inertias: dict[str, float] = {}

    def ours() -> None:
        clusterings = sweep(sample, KS, 0)
        score(sample, clusterings)
        inertias["colorquant"] = sum(clustering.inertia for clustering in clusterings)

    def auto() -> None:
        fits, _ = recipe_sweep(repeated, "auto")
        inertias["auto"] = sum(fit.inertia_ for fit in fits)

    def ten() -> None:
        recipe_sweep(repeated, 10)

    times = interleaved_ms({"colorquant": ours, "auto": auto, "ten": ten}, rounds)
    return {"ms": times, "inertia": inertias["colorquant"] / inertias["auto"]}


def check_binned_silhouette(pixels: Pixels) -> dict[str, Any]:
    """Compare the silhouette of the whole image's histogram with that of its pixels, on a smaller image."""
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / EXACT_PIXELS) ** 0.5))
    small = np.ascontiguousarray(pixels[::step, ::step])
    flat = small.reshape(-1, 3).astype(np.float64)
    differences = {}
    for k in COLORS:
        result = quantize(small, Settings(min_colors=k, max_colors=k, sample_size="all", refine=False))
        labels = result.indices.ravel()
        differences[k] = result.sweep[0].silhouette - float(silhouette_score(flat, labels))
    return {"pixels": len(flat), "difference": differences}
