from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant import Settings, SettingsError, quantize
from colorquant.engine.keep import fit_around
from colorquant.engine.points import Points
from colorquant.engine.spaces import SPACES
from colorquant.settings import COLOR_SPACES

RGB = SPACES["rgb"]

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
KEPT = st.lists(COLORS, min_size=1, max_size=12, unique=True).map(tuple)
POINTS = hnp.arrays(np.float64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.integers(0, 255))
SOME_POINTS = hnp.arrays(np.float64, st.tuples(st.integers(1, 8), st.just(3)), elements=st.integers(0, 255))


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))),
    KEPT,
    st.sampled_from(["none", "floyd-steinberg", "ordered"]),
    st.sampled_from(COLOR_SPACES),
)
def test_kept_colors_are_in_the_palette_to_the_bit(picture, kept, dither, space):
    result = quantize(picture, Settings(keep=kept, max_colors=14, dither=dither, color_space=space))
    assert set(kept) <= set(result.hex_colors)
    assert result.colors <= 14


def test_kept_colors_are_in_the_palette_of_a_photo(photo):
    kept = ("#e4002b", "#ffffff", "#123456")
    result = quantize(photo, Settings(keep=kept))
    assert set(kept) <= set(result.hex_colors)
    assert 8 <= result.colors <= 32


def test_the_others_are_fitted_around_the_kept_ones(photo):
    kept = ("#e4002b", "#00ff00")
    result = quantize(photo, Settings(keep=kept, colors=10, color_space="rgb"))
    plain = quantize(photo, Settings(colors=8, color_space="rgb"))
    shown = result.palette[result.indices].astype(int)
    shown_plain = plain.palette[plain.indices].astype(int)
    # With as many free colors and two more to choose from, the image cannot be served much worse.
    assert ((shown - photo) ** 2).mean() < 1.1 * ((shown_plain - photo) ** 2).mean()


def test_an_image_of_few_colors_keeps_them_beside_the_kept_ones():
    flag = np.array([[[0, 0, 0], [255, 0, 0], [255, 206, 0]]], np.uint8)
    result = quantize(flag, Settings(keep=("#ffffff",)))
    assert sorted(result.hex_colors) == ["#000000", "#ff0000", "#ffce00", "#ffffff"]
    np.testing.assert_array_equal(result.palette[result.indices], flag)


def points_of(coordinates):
    return Points(coordinates, np.ones(len(coordinates)), RGB)


def squared_distances(points, others):
    return np.square(points[:, None] - others).sum(axis=2)


@given(POINTS, SOME_POINTS, SOME_POINTS)
def test_fitting_moves_only_the_colors_that_are_free(points, centroids, kept):
    palette = fit_around(points_of(points), centroids, kept)
    assert len(palette) == max(len(kept), len(centroids))
    np.testing.assert_array_equal(palette[: len(kept)], kept)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 8))
def test_a_free_color_ends_in_the_middle_of_what_it_serves(seed, given_colors, free):
    random = np.random.default_rng(seed)
    # Without equally near points, of which a clustering may serve either way.
    points = random.integers(0, 65_281, (40, 3)).astype(np.float64)
    kept = random.integers(0, 65_281, (given_colors, 3)).astype(np.float64)
    centroids = random.integers(0, 65_281, (given_colors + free, 3)).astype(np.float64)
    palette = fit_around(points_of(points), centroids, kept)
    labels = squared_distances(points, palette).argmin(axis=1)
    for entry in set(labels.tolist()) - set(range(given_colors)):
        np.testing.assert_allclose(palette[entry], points[labels == entry].mean(axis=0), atol=0.5)


def test_a_given_palette_is_all_there_is_and_says_so(photo):
    palette = ("#000000", "#ffffff", "#ff8800")
    result = quantize(photo, Settings(palette=palette))
    assert set(result.hex_colors) <= set(palette)
    assert result.sweep == ()
    assert result.reason == "The palette of 3 colors was given; no number was searched for."


def test_a_given_palette_recolors_even_an_image_of_few_colors():
    result = quantize(np.zeros((2, 2, 3), np.uint8), Settings(palette=("#111111", "#eeeeee")))
    assert result.hex_colors == ["#111111"]


def test_each_pixel_has_the_nearest_of_the_given_colors(photo):
    palette = ("#000000", "#ffffff", "#ff8800", "#204020")
    result = quantize(photo, Settings(palette=palette, color_space="rgb"))
    given_colors = np.array([list(bytes.fromhex(color[1:])) for color in palette], np.float64)
    distances = squared_distances(photo.reshape(-1, 3).astype(np.float64), given_colors)
    shown = result.palette[result.indices].reshape(-1, 3).astype(np.float64)
    own = ((shown - photo.reshape(-1, 3)) ** 2).sum(axis=1)
    np.testing.assert_array_equal(own, distances.min(axis=1))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"KEEP": "#E4002B, #fff"}, {"keep": ("#e4002b", "#ffffff")}),
        ({"PALETTE": "000000 ffffff 000"}, {"palette": ("#000000", "#ffffff")}),
        ({"DITHER": "ordered", "DITHER_STRENGTH": "0.5"}, {"dither": "ordered", "dither_strength": 0.5}),
        ({"REPORT": "TRUE"}, {"report": True}),
        ({"REPORT": "0"}, {"report": False}),
    ],
)
def test_the_environment_gives_colors_and_dithering(environment, expected):
    assert Settings.from_environment(environment) == Settings.recipe(**expected)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"KEEP": "reed"}, "KEEP: 'reed' is not a color"),
        ({"PALETTE": "#12345"}, "'#12345' is not a color"),
        ({"REPORT": "maybe"}, "REPORT must be true or false, not 'maybe'"),
        ({"DITHER_STRENGTH": "much"}, "DITHER_STRENGTH must be a number, not 'much'"),
        ({"DITHER_STRENGTH": "1.5"}, "DITHER_STRENGTH must be a number from 0 to 1"),
        ({"DITHER_STRENGTH": "nan"}, "DITHER_STRENGTH must be a number from 0 to 1"),
        ({"DITHER": "atkinson"}, "DITHER must be one of none, floyd-steinberg, blue-noise, ordered"),
        ({"PALETTE": "#000", "KEEP": "#fff"}, "PALETTE fixes every color"),
        ({"MAX_COLORS": "8", "KEEP": " ".join(f"{n:06x}" for n in range(9))}, "KEEP has 9 colors"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(environment, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Settings.from_environment(environment)
