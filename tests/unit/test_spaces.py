from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from colorquant.engine.spaces import SPACES, to_oklab

COLORS = hnp.arrays(np.uint8, (20, 3))


@pytest.mark.parametrize("name", SPACES)
@given(COLORS)
def test_every_color_comes_back_to_its_own_levels(name, colors):
    space = SPACES[name]
    np.testing.assert_array_equal(np.rint(space.to_srgb(space.from_srgb(colors))), colors)


@pytest.mark.parametrize("name", SPACES)
def test_levels_and_fractions_of_levels_are_converted_alike(name, noise):
    colors = noise[0]
    converted = SPACES[name].from_srgb(colors)
    np.testing.assert_allclose(converted, SPACES[name].from_srgb(colors.astype(np.float64)), atol=1e-12)


@given(COLORS)
def test_cielab_is_what_opencv_gives(colors):
    expected = cv2.cvtColor(colors[None].astype(np.float32) / 255, cv2.COLOR_RGB2Lab)[0]
    # OpenCV interpolates in a table, which is off by up to 0.43. A difference of 1 is just noticeable.
    np.testing.assert_allclose(SPACES["cielab"].from_srgb(colors), expected, rtol=0, atol=0.5)


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
    np.testing.assert_allclose(SPACES["cielab"].from_srgb(np.array(color, np.uint8)), lab, rtol=0, atol=0.01)


def test_white_is_neutral_in_cielab():
    np.testing.assert_allclose(
        SPACES["cielab"].from_srgb(np.full((1, 3), 255, np.uint8)), [[100, 0, 0]], atol=1e-9
    )


# Linear sRGB of the XYZ of the table in B. Ottosson, "A perceptual color space for image processing" (2020).
@pytest.mark.parametrize(
    ("xyz", "oklab"),
    [
        ([0.950, 1.000, 1.089], [1.000, 0.000, 0.000]),
        ([1.000, 0.000, 0.000], [0.450, 1.236, -0.019]),
        ([0.000, 1.000, 0.000], [0.922, -0.671, 0.263]),
        ([0.000, 0.000, 1.000], [0.153, -1.415, -0.449]),
    ],
)
def test_oklab_agrees_with_its_authors_table(xyz, oklab):
    from colorquant.engine.spaces import _CONES, _OKLAB, _XYZ  # noqa: PLC0415

    linear = np.linalg.solve(_XYZ, xyz)
    np.testing.assert_allclose(_OKLAB @ np.cbrt(_CONES @ linear), oklab, rtol=0, atol=0.002)


# CSS Color 4, the sample conversions of its section on Oklab, in percent and thousandths.
@pytest.mark.parametrize(
    ("color", "oklab"),
    [
        ([255, 0, 0], [0.62796, 0.22486, 0.12585]),
        ([0, 255, 0], [0.86644, -0.23389, 0.17950]),
        ([0, 0, 255], [0.45201, -0.03246, -0.31153]),
    ],
)
def test_oklab_of_the_primaries_is_what_browsers_use(color, oklab):
    np.testing.assert_allclose(to_oklab(np.array(color, np.uint8)), oklab, rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", ["cielab", "oklab"])
def test_what_srgb_cannot_show_is_clipped(name):
    result = SPACES[name].to_srgb(np.array([[200.0, 300, -300], [-5.0, 0, 0]]))
    assert result.min() >= 0
    assert result.max() <= 255
