from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant import Palette, SettingsError, quantize
from colorquant.palettes.facts import facts
from colorquant.palettes.oklab import encoded, linear, oklab
from colorquant.palettes.order import ORDERS

PALETTES = hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.just(3)))


def colors(*codes):
    return np.array([list(bytes.fromhex(code)) for code in codes], np.uint8)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # The examples in CSS Color Module Level 4, which gives lightness, chroma and hue.
        ("7d2329", (0.40101, 0.12351, 21.571)),
        ("c65d07", (0.59687, 0.15619, 49.770)),
        ("9dca53", (0.7752, 0.1545, 125.9)),
    ],
)
def test_the_space_is_that_of_css(code, expected):
    lightness, a, b = oklab(colors(code)[0])
    given_here = lightness, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    assert given_here == pytest.approx(expected, rel=0.03)


def test_every_channel_survives_the_way_to_light_and_back():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(encoded(linear(levels)), levels)


@pytest.mark.parametrize(
    ("code", "text", "ratio"),
    # What WebAIM's contrast checker says of these colors.
    [
        ("ffffff", "#000000", 21),
        ("000000", "#ffffff", 21),
        ("ff0000", "#000000", 5.25),
        ("0000ff", "#ffffff", 8.59),
        ("767676", "#000000", 4.62),
        ("757575", "#ffffff", 4.6),
    ],
)
def test_the_text_has_the_better_contrast_as_wcag_counts_it(code, text, ratio):
    told = facts(colors(code), [1])
    assert (told.text, told.contrast) == ((text,), (pytest.approx(ratio, abs=0.011),))


def test_each_color_is_named_by_what_it_is_best_at():
    told = facts(colors("808080", "101010", "e4002b", "f8f8f8"), [0.2, 0.5, 0.1, 0.2])
    assert (told.dominant, told.darkest) == ("#101010", "#101010")
    assert (told.lightest, told.most_colorful) == ("#f8f8f8", "#e4002b")


def test_colors_are_averaged_as_light():
    assert facts(colors("000000", "ffffff"), [0.5, 0.5]).average == "#bcbcbc"


def test_an_image_is_light_where_black_text_is_read_better():
    assert facts(colors("000000", "ffffff"), [0.85, 0.15]).tone == "dark"
    assert facts(colors("000000", "ffffff"), [0.8, 0.2]).tone == "light"


@given(PALETTES, st.randoms())
def test_text_can_always_be_read_and_every_fact_is_a_color_of_the_palette(palette, random):
    told = facts(palette, [random.random() for _ in palette])
    codes = {"#" + bytes(color).hex() for color in palette.tolist()}
    assert {told.dominant, told.lightest, told.darkest, told.most_colorful} <= codes
    # The square root of 21: where black and white are read equally well.
    assert min(told.contrast) > 4.5
    assert len(told.text) == len(palette)


def test_a_palette_that_nobody_sees_still_has_facts():
    assert facts(colors("ff0000", "0000ff"), [0, 0]).dominant == "#ff0000"


def test_a_palette_and_a_result_know_the_facts(photo):
    result = quantize(photo, colors=5)
    assert result.facts == result.palette.facts == facts(result.palette.rgb, result.shares)
    assert Palette("white, #e4002b").facts.average == facts(colors("ffffff", "e4002b"), [0.5, 0.5]).average
    assert result.to_dict()["facts"]["dominant"] == result.hex_colors[0] == result.facts.dominant
    assert Palette("red").take([]).facts is None


MIXED = Palette.of(colors("808080", "0000ff", "ff0000", "00ff00", "000000"), counts=np.array([2, 8, 4, 5, 1]))


@pytest.mark.parametrize(
    ("by", "codes"),
    [
        ("share", "#0000ff #00ff00 #ff0000 #808080 #000000"),
        ("lightness", "#000000 #0000ff #808080 #ff0000 #00ff00"),
        ("hue", "#000000 #808080 #ff0000 #00ff00 #0000ff"),
    ],
)
def test_a_palette_is_sorted(by, codes):
    assert MIXED.sorted(by).hex_colors == codes.split()


def test_an_order_that_there_is_not_is_refused():
    with pytest.raises(SettingsError, match="'size' is no order of colors"):
        MIXED.sorted("size")


@pytest.mark.parametrize("by", ORDERS)
def test_sorting_loses_nothing(by):
    assert sorted(map(str, MIXED.sorted(by).entries)) == sorted(map(str, MIXED.entries))
    assert len(MIXED.take([]).sorted(by)) == 0
