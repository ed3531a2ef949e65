from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant import quantize
from colorquant.engine.hues import MOST, find_worst_hue, weigh_by_hue, weigh_up
from colorquant.engine.points import Points
from colorquant.engine.spaces import EYE

GREENS = [(40, 120, 40), (60, 140, 50), (30, 100, 30), (80, 160, 70)]


def seen(colors, weights):
    return Points(EYE.from_srgb(np.array(colors, np.uint8)), np.array(weights, np.float64), EYE)


def factors(points):
    weighed = weigh_by_hue(points).weights / points.weights
    return weighed / weighed.min()


def test_a_rare_hue_weighs_more_than_a_common_one():
    *greens, red = factors(seen([*GREENS, (200, 30, 30)], [500, 300, 150, 45, 5]))
    assert red > 1.5 * max(greens)


def test_greys_weigh_less_than_any_hue():
    grey, red, blue = factors(seen([(128, 128, 128), (200, 30, 30), (30, 30, 200)], [10, 500, 500]))
    assert grey == 1
    assert min(red, blue) > 1


@given(
    hnp.arrays(np.uint8, (20, 3), unique=True),
    hnp.arrays(np.float64, 20, elements=st.integers(1, 10**8)),
)
def test_weights_are_whole_numbers_small_enough_to_stay_exact(colors, weights):
    weighed = weigh_by_hue(seen(colors, weights)).weights
    np.testing.assert_array_equal(weighed, np.rint(weighed))
    assert weighed.min() >= 1
    assert weighed.sum() * np.abs(EYE.from_srgb(colors)).max() < 2**53
    ratios = weighed / weights
    assert ratios.max() <= (MOST + 0.01) * ratios.min() or weighed.min() < 100


def test_a_hue_that_is_served_badly_weighs_more():
    points = seen([*GREENS, (200, 30, 30)], [500, 300, 150, 40, 10])
    worst = find_worst_hue(points, points.coordinates[:4])
    ratios = weigh_up(points, worst).weights / points.weights
    assert ratios[4] > 1.8 * ratios[0]


def test_where_all_hues_are_served_well_nothing_is_fitted_again():
    points = seen([*GREENS, (200, 30, 30)], [500, 300, 150, 40, 10])
    assert find_worst_hue(points, points.coordinates) is None


@pytest.mark.parametrize("colors", [8, 12])
def test_a_small_red_flag_in_a_green_field_stays_red(colors):
    random = np.random.default_rng(0)
    field = (
        np.array([60, 130, 50]) + random.normal(0, 25, (200, 200, 1)) + random.normal(0, 12, (200, 200, 3))
    )
    field = field.clip(0, 255).astype(np.uint8)
    field[90:105, 90:105] = (205, 30, 40)
    result = quantize(field, colors=colors)
    shown = result.to_pixels()[97, 97].astype(int)
    assert shown[0] > 150
    assert max(shown[1:]) < 90


def test_the_recipe_does_not_know_hues(photo):
    told = {"colors": 8, "sample_size": 1000}
    plain = quantize(photo, criterion="silhouette", **told)
    assert plain == quantize(photo, color_space="rgb", criterion="fidelity", **told)
    assert plain != quantize(photo, criterion="fidelity", **told)
