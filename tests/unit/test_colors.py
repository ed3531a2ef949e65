from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant.engine import colors as colors_module
from colorquant.engine.colors import count_distinct, histogram, pack, sample_pixels, unpack
from colorquant.engine.spaces import SPACES

RGB = SPACES["rgb"]
PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


@given(PIXELS)
def test_unpack_undoes_pack(pixels):
    np.testing.assert_array_equal(unpack(pack(pixels)), pixels)


def test_pixels_that_are_not_contiguous_pack_the_same(noise):
    with_alpha = np.dstack([noise, noise[..., 0]])
    np.testing.assert_array_equal(pack(with_alpha[..., :3]), pack(noise))


@given(PIXELS)
def test_distinct_colors_are_those_that_numpy_finds(pixels):
    colors, counts = count_distinct(pixels)
    expected, expected_counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    np.testing.assert_array_equal(unpack(colors), expected)
    np.testing.assert_array_equal(counts, expected_counts)


def test_distinct_colors_do_not_depend_on_how_rows_are_chunked(photo, monkeypatch):
    alpha = photo[..., 1] // 128
    whole = count_distinct(photo, alpha)
    monkeypatch.setattr(colors_module, "PIXELS", 50_000)
    for one, other in zip(whole, count_distinct(photo, alpha), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_callers_pixels_stay_as_they_are(noise):
    before = noise.copy()
    count_distinct(noise)
    np.testing.assert_array_equal(noise, before)


def test_transparent_pixels_are_not_counted():
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    colors, counts = count_distinct(pixels, np.array([[0, 255], [1, 0]], np.uint8))
    np.testing.assert_array_equal(unpack(colors), pixels[[0, 1], [1, 0]])
    np.testing.assert_array_equal(counts, 1)


def test_an_invisible_image_has_no_colors():
    colors, counts = count_distinct(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.uint8))
    assert len(colors) == len(counts) == 0


def test_a_sample_draws_each_pixel_at_most_once():
    sample = sample_pixels(np.arange(5000, dtype=np.uint32), np.ones(5000, np.int64), 1000, 0, RGB)
    assert len(sample) == 1000
    np.testing.assert_array_equal(sample.weights, 1)


def test_a_sample_takes_colors_by_their_share():
    colors, counts = np.array([5, 9], np.uint32), np.array([90_000, 10_000])
    sample = sample_pixels(colors, counts, 1000, 0, RGB)
    # Nine standard deviations of the hypergeometric distribution.
    assert sample.weights[0] == pytest.approx(900, abs=90)
    assert sample.weights.sum() == 1000


def test_a_sample_larger_than_the_image_takes_every_pixel():
    sample = sample_pixels(np.array([5, 9], np.uint32), np.array([3, 1]), 1000, 0, RGB)
    np.testing.assert_array_equal(sample.points, [[0, 0, 5], [0, 0, 9]])
    np.testing.assert_array_equal(sample.weights, [3, 1])


def test_another_seed_draws_another_sample():
    colors, counts = np.arange(5000, dtype=np.uint32), np.ones(5000, np.int64)
    first, second = (sample_pixels(colors, counts, 100, seed, RGB).points for seed in (0, 1))
    assert not np.array_equal(first, second)


@given(PIXELS, st.integers(1, 20))
def test_cells_keep_all_pixels_and_their_mean_color(pixels, most):
    colors = histogram(*count_distinct(pixels), most, RGB).colors
    assert len(colors) <= most
    assert colors.weights.sum() == pixels.size // 3
    mean = colors.weights @ colors.points / colors.weights.sum()
    np.testing.assert_allclose(mean, pixels.reshape(-1, 3).mean(axis=0), atol=1e-9)


def test_each_cell_holds_the_mean_of_its_own_colors(noise):
    # 256 boxes: 3 bits of green, 3 of red and 2 of blue.
    result = histogram(*count_distinct(noise), 500, RGB)
    boxes = noise.reshape(-1, 3) // np.array([32, 32, 64], np.uint8)
    for cell, mean, weight in zip(
        unpack(result.cells), result.colors.points, result.colors.weights, strict=True
    ):
        inside = (boxes == cell // np.array([32, 32, 64], np.uint8)).all(axis=1)
        np.testing.assert_allclose(mean, noise.reshape(-1, 3)[inside].mean(axis=0), rtol=0, atol=1e-9)
        assert weight == inside.sum()
    assert result.colors.weights.sum() == len(boxes)


def test_coarser_cells_are_those_of_the_distinct_colors(photo):
    colors, counts = count_distinct(photo)
    at_once = histogram(colors, counts, 500, RGB)
    in_steps = histogram(colors, counts, 9000, RGB).coarser(500)
    np.testing.assert_array_equal(in_steps.cells, at_once.cells)
    np.testing.assert_allclose(in_steps.colors.points, at_once.colors.points, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(in_steps.colors.weights, at_once.colors.weights)


def test_a_histogram_does_not_depend_on_how_colors_are_chunked(photo, monkeypatch):
    distinct = count_distinct(photo)
    whole = histogram(*distinct, 500, RGB)
    monkeypatch.setattr(colors_module, "COLORS", 1000)
    chunked = histogram(*distinct, 500, RGB)
    np.testing.assert_allclose(chunked.colors.points, whole.colors.points, rtol=0, atol=1e-9)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_few_colors_are_not_binned(noise, space):
    colors, counts = count_distinct(noise[:20])
    result = histogram(colors, counts, len(colors), space)
    np.testing.assert_allclose(result.colors.points, space.from_srgb(unpack(colors)), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(result.colors.weights, counts)
