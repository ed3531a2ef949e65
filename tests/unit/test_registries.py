"""A criterion, a dithering and a palette format can each be added from one place."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from colorquant import Palette, Settings, SettingsError, load, quantize
from colorquant.cli import main
from colorquant.engine.dither import METHODS, Method
from colorquant.engine.selection import CRITERIA, Criterion, Decision
from colorquant.palettes.formats import FORMATS, Format, Swatch
from colorquant.palettes.reader import read_swatches
from tests import names


@pytest.fixture
def run(tmp_path, photo, monkeypatch):
    """Run the command beside a photograph, ``a.png``."""
    Image.fromarray(photo[::3, ::3]).save(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(main, args, catch_exceptions=False)


@pytest.fixture
def third(monkeypatch):
    """Register a criterion."""

    def choose(candidates):
        return Decision(2, "silhouette", "The third number, always.")

    monkeypatch.setitem(CRITERIA, "third", Criterion("the third number", choose))


@pytest.fixture
def checkered(monkeypatch):
    """Register a dithering."""

    def dither(picture, strength):
        rows, columns = np.indices(picture.pixels.shape[:2])
        return ((rows + columns) % 2).astype(np.uint8)

    monkeypatch.setitem(METHODS, "checkered", Method("two colors, like a chessboard", dither))


@pytest.fixture
def toy(monkeypatch):
    """Register a palette format."""

    def read(data):
        if not data.startswith(b"TOY"):
            return None
        return [Swatch(code) for code in data.decode().split("|")[1:]]

    def write(palette):
        return "|".join(["TOY", *(color["hex"] for color in palette)]).encode()

    monkeypatch.setitem(FORMATS, "toy", Format("toy", "text/x-toy", "for children", write, read))


@pytest.mark.usefixtures("third")
def test_a_criterion_that_was_registered_can_be_chosen_by_its_name(photo):
    result = quantize(photo, criterion="third")
    assert result.verdict == "The third number, always."
    assert result.settings.space == "rgb"
    assert len(result.sweep) == 25
    assert load(photo).sweep().chosen_by("third").colors == 10


@pytest.mark.usefixtures("third")
def test_a_criterion_that_was_registered_is_an_option(run, tmp_path):
    assert "or third." in " ".join(run("quantize", "--help").output.split())
    assert run("quantize", "a.png", "--criterion", "third", "--report").exit_code == 0
    page = (tmp_path / "a.png.report.html").read_text()
    assert "The third number, always." in page
    assert "third" in page


@pytest.mark.usefixtures("checkered")
def test_a_dithering_that_was_registered_can_be_chosen_by_its_name(photo):
    result = quantize(photo, palette="red, blue", dither="checkered")
    np.testing.assert_array_equal(result.to_pixels()[0, 1], result.to_pixels()[1, 0])
    assert set(result.hex_colors) == {"#ff0000", "#0000ff"}


@pytest.mark.usefixtures("checkered")
def test_a_dithering_that_was_registered_is_an_option(run, tmp_path):
    assert "or checkered." in " ".join(run("quantize", "--help").output.split())
    args = ("--palette", "red,blue", "--dither", "checkered", "--report")
    assert run("quantize", "a.png", *args).exit_code == 0
    written = np.asarray(Image.open(tmp_path / "a.png.quantized.png").convert("RGB"))
    assert (written[::2, ::2] == written[0, 0]).all()
    assert (written[1::2, ::2] == written[1, 0]).all()
    assert "checkered" in (tmp_path / "a.png.report.html").read_text()


@pytest.mark.usefixtures("toy")
def test_a_palette_format_that_was_registered_is_written_and_read_by_its_content(run, tmp_path):
    assert read_swatches(b"TOY|#123456") == [Swatch("#123456")]
    assert Palette.read(Palette("red, blue").encode("toy")) == Palette("red, blue")
    assert run("palette", "a.png", "--colors", "3", "-o", "p.toy").exit_code == 0
    assert len(Palette.read(tmp_path / "p.toy")) == 3


@pytest.mark.usefixtures("toy")
def test_a_palette_format_that_was_registered_is_an_option_and_in_the_report(run, tmp_path):
    assert "toy   for children" in run("palette", "--help").output
    assert run("palette", "a.png", "--format", "toy").output.startswith("TOY|#")
    run("quantize", "a.png", "--report")
    assert 'href="data:text/x-toy;base64,' in (tmp_path / "a.png.report.html").read_text()


def test_the_types_have_the_names_in_the_registries():
    assert names.MODULE.read_text() == names.module(), "Run make names."


def test_the_template_has_the_names_in_the_registries():
    assert names.TEMPLATE.read_text() == names.template(), "Run make names."


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
