from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorquant import Settings, quantize
from colorquant.engine.dither import METHODS
from colorquant.engine.dither.positional import PARTS, bayer_matrix, blue_noise_tile
from colorquant.settings import COLOR_SPACES
from studies.blue_noise import make_ranks, make_tile

COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
PALETTES = st.lists(COLORS, min_size=1, max_size=40, unique=True).map(tuple)
SIDES = st.integers(1, 20)
PICTURES = hnp.arrays(np.uint8, st.tuples(SIDES, SIDES, st.sampled_from([3, 4])))
OPAQUE_PICTURES = hnp.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(3)))
SPACES = st.sampled_from(COLOR_SPACES)
GRAYS = np.repeat(np.linspace(0, 255, 512).astype(np.uint8)[None, :, None], 128, axis=0).repeat(3, axis=2)
# Corners of a tetrahedron: every color inside it can be mixed.
CORNERS = ("#303030", "#b05050", "#50a060", "#c0c0d0")

# Each example fills a table of a quarter of a million cells.
few_examples = settings(max_examples=30)
every_method = pytest.mark.parametrize("method", METHODS)


def as_light(pixels):
    """Undo sRGB's curve: what dots add up to in the eye is light."""
    value = np.asarray(pixels, np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def shown(picture, palette, color_space="rgb", **others):
    result = quantize(picture, Settings(palette=palette, color_space=color_space, **others))
    return result.palette.rgb[result.indices]


def shown_colors(png):
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).reshape(-1, 4)
    return {"#" + bytes(pixel[:3]).hex() for pixel in pixels if pixel[3]}


def mean_light(pixels):
    """Average over stripes 16 pixels wide, as the eye does from afar."""
    return as_light(pixels)[..., 0].reshape(128, 32, 16).mean(axis=(0, 2))


def worst_of_the_means(method, strength):
    dithered = shown(GRAYS, ("#000000", "#ffffff"), dither=method, dither_strength=strength)
    return np.abs(mean_light(dithered) - mean_light(GRAYS)).max()


def flat(color, shape=(64, 64)):
    return np.full((*shape, 3), color, np.uint8)


@every_method
def test_each_method_is_described_in_one_line(method):
    assert METHODS[method].help
    assert "\n" not in METHODS[method].help


@pytest.mark.parametrize("method", ["none", *METHODS])
@few_examples
@given(picture=PICTURES, palette=PALETTES, strength=st.floats(0, 1), space=SPACES)
def test_a_given_palette_is_never_left(method, picture, palette, strength, space):
    settings = Settings(palette=palette, dither=method, dither_strength=strength, color_space=space)
    assert shown_colors(quantize(picture, settings).to_png()) <= set(palette)


@every_method
@few_examples
@given(picture=PICTURES, palette=PALETTES)
def test_transparency_is_kept(method, picture, palette):
    settings = Settings(palette=palette, dither=method, transparency="exact")
    alpha = np.asarray(Image.open(io.BytesIO(quantize(picture, settings).to_png())).convert("RGBA"))[..., 3]
    expected = picture[..., 3] if picture.shape[2] == 4 else np.full(picture.shape[:2], 255)
    np.testing.assert_array_equal(alpha, expected)


@every_method
def test_what_is_hidden_does_not_color_what_is_seen(method, photo):
    halves = [np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)]) for _ in range(2)]
    for half, hidden in zip(halves, (0, 255), strict=True):
        half[:200] = [hidden, hidden, hidden, 0]
    settings = Settings(palette=("#204010", "#e0a030", "#f0f0f0", "#000000"), dither=method)
    first, second = (quantize(half, settings).to_png() for half in halves)
    assert first == second


def test_no_error_passes_through_a_hidden_row(photo):
    """Below a row that is not seen, diffusion starts as at the top of an image."""
    picture = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    picture[100, :, 3] = 0
    below = shown(picture, CORNERS, dither="floyd-steinberg")[101:]
    np.testing.assert_array_equal(below, shown(picture[101:, :, :3], CORNERS, dither="floyd-steinberg"))


@every_method
def test_black_and_white_show_every_gray_on_average(method):
    assert worst_of_the_means(method, 1) < 0.07


@every_method
def test_less_strength_shows_less_of_the_colors_between(method):
    errors = [worst_of_the_means(method, strength) for strength in (0, 0.5, 1)]
    assert errors[0] > 0.6 > errors[1] > 0.1 > errors[2]


@every_method
def test_no_strength_is_no_dithering(method, photo):
    plain = quantize(photo, Settings(max_colors=10))
    undithered = quantize(photo, Settings(max_colors=10, dither=method, dither_strength=0))
    assert undithered.to_png() == plain.to_png()


@every_method
@few_examples
@given(picture=OPAQUE_PICTURES, palette=PALETTES, space=SPACES)
def test_hardly_any_strength_changes_nothing(method, picture, palette, space):
    """Unlike none at all it takes the whole way through the method."""
    plain = shown(picture, palette, color_space=space)
    dithered = shown(picture, palette, color_space=space, dither=method, dither_strength=1e-6)
    np.testing.assert_array_equal(dithered, plain)


@every_method
def test_the_shares_are_those_of_the_dithered_image(method, photo):
    result = quantize(photo, Settings(max_colors=10, dither=method))
    np.testing.assert_array_equal(result.counts, np.bincount(result.indices.ravel()))
    assert list(result.counts) == sorted(result.counts, reverse=True)


