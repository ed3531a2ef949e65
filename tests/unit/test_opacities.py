from __future__ import annotations

import io
import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorquant import Palette, load, quantize
from colorquant.engine import opacities as engine
from colorquant.engine.entries import Entries, Groups, merge
from colorquant.engine.opacities import (
    MOST_ENTRIES,
    _Ladder,
    choose_opacities,
    count_opacities,
    sum_of_palette,
    sum_of_pixels,
)

COLORS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)))
PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 24), st.integers(1, 24), st.just(4)))


def soft_disc(side=96):
    """A disc of smooth colors whose edge fades over a third of its radius, opaque inside."""
    y, x = np.mgrid[:side, :side] / (side - 1)
    distance = np.hypot(x - 0.5, y - 0.5)
    alpha = np.clip((0.5 - distance) * 6, 0, 1)
    pixels = np.dstack([x * 255, y * 255, (1 - x) * 200, alpha * 255])
    return np.rint(pixels).astype(np.uint8)


def decoded(result):
    # Not Pillow, which takes a tRNS of 0 and 10 for one transparent entry, since 10 is a line break to it.
    pixels = cv2.imdecode(np.frombuffer(result.to_png(), np.uint8), cv2.IMREAD_UNCHANGED)
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGBA)


def error(original, shown, background):
    """Mean squared error of what is seen on a grey level."""
    seen = []
    for pixels in (original, shown):
        opacity = pixels[..., 3:] / 255
        seen.append(pixels[..., :3] * opacity + background * (1 - opacity))
    return np.square(seen[0] - seen[1]).mean()


@st.composite
def opacity_counts(draw):
    palette = draw(COLORS)
    counts = np.zeros((len(palette), 256), np.int64)
    for row in counts:
        opacities = draw(st.lists(st.integers(0, 255), max_size=80))
        np.add.at(row, opacities, 1)
    return counts, palette


@settings(max_examples=60, deadline=None)
@given(opacity_counts(), st.integers(0, 10**9))
def test_full_and_no_opacity_stay_and_256_entries_suffice(given_counts, distortion):
    counts, palette = given_counts
    chosen = choose_opacities(counts, sum_of_palette(counts, palette), palette, distortion)
    color = np.arange(len(palette))
    assert not chosen.table[:, 0].any()
    np.testing.assert_array_equal(chosen.table[:, 255], 255 * 256 + color)
    entries = {(code % 256, code // 256) for code in chosen.table[counts > 0].tolist() if code}
    assert entries == {(color, level) for color, levels in enumerate(chosen.levels) for level in levels}
    assert len(entries) + counts[:, 0].any() <= MOST_ENTRIES


def least_error(opacities, levels, ends):
    """Try every way to put sorted opacities into ranges of one level each, beside the ends."""
    best = np.inf
    for cuts in itertools.combinations_with_replacement(range(len(opacities) + 1), levels + 1):
        total = 0
        parts = [opacities[: cuts[0]], opacities[cuts[-1] :]]
        for part, end in zip(parts, ends, strict=True):
            if len(part):
                total += np.inf if end is None else ((part - end) ** 2).sum()
        for start, stop in itertools.pairwise(cuts):
            part = opacities[start:stop]
            total += min(((part - level) ** 2).sum() for level in range(256)) if len(part) else 0
        best = min(best, total)
    return best


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 254), min_size=1, max_size=6), st.booleans(), st.booleans(), st.integers(1, 3))
def test_no_opacities_of_a_color_come_closer_than_its_own(seen, opaque, transparent, levels):
    opacities = np.array(sorted(seen))
    counts = np.bincount(opacities, minlength=256).astype(np.int64)
    counts[255] = opaque
    table = _Ladder(counts, transparent).table(levels)
    off = ((table[opacities].astype(int) - opacities) ** 2).sum()
    assert len(set(table[opacities].tolist()) - {0, 255}) <= levels
    assert off == least_error(opacities, levels, (0 if transparent else None, 255 if opaque else None))


