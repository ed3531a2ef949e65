"""How long it takes from bytes to bytes, and where the time goes as images grow."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.measure import interleaved_ms
from benchmarks.peers import LIBRARIES, PROGRAMS, Pixels, decode, recipe, run_program
from colorquant import Settings, quantize
from colorquant.image.encode import encode_png

MEGA = 1_000_000
SIZES = (0.4, 2, 8, 24)
JPEG_QUALITY = 90
STAGES = ("decode", "count", "sample", "sweep", "score", "refine", "recolor", "encode")


def resized(pixels: Pixels, megapixels: float) -> bytes:
    """Give the image as a JPEG of another size."""
    scale = (megapixels * MEGA / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    image = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()


def race(data: bytes, rounds: int) -> dict[str, Any]:
    """Time everybody on one JPEG: to a PNG, or where it says so only the quantization of decoded pixels."""
    pixels = decode(data)
    chosen = quantize(data, Settings.recipe())
    k = chosen.colors
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(data)
        file.flush()
        calls: dict[str, Callable[[], Any]] = {
            "colorquant": lambda: quantize(data, Settings.recipe()).to_png(),
            "floor: decode and encode": lambda: (
                decode(data),
                encode_png(chosen.indices, chosen.palette.rgb),
            ),
            "recipe, n_init auto": lambda: recipe(data, "auto"),
        }
        for name, library in LIBRARIES.items():
            if name != "colorquant":
                calls[f"{name} (quantize only)"] = lambda library=library: library(pixels, k)
        for name in PROGRAMS.keys() & {"ImageMagick"}:
            calls[f"{name} (whole process)"] = lambda name=name: run_program(name, Path(file.name), k)
        times = interleaved_ms(calls, rounds)
    return {"megapixels": pixels.shape[0] * pixels.shape[1] / MEGA, "colors": k, "ms": times}


def stages(data: bytes, rounds: int, settings: Settings) -> dict[str, float]:
    """Give the median milliseconds of each stage."""
    spent: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for _ in range(rounds + 1):
        result = quantize(data, settings)
        start = time.perf_counter()
        result.to_png()
        timings = result.timings_ms | {"encode": (time.perf_counter() - start) * 1000}
        for stage in STAGES:
            spent[stage].append(timings.get(stage, 0.0))
    return {stage: float(np.median(times[1:])) for stage, times in spent.items()}
