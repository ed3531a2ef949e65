"""What a person sees first in a result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from colorquant import quantize
from colorquant.palettes.oklab import oklab

CHINA = Path(__file__).parents[2] / "assets" / "china.jpg"
# Hues of OKLCH in degrees, and chroma, within which a color has the name.
NAMED = {"red": ((15, 45), 0.06), "orange": ((45, 75), 0.07), "green": ((100, 150), 0.05)}


@pytest.fixture(scope="module")
def pagoda():
    return quantize(CHINA)


@pytest.mark.parametrize("name", NAMED)
def test_the_pagoda_keeps_its_red_its_orange_and_the_green_of_the_trees(pagoda, name):
    (low, high), chroma = NAMED[name]
    _, a, b = oklab(pagoda.palette.rgb).T
    hue = np.degrees(np.arctan2(b, a)) % 360
    assert ((low <= hue) & (hue < high) & (np.hypot(a, b) >= chroma)).any()


def test_the_pagoda_needs_no_more_than_sixteen_colors(pagoda):
    assert pagoda.colors <= 16


def test_the_recipe_loses_the_red_at_the_same_number(pagoda):
    recipe = quantize(CHINA, criterion="silhouette", colors=8)
    ours = quantize(CHINA, colors=8)
    chromas = []
    for result in (recipe, ours):
        _, a, b = oklab(result.palette.rgb).T
        red = np.abs(np.degrees(np.arctan2(b, a)) % 360 - 30) < 15
        chromas.append(np.hypot(a, b)[red].max(initial=0))
    assert chromas[1] > chromas[0] + 0.03
