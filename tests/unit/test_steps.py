from __future__ import annotations

import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

import colorquant
from colorquant import Palette, Settings, SettingsError, load, quantize
from colorquant.settings import COLOR_SPACES, CRITERIA, DITHERS, ENGINES, OUTPUT_FORMATS, TRANSPARENCIES

PIXELS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14), st.sampled_from([3, 4])))
# As many colors as pixels, so that it matters which ones are sampled.
NOISE = st.builds(
    lambda seed, channels: np.random.default_rng(seed).integers(0, 256, (14, 14, channels), np.uint8),
    st.integers(0, 99),
    st.sampled_from([3, 4]),
)
COLORS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
OPTIONS = {
    "max_colors": st.integers(9, 40),
    "min_colors": st.integers(2, 9),
    "sample_size": st.sampled_from([2, 50, "all"]),
    "criterion": st.sampled_from(CRITERIA),
    "quality": st.sampled_from(["low", "high"]),
    "color_space": st.sampled_from(COLOR_SPACES),
    "refine": st.booleans(),
    "seed": st.integers(0, 9),
    "keep": st.lists(COLORS, max_size=3),
    "dither": st.sampled_from(DITHERS),
    "dither_strength": st.floats(0, 1),
    "output_format": st.sampled_from(OUTPUT_FORMATS),
    "transparency": st.sampled_from(TRANSPARENCIES),
    "engine": st.sampled_from(ENGINES),
    "palette": st.lists(COLORS, min_size=1, max_size=9),
    "report": st.booleans(),
    "max_pixels": st.integers(196, 2**30),
    "max_bytes": st.integers(1, 10**9),
}
SETTINGS = st.fixed_dictionaries({}, optional=OPTIONS).map(
    lambda told: {name: told[name] for name in told if name != "keep" or "palette" not in told}
)
CATALOGS = st.none() | hnp.arrays(np.uint8, st.tuples(st.integers(1, 60), st.just(3))).map(Palette.of)


def test_the_settings_that_are_drawn_are_all_there_are():
    assert {*OPTIONS} == {field.name for field in fields(Settings)}


@settings(max_examples=200)
@given(PIXELS | NOISE, SETTINGS, CATALOGS)
def test_quantize_is_load_sweep_and_recolor_in_a_row(pixels, given, catalog):
    told = Settings(**given)
    assume(catalog is None or not (told.palette or told.keep))
    image = load(pixels, told)
    sweep = image.sweep(told, catalog=catalog)
    result = quantize(pixels, told, catalog=catalog)
    assert image.recolor(sweep.palette(), told).encode() == result.encode()
    assert image.recolor(sweep, told).encode() == result.encode()
    assert image.rank(sweep, told).hex_colors == image.recolor(sweep, told, dither="none").hex_colors
    assert result.settings == told


@pytest.mark.parametrize("step", [colorquant.Image.rank, colorquant.Image.recolor])
def test_more_colors_than_an_index_can_tell_apart_are_refused(noise, step):
    catalog = Palette.of(np.random.default_rng(1).integers(0, 256, (257, 3), np.uint8))
    with pytest.raises(SettingsError, match="palette has 257 colors; at most 256"):
        step(load(noise), catalog)


def test_a_sweep_recolors_with_its_choice_and_tells_its_reasons(photo):
    image = load(photo)
    sweep = image.sweep(max_colors=12)
    result = image.recolor(sweep)
    assert result == image.recolor(sweep.palette())
    assert (result.sweep, result.measure, result.verdict) == (sweep.scores, sweep.measure, sweep.verdict)
    assert result.settings == sweep.settings
    assert result.timings_ms.keys() >= image.timings_ms.keys() | sweep.timings_ms.keys()


def test_a_sweep_can_be_dithered_with(photo):
    image = load(photo)
    sweep = image.sweep(max_colors=9)
    dithered = image.recolor(sweep, dither="ordered")
    assert dithered.settings == sweep.settings.changed(dither="ordered")
    assert dithered != image.recolor(sweep)


def test_there_is_a_palette_for_every_number_that_was_swept(photo):
    sweep = load(photo).sweep(max_colors=12)
    assert [len(sweep.palette(number)) for number in sweep.numbers] == [8, 9, 10, 11, 12]
    assert len(sweep.palette()) == sweep.colors


