from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from colorquant.engine.colors import count
from colorquant.engine.groups import APART, find_groups
from colorquant.engine.points import Points, sample
from colorquant.engine.spaces import RGB_STEPS, SPACES

RGB = SPACES["rgb"]


def test_flat_colors_are_groups_however_many_pixels_they_have():
    colors = Points(
        RGB_STEPS * np.array([[0.0, 0, 0], [90, 0, 0], [0, 90, 0]]), np.array([900.0, 97, 3]), RGB
    )
    groups = find_groups(colors)
    np.testing.assert_array_equal(groups.centers, colors.coordinates)
    assert groups.coverage == 1


def test_two_pixels_of_a_color_are_chance():
    colors = Points(RGB_STEPS * np.array([[0.0, 0, 0], [90, 0, 0]]), np.array([98.0, 2]), RGB)
    assert len(find_groups(colors)) == 1


def test_shading_does_not_split_a_color():
    shades = np.linspace(-8, 8, 50)[:, None] + np.array([128.0, 100, 80])
    other = shades + np.array([0, 0, 4 * APART])
    assert len(find_groups(Points(np.rint(RGB_STEPS * np.vstack([shades, other])), np.ones(100), RGB))) == 2


def test_a_blend_between_two_colors_is_no_group():
    blend = np.linspace([10.0, 0, 0], [190, 0, 0], 30)
    points = np.vstack([[[0.0, 0, 0], [200, 0, 0]], blend])
    groups = find_groups(Points(np.rint(RGB_STEPS * points), np.array([500.0, 400, *np.ones(30)]), RGB))
    np.testing.assert_array_equal(groups.centers / RGB_STEPS, [[0, 0, 0], [200, 0, 0]])


def test_uniform_noise_has_no_groups_that_cover_it(noise):
    assert find_groups(sample(count(noise), 1000, 0, RGB)).coverage < 0.1


def test_every_row_is_seen_where_there_are_more_than_are_compared_at_once():
    random = np.random.default_rng(0)
    centers = np.array([[0.0, 0, 0], [100, 0, 0], [0, 100, 0], [0, 0, 100]])
    points = (centers + random.normal(0, 1, (1000, 4, 3))).reshape(-1, 3)
    groups = find_groups(Points(np.rint(RGB_STEPS * points), np.ones(len(points)), RGB))
    assert len(groups) == 4
    assert groups.coverage == 1


@given(st.permutations(range(12)), st.lists(st.integers(3, 80), min_size=12, max_size=12))
def test_the_order_of_the_colors_does_not_matter(order, weights):
    grid = np.stack(np.meshgrid([0.0, 80, 160], [0.0, 80], [0.0, 80]), axis=-1).reshape(-1, 3)
    shuffled = Points(RGB_STEPS * grid[order], np.array(weights, np.float64), RGB)
    assert {tuple(center) for center in find_groups(shuffled).centers / RGB_STEPS} == {
        tuple(color) for color in grid
    }
