"""The lines that the studio shows give the very file that it gives."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from colorquant import Settings, quantize
from colorquant.aws.configuration import Configuration
from colorquant.cli import main
from tests.pngs import png

LOOKS = {
    "chosen": {},
    "criterion": {"settings": {"criterion": "silhouette", "max_colors": 14}},
    "quality": {"settings": {"quality": "low", "sample_size": 2000, "color_space": "cielab"}},
    "text": {"settings": {"max_colors": "12", "sample_size": "all", "refine": False, "seed": 3}},
    "number": {"colors": 9},
    "number kept": {"colors": 9, "keep": ["#e4002b"]},
    "kept": {"settings": {"min_colors": 4, "max_colors": 10}, "keep": ["red", "#fff"]},
    "palette": {"palette": ["#102030", "#d0c0b0", "red", "#102030"]},
    "palette in RGB": {"palette": ["#102030", "#d0c0b0"], "settings": {"color_space": "rgb"}},
    "dithered": {"colors": 6, "settings": {"dither": "blue-noise", "dither_strength": 0.5}},
    "exact": {"settings": {"transparency": "exact", "max_colors": 9}},
    # A value that is the default beside others, and not beside these.
    "a sample of its own": {"settings": {"criterion": "silhouette", "sample_size": 4096}},
    "a usual quality": {"settings": {"quality": "medium"}},
    "a range of one": {"settings": {"min_colors": 8, "max_colors": 8}},
    "keeps many": {"settings": {"max_colors": 40}, "keep": [f"#{level:02x}00ff" for level in range(36)]},
    # Options that the command refuses, since they would change nothing.
    "quality of no use": {"settings": {"criterion": "silhouette", "quality": "high", "max_colors": 12}},
    "quality with a number": {"colors": 5, "keep": ["red"], "settings": {"quality": "low"}},
    "strength of no dithering": {"settings": {"dither": "none", "dither_strength": 0.5}, "colors": 4},
}
NAMES = ("photo.jpg", "it's a photo.jpg", "-o.jpg", "塔.jpg", "$(id).jpg")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder where `colorquant` is a command."""
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "bin" / "colorquant"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m colorquant "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def small(photo) -> bytes:
    """Give a PNG with soft edges that is quickly done."""
    pixels = np.ascontiguousarray(photo[100:228:2, 200:392:2])
    alpha = np.linspace(0, 255, pixels.shape[1]).astype(np.uint8) * np.ones((len(pixels), 1), np.uint8)
    return png(np.dstack([pixels, alpha]))


def run(line: str, folder: Path) -> None:
    """Run a line in a shell, as somebody who pastes it."""
    # What a developer's shell sets is not what is tried here.
    own = {name: text for name, text in os.environ.items() if not name.startswith("COLORQUANT_")}
    environment = own | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def result_in(folder: Path, name: str) -> bytes:
    return (folder / f"{name}.quantized.png").read_bytes()


@pytest.fixture
def photo_in_the_folder(folder, small, monkeypatch) -> bytes:
    (folder / "photo.png").write_bytes(small)
    for name in [name for name in os.environ if name.startswith("COLORQUANT_")]:
        monkeypatch.delenv(name)
    return small


@pytest.mark.parametrize("look", LOOKS)
def test_the_command_and_the_lines_of_python_give_the_same_bytes(studio, folder, photo_in_the_folder, look):
    made = studio.make(studio.open(photo_in_the_folder, "photo.png"), LOOKS[look])
    expected = studio.get(f"results/{made['id']}/image.png").body
    # As the shell takes it apart, which other tests here try with a real one.
    done = CliRunner().invoke(main, shlex.split(made["command"])[1:])
    assert done.exit_code == 0, done.output
    assert result_in(folder, "photo.png") == expected
    (folder / "photo.png.quantized.png").unlink()
    exec(made["python"], {})
    assert result_in(folder, "photo.png") == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_command_fits_any_name(studio, folder, small, name):
    (folder / name).write_bytes(small)
    made = studio.make(studio.open(small, name), {"colors": 3})
    run(made["command"], folder)
    assert result_in(folder, name) == studio.get(f"results/{made['id']}/image.png").body


@pytest.mark.parametrize(
    "settings", [{}, {"colors": 5}, {"settings": {"criterion": "silhouette", "dither": "blue-noise"}}]
)
def test_the_command_for_a_catalog_gives_the_same_bytes(studio, folder, small, settings):
    catalog = b"code,name,color\n" + b"".join(
        b"%d,Color %d,#%02x%02x%02x\n" % (place, place, place * 7 % 256, place * 29 % 256, place * 53 % 256)
        for place in range(60)
    )
    (folder / "my colors.csv").write_bytes(catalog)
    (folder / "photo.png").write_bytes(small)
    opened = studio.post("palettes?name=my%20colors.csv", catalog).json
    assert opened["colors"][3] == {"hex": "#15579f", "name": "3 Color 3"}
    made = studio.make(studio.open(small, "photo.png"), {**settings, "catalog": opened["id"]})
    run(made["command"], folder)
    assert result_in(folder, "photo.png") == studio.get(f"results/{made['id']}/image.png").body
    (folder / "photo.png.quantized.png").unlink()
    exec(made["python"], {})
    assert result_in(folder, "photo.png") == studio.get(f"results/{made['id']}/image.png").body
    assert "catalog" in made["lambda"]["note"]
    told = Settings.from_environment(made["lambda"]["environment"])
    assert quantize(small, told).to_png() == studio.get(f"results/{made['id']}/image.png").body


@pytest.mark.parametrize("look", LOOKS)
def test_a_function_with_those_variables_gives_the_same_bytes(studio, small, look):
    made = studio.make(studio.open(small), LOOKS[look])
    told = Settings.from_environment(made["lambda"]["environment"])
    assert quantize(small, told).to_png() == studio.get(f"results/{made['id']}/image.png").body


@pytest.mark.parametrize("look", LOOKS)
def test_an_upload_with_that_metadata_gives_the_same_bytes_or_the_note_says_why_not(studio, small, look):
    made = studio.make(studio.open(small, "a b.png"), LOOKS[look])
    words = shlex.split(made["lambda"]["metadata"])
    assert words[:5] == ["aws", "s3", "cp", "a b.png", "s3://INPUT_BUCKET/"]
    metadata = json.loads(words[words.index("--metadata") + 1])
    service = Configuration(output_bucket="results", settings=Settings.recipe())
    same = quantize(small, service.for_upload("a b.png", metadata)).to_png()
    if not made["lambda"]["note"]:
        assert same == studio.get(f"results/{made['id']}/image.png").body


def test_colors_that_no_metadata_has_room_for_are_for_the_services_variables(studio, small):
    palette = [f"#{number:02x}4080" for number in range(256)]
    told = studio.make(studio.open(small), {"palette": palette})["lambda"]
    assert told["metadata"] is None
    assert "PALETTE" in told["note"]
    assert told["environment"]["PALETTE"].split(",") == palette