@every_method
@few_examples
@given(palette=PALETTES, data=st.data())
def test_an_image_of_palette_colors_stays_as_it_is(method, palette, data):
    shape = data.draw(st.tuples(SIDES, SIDES))
    chosen = data.draw(hnp.arrays(np.uint8, shape, elements=st.integers(0, len(palette) - 1)))
    colors = np.array([list(bytes.fromhex(color[1:])) for color in palette], np.uint8)
    np.testing.assert_array_equal(shown(colors[chosen], palette, dither=method), colors[chosen])


@every_method
@few_examples
@given(weights=hnp.arrays(np.int64, 4, elements=st.integers(1, 20)), space=SPACES)
def test_a_flat_area_keeps_its_mean_color(method, weights, space):
    corners = np.array([list(bytes.fromhex(color[1:])) for color in CORNERS])
    light = weights @ as_light(corners) / weights.sum()
    wanted = np.searchsorted(as_light(np.arange(255)), light)
    dithered = shown(flat(wanted), CORNERS, dither=method, color_space=space)
    assert np.abs(as_light(dithered)[32:].mean(axis=(0, 1)) - as_light(wanted)).max() < 0.12


@every_method
def test_smooth_areas_have_no_single_dots_of_a_far_color(method):
    """A color next to an entry, a little off toward white, shows that entry and nothing else."""
    dithered = shown(flat((104, 164, 62)), ("#66a23c", "#ffffff", "#000000"), dither=method)
    assert np.unique(dithered.reshape(-1, 3), axis=0).tolist() == [[0x66, 0xA2, 0x3C]]


@every_method
def test_what_the_palette_cannot_show_does_not_smear(method):
    """The error at a red that is out of reach would otherwise pile up and color the gray beside it."""
    picture = flat((128, 128, 128), (40, 80))
    picture[:, :40] = [255, 0, 0]
    dithered = shown(picture, ("#808080", "#a06060", "#404040", "#c0c0c0"), dither=method)
    assert (dithered[:, 44:] == 128).all()


@every_method
def test_an_image_without_a_visible_pixel_passes(method):
    assert quantize(np.zeros((3, 3, 4), np.uint8), Settings(dither=method)).colors == 0


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (40, 2), (2, 40), (40, 3), (7, 5)])
def test_diffusion_is_that_of_a_loop_over_the_pixels(shape, photo):
    """The loop that everybody knows, in the order that everybody knows."""
    picture = photo[100 : 100 + shape[0], 200 : 200 + shape[1]]
    expected = diffused_by_a_loop(picture, CORNERS)
    np.testing.assert_array_equal(shown(picture, CORNERS, dither="floyd-steinberg"), expected)


def diffused_by_a_loop(picture, palette):
    """Take integers like the original; the entries are so far apart that no look-up by cell matters."""
    colors = np.array([list(bytes.fromhex(color[1:])) for color in palette])
    light = np.rint(65535 * as_light(np.arange(256))).astype(int)
    entries = light[colors]
    height, width = picture.shape[:2]
    error = np.zeros((height + 1, width + 2, 3), int)
    result = np.empty_like(picture)
    gaps = [sorted(((entries - entry) ** 2).sum(axis=1))[1] for entry in entries]
    most = int(max(gaps) ** 0.5)
    for y in range(height):
        for x in range(width):
            came = np.clip((error[y, x + 1] + 128) >> 8, -most, most)
            wanted = np.clip(light[picture[y, x]] + came, 0, 65535)
            levels = picture[y, x].astype(int)
            if came.any():
                levels = np.searchsorted(light >> 4, wanted >> 4, side="right") - 1
                levels = levels // 4 * 4 + 2
            nearest = ((colors - levels) ** 2).sum(axis=1).argmin()
            result[y, x] = colors[nearest]
            missed = wanted - entries[nearest]
            error[y, x + 2] += 105 * missed
            error[y + 1, x] += 45 * missed
            error[y + 1, x + 1] += 75 * missed
            error[y + 1, x + 2] += 15 * missed
    return result


@pytest.mark.parametrize("side", [1, 2, 4, 8, 16])
def test_the_matrix_has_every_rank_once(side):
    assert sorted(bayer_matrix(side).ravel()) == list(range(side * side))


def test_blue_noise_is_what_its_script_makes():
    np.testing.assert_array_equal(blue_noise_tile(), make_tile())


def test_blue_noise_has_every_rank_once():
    assert sorted(make_ranks(16).ravel()) == list(range(256))


@pytest.mark.parametrize("part", range(1, PARTS))
def test_blue_noise_has_no_low_frequencies(part):
    """White noise would have as much power there as anywhere."""
    tile = blue_noise_tile()
    dots = tile.astype(int) * PARTS // 255 < part
    power = np.abs(np.fft.fft2(dots - dots.mean())) ** 2
    distance = np.hypot(*np.meshgrid(*[np.fft.fftfreq(len(tile))] * 2))
    assert power[distance < 0.1].mean() < 0.1 * power.mean()


def test_a_blue_noise_mixture_is_the_same_wherever_the_color_is(photo):
    """Only the tile decides, so what is cut out of an image at the tile's corners looks the same."""
    whole = shown(photo, CORNERS, dither="blue-noise")
    part = shown(photo[64:192, 128:320], CORNERS, dither="blue-noise")
    np.testing.assert_array_equal(part, whole[64:192, 128:320])
