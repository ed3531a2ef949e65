from __future__ import annotations

import io
import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from colorquant import Settings, quantize
from colorquant.cli import main
from colorquant.report.page import render_report

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: make test-browser"
)

pytestmark = pytest.mark.browser
LOOKS = [
    {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    for width in (1280, 390)
    for scheme in ("light", "dark")
]
NASTY = "<script>alert(1)</script>\"'{{7*7}}.png"


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def result(photo_bytes):
    return quantize(photo_bytes)


@pytest.fixture(scope="module")
def report(tmp_path_factory, photo_bytes, result):
    path = tmp_path_factory.mktemp("report") / "flower.jpg.report.html"
    path.write_bytes(render_report(photo_bytes, result, name="flower.jpg"))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photo_bytes):
    folder = tmp_path_factory.mktemp("folder")
    for name in ("a.jpg", "sub/<b> & #c?.jpg"):
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo_bytes)
    (folder / "in" / "broken.jpg").write_bytes(photo_bytes[:500])
    done = CliRunner().invoke(main, ["quantize", str(folder / "in"), "-d", str(folder / "out"), "--report"])
    assert done.exit_code == 1, done.output
    return folder / "out"


def share_shown(page):
    """Which part of the picture shows the original, as the page draws it."""
    return page.evaluate("getComputedStyle(document.querySelector('.compare .before')).clipPath")


def test_it_opens_from_a_disk_without_a_network_and_without_a_complaint(visit, report):
    visited = visit(report)
    visited.page.wait_for_load_state("networkidle")
    assert visited.from_elsewhere == []
    assert visited.complaints == []


def test_both_pictures_are_shown(visit, report):
    widths = visit(report).page.evaluate(
        "[...document.querySelectorAll('.compare img')].map(i => i.naturalWidth)"
    )
    assert widths == [640, 640]


def test_the_slider_moves_by_keyboard(visit, report):
    page = visit(report).page
    page.locator("#slider").focus()
    before = share_shown(page)
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert page.locator("#slider").input_value() == "60"
    assert page.locator("#slider").get_attribute("aria-valuetext") == "60 percent original"
    assert share_shown(page) != before


def test_the_slider_moves_by_mouse(visit, report):
    page = visit(report).page
    box = page.locator("#compare").bounding_box()
    middle = box["y"] + box["height"] / 2
    before = share_shown(page)
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, middle, steps=5)
    page.mouse.up()
    assert 15 <= int(page.locator("#slider").input_value()) <= 25
    assert share_shown(page) != before


def test_a_color_can_be_copied_and_the_page_says_so(visit, report, result):
    page = visit(report, permissions=["clipboard-read", "clipboard-write"]).page
    page.get_by_role("button", name=f"Copy {result.hex_colors[0]}").click()
    status = page.get_by_role("status")
    status.filter(has_text="Copied").wait_for()
    assert status.inner_text() == f"Copied {result.hex_colors[0]}."
    assert page.evaluate("navigator.clipboard.readText()") == result.hex_colors[0]


def test_copying_works_where_the_page_may_not_use_the_clipboard(visit, report, result):
    page = visit(report, permissions=["clipboard-read"]).page
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name=f"Copy {result.hex_colors[1]}").focus()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate("document.activeElement.dataset.copy") == result.hex_colors[1]
    # Pasting shows what is in the clipboard without asking the page for it.
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#paste").input_value() == result.hex_colors[1]


def test_all_colors_can_be_copied_as_css(visit, report, result):
    page = visit(report, permissions=["clipboard-read", "clipboard-write"]).page
    page.get_by_role("button", name="Copy CSS variables").click()
    page.get_by_role("status").filter(has_text="Copied CSS variables").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert all(f"--color-{number}: {color};" in copied for number, color in enumerate(result.hex_colors, 1))


