from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from colorquant import Settings, SettingsError
from colorquant.settings import (
    BY_CLOSENESS,
    CRITERIA,
    DITHERS,
    Given,
    choices_of,
    parse_setting,
    read_environment,
)


def test_defaults_are_eight_to_thirty_two_colors_by_auto_on_four_thousand_pixels():
    settings = Settings()
    assert (settings.min_colors, settings.max_colors, settings.sample_size) == (8, 32, 4096)
    assert (settings.criterion, settings.space) == ("auto", "oklab")


def test_the_recipe_is_the_best_silhouette_in_rgb_and_otherwise_the_defaults():
    recipe = Settings.recipe()
    assert (recipe.criterion, recipe.space) == ("silhouette", "rgb")
    assert recipe.sample_size == 1000
    assert recipe.changed(criterion="auto") == Settings()


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Settings().seed = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"min_colors": 1}, "min_colors"),
        ({"max_colors": 1}, "max_colors"),
        ({"max_colors": 257}, "max_colors"),
        ({"min_colors": 9, "max_colors": 8}, "min_colors"),
        ({"min_colors": 8.0}, "min_colors"),
        ({"min_colors": np.float64(8)}, "min_colors"),
        ({"min_colors": True}, "min_colors"),
        ({"colors": 1}, "colors"),
        ({"colors": 8, "max_colors": 8}, "colors fixes the number"),
        ({"sample_size": 1}, "sample_size"),
        ({"sample_size": "some"}, "sample_size"),
        ({"criterion": "elbow"}, "criterion"),
        ({"quality": "best"}, "quality"),
        ({"color_space": "hsv"}, "color_space"),
        ({"engine": "torch"}, "engine"),
        ({"refine": 1}, "refine"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"max_pixels": 0}, "max_pixels"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"dither_strength": "1"}, "dither_strength"),
        ({"palette": "#fff", "keep": "#000"}, "palette fixes every color"),
        ({"keep": ["red", "lime", "blue"], "max_colors": 2}, "keep has 3 colors, but max_colors is 2"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(wrong, named):
    with pytest.raises(SettingsError, match=named):
        Settings(**wrong)


def test_two_is_the_fewest_colors_and_256_the_most():
    assert Settings(colors=2).max_colors == 2
    assert Settings(colors=256).min_colors == 256
    assert Settings(sample_size=2).sample_size == 2


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ({"max_colors": 4}, (4, 4)),
        ({"max_colors": 12}, (8, 12)),
        ({"min_colors": 40}, (40, 40)),
        ({"min_colors": 4}, (4, 32)),
        ({"colors": 12}, (12, 12)),
        ({"colors": np.uint8(12)}, (12, 12)),
        ({"min_colors": None, "colors": None}, (8, 32)),
    ],
)
def test_a_bound_given_alone_moves_the_other_out_of_its_way(given, bounds):
    settings = Settings(**given)
    assert (settings.min_colors, settings.max_colors) == bounds


def test_numpy_s_integers_are_held_as_python_s():
    settings = Settings(max_colors=np.int64(16), seed=np.uint8(3), sample_size=np.int32(500))
    assert {type(settings.max_colors), type(settings.seed), type(settings.sample_size)} == {int}


def test_a_quality_given_alone_decides_by_fidelity_wherever_it_is_given():
    assert Settings(quality="high").criterion == "fidelity"
    assert Settings.recipe(quality="high").criterion == "fidelity"
    assert Settings.from_environment({"QUALITY": "high"}).criterion == "fidelity"
    assert Settings(criterion="silhouette").changed(quality="high").criterion == "fidelity"


def test_a_criterion_given_with_a_quality_stands():
    assert Settings(quality="high", criterion="auto").criterion == "auto"
    assert Settings(quality="high", criterion="silhouette").criterion == "silhouette"
    assert Settings(criterion="auto").changed(quality="high").criterion == "auto"


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_color_space_follows_the_criterion_unless_it_is_given(criterion):
    assert Settings(criterion=criterion).space == ("oklab" if criterion in BY_CLOSENESS else "rgb")
    assert Settings(criterion=criterion, color_space="cielab").space == "cielab"


@pytest.mark.parametrize(
    "colors",
    [
        "#fff, E4002B;black #FFFFFF",
        "white,rgb(228, 0, 43),#000000",
        "hsl(0 0% 100%) rgb(228 0 43) hsl(0.0, 0%, 0%)",
        ["#FFF", "#e4002b", "black", "White"],
        [(255, 255, 255), (228, 0, 43), (0, 0, 0)],
        np.array([[255, 255, 255], [228, 0, 43], [0, 0, 0]], np.uint8),
    ],
)
def test_colors_are_taken_as_people_have_them_and_held_as_codes(colors):
    assert Settings(palette=colors).palette == ("#ffffff", "#e4002b", "#000000")


@pytest.mark.parametrize(
    "wrong",
    [
        7,
        ["#12345"],
        ["nored"],
        "#ffffff80",
        "rgba(0,0,0,0.5)",
        (228, 0, 43),
        [(228, 0, 256)],
        [(228, 0)],
        [(0.5, 0.5, 0.5)],
        np.zeros((2, 3), np.float32),
        np.zeros((2, 4), np.uint8),
    ],
)
def test_what_is_not_a_color_is_refused_by_name(wrong):
    with pytest.raises(SettingsError, match="palette"):
        Settings(palette=wrong)