def test_the_color_whose_opacities_show_most_gets_most():
    counts = np.zeros((2, 256), np.int64)
    counts[:, 1:255] = np.array([[1], [50]])
    counts[:, 0] = 1
    palette = np.array([[255, 0, 0], [0, 255, 0]], np.uint8)
    chosen = choose_opacities(counts, sum_of_palette(counts, palette), palette, 0)
    assert len(chosen.levels[1]) > len(chosen.levels[0])


def test_coarser_colors_need_fewer_opacities():
    counts = np.ones((1, 256), np.int64)
    palette = np.array([[200, 30, 30]], np.uint8)
    sums = sum_of_palette(counts, palette)
    numbers = [len(choose_opacities(counts, sums, palette, off).levels[0]) for off in (0, 10**11)]
    assert numbers[0] > numbers[1] >= 2


def test_faint_colors_share_an_entry():
    counts = np.zeros((3, 256), np.int64)
    counts[:, 255] = 1000
    counts[:, 4] = 5
    palette = np.array([[200, 30, 30], [30, 30, 200], [40, 120, 40]], np.uint8)
    chosen = choose_opacities(counts, sum_of_palette(counts, palette), palette, 10**8)
    assert len(set(chosen.table[:, 4].tolist())) == 1
    assert sum(len(levels) for levels in chosen.levels) == 4


def brute_force(groups, entries, palette):
    """The squared error of each group with each entry, on black and on white, in floating point."""
    error = np.zeros((2, len(groups.pixels), len(entries)))
    means = groups.sums / groups.pixels[:, None]
    for row, (opacity, color) in enumerate(zip(groups.opacity, groups.color, strict=True)):
        for background in (0, 1):
            shine = 255 * 255 * background

            def seen(rgb, alpha, shine=shine):
                return rgb * float(alpha) + shine - 255 * bool(shine) * float(alpha)

            meant = seen(means[row], opacity)
            own = np.square(meant - seen(palette[color], opacity)).sum()
            for place, (other, alpha) in enumerate(zip(entries.color, entries.opacity, strict=True)):
                off = np.square(meant - seen(palette[other], alpha)).sum() - own
                error[background, row, place] = groups.pixels[row] * off
    return error


@settings(max_examples=40, deadline=None)
@given(opacity_counts(), st.randoms(use_true_random=False), st.integers(0, 10**11))
def test_merged_entries_stay_within_the_error_and_each_group_gets_the_closest(given_counts, random, most):
    counts, palette = given_counts
    counts[:, [0, 255]] = 0
    color, opacity = np.nonzero(counts)
    if not len(color):
        return
    pixels = counts[color, opacity]
    sums = np.array([[random.randint(0, 255 * int(n)) for _ in range(3)] for n in pixels]).reshape(-1, 3)
    groups = Groups(color, opacity, pixels, sums)
    given_entries = Entries(color, opacity, np.zeros(len(color), np.bool_))
    entries, places, error = merge(groups, given_entries, palette, most)
    errors = brute_force(groups, entries, palette)
    rows = np.arange(len(color))
    assert errors[:, rows, places].sum(axis=1).max() == pytest.approx(error, abs=1)
    # Each group alone is as good as exact, so all together can be.
    assert error <= most
    worse = errors.max(axis=0)
    np.testing.assert_allclose(worse[rows, places], worse.min(axis=1), atol=1)


def test_a_million_times_the_pixels_get_the_same_entries():
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 9, (4, 256)) * (rng.random((4, 256)) < 0.2)
    palette = rng.integers(0, 256, (4, 3)).astype(np.uint8)
    few, many = (
        choose_opacities(counts * times, sum_of_palette(counts * times, palette), palette, 10**8 * times)
        for times in (1, 1 << 20)
    )
    np.testing.assert_array_equal(few.table, many.table)


def test_opacities_are_counted_by_color():
    rng = np.random.default_rng(0)
    indices, alpha = rng.integers(0, 3, (70, 50), np.uint8), rng.integers(0, 256, (70, 50), np.uint8)
    counts = count_opacities(indices, alpha, 3)
    assert counts.sum() == indices.size
    assert counts[2, 77] == np.count_nonzero((indices == 2) & (alpha == 77))