def test_a_palette_of_another_number_is_as_good_as_one_asked_for_directly(photo):
    image = load(photo)

    def error(palette):
        return np.square(photo.astype(float) - image.recolor(palette).to_pixels()).sum(axis=2).mean()

    recipe = Settings.recipe()
    assert error(image.sweep(recipe).palette(20)) < 1.03 * error(image.sweep(recipe, colors=20).palette())


def test_a_number_that_was_not_swept_is_refused_in_a_sentence(photo):
    with pytest.raises(SettingsError, match="no palette of 40 colors: the sweep was over 8 to 32"):
        load(photo).sweep().palette(40)


def test_an_image_of_few_colors_has_one_palette_only():
    sweep = load(np.zeros((2, 2, 3), np.uint8)).sweep()
    assert list(sweep.numbers) == [1]
    with pytest.raises(SettingsError, match="over 1 only"):
        sweep.palette(8)


@pytest.mark.parametrize("criterion", ["auto", "fidelity"])
def test_colors_that_fit_under_the_maximum_are_all_kept(criterion):
    pixels = np.random.default_rng(1).integers(0, 256, (11, 3), np.uint8).repeat(40, axis=0)[None]
    pixels[0, :439] = pixels[0, 0]
    result = quantize(pixels, criterion=criterion)
    np.testing.assert_array_equal(result.palette[result.indices], pixels)
    assert "kept exactly" in result.verdict


def test_a_palette_recolors_another_image(photo, noise):
    palette = load(photo).sweep().palette(9)
    result = load(noise).recolor(palette)
    assert {*result.hex_colors} <= {*palette.hex_colors}


def test_a_palette_looks_for_the_nearest_color_in_the_space_it_was_fitted_in(photo):
    image = load(photo)
    palette = image.sweep(Settings.recipe()).palette(9)
    assert image.recolor(palette) == image.recolor(palette, color_space="rgb")
    assert image.recolor(palette.hex_colors) == image.recolor(palette, color_space="oklab")


def test_a_sweep_s_choice_looks_for_the_nearest_color_in_its_space_whatever_else_is_told(photo):
    image = load(photo)
    sweep = image.sweep(Settings.recipe(colors=9))
    told = Settings(dither="ordered")
    assert image.recolor(sweep, told) == image.recolor(sweep.palette(), told)
    assert image.recolor(sweep, told) == image.recolor(sweep, told, color_space="rgb")
    assert image.rank(sweep, told).counts.tolist() == image.recolor(sweep).counts.tolist()


def test_what_a_given_palette_says_to_write_is_written(photo):
    inks = Palette.read(b"name,color,written\nsoot,#30302f,black\npaper,#e8e8e0,white\nagain,#30302f,red\n")
    result = quantize(photo, palette=inks)
    assert result == load(photo).recolor(inks.take([0, 1]))
    assert {*result.palette.names} == {"soot", "paper"}
    assert {*map(tuple, result.to_pixels().reshape(-1, 3).tolist())} == {(0, 0, 0), (255, 255, 255)}


def test_the_palette_of_a_result_can_be_given_to_settings(photo):
    result = quantize(photo)
    again = quantize(photo, palette=result.palette)
    assert again == result


def test_single_settings_go_on_top_of_others(photo):
    assert quantize(photo, Settings(seed=3), colors=9).settings == Settings(seed=3, colors=9)


def test_steps_can_be_pickled(photo):
    image = load(photo[::4, ::4])
    sweep = image.sweep(max_colors=9)
    again = pickle.loads(pickle.dumps(image))
    copied = pickle.loads(pickle.dumps(sweep)).palette()
    result = pickle.loads(pickle.dumps(again.recolor(copied)))
    assert result == image.recolor(sweep.palette())
    arrays = (again.raster.pixels, again.colors.counts, copied.rgb, result.indices)
    assert not any(array.flags.writeable for array in arrays)


def test_a_sweep_can_be_asked_from_several_threads(photo):
    sweep = load(photo[::2, ::2]).sweep()
    numbers = [*sweep.numbers] * 2
    with ThreadPoolExecutor(8) as threads:
        palettes = list(threads.map(sweep.palette, numbers))
    assert [len(palette) for palette in palettes] == numbers
    assert palettes[:25] == palettes[25:]


@pytest.mark.parametrize("step", ["image", "sweep", "palette", "result", "colors"])
def test_each_step_says_in_one_line_what_it_is(photo, step):
    image = load(photo)
    sweep = image.sweep(max_colors=10)
    steps = {
        "image": image,
        "sweep": sweep,
        "palette": sweep.palette(),
        "result": image.recolor(sweep.palette()),
        "colors": image.colors,
    }
    assert "\n" not in repr(steps[step])
    assert "array(" not in repr(steps[step])
    assert len(repr(steps[step])) < 500


