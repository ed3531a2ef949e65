from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from colorquant import Settings, quantize


def demo(image, folder):
    command = [sys.executable, "-m", "colorquant.local.demo", image]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def drawing(tmp_path):
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (40, 3), np.uint8)
    path = tmp_path / "a drawing.tif"
    Image.fromarray(palette[rng.integers(0, 40, (60, 80))]).save(path)
    return path


def test_the_demo_shows_the_recipe_and_auto_beside_the_original(drawing, tmp_path):
    shown = demo(drawing, tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    folder = tmp_path / "demo-output"
    served = (folder / "a drawing.tif.quantized.png").read_bytes()
    assert served == quantize(drawing.read_bytes(), Settings.recipe()).to_png()
    auto = (folder / "a drawing.tif.auto.png").read_bytes()
    assert auto == quantize(drawing.read_bytes(), Settings(criterion="auto")).to_png()
    colors = json.loads((folder / "a drawing.tif.palette.json").read_text())["colors"]
    assert f"recipe: {colors} colors, {len(served):,} bytes" in shown.stdout
    assert f"{len(auto):,} bytes" in shown.stdout
    assert "demo-output/index.html" in shown.stdout
    page = (folder / "index.html").read_text()
    for file in ("preview.webp", "quantized.png", "auto.png", "report.html", "auto.report.html"):
        assert f"a%20drawing.tif.{file}" in page
        assert (folder / f"a drawing.tif.{file}").is_file()


def test_the_demo_says_why_a_file_is_no_image(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no image")
    shown = demo(text, tmp_path)
    assert shown.returncode == 1
    assert "notes.txt: This is not a JPEG" in shown.stdout
