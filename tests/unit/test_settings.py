from __future__ import annotations

import pytest

from colorquant import Settings, SettingsError


def test_defaults_are_eight_to_thirty_two_colors_by_silhouette_on_a_thousand_pixels():
    settings = Settings()
    assert (settings.min_colors, settings.max_colors, settings.sample_size) == (8, 32, 1000)
    assert settings.criterion == "silhouette"


def test_settings_cannot_be_changed():
    with pytest.raises(AttributeError):
        Settings().seed = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"min_colors": 1}, "MIN_COLORS"),
        ({"max_colors": 256}, "MAX_COLORS"),
        ({"min_colors": 9, "max_colors": 8}, "MIN_COLORS"),
        ({"min_colors": 8.0}, "MIN_COLORS"),
        ({"min_colors": True}, "MIN_COLORS"),
        ({"sample_size": 1}, "SAMPLE_SIZE"),
        ({"sample_size": "some"}, "SAMPLE_SIZE"),
        ({"criterion": "elbow"}, "CRITERION"),
        ({"quality": "best"}, "QUALITY"),
        ({"color_space": "hsv"}, "COLOR_SPACE"),
        ({"refine": 1}, "REFINE"),
        ({"seed": -1}, "SEED"),
        ({"seed": 2**32}, "SEED"),
        ({"max_pixels": 0}, "MAX_PIXELS"),
        ({"max_bytes": 0}, "MAX_BYTES"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(wrong, named):
    with pytest.raises(SettingsError, match=named):
        Settings(**wrong)


def test_environment_overrides_defaults():
    settings = Settings.from_environment({"MIN_COLORS": "4", "SAMPLE_SIZE": "all", "SEED": " 3 "})
    assert (settings.min_colors, settings.sample_size, settings.seed) == (4, "all", 3)


def test_names_come_from_the_environment_as_they_are():
    settings = Settings.from_environment({"CRITERION": "auto", "QUALITY": "high"})
    assert (settings.criterion, settings.quality) == ("auto", "high")


def test_an_empty_variable_leaves_the_default():
    assert Settings.from_environment({"MIN_COLORS": "", "CRITERION": ""}) == Settings()


def test_a_variable_that_is_no_number_is_refused_by_name():
    with pytest.raises(SettingsError, match="MAX_COLORS must be a whole number, not 'many'"):
        Settings.from_environment({"MAX_COLORS": "many"})


def test_a_setting_out_of_range_is_also_a_value_error():
    with pytest.raises(ValueError, match="SEED"):
        Settings(seed=-1)
