"""What the README and the recipes tell people to type works, in the order in which it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import colorquant

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(page, language):
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", page)


def commands(page):
    lines = "".join(blocks(page, "console")).splitlines()
    told = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [line for line in told if re.match(r"(cat .* \| )?colorquant ", line)]


@pytest.fixture
def folder(tmp_path):
    """A folder with all that the pages name, small."""
    for name in ("photos", "icons"):
        (tmp_path / name).mkdir()
    with Image.open(ROOT / "assets" / "china.jpg") as photo:
        small = photo.convert("RGB").resize((160, 107))
    for name in ("photo.jpg", "other.jpg", "sprite.jpg", "photos/a.jpg", "photos/b.jpg", "pattern.png"):
        small.save(tmp_path / name)
    logo = Image.new("RGBA", (96, 96))
    ImageDraw.Draw(logo).ellipse((8, 8, 88, 88), fill="#e4002b", outline="white", width=6)
    for name in ("logo.png", "icons/logo.png"):
        logo.save(tmp_path / name)
    threads, inks = blocks((ROOT / "docs" / "recipes.md").read_text(), "csv")
    more = "".join(f"{code},gray,#{code}{code}{code}\n" for code in range(20, 90, 10))
    (tmp_path / "threads.csv").write_text(threads + more)
    (tmp_path / "inks.csv").write_text(inks)
    return tmp_path


@pytest.mark.parametrize("page", ["README.md", "docs/recipes.md"])
def test_the_commands_run_in_order(folder, page):
    program = folder / "bin" / "colorquant"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m colorquant "$@"\n')
    program.chmod(0o755)
    script = commands((ROOT / page).read_text())
    assert len(script) > 8
    shell = shutil.which("sh")
    environment = {"PATH": f"{program.parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src")}
    failed = {}
    # The studio goes on until somebody stops it; tests/unit/test_cli_studio.py starts and stops it.
    for line in (line for line in script if not line.startswith("colorquant studio")):
        done = subprocess.run(
            [shell, "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            failed[line] = done.stderr
    assert failed == {}


def test_the_python_runs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = {}
    for block in blocks(README, "python"):
        exec(compile(block, "README.md", "exec"), names)
    assert names["result"].colors <= 16
    assert names["poster"].hex_colors
    assert set(names["stitches"].names) < set(names["threads"].names)
    assert (folder / "photo.png").is_file()


def test_the_numbers_under_the_first_picture_are_what_comes_out():
    data = (ROOT / "assets" / "china.jpg").read_bytes()
    results = [colorquant.quantize(data, told) for told in (colorquant.Settings.recipe(), None)]
    caption = re.search(r"(?s)<!-- caption -->(.*?)<!-- end -->", README)[1]
    told = re.findall(r"(\d+) colors, ([\d,]+) bytes", caption)
    assert told == [(str(each.colors), f"{len(each.to_png()):,}") for each in results], "run `make pictures`"


def test_the_first_picture_shows_what_comes_out():
    data = (ROOT / "assets" / "china.jpg").read_bytes()
    with Image.open(ROOT / "assets" / "before-after.png") as shown:
        panel = np.asarray(shown.convert("RGB"))[:370, -320:]
    assert np.array_equal(panel, colorquant.quantize(data).to_pixels()[10:380, 40:360]), "run `make pictures`"
