"""A verdict admits which hue a palette loses, and claims nothing of palettes that keep all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from colorquant import load, quantize
from colorquant.report.headline import headline

CHINA = Path(__file__).parents[2] / "assets" / "china.jpg"
GREEN, RED, GRAY = (60, 130, 50), (205, 30, 40), (120, 120, 120)


def field(red_share):
    pixels = np.full((100, 100, 3), GREEN, np.uint8)
    pixels.reshape(-1, 3)[: round(red_share * 10_000)] = RED
    return load(pixels)


def test_a_palette_without_red_loses_it():
    result = field(0.03).recolor([GREEN, GRAY])
    assert (result.loss.hue, result.loss.share) == ("red", pytest.approx(0.03, abs=0.008))
    assert result.verdict.endswith("of the picture loses its red.")


@pytest.mark.parametrize("palette", [[GREEN, (150, 20, 30)], [GREEN, (230, 90, 60)]])
def test_a_darker_or_lighter_red_is_no_loss(palette):
    assert field(0.03).recolor(palette).loss is None


def test_red_that_becomes_gray_is_lost():
    assert field(0.03).recolor([GREEN, (140, 135, 135)]).loss.hue == "red"


def test_what_hardly_any_pixel_loses_is_not_told():
    assert field(0.001).recolor([GREEN, GRAY]).loss is None


def test_gray_pixels_have_no_hue_to_lose():
    pixels = np.full((50, 50, 3), 128, np.uint8)
    assert load(pixels).recolor([(0, 0, 0), (120, 125, 160)]).loss is None


@pytest.mark.parametrize(
    ("color", "hue"),
    {
        "#ff0000": "red",
        "#ff8000": "orange",
        "#ffe000": "yellow",
        "#00a000": "green",
        "#00b0b0": "teal",
        "#0040ff": "blue",
        "#8000c0": "purple",
        "#ff40a0": "pink",
    }.items(),
)
def test_a_lost_hue_has_its_plain_name(color, hue):
    pixels = np.array([[[int(color[place : place + 2], 16) for place in (1, 3, 5)]]], np.uint8)
    assert load(pixels).recolor("#808080").loss.hue == hue


def test_only_the_largest_loss_is_told():
    pixels = np.full((100, 100, 3), 120, np.uint8)
    pixels[:3], pixels[3:9] = RED, (0, 64, 255)
    verdict = load(pixels).recolor("#787878").verdict
    assert "blue" in verdict
    assert "red" not in verdict


def test_transparent_pixels_lose_nothing():
    pixels = np.full((10, 10, 4), (*GREEN, 255), np.uint8)
    pixels[:5] = (*RED, 0)
    assert load(pixels).recolor([GREEN, GRAY]).loss is None
    pixels[..., 3] = 0
    assert load(pixels).recolor([GREEN, GRAY]).loss is None


@pytest.fixture(scope="module")
def pagoda():
    return load(CHINA)


def test_the_recipe_says_that_the_pagoda_loses_its_red(pagoda):
    sweep = pagoda.sweep(criterion="silhouette")
    result = pagoda.recolor(sweep)
    assert result.loss.hue == "red"
    assert result.to_dict()["loss"]["hue"] == "red"
    assert result.verdict == sweep.verdict
    assert "loses its red" in sweep.verdict
    assert "loses its red" in headline(sweep)


def test_auto_loses_nothing_of_the_pagoda_and_says_nothing_of_it():
    result = quantize(CHINA)
    assert result.loss is None
    assert result.to_dict()["loss"] is None
    assert "loses" not in result.verdict


def test_another_number_of_the_same_sweep_has_its_own_verdict(pagoda):
    sweep = pagoda.sweep(criterion="silhouette")
    assert sweep.chosen_by("fidelity").loss != sweep.loss
