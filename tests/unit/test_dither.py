from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorquant import Settings, quantize
from colorquant.engine.dither import bayer_matrix

METHODS = ("floyd-steinberg", "ordered")
COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
PALETTES = st.lists(COLORS, min_size=1, max_size=40, unique=True).map(tuple)
PICTURES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.sampled_from([3, 4])))
GREY = np.repeat(np.linspace(0, 255, 512).astype(np.uint8)[None, :, None], 128, axis=0).repeat(3, axis=2)


def shown_colors(png):
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).reshape(-1, 4)
    return {"#" + bytes(pixel[:3]).hex() for pixel in pixels if pixel[3]}


def averages(pixels):
    """Average over stripes 8 pixels wide, as the eye does from afar."""
    return pixels[..., 0].reshape(128, 64, 8).mean(axis=(0, 2))


def worst_of_the_averages(method, strength):
    settings = Settings(
        palette=("#000000", "#ffffff"), dither=method, dither_strength=strength, color_space="rgb"
    )
    result = quantize(GREY, settings)
    return np.abs(averages(result.palette[result.indices]) - averages(GREY)).max()


@pytest.mark.parametrize("method", ["none", *METHODS])
@given(picture=PICTURES, palette=PALETTES, strength=st.floats(0, 1))
def test_a_given_palette_is_never_left(method, picture, palette, strength):
    settings = Settings(palette=palette, dither=method, dither_strength=strength)
    assert shown_colors(quantize(picture, settings).to_png()) <= set(palette)


@pytest.mark.parametrize("method", METHODS)
@given(picture=PICTURES, palette=PALETTES)
def test_transparency_is_kept(method, picture, palette):
    settings = Settings(palette=palette, dither=method)
    alpha = np.asarray(Image.open(io.BytesIO(quantize(picture, settings).to_png())).convert("RGBA"))[..., 3]
    expected = picture[..., 3] if picture.shape[2] == 4 else np.full(picture.shape[:2], 255)
    np.testing.assert_array_equal(alpha, expected)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_hidden_does_not_color_what_is_seen(method, photo):
    halves = [np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)]) for _ in range(2)]
    for half, hidden in zip(halves, (0, 255), strict=True):
        half[:200] = [hidden, hidden, hidden, 0]
    settings = Settings(palette=("#204010", "#e0a030", "#f0f0f0", "#000000"), dither=method)
    first, second = (quantize(half, settings).to_png() for half in halves)
    assert first == second


@pytest.mark.parametrize("method", METHODS)
def test_black_and_white_show_every_grey_on_average(method):
    assert worst_of_the_averages(method, 1) < 6


@pytest.mark.parametrize("method", METHODS)
def test_less_strength_shows_less_of_the_colors_between(method):
    errors = [worst_of_the_averages(method, strength) for strength in (0, 0.5, 1)]
    assert errors[0] > 100 > errors[1] > 30 > errors[2]


@pytest.mark.parametrize("method", METHODS)
def test_no_strength_is_no_dithering(method, photo):
    plain = quantize(photo, Settings(max_colors=10))
    undithered = quantize(photo, Settings(max_colors=10, dither=method, dither_strength=0))
    assert undithered.to_png() == plain.to_png()


@pytest.mark.parametrize("method", METHODS)
def test_the_shares_are_those_of_the_dithered_image(method, photo):
    result = quantize(photo, Settings(max_colors=10, dither=method))
    np.testing.assert_array_equal(result.counts, np.bincount(result.indices.ravel()))
    assert list(result.counts) == sorted(result.counts, reverse=True)


@pytest.mark.parametrize("method", METHODS)
def test_flat_areas_of_palette_colors_stay_flat(method):
    flag = np.repeat(np.array([[[0, 85, 164], [255, 255, 255], [239, 65, 53]]], np.uint8), 30, axis=1)
    flag = flag.repeat(40, axis=0)
    result = quantize(flag, Settings(palette=("#0055a4", "#ffffff", "#ef4135", "#7faad1"), dither=method))
    np.testing.assert_array_equal(result.palette[result.indices], flag)


@pytest.mark.parametrize("method", METHODS)
def test_an_image_without_a_visible_pixel_passes(method):
    assert quantize(np.zeros((3, 3, 4), np.uint8), Settings(dither=method)).colors == 0


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16])
def test_the_matrix_has_every_rank_once(side):
    assert sorted(bayer_matrix(side).ravel()) == list(range(side * side))
