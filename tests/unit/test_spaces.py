from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from colorquant.engine.spaces import CHROMA_WEIGHT, EYE, SPACES, SQUEEZE

COLORS = hnp.arrays(np.uint8, (20, 3))


@pytest.mark.parametrize("name", SPACES)
@given(COLORS)
def test_every_color_comes_back_to_its_own_levels(name, colors):
    space = SPACES[name]
    np.testing.assert_array_equal(space.palette(space.from_srgb(colors)), colors)


@pytest.mark.parametrize("name", SPACES)
def test_even_the_darkest_colors_come_back(name):
    dark = np.indices((9, 9, 9), np.uint8).reshape(3, -1).T
    space = SPACES[name]
    np.testing.assert_array_equal(space.palette(space.from_srgb(dark)), dark)


@pytest.mark.parametrize("name", SPACES)
@given(COLORS)
def test_coordinates_are_whole_numbers_of_steps(name, colors):
    coordinates = SPACES[name].from_srgb(colors)
    np.testing.assert_array_equal(coordinates, np.rint(coordinates))
    # With a label of 8 bits, squared distances then stay below 2^53.
    assert np.abs(coordinates).max() < 2**20


def cielab(colors):
    space = SPACES["cielab"]
    return space.from_srgb(np.asarray(colors, np.uint8)) / space.steps


@given(COLORS)
def test_cielab_is_what_opencv_gives(colors):
    expected = cv2.cvtColor(colors[None].astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[0]
    # OpenCV interpolates in a table, which is off by up to 0.43. A difference of 1 is just noticeable.
    np.testing.assert_allclose(cielab(colors), expected, rtol=0, atol=0.5)


# B. Lindbloom's calculator, http://www.brucelindbloom.com, sRGB, D65, no adaptation.
@pytest.mark.parametrize(
    ("color", "lab"),
    [
        ([255, 0, 0], [53.2408, 80.0925, 67.2032]),
        ([0, 255, 0], [87.7347, -86.1827, 83.1793]),
        ([0, 0, 255], [32.2970, 79.1875, -107.8602]),
    ],
)
def test_cielab_of_the_primaries_is_what_is_published(color, lab):
    np.testing.assert_allclose(cielab(color), lab, rtol=0, atol=0.01)


def test_white_is_neutral_in_cielab():
    np.testing.assert_array_equal(cielab([[255, 255, 255]]), [[100, 0, 0]])


def oklab(colors):
    return EYE.from_srgb(np.asarray(colors, np.uint8)) / EYE.steps


@pytest.mark.parametrize("level", [0, 1, 10, 100, 200, 255])
def test_the_lightness_of_greys_is_that_of_cie(level):
    np.testing.assert_allclose(oklab([level] * 3), [cielab([level] * 3)[0] / 100, 0, 0], atol=1e-4)


# CSS Color 4, the sample conversions of its section on Oklab, in percent and thousandths.
@pytest.mark.parametrize(
    ("color", "published"),
    [
        ([255, 0, 0], [0.62796, 0.22486, 0.12585]),
        ([0, 255, 0], [0.86644, -0.23389, 0.17950]),
        ([0, 0, 255], [0.45201, -0.03246, -0.31153]),
    ],
)
def test_the_receptors_and_axes_are_those_of_oklab(color, published):
    # Where no receptor is near black, its response is 1.16 times Oklab's less 0.16, which a and b cancel out.
    lightness, *ab = oklab(color)
    chroma = 1.16 * np.hypot(*published[1:])
    squeezed = CHROMA_WEIGHT * np.log(1 + SQUEEZE * chroma) / SQUEEZE
    np.testing.assert_allclose(ab, squeezed / chroma * 1.16 * np.array(published[1:]), atol=2e-4)
    assert lightness == pytest.approx(1.16 * published[0] - 0.16, abs=2e-4)


def test_a_difference_that_nobody_sees_near_black_is_small():
    black, next_to_it, grey, next_grey = oklab([[0, 0, 0], [1, 1, 1], [128] * 3, [129] * 3])
    assert np.linalg.norm(next_to_it - black) < np.linalg.norm(next_grey - grey)


@pytest.mark.parametrize("name", ["cielab", "oklab"])
def test_what_srgb_cannot_show_is_clipped(name):
    space = SPACES[name]
    result = space.to_srgb(space.steps * np.array([[200.0, 300, -300], [-5.0, 0, 0]]))
    assert result.min() >= 0
    assert result.max() <= 255
