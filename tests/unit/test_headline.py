from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from colorquant import load
from colorquant.palettes.facts import LUMINANCE, facts
from colorquant.palettes.oklab import linear
from colorquant.report import headline as headlines
from colorquant.report.accent import accents
from colorquant.report.headline import closeness, difference, equals, headline, savings, spoken

GROUNDS = {"light": "#faf9f7", "dark": "#141517"}


def pixels(*levels):
    return np.array([[(level, level, level) for level in levels]], np.uint8)


def test_numbers_with_the_best_score_to_within_chance_would_also_do(photo):
    sweep = load(photo).sweep(criterion="silhouette")
    alike = equals(sweep)
    best = max(score.silhouette for score in sweep.scores)
    assert alike == [score.colors for score in sweep.scores if best - score.silhouette < 0.01]
    assert sweep.colors in alike


def test_the_headline_names_them(photo):
    sweep = load(photo).sweep(criterion="silhouette")
    if len(equals(sweep)) > 1:
        assert headline(sweep) == f"{spoken(equals(sweep), sweep.colors)} would also do."
    else:
        assert "score" in headline(sweep)


@pytest.mark.parametrize("criterion", ["fidelity", "calinski-harabasz", "davies-bouldin"])
def test_other_criteria_have_one_winner(photo, criterion):
    sweep = load(photo).sweep(criterion=criterion)
    assert equals(sweep) == [sweep.colors]
    assert headline(sweep).endswith(".")


def test_without_a_sweep_the_verdict_is_the_headline():
    sweep = load(pixels(0, 255)).sweep()
    assert headline(sweep) == sweep.verdict


def test_an_image_that_keeps_its_colors_differs_by_nothing():
    image = load(pixels(0, 128, 255))
    assert difference(image.raster, image.recolor(image.sweep())) == 0
    assert closeness(0) == "Every pixel is as before"


def test_the_difference_of_greys_is_that_of_their_lightness():
    # CIE 15:2004, also L*.
    image = load(np.full((3, 3, 3), 255, np.uint8))
    grey = image.recolor([(188, 188, 188)])
    expected = 1 - (1.16 * np.cbrt(linear(np.array([188], np.uint8))[0]) - 0.16)
    assert difference(image.raster, grey) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("opaque", [True, False])
@pytest.mark.parametrize("compared", [50, 10**6])
def test_what_is_compared_is_visible_and_evenly_spread(monkeypatch, opaque, compared):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (31, 17, 4), np.uint8)
    pixels[..., 3] *= rng.random((31, 17)) < 0.4
    pixels[5] = 0
    raster = load(pixels[..., :3] if opaque else pixels).raster
    monkeypatch.setattr(headlines, "COMPARED", compared)
    seen = np.arange(31 * 17) if opaque else np.flatnonzero(pixels[..., 3])
    evenly = seen[np.linspace(0, len(seen) - 1, min(len(seen), compared)).astype(int)]
    np.testing.assert_array_equal(headlines._spread(raster), evenly)


def test_more_difference_never_sounds_closer():
    words = [closeness(error) for error in (0, 0.01, 0.03, 0.05, 0.07, 0.5)]
    assert len(set(words)) == len(words)


def test_a_file_that_grew_is_said_to_be_larger():
    assert savings(100, 150) == "50 % larger"


@given(st.tuples(*[st.integers(0, 255)] * 3))
@example((255, 255, 0))
@example((0, 0, 255))
def test_the_accent_can_be_read_on_the_page(color):
    told = facts(np.array([color], np.uint8), [1.0])
    for accent, ground in zip(accents(told), GROUNDS.values(), strict=True):
        assert contrast(accent, ground) >= 4.5


def test_an_image_without_a_visible_pixel_has_a_grey_accent():
    for accent in accents(None):
        assert len({accent[1:3], accent[3:5], accent[5:7]}) == 1


def contrast(one, other):
    channels = np.array([[int(code[at : at + 2], 16) for at in (1, 3, 5)] for code in (one, other)], np.uint8)
    darker, lighter = sorted(linear(channels) @ LUMINANCE)
    return (lighter + 0.05) / (darker + 0.05)


def test_a_number_that_is_not_close_enough_is_not_called_close(noise):
    sweep = load(noise).sweep(max_colors=9)
    assert headline(sweep) == "The most allowed, and not as close to the original as asked."


def test_the_fewest_that_are_close_are_called_so(photo):
    sweep = load(photo).sweep(criterion="fidelity", min_colors=2, quality="low")
    assert headline(sweep) == "The fewest that stay close to the original."