def partly_transparent(height):
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 3, (height, 50), np.uint8)
    alpha = rng.integers(1, 255, (height, 50), np.uint8)
    pixels = np.clip(rng.normal(120, 20, (height, 50, 3)), 0, 255).astype(np.uint8)
    return indices, alpha, pixels, count_opacities(indices, alpha, 3), np.zeros((3, 3), np.uint8)


def test_colors_are_added_up_by_entry_and_opacity():
    indices, alpha, pixels, counts, palette = partly_transparent(70)
    sums = sum_of_pixels(indices, alpha, pixels, counts, palette)
    np.testing.assert_array_equal(sums[2, 77], pixels[(indices == 2) & (alpha == 77)].sum(axis=0))
    assert sums.sum() == pixels.sum(dtype=np.int64)


def test_the_colors_of_a_large_image_are_estimated_from_some_of_its_rows(monkeypatch):
    indices, alpha, pixels, counts, palette = partly_transparent(4000)
    monkeypatch.setattr(engine, "_SUMMED", indices.size // 8)
    sums = sum_of_pixels(indices, alpha, pixels, counts, palette)
    means = sums / np.maximum(counts, 1)[..., None]
    # About 33 pixels of each color and opacity are seen.
    assert abs(means[counts > 0].mean() - 120) < 1
    assert means[counts > 0].std() < 2 * 20 / 33**0.5


def test_what_the_sample_does_not_hold_is_taken_for_its_palette_color(monkeypatch):
    indices, alpha = np.zeros((8, 50), np.uint8), np.full((8, 50), 9, np.uint8)
    alpha[1] = 200
    pixels = np.full((8, 50, 3), 77, np.uint8)
    monkeypatch.setattr(engine, "_SUMMED", indices.size // 8)
    palette = np.array([[70, 80, 90]], np.uint8)
    sums = sum_of_pixels(indices, alpha, pixels, count_opacities(indices, alpha, 1), palette)
    assert sums[0, 9].tolist() == [350 * 77] * 3
    assert sums[0, 200].tolist() == [50 * 70, 50 * 80, 50 * 90]


SMALL = hnp.arrays(np.uint8, st.tuples(st.integers(1, 15), st.integers(1, 15), st.just(4)))


@settings(max_examples=60, deadline=None)
@given(SMALL, st.integers(2, 12))
def test_few_entries_are_as_close_as_exact_opacities_to_15_percent(pixels, most):
    indexed, exact = (quantize(pixels, max_colors=most, transparency=name) for name in ("indexed", "exact"))
    partly = np.mean((pixels[..., 3] > 0) & (pixels[..., 3] < 255))
    for background in (0, 255):
        least = error(pixels, decoded(exact), background)
        # One level is not seen, however close the colors are.
        assert error(pixels, decoded(indexed), background) <= max(1.15 * least, least + partly) + 1e-9


@settings(max_examples=60, deadline=None)
@given(PIXELS, st.integers(2, 12), st.sampled_from(["none", "floyd-steinberg", "ordered"]))
def test_no_pixel_gets_a_color_outside_the_palette_and_the_ends_stay(pixels, most, dither):
    result = quantize(pixels, max_colors=most, dither=dither)
    shown = decoded(result)
    np.testing.assert_array_equal(shown[pixels[..., 3] == 0], 0)
    assert (shown[pixels[..., 3] == 255][:, 3] == 255).all()
    colors = {tuple(color) for color in shown[shown[..., 3] > 0][:, :3].tolist()}
    assert colors <= {tuple(color) for color in result.palette.rgb.tolist()}
    assert len(colors) <= result.colors <= most
    assert len(np.unique(shown.reshape(-1, 4), axis=0)) <= 256
    channels = result.to_pixels().shape[2]
    np.testing.assert_array_equal(result.to_pixels(), shown[..., :channels])


@pytest.mark.parametrize(
    "given_settings",
    [
        {},
        {"dither": "blue-noise"},
        {"palette": "red, green, blue, #fff"},
        {"keep": "#123456"},
        {"colors": 200},
    ],
    ids=str,
)
def test_soft_edges_stay_in_256_entries(given_settings):
    result = quantize(soft_disc(), **given_settings)
    image = Image.open(io.BytesIO(result.to_png()))
    assert image.mode == "P"
    # Pillow gives as many opacities as the file does: those after the last that is not opaque are left out.
    opacities = image.info["transparency"]
    assert 2 <= len(opacities) <= len(image.getpalette()) // 3 <= 256
    assert opacities[-1] < 255


def test_soft_edges_are_close_to_exact_ones_on_black_and_on_white_and_in_a_smaller_file():
    pixels = soft_disc()
    indexed, exact = (quantize(pixels, transparency=name) for name in ("indexed", "exact"))
    for background in (0, 255):
        off = error(pixels, indexed.to_pixels(), background)
        assert off <= 1.15 * error(pixels, exact.to_pixels(), background)
    assert len(indexed.to_png()) <= 0.7 * len(exact.to_png())


def test_exact_transparency_keeps_every_opacity():
    pixels = soft_disc()
    np.testing.assert_array_equal(decoded(quantize(pixels, transparency="exact"))[..., 3], pixels[..., 3])


@pytest.mark.parametrize("threshold", [0, 128], ids=["opaque", "on or off"])
def test_without_partial_transparency_both_give_the_same_bytes(threshold):
    pixels = soft_disc()
    pixels[..., 3] = np.where(pixels[..., 3] >= threshold, 255, 0)
    indexed, exact = (quantize(pixels, transparency=name) for name in ("indexed", "exact"))
    assert indexed.to_png() == exact.to_png()
    assert indexed.opacities is None


def test_256_opaque_colors_and_transparency_are_written_as_they_are():
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[..., 0] = np.arange(1600).reshape(40, 40) % 256
    pixels[..., 3] = 255
    pixels[0, :3, 3] = 0, 100, 200
    result = quantize(pixels, max_colors=256)
    assert result.colors == 256
    np.testing.assert_array_equal(decoded(result)[..., 3], pixels[..., 3])
    assert Image.open(io.BytesIO(result.to_png())).mode == "RGBA"


def test_a_webp_shows_the_same_opacities_as_a_png():
    result = quantize(soft_disc())
    webp = np.asarray(Image.open(io.BytesIO(result.to_webp())).convert("RGBA"))
    np.testing.assert_array_equal(webp, decoded(result))


def test_the_description_tells_which_opacities_each_color_is_written_at():
    result = quantize(soft_disc())
    shown = decoded(result)
    for entry in result.to_dict()["palette"]:
        color = [int(entry["hex"][place : place + 2], 16) for place in (1, 3, 5)]
        seen = shown[(shown[..., :3] == color).all(axis=2) & (shown[..., 3] > 0)][:, 3]
        assert entry["opacities"] == sorted(set(seen.tolist()), reverse=True)


def test_an_opaque_image_has_no_opacities_to_tell():
    result = quantize(soft_disc()[..., :3])
    assert all("opacities" not in entry for entry in result.to_dict()["palette"])


def test_what_hardly_shows_hardly_counts():
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:32] = np.random.default_rng(0).integers(0, 256, (32, 64, 4), np.uint8)
    pixels[:32, :, 3] = 10
    pixels[32:, :, :3] = np.arange(64)[:, None] * 4
    pixels[32:, :, 3] = 255
    grey = quantize(pixels[32:, :, :3], colors=16)
    palette = load(pixels).sweep(colors=16).palette()
    assert Palette(sorted(palette.hex_colors)) == Palette(sorted(grey.palette.hex_colors))


def test_few_colors_are_kept_even_if_they_hardly_show():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[0, 0] = 200, 100, 50, 3
    pixels[1:] = 10, 20, 30, 255
    assert quantize(pixels).hex_colors == ["#0a141e", "#c86432"]


def test_a_result_tells_whether_it_is_larger_than_its_input():
    small, large = quantize(soft_disc()), quantize(quantize(soft_disc(), colors=2).to_png(), colors=200)
    for result in (small, large):
        told = result.to_dict()["encoded"]
        assert told == {"bytes": len(result.to_png()), "larger": result.larger}
        assert result.larger == (len(result.to_png()) > result.source["bytes"])
    assert not small.larger
