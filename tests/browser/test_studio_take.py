from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import chdir

import numpy as np
import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from colorquant import Palette
from colorquant.cli import main
from colorquant.palettes.formats import FORMATS
from tests.browser.conftest import studio_with
from tests.browser.studio_page import (
    act,
    download,
    number,
    palette,
    swatch,
    wait_for_colors,
    wait_for_curve,
    wait_for_number,
    wait_for_result,
)
from tests.pngs import pixels_of, png

pytestmark = pytest.mark.browser
NAME = "it's.png"
CATALOG = b"""code,name,color
310,Black,#000000
321,Red,#c72b3b
550,Violet,#5c184e
699,Green,#056517
743,Yellow,#fed376
"""


@pytest.fixture(scope="module")
def corner(photo):
    """Part of a photograph, small enough to be quick."""
    return png(np.ascontiguousarray(photo[100:300:2, 200:500:2]))


@pytest.fixture(scope="module")
def server(tmp_path_factory, corner):
    """A studio that has the image open."""
    with studio_with(tmp_path_factory.mktemp("studio"), NAME, corner) as address:
        yield address


@pytest.fixture
def page(visit, server):
    visited = visit(server, permissions=["clipboard-read", "clipboard-write"])
    wait_for_result(visited.page)
    yield visited.page
    assert visited.complaints == []


def open_tab(page, name):
    page.get_by_role("tab", name=name).click()


def copied(page, name):
    page.get_by_role("button", name=f"Copy: {name}").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    return page.evaluate("navigator.clipboard.readText()")


def run_command(line, folder, corner):
    (folder / NAME).write_bytes(corner)
    program, *arguments = shlex.split(line)
    with chdir(folder):
        done = CliRunner().invoke(main, arguments)
    assert (program, done.exit_code) == ("colorquant", 0), done.output
    return (folder / f"{NAME}.quantized.png").read_bytes()


def test_the_image_is_saved_in_the_colors_that_are_shown(page):
    name, data = download(page, page.get_by_role("link", name="Save PNG"))
    assert name.endswith(".quantized.png")
    assert {"#" + bytes(color).hex() for color in np.unique(pixels_of(data).reshape(-1, 3), axis=0)} == set(
        palette(page)
    )
    open_tab(page, "Save")
    assert download(page, page.get_by_role("link", name=re.compile("^PNG,")))[1] == data
    _, webp = download(page, page.get_by_role("link", name=re.compile("^WebP")))
    assert np.array_equal(pixels_of(webp), pixels_of(data))


def test_each_palette_file_holds_the_palette(page):
    colors = palette(page)
    open_tab(page, "Save")
    links = page.locator(".files a")
    expect(links).to_have_count(len(FORMATS))
    for place, form in enumerate(FORMATS):
        name, data = download(page, links.nth(place))
        assert name.endswith(f".palette.{form}")
        assert set(Palette.read(data).hex_colors) == set(colors), form


def test_the_report_is_about_the_same_image(page, visit, tmp_path):
    colors = palette(page)
    open_tab(page, "Save")
    _, data = download(page, page.get_by_role("link", name="Report"))
    path = tmp_path / "report.html"
    path.write_bytes(data)
    assert {*palette(visit(path).page)} == {*colors}


def test_colors_are_copied_as_css(page):
    colors = palette(page)
    open_tab(page, "Save")
    page.get_by_role("button", name="Copy as CSS variables").click()
    page.get_by_role("status").filter(has_text="Copied the CSS variables").wait_for()
    text = page.evaluate("navigator.clipboard.readText()")
    assert re.findall(r"--color-\d+: (#\w+);", text) == colors


def test_the_command_gives_the_very_bytes(page, tmp_path, corner):
    _, data = download(page, page.get_by_role("link", name="Save PNG"))
    open_tab(page, "Save")
    assert run_command(copied(page, "Command"), tmp_path, corner) == data


def test_after_edits_the_command_and_python_give_the_very_bytes_too(page, tmp_path, corner):
    wait_for_curve(page)
    color = palette(page)[0]
    swatch(page, color).click()
    act(page, "Take out")
    open_tab(page, "Look")
    page.get_by_text("ordered", exact=True).click()
    wait_for_result(page)
    _, data = download(page, page.get_by_role("link", name="Save PNG"))
    open_tab(page, "Save")
    assert run_command(copied(page, "Command"), tmp_path, corner) == data
    (tmp_path / f"{NAME}.quantized.png").unlink()
    subprocess.run([sys.executable, "-c", copied(page, "Python")], cwd=tmp_path, check=True)
    assert (tmp_path / f"{NAME}.quantized.png").read_bytes() == data


def test_the_service_gets_its_settings(page):
    open_tab(page, "Save")
    assert "CRITERION=auto" in copied(page, "Environment of the Lambda")
    words = shlex.split(copied(page, "For one upload"))
    assert words[:3] == ["aws", "s3", "cp"]
    assert json.loads(words[-1])["colorquant-criterion"] == "auto"


def test_colors_come_from_a_catalog(page):
    wait_for_curve(page)
    open_tab(page, "Make")
    page.locator("#panel-make input[type=file]").set_input_files(
        [{"name": "threads.csv", "mimeType": "text/csv", "buffer": CATALOG}]
    )
    page.get_by_text("threads.csv, 5 colors").wait_for()
    wait_for_result(page)
    known = {"#000000", "#c72b3b", "#5c184e", "#056517", "#fed376"}
    assert {*palette(page)} <= known
    page.get_by_label("How many of them").fill("3")
    page.get_by_label("How many of them").press("Enter")
    wait_for_number(page, 3)
    wait_for_result(page)
    assert {*palette(page)} < known
    act(page, "Stop using it")
    wait_for_result(page)
    assert not {*palette(page)} & known


def test_a_picture_can_be_painted_by_numbers(page):
    open_tab(page, "Make")
    page.get_by_role("button", name="Show it").first.click()
    drawing = page.get_by_role("img", name=re.compile("Paint by numbers"))
    drawing.evaluate("image => image.decode()")
    panel = page.locator("#panel-make section").first
    _, svg = download(page, panel.get_by_role("link", name="SVG"))
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    _, pdf = download(page, panel.get_by_role("link", name="PDF"))
    assert pdf.startswith(b"%PDF-")


def test_a_pattern_tells_how_many_of_each_color(page):
    open_tab(page, "Make")
    page.get_by_label("Cells across").fill("30")
    page.get_by_label("Cells across").press("Enter")
    panel = page.locator("#panel-make section").nth(1)
    _, table = download(page, panel.get_by_role("link", name="CSV"))
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert sum(int(row["count"]) for row in rows) == 30 * 20
    assert {row["color"] for row in rows} <= {*palette(page)}
    _, svg = download(page, panel.get_by_role("link", name="SVG"))
    ET.fromstring(svg)
    assert number(page) >= len(rows)


def test_dithering_is_warned_of_where_it_cannot_be_painted(page):
    before = palette(page)
    open_tab(page, "Look")
    page.get_by_text("blue noise", exact=True).click()
    wait_for_result(page)
    open_tab(page, "Make")
    act(page, "Turn dithering off")
    wait_for_colors(page, before)
    expect(page.locator(".warning")).to_be_hidden()