def test_a_pillow_image_is_taken_as_it_is(photo):
    assert quantize(Image.fromarray(photo)) == quantize(photo)


def test_a_result_becomes_a_pillow_image(photo):
    result = quantize(photo)
    image = result.to_pil()
    assert image.mode == "P"
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), result.to_pixels())


@pytest.mark.parametrize("wrong", [None, 3, [[1, 2, 3]], io.StringIO("text")])
def test_what_is_no_image_at_all_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        quantize(wrong)


def test_a_palette_cannot_be_changed():
    palette = Palette("red")
    with pytest.raises(ValueError, match="read-only"):
        palette.rgb[0] = 0
    with pytest.raises(AttributeError, match="cannot be changed"):
        palette.kept = 1


def test_palettes_of_the_same_colors_are_equal():
    assert Palette("red, blue") == Palette(["#ff0000", (0, 0, 255)])
    assert len({Palette("red"), Palette("#f00")}) == 1


def test_the_public_names_are_listed():
    assert {*colorquant.__all__} <= {*dir(colorquant)}
    assert all(getattr(colorquant, name) for name in colorquant.__all__)


def test_saving_under_another_formats_name_is_refused(photo, tmp_path):
    result = quantize(photo[:20])
    with pytest.raises(SettingsError, match=r"Name it \.png or \.webp"):
        result.save(tmp_path / "x.jpg")
    result.save(tmp_path / "x.webp")
    with Image.open(tmp_path / "x.webp") as image:
        assert image.format == "WEBP"


def test_a_transparent_pixels_index_is_zero(photo):
    alpha = np.full((*photo.shape[:2], 1), 255, np.uint8)
    alpha[:30] = 0
    result = quantize(np.dstack([photo, alpha]))
    assert (result.indices[:30] == 0).all()
    assert result.indices[30:].any()


def test_what_another_criterion_chooses_needs_no_other_sweep(photo):
    sweep = load(photo).sweep()
    chosen = {name: sweep.chosen_by(name) for name in CRITERIA}
    assert (chosen["auto"].colors, chosen["auto"].verdict) == (sweep.colors, sweep.verdict)
    for measure in ("silhouette", "calinski_harabasz"):
        best = max(sweep.scores, key=lambda score: getattr(score, measure))
        other = chosen[measure.replace("_", "-")]
        assert (other.colors, other.measure) == (best.colors, measure)
        assert other.palette(20) is sweep.palette(20)


def test_a_result_of_another_choice_tells_that_choice_s_reasons(photo):
    image = load(photo)
    other = image.sweep().chosen_by("silhouette")
    result = image.recolor(other)
    assert (result.verdict, result.measure) == (other.verdict, "silhouette")
    assert (result.settings.criterion, result.settings.space) == ("silhouette", "oklab")
    assert result.settings.sample_size == 4096


def test_each_quality_can_be_asked_of_one_sweep(photo):
    sweep = load(photo).sweep(min_colors=2, max_colors=64)
    numbers = [sweep.chosen_by(quality=quality).colors for quality in ("low", "medium", "high")]
    assert numbers == sorted(numbers)
    assert len({*numbers}) == 3
    assert sweep.chosen_by("silhouette", "high").settings.quality == "high"
    assert sweep.chosen_by("silhouette").chosen_by(quality="low").settings.criterion == "fidelity"


def test_where_all_colors_fit_only_closeness_keeps_them_all():
    pixels = np.random.default_rng(1).integers(0, 256, (11, 3), np.uint8).repeat(40, axis=0)[None]
    sweep = load(pixels).sweep(min_colors=2)
    by_silhouette = sweep.chosen_by("silhouette")
    assert "kept exactly" in sweep.verdict
    assert "silhouette" in by_silhouette.verdict
    assert by_silhouette.chosen_by("auto").colors == 11


def test_a_catalog_s_colors_can_be_chosen_by_another_criterion(photo):
    catalog = Palette.of(np.random.default_rng(4).integers(0, 256, (100, 3), np.uint8))
    other = load(photo).sweep(catalog=catalog).chosen_by("davies-bouldin")
    assert other.verdict.startswith("Chosen from the 100 colors of the catalog.")
    assert other.measure == "davies_bouldin"


