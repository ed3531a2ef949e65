"""What a type checker says of programs that use the library."""

from __future__ import annotations

import re
import sys

import pytest
from mypy import api

RIGHT = """
from pathlib import Path
import numpy as np
from PIL import Image as Pillow
from colorquant import Image, Palette, Quantized, Score, Settings, Sweep, load, quantize, shared_palette

def best(path: Path) -> Quantized:
    image: Image = load(path)
    sweep: Sweep = image.sweep(min_colors=2, max_colors=64, criterion="fidelity", quality="high")
    scores: tuple[Score, ...] = sweep.scores
    numbers: list[int] = [score.colors for score in scores]
    palette: Palette = sweep.palette(numbers[3])
    other = sweep.chosen_by("silhouette").palette()
    if (facts := palette.facts) is not None:
        print(facts.dominant, facts.text, image.scaled(800).width)
    return image.recolor(other, dither="blue-noise", dither_strength=0.5)

array = np.zeros((4, 4, 3), np.uint8)
quantize(array, colors=np.int64(3), keep=["red", (1, 2, 3)], palette=None)
quantize(Pillow.fromarray(array), Settings(max_colors=4))
threads = Palette.read("threads.csv")
shared = shared_palette([load("a.png").colors, load("b.png")], catalog=threads, equally=True)
picture: Pillow.Image = best(Path("x")).to_pil()
codes: list[str] = shared.sorted("hue").hex_colors
load(b"").recolor("red, blue", color_space="rgb")
"""
WRONG = """
import colorquant
colorquant.quantize("a", criterion="silhouete")
colorquant.load("a").sweep(dither="blu")
colorquant.load("a").recolor("red", seed=3)
colorquant.Settings(quality="best")
colorquant.quantize("a", max_colours=3)
colorquant.load("a").sweep().chosen_by("nope")
colorquant.load("a").sweep().palette("three")
colorquant.Palette("red").sorted("size")
colorquant.quantise("a")
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Give the errors in both programs, which share the time that it takes to read the libraries' types."""
    folder = tmp_path_factory.mktemp("programs")
    for name, program in (("right", RIGHT), ("wrong", WRONG)):
        (folder / f"{name}.py").write_text(program)
    said, complaints, _ = api.run(
        ["--strict", "--python-executable", sys.executable, "--cache-dir", str(folder / "cache"), str(folder)]
    )
    assert not complaints
    return re.findall(r"(right|wrong)\.py:(\d+): error", said)


def test_a_program_that_is_right_passes_the_strictest_checks(checked):
    assert [line for program, line in checked if program == "right"] == []


def test_a_mistyped_name_or_argument_is_told_before_it_runs(checked):
    told = [int(line) for program, line in checked if program == "wrong"]
    assert told == [number for number, line in enumerate(WRONG.splitlines(), 1) if "colorquant." in line]
