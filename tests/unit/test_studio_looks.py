"""What the page may ask of an image, and the lines for it, whatever it asks."""

from __future__ import annotations

import io
import os
import shlex
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorquant import Settings, load, quantize
from colorquant.cli import main
from colorquant.settings import CRITERIA, DITHERS, QUALITIES, TRANSPARENCIES
from colorquant.studio.looks import Look, lines
from colorquant.studio.sessions import Session

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
LOOKS = st.fixed_dictionaries(
    {"settings": SETTINGS},
    optional={
        "colors": st.integers(4, 12),
        "keep": st.lists(CODES, max_size=4),
        "palette": st.lists(CODES, min_size=1, max_size=6),
    },
)


def faded() -> bytes:
    """Draw a hundred colors that fade away."""
    down, across = np.mgrid[0:16, 0:24]
    pixels = np.dstack([across * 11, down * 16, (across * down) % 256, 255 - down * 9]).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@settings(max_examples=40)
@given(LOOKS)
def test_whatever_is_asked_the_lines_give_the_same_bytes(asked):
    data = faded()
    look = Look.read(asked, lambda name: (name, None))
    _, result = look.make(Session().open("a.png", load(data)))
    told = lines(look, result, "a.png")
    assert quantize(data, Settings.from_environment(told.environment)).to_png() == result.to_png()
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, clear=False):
        for name in [name for name in os.environ if name.startswith("COLORQUANT_")]:
            del os.environ[name]
        source = Path(folder, "a.png")
        source.write_bytes(data)
        words = [str(source) if word == "a.png" else word for word in shlex.split(told.command)[1:]]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, (told.command, done.output)
        assert Path(folder, "a.png.quantized.png").read_bytes() == result.to_png(), told.command
