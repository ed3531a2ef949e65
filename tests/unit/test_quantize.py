from __future__ import annotations

import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorquant import ImageTooLargeError, Settings, load, quantize
from colorquant.engine.spaces import SPACES


def squared_distances(pixels, palette):
    return ((pixels.reshape(-1, 1, 3).astype(int) - np.asarray(palette).astype(int)) ** 2).sum(axis=2)


def test_a_photo_gets_eight_to_thirty_two_colors(photo_bytes):
    result = quantize(photo_bytes)
    assert 8 <= result.colors <= 32
    assert result.colors == len(np.unique(result.indices))


def test_every_pixel_has_its_nearest_palette_color(photo):
    result = quantize(photo, Settings.recipe())
    distances = squared_distances(photo, result.palette)
    given = distances[np.arange(len(distances)), result.indices.ravel()]
    np.testing.assert_array_equal(given, distances.min(axis=1))


def test_the_same_image_gives_the_same_bytes(photo_bytes):
    assert quantize(photo_bytes).to_png() == quantize(photo_bytes).to_png()


def test_the_palette_is_sorted_by_share(photo):
    result = quantize(photo)
    assert list(result.counts) == sorted(result.counts, reverse=True)
    np.testing.assert_array_equal(result.counts, np.bincount(result.indices.ravel()))
    assert sum(result.shares) == pytest.approx(1)


def test_the_png_shows_the_palette_colors(photo):
    result = quantize(photo)
    image = Image.open(io.BytesIO(result.to_png()))
    assert image.mode == "P"
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), result.palette[result.indices])


def test_few_colors_are_kept_exactly():
    pixels = np.array([[[1, 2, 3], [200, 100, 0], [1, 2, 3]]], np.uint8)
    result = quantize(pixels)
    np.testing.assert_array_equal(result.palette[result.indices], pixels)
    assert "2 distinct colors" in result.verdict
    assert result.sweep == ()


def test_an_image_of_one_pixel_is_kept_exactly():
    pixels = np.full((1, 1, 3), 77, np.uint8)
    result = quantize(pixels)
    np.testing.assert_array_equal(result.palette, [[77, 77, 77]])
    assert "single color" in result.verdict


def test_rare_colors_that_the_sample_misses_still_get_a_palette():
    pixels = np.full((400, 400, 3), 255, np.uint8)
    pixels[0, :30] = np.arange(90, dtype=np.uint8).reshape(30, 3)
    result = quantize(pixels)
    assert 8 <= result.colors <= 32


def test_transparent_pixels_take_no_part(photo):
    hidden = np.zeros(photo.shape[:2], bool)
    hidden[:200] = True
    alpha = np.where(hidden, np.uint8(0), np.uint8(255))
    visible_only = quantize(photo[200:])
    result = quantize(np.dstack([photo, alpha]))
    np.testing.assert_array_equal(result.palette, visible_only.palette)
    np.testing.assert_array_equal(result.counts, visible_only.counts)
    decoded = np.asarray(Image.open(io.BytesIO(result.to_png())).convert("RGBA"))
    np.testing.assert_array_equal(decoded[..., 3], alpha)


def test_an_invisible_image_has_no_palette():
    result = quantize(np.zeros((3, 4, 4), np.uint8))
    assert result.colors == 0
    assert "no visible pixel" in result.verdict
    assert Image.open(io.BytesIO(result.to_png())).size == (4, 3)


@settings(max_examples=40, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3))),
    st.integers(2, 9),
    st.integers(0, 6),
    st.sampled_from([2, 10, 1000, "all"]),
)
def test_any_image_gets_no_more_colors_than_asked_and_each_pixel_the_nearest(pixels, low, more, sample):
    settings = Settings.recipe(min_colors=low, max_colors=low + more, sample_size=sample)
    result = quantize(pixels, settings)
    assert 1 <= result.colors <= low + more
    distances = squared_distances(pixels, result.palette)
    given = distances[np.arange(len(distances)), result.indices.ravel()]
    np.testing.assert_array_equal(given, distances.min(axis=1))


def test_where_pixels_stand_does_not_change_the_palette(photo):
    shuffled = np.random.default_rng(0).permutation(photo.reshape(-1, 3)).reshape(photo.shape)
    one, other = quantize(photo), quantize(shuffled)
    np.testing.assert_array_equal(one.palette, other.palette)
    np.testing.assert_array_equal(one.counts, other.counts)
    assert one.sweep == other.sweep


