"""How long it takes from bytes to bytes, and where the time goes as images grow."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.measure import Spent, interleaved
from benchmarks.peers import KMEANS_BY_PILLOW, LIBRARIES, OURS, PROGRAMS, Pixels, decode, recipe, run_program
from benchmarks.png_levels import pillow as encode_by_pillow
from colorquant import Settings, quantize
from colorquant.image.encode import encode_png

MEGA = 1_000_000
SIZES = (0.4, 2, 8, 24)
JPEG_QUALITY = 90
STAGES = ("decode", "count", "flat", "sample", "sweep", "score", "refine", "recolor", "encode")
FLOOR, OLD_FLOOR = "floor: decode and encode", "old floor: with Pillow's encoder"
AUTO = "colorquant, auto"
ON_ONE_CORE = "colorquant, on one core"
# How many colors the libraries are timed with on small pixels.
COLORS = 16


def resized(pixels: Pixels, megapixels: float) -> bytes:
    """Give the image as a JPEG of another size."""
    scale = (megapixels * MEGA / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how)
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()


def race(data: bytes, rounds: int) -> dict[str, Any]:
    """Time everybody on one JPEG: to a PNG, or where it says so only the quantization of decoded pixels."""
    pixels = decode(data)
    k = quantize(data, Settings.recipe()).colors
    with tempfile.TemporaryDirectory() as folder:
        # pngquant reads nothing but PNG.
        files = {"ImageMagick": Path(folder) / "input.jpg", "pngquant": Path(folder) / "input.png"}
        files["ImageMagick"].write_bytes(data)
        cv2.imwrite(str(files["pngquant"]), pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
        calls = _ours(data) | {
            "scikit-learn as engine": lambda: quantize(data, Settings.recipe(engine="scikit-learn")).to_png(),
            "scikit-learn as in tutorials": lambda: recipe(data, "auto"),
        }
        for name in _quick_libraries():
            calls[f"{name} (quantize only)"] = lambda name=name: LIBRARIES[name](pixels, k)
        for name in PROGRAMS:
            kind = files[name].suffix[1:].upper()
            calls[f"{name} (whole process, from {kind})"] = lambda name=name: run_program(
                name, files[name], k
            )
        spent = interleaved(calls, rounds)
    return {"megapixels": pixels.shape[0] * pixels.shape[1] / MEGA, "colors": k, "spent": spent}


def _ours(data: bytes) -> dict[str, Callable[[], Any]]:
    """Give our ways from bytes to bytes, and the floors below them."""
    chosen = quantize(data, Settings.recipe())
    indices, palette = chosen.indices, chosen.palette.rgb

    def on_one_core() -> None:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        quantize(data, Settings.recipe()).to_png()
        cv2.setNumThreads(threads)

    def old_floor() -> None:
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
        encode_by_pillow(indices, palette)

    return {
        OURS: lambda: quantize(data, Settings.recipe()).to_png(),
        AUTO: lambda: quantize(data).to_png(),
        ON_ONE_CORE: on_one_core,
        FLOOR: lambda: (decode(data), encode_png(indices, palette)),
        OLD_FLOOR: old_floor,
    }


def _quick_libraries() -> list[str]:
    """Give the peers that do not take half a minute for a large image."""
    return [name for name in LIBRARIES if not name.startswith(OURS) and name != KMEANS_BY_PILLOW]


def grown(data: bytes, rounds: int) -> dict[str, Any]:
    """Time ours, the floors and libimagequant on one size, and our stages."""
    pixels = decode(data)
    k = quantize(data, Settings.recipe()).colors
    peer = {"libimagequant (quantize only)": lambda: LIBRARIES["libimagequant"](pixels, k)}
    return {
        "megapixels": pixels.shape[0] * pixels.shape[1] / MEGA,
        "spent": interleaved(_ours(data) | peer, rounds),
        "stages": stages(data, rounds, Settings.recipe()),
        "stages_auto": stages(data, rounds, Settings()),
    }


def quantizing(pixels: Pixels, rounds: int) -> dict[str, Spent]:
    """Time each library on decoded pixels, told how many colors to take."""
    calls = {name: lambda call=call: call(pixels, COLORS) for name, call in LIBRARIES.items()}
    return interleaved(calls, rounds)


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
