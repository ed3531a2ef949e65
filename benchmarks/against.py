"""Today's version beside an earlier one, in turns, in the environment of this one.

Run as `python -m benchmarks.against COMMIT FOLDER...` in a clone; it prints the section that
`python -m benchmarks --against COMMIT FOLDER...` puts on the page.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from benchmarks import memory
from benchmarks.command import AUTO_OPTIONS, HERE, RECIPE_OPTIONS, colorquant_command
from benchmarks.measure import interleaved, run
from benchmarks.peers import Pixels
from benchmarks.photos import Photos, read_photos

NOW, BEFORE = "now", "before"
# Spelled out, since versions differ in their defaults.
RECIPE = {"criterion": "silhouette", "color_space": "rgb"}
AUTO = {"criterion": "auto"}
SIZED_COLORS = (8, 12, 16, 24, 32)
MEMORY_SIZES = (12, 100)
_WORKER = """
import json, sys, time
from pathlib import Path
import colorquant
for line in sys.stdin:
    task = json.loads(line)
    data, settings = Path(task["file"]).read_bytes(), colorquant.Settings(**task["settings"])
    start = time.perf_counter()
    result = colorquant.quantize(data, settings)
    png = result.to_png()
    spent = (time.perf_counter() - start) * 1000
    print(json.dumps({"ms": spent, "bytes": len(png), "colors": len(result.palette)}), flush=True)
"""


@dataclass(frozen=True)
class Version:
    """A project's folder."""

    project: Path

    @property
    def environment(self) -> dict[str, str]:
        """What makes Python import the package there."""
        return os.environ | {"PYTHONPATH": str(self.project / "src")}


class Worker:
    """A process that quantizes with one version, and stays warm."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def quantize(self, file: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Quantize a file, and tell the milliseconds, the bytes and the colors."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if not stdin or not stdout:
            raise RuntimeError("The worker has no pipes.")
        stdin.write(json.dumps({"file": str(file), "settings": settings}) + "\n")
        stdin.flush()
        answer: dict[str, Any] = json.loads(stdout.readline())
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


def compare(reference: str, photos: Photos, rounds: int) -> dict[str, Any]:
    """Measure the version of a commit and this one on the same files."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        versions = {
            BEFORE: Version(stack.enter_context(checked_out(reference))),
            NOW: Version(HERE),
        }
        workers = {
            name: stack.enter_context(Worker(version.environment)) for name, version in versions.items()
        }
        small = [_written(folder, name, pixels) for name, pixels in photos.small.items()]
        large = [_written(folder, name, data) for name, data in photos.large.items()]
        return {
            "reference": reference,
            "versions": {name: _number(version) for name, version in versions.items()},
            "command": {
                name: _commands(small, versions, options, rounds)
                for name, options in (("recipe", RECIPE_OPTIONS), ("auto", AUTO_OPTIONS))
            },
            "warm": {
                name: _warm(large, workers, settings, rounds)
                for name, settings in (("recipe", RECIPE), ("auto", AUTO))
            },
            "bytes": _sizes([*small, *large], workers),
            "memory": {
                name: memory.peaks(photos.biggest, MEMORY_SIZES, version.environment)
                for name, version in versions.items()
            },
        }


@contextmanager
def checked_out(reference: str) -> Iterator[Path]:
    """Unpack the project as it was at a commit."""
    packing = ["git", "archive", "--format=tar", reference, "src", "pyproject.toml"]
    packed = subprocess.run(packing, check=True, capture_output=True, cwd=HERE)
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def _number(version: Version) -> str:
    words = [sys.executable, "-c", "import colorquant; print(colorquant.__version__)"]
    return run(words, version.environment).strip()


def _written(folder: Path, name: str, content: bytes | Pixels) -> Path:
    if isinstance(content, bytes):
        file = folder / f"{name}.jpg"
        file.write_bytes(content)
    else:
        file = folder / f"{name}.png"
        cv2.imwrite(str(file), content[..., ::-1])
    return file


def _commands(
    files: Sequence[Path], versions: Mapping[str, Version], options: list[str], rounds: int
) -> list[dict[str, Any]]:
    rows = []
    for file in files:
        output = file.with_name("output.png")
        calls = {
            name: partial(
                run, colorquant_command(file, output, options, version.project), version.environment
            )
            for name, version in versions.items()
        }
        rows.append({"photo": file.stem, "spent": interleaved(calls, rounds)})
    return rows


def _warm(
    files: Sequence[Path], workers: Mapping[str, Worker], settings: dict[str, Any], rounds: int
) -> list[dict[str, Any]]:
    rows = []
    for file in files:
        spent: dict[str, list[float]] = {name: [] for name in workers}
        for turn in range(rounds + 1):
            for name, worker in workers.items():
                answer = worker.quantize(file, settings)
                if turn:
                    spent[name].append(answer["ms"])
        medians = {name: statistics.median(times) for name, times in spent.items()}
        rows.append({"photo": file.stem, "ms": medians})
    return rows


def _sizes(files: Sequence[Path], workers: Mapping[str, Worker]) -> list[dict[str, Any]]:
    """Compare the bytes of the PNGs with equally many colors."""
    rows = []
    for file in files:
        for colors in SIZED_COLORS:
            settings = RECIPE | {"min_colors": colors, "max_colors": colors}
            sizes = {name: worker.quantize(file, settings)["bytes"] for name, worker in workers.items()}
            rows.append({"photo": file.stem, "colors": colors, "bytes": sizes})
    return rows


def main() -> None:
    """Read the command line, and print the comparison."""
    from benchmarks.page import versions  # noqa: PLC0415 - which knows this module's names

    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("commit", help="the earlier version: a commit or tag")
    parser.add_argument("folders", nargs="+", type=Path, help="where the photographs are")
    parser.add_argument("--rounds", type=int, default=5, help="how often each call is timed  [5]")
    options = parser.parse_args()
    print(versions(compare(options.commit, read_photos(options.folders), options.rounds)))


if __name__ == "__main__":
    main()
