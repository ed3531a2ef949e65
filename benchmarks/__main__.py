"""Run every comparison on a folder of photographs, and write the page that shows the numbers."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import colorquant
from benchmarks import memory, page, plot, quality, speed
from benchmarks.peers import PROGRAMS, Pixels
from colorquant import Settings

SUFFIXES = {".jpg", ".jpeg", ".png"}
DOCS = Path(__file__).parent.parent / "docs"
# Photographs up to this size are compared by quality, larger ones by speed.
SMALL_PIXELS = 1_000_000
LARGE_PIXELS = 8_000_000


def main() -> None:
    """Read the command line and do it all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="where the photographs are")
    parser.add_argument("--rounds", type=int, default=5, help="how often each call is timed  [5]")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where to write the page  [docs]")
    options = parser.parse_args()
    files = [file for folder in options.folders for file in sorted(folder.iterdir())]
    photos = {file: _read(file) for file in files if file.suffix.lower() in SUFFIXES}
    if not photos:
        parser.error(f"there is no JPEG or PNG in {', '.join(map(str, options.folders))}")
    results = measure(photos, options.rounds)
    images = options.docs / "images"
    images.mkdir(parents=True, exist_ok=True)
    (options.docs / "benchmarks.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.docs / "benchmarks.md").write_text(page.markdown(results))
    plot.draw(results, images / "benchmarks.svg")


def measure(photos: dict[Path, Pixels], rounds: int) -> dict[str, Any]:
    """Measure everything, as what JSON can hold."""
    small = {
        file.stem: image for file, image in photos.items() if image.shape[0] * image.shape[1] <= SMALL_PIXELS
    }
    biggest = max(photos.values(), key=np.size)
    large = {
        file.stem: file.read_bytes()
        for file, image in photos.items()
        if image.shape[0] * image.shape[1] >= LARGE_PIXELS and file.suffix.lower() != ".png"
    } or {"resized": speed.resized(biggest, 10)}
    results: dict[str, Any] = {"machine": _machine(), "rounds": rounds, "photos": {}}
    for name, pixels in small.items():
        _say(name)
        results["photos"][name] = {
            "palettes": quality.compare_palettes(pixels),
            "sweep": quality.compare_sweeps(pixels, rounds),
            "silhouette": quality.check_binned_silhouette(pixels),
        }
    results["races"] = {}
    results["whole"] = {}
    for name, data in large.items():
        _say(name)
        results["races"][name] = speed.race(data, rounds)
        results["whole"][name] = speed.stages(data, rounds, Settings(sample_size="all"))
    results["sizes"] = []
    for megapixels in speed.SIZES:
        _say(f"{megapixels} megapixels")
        data = speed.resized(biggest, megapixels)
        race = speed.race(data, rounds)
        results["sizes"].append(race | {"stages": speed.stages(data, rounds, Settings())})
    _say("memory")
    results["memory"] = memory.peaks(biggest)
    return results


def _read(file: Path) -> Pixels:
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        sys.exit(f"{file} cannot be read.")
    return pixels


def _machine() -> dict[str, Any]:
    packages = ("numpy", "opencv-python-headless", "scikit-learn", "pillow", "imagequant")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "colorquant": colorquant.__version__,
        "python": platform.python_version(),
        "processor": platform.machine(),
        "cpus": cv2.getNumberOfCPUs(),
        "packages": {name: version(name) for name in packages},
        "programs": sorted(PROGRAMS),
    }


def _say(what: str) -> None:
    print(f"measuring {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
