"""Run every comparison on folders of photographs, and write the page that shows the numbers."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import against, chart, command, machine, memory, page, quality, speed, steps
from benchmarks.photos import Photos, read_photos
from colorquant import Settings

DOCS = Path(__file__).parent.parent / "docs"
# So many of the small photographs suffice for times that depend little on the photograph.
TIMED = 5


def main() -> None:
    """Read the command line and do it all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="where the photographs are")
    parser.add_argument("--rounds", type=int, default=5, help="how often each call is timed  [5]")
    parser.add_argument("--against", metavar="COMMIT", help="an earlier version to compare with")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where to write the page  [docs]")
    options = parser.parse_args()
    photos = read_photos(options.folders)
    results = measure(photos, options.rounds)
    if options.against:
        _say(f"version {options.against}")
        results["against"] = against.compare(options.against, photos, options.rounds)
    images = options.docs / "images"
    images.mkdir(parents=True, exist_ok=True)
    (options.docs / "benchmarks.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.docs / "benchmarks.md").write_text(page.markdown(results))
    (images / "benchmarks.svg").write_text(chart.draw(results))


def measure(photos: Photos, rounds: int) -> dict[str, Any]:
    """Measure everything, as what JSON can hold."""
    results: dict[str, Any] = {"machine": machine.describe(), "rounds": rounds, "photos": {}}
    for name, pixels in photos.small.items():
        _say(name)
        results["photos"][name] = {
            "palettes": quality.compare_palettes(pixels),
            "sweep": quality.compare_sweeps(pixels, rounds),
            "silhouette": quality.check_silhouettes(pixels),
        }
    _measure_small(results, photos, rounds)
    results["races"], results["whole"] = {}, {}
    for name, data in photos.large.items():
        _say(name)
        results["races"][name] = speed.race(data, rounds)
        results["whole"][name] = speed.stages(data, rounds, Settings.recipe(sample_size="all"))
    data = next(iter(photos.large.values()))
    _say("the steps")
    results["steps"] = steps.on_large(data, rounds)
    results["spaces"] = {"large": steps.spaces(data, rounds)}
    if photos.small:
        results["spaces"]["small"] = steps.spaces(next(iter(photos.small.values())), rounds)
    results["sizes"] = []
    for megapixels in speed.SIZES:
        _say(f"{megapixels} megapixels")
        results["sizes"].append(speed.grown(speed.resized(photos.biggest, megapixels), rounds))
    _say("memory")
    results["memory"] = memory.peaks(photos.biggest)
    return results


def _measure_small(results: dict[str, Any], photos: Photos, rounds: int) -> None:
    timed = dict(list(photos.small.items())[:TIMED])
    for key, call in (
        ("quantizing", speed.quantizing),
        ("command", command.processes),
        ("many_colors", steps.many_colors),
        ("catalog", steps.catalog),
    ):
        _say(key)
        results[key] = {name: call(pixels, rounds) for name, pixels in timed.items()}
    _say("shared palettes")
    results["shared"] = steps.shared(list(photos.small.values()), rounds)


def _say(what: str) -> None:
    print(f"measuring {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
