from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant.engine.colors import bin_colors, count_distinct, pack, sample_pixels, unpack

PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.just(3)))


@given(PIXELS)
def test_unpack_undoes_pack(pixels):
    np.testing.assert_array_equal(unpack(pack(pixels)), pixels)


@given(PIXELS)
def test_distinct_colors_are_those_that_numpy_finds(pixels):
    colors, counts = count_distinct(pack(pixels))
    expected, expected_counts = np.unique(pixels, axis=0, return_counts=True)
    np.testing.assert_array_equal(unpack(colors), expected)
    np.testing.assert_array_equal(counts, expected_counts)


def test_no_pixels_have_no_colors():
    colors, counts = count_distinct(np.zeros(0, np.uint32))
    assert len(colors) == len(counts) == 0


def test_a_sample_draws_each_pixel_at_most_once():
    packed = np.arange(5000, dtype=np.uint32)
    sample = sample_pixels(packed, 1000, seed=0)
    assert len(sample) == 1000
    np.testing.assert_array_equal(sample.weights, 1)


def test_a_sample_larger_than_the_image_takes_every_pixel():
    packed = np.array([5, 5, 5, 9], np.uint32)
    sample = sample_pixels(packed, 1000, seed=0)
    np.testing.assert_array_equal(sample.points, [[0, 0, 5], [0, 0, 9]])
    np.testing.assert_array_equal(sample.weights, [3, 1])


def test_another_seed_draws_another_sample():
    packed = np.arange(5000, dtype=np.uint32)
    first, second = (sample_pixels(packed, 100, seed).points for seed in (0, 1))
    assert not np.array_equal(first, second)


@given(PIXELS)
def test_bins_keep_all_pixels_and_their_mean_color(pixels):
    points = bin_colors(*count_distinct(pack(pixels)), most=8)
    assert len(points) <= 8
    assert points.weights.sum() == len(pixels)
    np.testing.assert_allclose(points.weights @ points.points / len(pixels), pixels.mean(axis=0), atol=1e-9)


def test_few_colors_are_not_binned(noise):
    colors, counts = count_distinct(pack(noise[:20]).ravel())
    points = bin_colors(colors, counts)
    assert {tuple(point) for point in points.points} == {
        tuple(color) for color in unpack(colors).astype(float)
    }