@pytest.mark.parametrize("space", ["cielab", "oklab"])
def test_every_pixel_has_its_nearest_color_in_the_space_asked_for(photo, space):
    result = quantize(photo, Settings(color_space=space))
    rows = np.unique(np.dstack([photo, result.indices]).reshape(-1, 4), axis=0)
    colors, labels = rows[:, :3], rows[:, 3]
    points = SPACES[space].from_srgb(colors)
    distances = np.linalg.norm(points[:, None] - SPACES[space].from_srgb(result.palette.rgb), axis=2)
    taken = distances[np.arange(len(labels)), labels]
    np.testing.assert_allclose(taken, distances.min(axis=1), rtol=1e-9)
    assert 8 <= result.colors <= 32


def test_another_space_gives_another_palette(photo):
    palettes = {tuple(quantize(photo, Settings(color_space=space)).hex_colors) for space in SPACES}
    assert len(palettes) == len(SPACES)


@pytest.mark.parametrize("k", [8, 32])
def test_refining_lowers_the_error_and_keeps_the_number(photo, k):
    errors = {}
    for refine in (False, True):
        result = quantize(photo, Settings(colors=k, refine=refine, color_space="rgb"))
        assert result.colors == k
        errors[refine] = np.square(photo.astype(float) - result.palette[result.indices]).sum(axis=2).mean()
    assert errors[True] < errors[False]


def test_refining_does_not_change_the_chosen_number(photo):
    plain, refined = (quantize(photo, Settings(refine=refine)) for refine in (False, True))
    assert plain.sweep == refined.sweep
    assert plain.verdict == refined.verdict


def test_palette_entries_are_distinct_even_among_neighboring_colors():
    pixels = np.zeros((30, 30, 3), np.uint8)
    pixels[..., 2] = np.arange(30)
    result = quantize(pixels, Settings(min_colors=20, max_colors=25))
    assert len(set(result.hex_colors)) == result.colors


@pytest.mark.parametrize("space", ["rgb", "cielab", "oklab"])
@pytest.mark.parametrize("size", [1000, "all"])
def test_an_image_of_one_color_but_for_ten_pixels_is_quantized(space, size):
    pixels = np.full((300, 300, 3), 128, np.uint8)
    pixels[0, :10] = np.arange(30, dtype=np.uint8).reshape(10, 3) * 8
    result = quantize(pixels, Settings(color_space=space, sample_size=size))
    assert 8 <= result.colors <= 11


def test_all_pixels_can_take_part(photo):
    result = quantize(photo, Settings(sample_size="all", max_colors=10))
    assert 8 <= result.colors <= 10


@pytest.mark.parametrize("kind", ["path", "text", "file", "bytes"])
def test_an_image_can_come_from_anywhere(tmp_path, photo_bytes, kind):
    path = tmp_path / "photo"
    path.write_bytes(photo_bytes)
    sources = {"path": path, "text": str(path), "file": io.BytesIO(photo_bytes), "bytes": photo_bytes}
    assert quantize(sources[kind]).source["format"] == "JPEG"


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(ImageTooLargeError, match="1,000,000,000,000 bytes"):
        quantize(path)


def test_a_stream_is_read_no_further_than_the_limit():
    stream = io.BytesIO(bytes(1000))
    with pytest.raises(ImageTooLargeError):
        quantize(stream, Settings(max_bytes=10))
    assert stream.tell() == 11


def test_the_description_is_json_and_complete(photo_bytes):
    described = json.loads(quantize(photo_bytes, Settings.recipe()).to_json())
    assert described["colors"] == len(described["palette"])
    assert described["source"]["width"] == 640
    assert [row["colors"] for row in described["sweep"]] == list(range(8, 33))
    assert described["criterion"] == described["settings"]["criterion"] == "silhouette"
    assert described["measure"] in described["sweep"][0]
    assert set(described["timings_ms"]) >= {"decode", "sweep", "score", "recolor"}


def test_the_recipe_clusters_a_thousand_pixels_and_no_more(photo):
    few, every = (
        load(photo).sweep(Settings.recipe(colors=8, **told)).scores[0].inertia
        for told in ({}, {"sample_size": "all"})
    )
    # Inertia is a sum over the clustered pixels.
    pixels = photo.shape[0] * photo.shape[1]
    assert few / every == pytest.approx(1000 / pixels, rel=0.2)
