"""What the whole process of the command takes for a small image, start of the interpreter included."""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from benchmarks.measure import Spent, interleaved, run
from benchmarks.peers import PROGRAMS, Pixels, command_of
from colorquant import Settings, quantize

HERE = Path(__file__).parent.parent
IMPORTS = 'python -c "import numpy, cv2, PIL.Image"'
BARE = 'python -c ""'
RECIPE_OPTIONS, AUTO_OPTIONS = ["--criterion", "silhouette", "--color-space", "rgb"], ["--criterion", "auto"]


def colorquant_command(source: Path, output: Path, options: list[str], project: Path = HERE) -> list[str]:
    """Give the words of the command, started as the project there says."""
    return [*start(project), "quantize", str(source), "--output", str(output), "--force", "--quiet", *options]


def start(project: Path = HERE) -> list[str]:
    """Give the words that start the command as an installed one does."""
    told = tomllib.loads((project / "pyproject.toml").read_text())
    module, function = told["project"]["scripts"]["colorquant"].split(":")
    return [sys.executable, "-c", f"from {module} import {function}; {function}()"]


def processes(pixels: Pixels, rounds: int) -> dict[str, Spent]:
    """Time the command beside the other programs on one PNG, and the imports that it cannot do without."""
    k = quantize(pixels, Settings.recipe()).colors
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "input.png", Path(folder) / "output.png"
        cv2.imwrite(str(source), pixels[..., ::-1])
        commands = {
            "colorquant": colorquant_command(source, output, RECIPE_OPTIONS),
            "colorquant, auto": colorquant_command(source, output, AUTO_OPTIONS),
            "colorquant --help": [*start(), "quantize", "--help"],
            IMPORTS: [sys.executable, "-c", "import numpy, cv2, PIL.Image"],
            BARE: [sys.executable, "-c", ""],
        } | {name: command_of(name, source, output, k) for name in PROGRAMS}
        return interleaved({name: _running(words) for name, words in commands.items()}, rounds)


def _running(words: list[str]) -> Callable[[], Any]:
    return lambda: run(words)