def test_a_palette_has_at_most_256_colors():
    codes = [f"#{number:06x}" for number in range(257)]
    assert len(Settings(palette=codes[:256]).palette) == 256
    with pytest.raises(SettingsError, match="palette has 257 colors; at most 256"):
        Settings(palette=codes)


def test_settings_are_changed_as_if_everything_had_been_given_together():
    assert Settings(seed=3, max_colors=12).changed(max_colors=4) == Settings(seed=3, max_colors=4)
    assert Settings(max_colors=4).changed(colors=12) == Settings(colors=12)
    assert Settings(min_colors=4).changed(max_colors=40) == Settings(min_colors=4, max_colors=40)


def test_settings_are_equal_hashable_and_picklable_by_what_they_hold():
    assert Settings(max_colors=32) == Settings()
    assert hash(Settings(max_colors=32)) == hash(Settings())
    assert pickle.loads(pickle.dumps(Settings(max_colors=4))).changed(colors=9) == Settings(colors=9)


def test_environment_overrides_the_recipe():
    settings = Settings.from_environment({"MIN_COLORS": "4", "SAMPLE_SIZE": "all", "SEED": " 3 "})
    assert settings == Settings.recipe(min_colors=4, sample_size="all", seed=3)


def test_names_come_from_the_environment_as_they_are():
    settings = Settings.from_environment({"CRITERION": "auto", "QUALITY": "high"})
    assert (settings.criterion, settings.quality) == ("auto", "high")


def test_an_empty_variable_leaves_the_default():
    assert Settings.from_environment({"MIN_COLORS": "", "CRITERION": " "}) == Settings.recipe()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"MAX_COLORS": "many"}, "^MAX_COLORS must be a whole number, not 'many'"),
        ({"MAX_COLORS": "1"}, "^MAX_COLORS must be a whole number from 2 to 256, not 1"),
        ({"MIN_COLORS": "9", "MAX_COLORS": "8"}, "^MIN_COLORS must be at most MAX_COLORS; 9 is more than 8"),
        ({"KEEP": "{0}"}, r"^KEEP: '\{0\}' is not a color"),
    ],
)
def test_a_variable_that_is_wrong_is_refused_by_its_name(environment, sentence):
    with pytest.raises(SettingsError, match=sentence):
        Settings.from_environment(environment)


def test_variables_with_a_prefix_are_named_with_it():
    with pytest.raises(SettingsError, match=r"^COLORQUANT_SEED must be a whole number, not 'abc'"):
        read_environment({"COLORQUANT_SEED": "abc"}, "COLORQUANT_")


def test_a_setting_out_of_range_is_also_a_value_error():
    with pytest.raises(ValueError, match="seed"):
        Settings(seed=-1)


def test_an_error_survives_the_way_between_processes():
    with pytest.raises(SettingsError) as caught:
        Settings(criterion="{odd}")
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error) == str(caught.value)
    assert str(error.called(str.upper)).startswith("CRITERION must be one of")


def test_functions_take_every_setting_by_name():
    fields_and_colors = {field.name for field in fields(Settings)} | {"colors"}
    assert Given.__annotations__.keys() == fields_and_colors


def test_a_setting_tells_the_names_that_it_can_be():
    assert choices_of("dither") == DITHERS
    assert choices_of("seed") == choices_of("colors") == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("1", True), ("Yes", True), ("False", False), ("0", False), ("no", False)],
)
def test_switches_are_written_in_several_ways(text, value):
    assert parse_setting("refine", text) is value


@pytest.mark.parametrize("strength", [0, 0.5, 1, np.float32(1)])
def test_a_strength_goes_from_nothing_to_everything(strength):
    assert Settings(dither_strength=strength).dither_strength == strength
    for wrong in (strength + 1.01, strength - 1.01, float("nan"), True):
        with pytest.raises(SettingsError, match="dither_strength must be a number from 0 to 1"):
            Settings(dither_strength=wrong)


def test_the_limits_are_a_hundred_megapixels_and_a_hundred_mebibytes():
    assert (Settings().max_pixels, Settings().max_bytes) == (100_000_000, 100 * 2**20)


@pytest.mark.parametrize(
    "given",
    [{"max_pixels": 1}, {"max_pixels": 2**30}, {"max_bytes": 1}, {"seed": 0}, {"seed": 2**32 - 1}],
)
def test_the_ends_of_a_range_belong_to_it(given):
    assert Settings(**given) == Settings().changed(**given)


def test_an_image_of_more_pixels_than_opencv_takes_cannot_be_asked_for():
    with pytest.raises(SettingsError, match="max_pixels must be a whole number from 1 to 1073741824"):
        Settings(max_pixels=2**30 + 1)


def test_as_many_colors_can_be_kept_as_there_may_be():
    assert len(Settings(keep="red,lime,blue", max_colors=3).keep) == 3
