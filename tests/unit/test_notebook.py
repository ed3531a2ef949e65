from __future__ import annotations

import re

from colorquant import quantize


def test_a_notebook_shows_the_picture_the_palette_and_the_verdict(photo_bytes):
    result = quantize(photo_bytes)
    shown = result._repr_html_()
    assert re.findall(r"background:(#[0-9a-f]{6})", shown) == result.hex_colors
    assert "data:image/png;base64," in shown
    assert result.verdict in shown


def test_a_notebook_that_shows_only_pictures_gets_the_png(photo_bytes):
    result = quantize(photo_bytes)
    assert result._repr_png_() == result.to_png()
