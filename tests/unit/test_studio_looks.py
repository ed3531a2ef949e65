"""What the page may ask of an image, and the lines for it, whatever it asks."""

from __future__ import annotations

import io
import json
import os
import shlex
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from colorquant import Palette, Settings, load, quantize
from colorquant.aws.configuration import Configuration
from colorquant.cli import main
from colorquant.settings import CRITERIA, DITHERS, QUALITIES, TRANSPARENCIES
from colorquant.studio.looks import Look, lines
from colorquant.studio.sessions import Catalog, Opened, Session

CODES = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "criterion": st.sampled_from(CRITERIA),
        "quality": st.sampled_from(QUALITIES),
        "color_space": st.sampled_from(("auto", "rgb", "cielab", "oklab")),
        "sample_size": st.sampled_from((200, 1000, 4096, "all")),
        "min_colors": st.integers(2, 8),
        "max_colors": st.integers(8, 33),
        "refine": st.booleans(),
        "seed": st.integers(0, 2),
        "dither": st.sampled_from(DITHERS),
        "dither_strength": st.sampled_from((0, 0.5, 1, 1.0)),
        "transparency": st.sampled_from(TRANSPARENCIES),
    },
)
OPTIONS = {
    "colors": st.integers(4, 12),
    "keep": st.lists(CODES, max_size=4),
    "palette": st.lists(CODES, min_size=1, max_size=6),
}
LOOKS = st.fixed_dictionaries({"settings": SETTINGS}, optional=OPTIONS) | st.fixed_dictionaries(
    {"settings": SETTINGS, "catalog": st.just("mine")},
    optional={name: OPTIONS[name] for name in ("colors", "palette")},
)


def faded() -> bytes:
    """Draw a hundred colors that fade away."""
    down, across = np.mgrid[0:16, 0:24]
    pixels = np.dstack([across * 11, down * 16, (across * down) % 256, 255 - down * 9]).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


THREADS = Palette.of(
    np.random.default_rng(5).integers(0, 256, (40, 3), np.uint8),
    names=[f"Thread {place}" for place in range(40)],
)


def opened(data: bytes) -> Opened:
    return Session().open("a.png", load(data))


@pytest.fixture(scope="module")
def flower(photo) -> Opened:
    """Give a photograph of a few thousand colors."""
    buffer = io.BytesIO()
    Image.fromarray(photo[::8, ::8]).save(buffer, "PNG")
    return opened(buffer.getvalue())


def look_of(asked) -> Look:
    return Look.read(asked, lambda name: Catalog(name, "threads.csv", THREADS))


# Dithering uses 20 of the 24 colors that are chosen here, and would use others without the rest.
@example({"settings": {"criterion": "davies-bouldin", "dither": "blue-noise"}, "catalog": "mine"})
@settings(max_examples=60)
@given(LOOKS)
def test_whatever_is_asked_the_lines_give_the_same_bytes(asked):
    data = faded()
    look = look_of(asked)
    sweep, result = look.make(opened(data))
    told = lines(look, sweep, "a.png")
    assert quantize(data, Settings.from_environment(told.environment)).to_png() == result.to_png()
    words = shlex.split(told.metadata)
    metadata = json.loads(words[words.index("--metadata") + 1])
    service = Configuration(output_bucket="results", settings=Settings.recipe())
    uploaded = quantize(data, service.for_upload("a.png", metadata)).to_png()
    assert uploaded == result.to_png() or "SAMPLE_SIZE" in told.note
    with tempfile.TemporaryDirectory() as folder, without_own_settings():
        source, catalog = Path(folder, "a.png"), Path(folder, "threads.csv")
        source.write_bytes(data)
        catalog.write_bytes(THREADS.encode("csv"))
        files = {file.name: str(file) for file in (source, catalog)}
        words = [files.get(word, word) for word in shlex.split(told.command)[1:]]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, (told.command, done.output)
        assert Path(folder, "a.png.quantized.png").read_bytes() == result.to_png(), told.command


def without_own_settings():
    """Leave out what a developer's shell sets, which is not what is tried here."""
    others = {name: text for name, text in os.environ.items() if not name.startswith("COLORQUANT_")}
    return patch.dict(os.environ, others, clear=True)


@pytest.mark.parametrize("asked", [{}, {"settings": {"criterion": "silhouette", "color_space": "cielab"}}])
@pytest.mark.parametrize("number", [2, 9, 33, 64])
def test_a_result_has_the_colors_that_the_slider_showed(flower, asked, number):
    look = look_of({**asked, "colors": number})
    shown = look.curve(flower).palette(number).hex_colors
    assert len(shown) == number
    _, result = look.make(flower)
    # But those that no pixel is nearest to.
    assert set(result.hex_colors) <= set(shown)
    assert result.colors > 0.9 * number


@pytest.mark.parametrize("number", [12, 40])
def test_kept_colors_stay_even_without_a_pixel(flower, number):
    _, result = look_of({"keep": ["#ff00ff", "#00ff00"], "colors": number}).make(flower)
    assert result.colors == number
    assert {"#ff00ff", "#00ff00"} <= set(result.hex_colors)
    assert 0 in result.counts


def test_a_number_beyond_the_slider_is_made_as_the_command_makes_it(flower):
    sweep, result = look_of({"colors": 90}).make(flower)
    assert sweep.colors == len(result.hex_colors) == 90


def test_more_colors_than_the_image_has_are_all_of_them():
    stripes = np.arange(0, 250, 25, dtype=np.uint8).repeat(3).reshape(1, -1, 3)
    _, result = look_of({"colors": 30}).make(Session().open("a.png", load(stripes)))
    assert result.colors == 10


def test_colors_of_a_catalog_keep_their_names(flower):
    _, result = look_of({"catalog": "mine", "colors": 5}).make(flower)
    assert len(result.palette.names) == 5
    assert set(result.palette.names) <= set(THREADS.names)