def test_the_number_of_colors_is_that_of_the_json(visit, report, result):
    page = visit(report).page
    described = json.loads(result.to_json())
    assert page.locator("#colors").inner_text() == str(described["colors"])
    assert page.locator("#verdict").inner_text() == described["verdict"]
    assert f"Chosen: {described['colors']} colors" in page.locator("#curve").get_attribute("aria-label")
    assert json.loads(page.locator("#result").inner_text()) == described
    assert page.locator(".palette li").count() == described["colors"]


def test_a_palette_can_be_taken_along(visit, report, tmp_path):
    page = visit(report).page
    with page.expect_download() as download:
        page.get_by_role("link", name="the palette as gpl").click()
    assert download.value.suggested_filename == "flower.jpg.palette.gpl"
    download.value.save_as(tmp_path / "palette.gpl")
    assert (tmp_path / "palette.gpl").read_text().startswith("GIMP Palette")


def test_pointing_at_a_color_lights_its_cluster(visit, report):
    page = visit(report).page
    page.locator(".palette button").nth(2).hover()
    lit = page.evaluate("[...document.querySelectorAll('#plane .lit')].map(g => g.dataset.cluster)")
    assert set(lit) == {"2"}


@pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}"
)
def test_axe_finds_no_fault(visit, report, look):
    page = visit(report, **look).page
    for summary in page.locator("summary").all():
        summary.click()
    violations = axe.Axe().run(page).response["violations"]
    assert [(fault["impact"], fault["id"], fault["nodes"][0]["html"]) for fault in violations] == []


@pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}"
)
def test_nothing_is_wider_than_the_screen(visit, report, look):
    page = visit(report, **look).page
    assert page.evaluate("document.documentElement.scrollWidth") == look["viewport"]["width"]


def test_dark_and_light_differ(visit, report):
    grounds = [
        visit(report, color_scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(250, 249, 247)", "rgb(20, 21, 23)"]


def test_a_nasty_file_name_is_harmless(visit, tmp_path, photo_bytes, result):
    path = tmp_path / "nasty.html"
    path.write_bytes(render_report(photo_bytes, result, name=NASTY))
    visited = visit(path)
    visited.page.on("dialog", lambda dialog: pytest.fail(f"the file name ran as code: {dialog.message}"))
    assert visited.page.locator("h1").inner_text() == NASTY
    assert visited.page.locator("script").count() == 2
    assert visited.complaints == []


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4, 4), np.uint8), np.full((1, 300, 3), 7, np.uint8), np.eye(9, dtype=np.uint8) * 255],
    ids=["nothing-visible", "one-color", "no-sweep"],
)
def test_images_without_a_sweep_have_a_page_too(visit, tmp_path, pixels):
    data = png(pixels)
    path = tmp_path / "report.html"
    path.write_bytes(render_report(data, quantize(data), name="x.png"))
    visited = visit(path)
    assert visited.page.locator("#curve").count() == 0
    assert visited.complaints == []
    assert axe.Axe().run(visited.page).response["violations"] == []


def test_twelve_noisy_megapixels_stay_under_three_megabytes(visit, tmp_path):
    data = png(np.random.default_rng(1).integers(0, 256, (3000, 4000, 3), np.uint8))
    page = render_report(data, quantize(data, Settings(max_colors=8)), name="noise.png")
    assert len(page) < 3_000_000


def test_the_index_leads_to_each_report(visit, folder):
    visited = visit(folder / "colorquant.index.html")
    page = visited.page
    assert visited.from_elsewhere == []
    assert page.get_by_role("link").count() == 2
    assert "broken.jpg" in page.locator(".failures").inner_text()
    page.get_by_role("link", name="<b> & #c?.jpg").click()
    assert page.locator("h1").inner_text() == "<b> & #c?.jpg"


@pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}"
)
def test_axe_finds_no_fault_in_the_index(visit, folder, look):
    page = visit(folder / "colorquant.index.html", **look).page
    assert axe.Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == look["viewport"]["width"]
