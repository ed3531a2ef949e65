from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant.engine import points as points_module
from colorquant.engine.colors import Colors, count
from colorquant.engine.packed import unpack
from colorquant.engine.points import histogram, sample
from colorquant.engine.spaces import RGB_STEPS, SPACES

RGB = SPACES["rgb"]
PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))
MANY = Colors(np.arange(5000, dtype=np.uint32), np.ones(5000, np.int64))


def test_a_sample_draws_each_pixel_at_most_once():
    drawn = sample(MANY, 1000, 0, RGB)
    assert len(drawn) == 1000
    np.testing.assert_array_equal(drawn.weights, 1)


def test_a_sample_takes_colors_by_their_share():
    drawn = sample(Colors(np.array([5, 9], np.uint32), np.array([90_000, 10_000])), 1000, 0, RGB)
    # Nine standard deviations of the hypergeometric distribution.
    assert drawn.weights[0] == pytest.approx(900, abs=90)
    assert drawn.weights.sum() == 1000


def test_a_sample_larger_than_the_image_takes_every_pixel():
    drawn = sample(Colors(np.array([5, 9], np.uint32), np.array([3, 1])), 1000, 0, RGB)
    np.testing.assert_array_equal(drawn.coordinates / RGB_STEPS, [[0, 0, 5], [0, 0, 9]])
    np.testing.assert_array_equal(drawn.weights, [3, 1])


def test_another_seed_draws_another_sample():
    first, second = (sample(MANY, 100, seed, RGB).coordinates for seed in (0, 1))
    assert not np.array_equal(first, second)


@given(PIXELS, st.integers(1, 20))
def test_cells_keep_all_pixels_and_their_mean_color(pixels, most):
    points = histogram(count(pixels), most, RGB).points
    assert len(points) <= most
    assert points.weights.sum() == pixels.size // 3
    mean = points.weights @ points.coordinates / points.weights.sum()
    # Each cell's mean is rounded to a step.
    np.testing.assert_allclose(mean, RGB_STEPS * pixels.reshape(-1, 3).mean(axis=0), atol=0.5)


def test_each_cell_holds_the_mean_of_its_own_colors(noise):
    # 256 boxes: 3 bits of green, 3 of red and 2 of blue.
    result = histogram(count(noise), 500, RGB)
    boxes = noise.reshape(-1, 3) // np.array([32, 32, 64], np.uint8)
    for cell, mean, weight in zip(
        unpack(result.cells), result.points.coordinates, result.points.weights, strict=True
    ):
        inside = (boxes == cell // np.array([32, 32, 64], np.uint8)).all(axis=1)
        np.testing.assert_array_equal(mean, np.rint(RGB_STEPS * noise.reshape(-1, 3)[inside].mean(axis=0)))
        assert weight == inside.sum()
    assert result.points.weights.sum() == len(boxes)


def test_coarser_cells_are_those_of_the_distinct_colors(photo):
    at_once = histogram(count(photo), 500, RGB)
    in_steps = histogram(count(photo), 9000, RGB).coarser(500)
    np.testing.assert_array_equal(in_steps.cells, at_once.cells)
    np.testing.assert_allclose(in_steps.points.coordinates, at_once.points.coordinates, rtol=0, atol=1)
    np.testing.assert_array_equal(in_steps.points.weights, at_once.points.weights)


def test_a_histogram_does_not_depend_on_how_colors_are_chunked(photo, monkeypatch):
    whole = histogram(count(photo), 500, RGB)
    monkeypatch.setattr(points_module, "COLORS", 1000)
    chunked = histogram(count(photo), 500, RGB)
    np.testing.assert_array_equal(chunked.points.coordinates, whole.points.coordinates)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_few_colors_are_not_binned(noise, space):
    colors = count(noise[:20])
    result = histogram(colors, len(colors), space)
    np.testing.assert_array_equal(result.points.coordinates, space.from_srgb(colors.rgb))
    np.testing.assert_array_equal(result.points.weights, colors.counts)
