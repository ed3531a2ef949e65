from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant.engine import colors as colors_module
from colorquant.engine.colors import Colors, count, distortion, shown, squared_opacities
from colorquant.engine.packed import pack, unpack

PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


@given(PIXELS)
def test_unpack_undoes_pack(pixels):
    np.testing.assert_array_equal(unpack(pack(pixels)), pixels)


def test_pixels_that_are_not_contiguous_pack_the_same(noise):
    with_alpha = np.dstack([noise, noise[..., 0]])
    np.testing.assert_array_equal(pack(with_alpha[..., :3]), pack(noise))


@given(PIXELS)
def test_distinct_colors_are_those_that_numpy_finds(pixels):
    expected, expected_counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    found = count(pixels)
    np.testing.assert_array_equal(found.rgb, expected)
    np.testing.assert_array_equal(found.counts, expected_counts)


@pytest.mark.parametrize("rows", [1 << 24, 50_000])
def test_a_large_image_is_counted_in_a_table_with_the_same_result(photo, monkeypatch, rows):
    alpha = photo[..., 1] // 128
    sorted_ = count(photo, alpha)
    monkeypatch.setattr(colors_module, "SORTED", 0)
    monkeypatch.setattr(colors_module, "PIXELS", rows)
    assert count(photo, alpha) == sorted_


def test_more_pixels_of_a_color_than_float32_counts_are_counted():
    white = np.broadcast_to(np.uint8(255), (5000, 4000, 3))
    assert count(white).counts.tolist() == [20_000_000]


def test_the_callers_pixels_stay_as_they_are(noise):
    before = noise.copy()
    count(noise)
    np.testing.assert_array_equal(noise, before)


def test_transparent_pixels_are_not_counted():
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    found = count(pixels, np.array([[0, 255], [1, 0]], np.uint8))
    np.testing.assert_array_equal(found.rgb, pixels[[0, 1], [1, 0]])
    np.testing.assert_array_equal(found.counts, 1)


def test_an_invisible_image_has_no_colors():
    assert len(count(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.uint8))) == 0


@given(PIXELS, PIXELS)
def test_the_colors_of_two_images_add_up_to_those_of_both(one, other):
    both = np.concatenate([one.reshape(-1, 1, 3), other.reshape(-1, 1, 3)])
    assert count(one) + count(other) == count(both)


def test_colors_say_in_a_line_what_they_are():
    assert (
        repr(Colors(np.array([1, 2], np.uint32), np.array([700, 800])))
        == "Colors(2 distinct in 1,500 pixels)"
    )


def test_a_color_shows_by_the_squared_opacities_of_its_pixels():
    pixels = np.array([[[1, 1, 1], [1, 1, 1], [2, 2, 2], [3, 3, 3], [4, 4, 4]]], np.uint8)
    alpha = np.array([[255, 128, 10, 181, 0]], np.uint8)
    counted = count(pixels, alpha)
    weights = squared_opacities(counted, pixels, alpha)
    assert weights.tolist() == [255**2 + 128**2, 10**2, 181**2]
    # 181 is the first opacity whose square is more than half of 255 squared.
    assert shown(counted, weights) == Colors(np.array([0x010101, 0x030303], np.uint32), np.array([1, 1]))


def test_the_distortion_is_what_the_colors_are_off_as_far_as_they_show():
    counted = Colors(np.array([0x000000, 0x0A0000], np.uint32), np.array([3, 2]))
    weights = counted.counts * 255**2
    palette, labels = np.array([[4, 0, 0]], np.uint8), np.zeros(2, np.uint8)
    assert distortion(counted, weights, palette, labels) == 255**2 * (3 * 4**2 + 2 * 6**2)
