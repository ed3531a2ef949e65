"""A criterion, a dithering and a palette format can each be added from one place."""

from __future__ import annotations

import numpy as np
import pytest

from colorquant import Settings, SettingsError, quantize
from colorquant.engine.dither import METHODS, Method
from colorquant.engine.selection import CRITERIA, Criterion, Decision
from colorquant.palettes.formats import FORMATS, Format, Swatch
from colorquant.palettes.reader import read_swatches


def test_a_criterion_that_was_registered_can_be_chosen_by_its_name(photo, monkeypatch):
    def third(candidates):
        return Decision(2, "silhouette", "The third number, always.")

    monkeypatch.setitem(CRITERIA, "third", Criterion("the third number", third))
    result = quantize(photo, criterion="third")
    assert result.verdict == "The third number, always."
    assert result.settings.space == "rgb"
    assert len(result.sweep) == 25


def test_a_dithering_that_was_registered_can_be_chosen_by_its_name(photo, monkeypatch):
    def checkered(picture, strength):
        rows, columns = np.indices(picture.pixels.shape[:2])
        return ((rows + columns) % 2).astype(np.uint8)

    monkeypatch.setitem(METHODS, "checkered", Method("two colors, like a chessboard", checkered))
    result = quantize(photo, palette="red, blue", dither="checkered")
    np.testing.assert_array_equal(result.to_pixels()[0, 1], result.to_pixels()[1, 0])
    assert set(result.hex_colors) == {"#ff0000", "#0000ff"}


def test_a_palette_format_that_was_registered_is_read_by_its_content(monkeypatch):
    def read(data):
        return [Swatch("#123456")] if data.startswith(b"TOY") else None

    def write(palette):
        return b"".join(color["hex"].encode() for color in palette)

    toy = Format("toy", "text/plain", "a test", write, read)
    monkeypatch.setitem(FORMATS, "toy", toy)
    assert read_swatches(b"TOY") == [Swatch("#123456")]


@pytest.mark.parametrize("setting", ["criterion", "dither"])
def test_a_name_that_nobody_registered_is_refused(setting):
    with pytest.raises(SettingsError, match="must be one of"):
        Settings(**{setting: "nonsense"})


def test_a_registered_criterion_may_ask_for_the_flat_colors_of_the_picture(monkeypatch):
    def count_them(candidates):
        return Decision(len(candidates.flat) - candidates.scores[0].colors, "error", "As many as are flat.")

    monkeypatch.setitem(CRITERIA, "flat", Criterion("flat colors", count_them, wants_flat_colors=True))
    inks = np.array([[240, 240, 235], [200, 30, 40], [20, 90, 180], [30, 140, 60]], np.uint8)
    drawing = np.full((200, 260, 3), inks[0])
    for number, ink in enumerate(inks[1:]):
        drawing[40:160, 20 + 80 * number : 80 + 80 * number] = ink
        drawing[38, 20 + 80 * number : 80 + 80 * number] = ink // 2 + 100
    result = quantize(drawing, criterion="flat", min_colors=2)
    assert {*result.hex_colors} == {"#" + bytes(ink).hex() for ink in inks}