def test_where_there_is_one_number_every_criterion_chooses_it():
    sweep = load(np.zeros((2, 2, 3), np.uint8)).sweep()
    assert sweep.chosen_by("silhouette").colors == 1


def test_a_scaled_image_has_the_mean_of_each_area():
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, ::2] = 200
    small = load(pixels).scaled(40)
    assert (small.width, small.height) == (40, 20)
    assert (small.raster.pixels == 100).all()


def test_what_is_invisible_has_no_part_in_a_scaled_image():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 0], pixels[:, ::2, 3], pixels[:, 1::2, 1] = 90, 200, 255
    small = load(pixels).scaled(4)
    assert (small.raster.pixels == (90, 0, 0)).all()
    assert (small.raster.alpha == 100).all()


@given(PIXELS, st.integers(1, 20))
def test_a_scaled_image_is_an_image(pixels, longest):
    image = load(pixels)
    small = image.scaled(longest)
    assert max(small.width, small.height) == min(longest, max(image.width, image.height))
    assert small.recolor("black, white").indices.shape == (small.height, small.width)
    if image.raster.alpha is None:
        assert small.raster.pixels.min() >= pixels[..., :3].min()
        assert small.raster.pixels.max() <= pixels[..., :3].max()


def test_merged_colors_are_what_their_pixels_mix_to():
    row = np.repeat(np.uint8([[0] * 3, [20] * 3, [240] * 3]), [30, 10, 5], axis=0)[None]
    result = quantize(row, color_space="rgb")
    merged = result.merged(0, 1)
    assert merged == Palette("#050505, #f0f0f0")
    assert load(row).recolor(merged).counts.tolist() == [40, 5]
    with pytest.raises(IndexError):
        result.merged(0, 7)


def test_of_merged_colors_of_a_catalog_the_most_used_stays(photo):
    rgb = np.random.default_rng(3).integers(0, 256, (60, 3), np.uint8)
    catalog = Palette.of(rgb, names=tuple(map(str, range(60))))
    result = quantize(photo, catalog=catalog, colors=12)
    merged = result.merged(4, 2, 3)
    assert merged.names == tuple(np.take(result.palette.names, [2, 0, 1, *range(5, result.colors)]))


def test_what_is_loaded_does_not_change_with_the_array_it_came_from(noise):
    pixels = noise.copy()
    image = load(pixels)
    before = image.recolor("black, white").to_pixels()
    pixels[:] = 0
    np.testing.assert_array_equal(image.recolor("black, white").to_pixels(), before)


def test_no_step_s_arrays_can_be_changed(photo):
    image = load(np.dstack([photo, np.full(photo.shape[:2], 128, np.uint8)]))
    small = image.scaled(50)
    result = image.recolor("black, white")
    arrays = (
        image.raster.pixels,
        image.raster.alpha,
        image.colors.packed,
        image.colors.counts,
        small.raster.pixels,
        small.colors.counts,
        result.indices,
        result.alpha,
        result.counts,
        result.opacities.table,
    )
    assert [array.flags.writeable for array in arrays] == [False] * len(arrays)
    assert result.to_pixels().flags.writeable


@pytest.mark.parametrize("wrong", ["a.png", b"", None])
def test_what_is_no_image_cannot_share_a_palette(wrong):
    with pytest.raises(TypeError, match="Give images as from"):
        colorquant.shared_palette([wrong])


def test_a_catalog_is_a_palette(photo):
    with pytest.raises(TypeError, match="A catalog is a Palette"):
        load(photo).sweep(catalog="red, blue")


@pytest.mark.parametrize("size", [0, 300])
@pytest.mark.parametrize("step", [colorquant.Image.recolor, colorquant.Image.rank])
def test_a_palette_that_does_not_fit_into_an_image_is_refused(photo, size, step):
    palette = Palette.of(np.zeros((size, 3), np.uint8))
    with pytest.raises(SettingsError, match=f"has {size} colors, but an image has 1 to 256"):
        step(load(photo), palette)


@pytest.mark.parametrize("nothing", [None, [], ()])
def test_a_palette_has_a_color(photo, nothing):
    with pytest.raises(SettingsError, match="at least one color"):
        load(photo).recolor(nothing)


def test_a_file_opened_as_text_is_a_type_error_of_ours(tmp_path):
    (tmp_path / "a.txt").write_text("a" * 30)
    with (tmp_path / "a.txt").open() as file, pytest.raises(TypeError, match="opened in binary mode"):
        load(file)
