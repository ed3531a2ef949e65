from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from click.testing import CliRunner

import colorquant
from colorquant import Palette, Quantized, Sweep, load
from colorquant.cli import main
from colorquant.palettes.formats import FORMATS
from colorquant.palettes.order import ORDERS
from colorquant.report.page import render_report
from tests.browser.conftest import in_each_look
from tests.pngs import png

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: make test-browser"
)

pytestmark = pytest.mark.browser
NASTY = "<script>alert(1)</script>\"'{{7*7}}.png"


# The pixels of a canvas, the opacities of one, and the pixels of an image.
PIXELS = """selector => {
    const canvas = document.querySelector(selector);
    return [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data];
}"""
OPACITY = f"selector => ({PIXELS})(selector).filter((_, place) => place % 4 === 3)"
IMAGE = """selector => {
    const image = document.querySelector(selector);
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    const context = Object.assign(document.createElement('canvas'), {width, height}).getContext('2d');
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, width, height).data];
}"""


def tab_to(page, selector):
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the Tab key does not come to {selector}")


def click_pixel(page, made, row, column):
    box = page.locator("#compare").bounding_box()
    height, width = made.result.indices.shape
    x, y = (column + 0.5) / width * box["width"], (row + 0.5) / height * box["height"]
    page.mouse.click(box["x"] + x, box["y"] + y)


def wait_for_number(page, k):
    page.locator("#colors").filter(has_text=re.compile(f"^{k}$")).wait_for()


def shown_colors(page):
    return set(page.evaluate("[...document.querySelectorAll('#palette button')].map(b => b.dataset.hex)"))


class Made(NamedTuple):
    """A report, and what it is about."""

    path: Path
    image: colorquant.Image
    sweep: Sweep
    result: Quantized


def make(path, source, name="x.png", **given):
    image = load(source)
    sweep = image.sweep(**given)
    result = image.recolor(sweep)
    path.write_bytes(render_report(image, sweep, result, name=name, beside="x.png.quantized.png"))
    return Made(path, image, sweep, result)


@pytest.fixture(scope="module")
def made(tmp_path_factory, photo_bytes):
    path = tmp_path_factory.mktemp("report") / "flower.jpg.report.html"
    return make(path, photo_bytes, "flower.jpg", criterion="silhouette")


@pytest.fixture(scope="module")
def result(made):
    return made.result


@pytest.fixture(scope="module")
def report(made):
    return made.path


@pytest.fixture(scope="module")
def logo(tmp_path_factory):
    """Three bars on nothing, with exact colors."""
    pixels = np.zeros((60, 90, 4), np.uint8)
    for row, color in ((5, (228, 0, 43)), (25, (20, 33, 61)), (45, (42, 157, 143))):
        pixels[row : row + 12, 10:80] = (*color, 255)
    return make(tmp_path_factory.mktemp("logo") / "logo.html", png(pixels), "logo.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photo_bytes):
    folder = tmp_path_factory.mktemp("folder")
    for name in ("a.jpg", "sub/<b> & #c?.jpg"):
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo_bytes)
    (folder / "in" / "flat.png").write_bytes(png(np.full((40, 40, 3), (0, 128, 0), np.uint8)))
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
    assert page.evaluate("document.activeElement.dataset.hex") == result.hex_colors[1]
    # Pasting shows what is in the clipboard without asking the page for it.
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#paste").input_value() == result.hex_colors[1]


def test_all_colors_can_be_copied_as_css(visit, report, result):
    page = visit(report, permissions=["clipboard-read", "clipboard-write"]).page
    page.get_by_role("button", name="Copy as CSS").click()
    page.get_by_role("status").filter(has_text="Copied CSS variables").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert all(f"--color-{number}: {color};" in copied for number, color in enumerate(result.hex_colors, 1))


def test_the_number_of_colors_is_that_of_the_json(visit, report, result):
    page = visit(report).page
    described = json.loads(result.to_json())
    assert page.locator("#colors").inner_text() == str(described["colors"])
    assert page.locator("#verdict").text_content() == described["verdict"]
    assert json.loads(page.locator("#result").text_content()) == described
    assert page.locator("#palette button").count() == described["colors"]


def test_every_palette_file_can_be_taken_along(visit, report, result, tmp_path):
    page = visit(report).page
    for link in page.locator(".files a").all():
        with page.expect_download() as download:
            link.click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        assert Palette.read(path).hex_colors == result.hex_colors, path.name
    assert {path.name for path in tmp_path.iterdir()} == {f"flower.jpg.palette.{kind}" for kind in FORMATS}


def test_the_image_can_be_taken_along_to_the_byte(visit, report, result, tmp_path):
    page = visit(report).page
    with page.expect_download() as download:
        page.get_by_role("link", name="Image as PNG").click()
    assert download.value.suggested_filename == "flower.jpg.quantized.png"
    download.value.save_as(tmp_path / "image.png")
    assert (tmp_path / "image.png").read_bytes() == result.to_png()


def test_pointing_at_a_color_dims_all_others(visit, made):
    page = visit(made.path).page
    place = 2
    color = made.result.hex_colors[place]
    page.locator("#palette button").nth(place).hover()
    opacity = np.array(page.evaluate(OPACITY, "#veil")).reshape(made.result.indices.shape)
    assert np.array_equal(opacity == 0, made.result.indices == place)
    lit = page.evaluate("[...document.querySelectorAll('#plane circle:not(.dim)')].map(c => c.dataset.hex)")
    assert set(lit) == {color}
    page.locator("h1").hover()
    assert page.locator("#veil").is_hidden()


def test_focusing_a_color_dims_all_others_too(visit, report):
    page = visit(report).page
    tab_to(page, "#palette button")
    assert page.locator("#veil").is_visible()
    page.keyboard.press("Tab")
    assert page.locator("#veil").is_hidden()


def test_a_tap_copies_a_color_and_dims_all_others_until_the_next(visit, report, result):
    page = visit(report, has_touch=True, permissions=["clipboard-read", "clipboard-write"]).page
    page.locator("#palette button").nth(1).tap()
    page.get_by_role("status").filter(has_text=f"Copied {result.hex_colors[1]}.").wait_for()
    assert page.locator("#veil").is_visible()
    page.locator("h1").tap()
    assert page.locator("#veil").is_hidden()


def test_the_palette_is_one_stop_of_the_tab_key(visit, report, result):
    page = visit(report).page
    tab_to(page, "#palette button")
    focused = "document.activeElement.dataset.hex"
    assert page.evaluate(focused) == result.hex_colors[0]
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == result.hex_colors[1]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == result.hex_colors[5]
    page.keyboard.press("End")
    assert page.evaluate(focused) == result.hex_colors[-1]
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused} === undefined")


def test_a_click_in_the_picture_finds_its_color(visit, made):
    page = visit(made.path).page
    row, column = 40, 500
    color = made.result.hex_colors[made.result.indices[row, column]]
    click_pixel(page, made, row, column)
    assert page.locator("#palette .lit").get_attribute("data-hex") == color
    assert page.locator("#code-hex .code").inner_text() == color
    assert page.locator("#veil").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#veil").is_hidden()


def test_a_color_is_given_in_the_notations_of_css(visit, logo):
    page = visit(logo.path).page
    page.locator("#palette [data-hex='#e4002b']").hover()
    codes = [code.inner_text() for code in page.locator(".codes .code").all()]
    assert codes == ["#e4002b", "rgb(228 0 43)", "hsl(348.7 100% 44.7%)", codes[3]]
    # The browser reads each of them as the same color.
    read = page.evaluate(
        """codes => codes.map(code => {
            const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1});
            const context = canvas.getContext('2d');
            context.fillStyle = code;
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
        })""",
        codes,
    )
    assert np.abs(np.array(read) - [228, 0, 43]).max() <= 1


def test_contrast_is_that_of_the_facts(visit, made):
    page = visit(made.path).page
    for color, text, contrast in zip(
        made.result.hex_colors, made.result.facts.text, made.result.facts.contrast, strict=True
    ):
        page.locator(f"#palette [data-hex='{color}']").hover()
        word = {"#ffffff": "white", "#000000": "black"}[text]
        assert page.locator("#contrast").inner_text().startswith(f"{word} text {contrast:.1f}")


@pytest.mark.parametrize("order", ORDERS)
def test_the_palette_can_be_sorted(visit, report, result, order):
    page = visit(report).page
    page.get_by_role("radio", name=order, exact=True).check(force=True)
    shown = page.evaluate("[...document.querySelectorAll('#palette button')].map(b => b.dataset.hex)")
    assert shown == result.palette.sorted(order).hex_colors


def test_the_number_of_colors_moves_by_keyboard(visit, made):
    page = visit(made.path).page
    page.locator("#number").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    wait_for_number(page, 31)
    assert page.locator("#number").get_attribute("aria-valuetext").startswith("31 colors")
    assert shown_colors(page) <= set(made.sweep.palette(31).hex_colors)
    assert page.locator("#paint").is_visible()
    assert page.locator(".files").is_hidden()
    page.get_by_role("button", name=f"back to {made.sweep.colors}").click()
    wait_for_number(page, made.result.colors)
    assert page.locator("#paint").is_hidden()
    assert shown_colors(page) == set(made.result.hex_colors)


def test_a_click_on_the_curve_shows_that_number(visit, made):
    page = visit(made.path).page
    page.locator("#curve circle[data-k='20']").click(force=True)
    wait_for_number(page, 20)
    assert shown_colors(page) <= set(made.sweep.palette(20).hex_colors)


def test_the_number_of_colors_moves_by_mouse(visit, made):
    page = visit(made.path).page
    box = page.locator("#number").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 11, box["y"] + box["height"] / 2)
    wait_for_number(page, 32)
    spot, stem = (page.locator(f"#curve .{kind}").bounding_box() for kind in ("spot", "stem"))
    thumb = box["x"] + box["width"] - 11
    assert abs(spot["x"] + spot["width"] / 2 - thumb) < 1.5
    assert abs(stem["x"] + stem["width"] / 2 - thumb) < 1.5


@pytest.mark.parametrize("space", ["rgb", "cielab", "oklab"])
def test_the_browser_gives_each_pixel_the_color_that_the_engine_gives_it(visit, tmp_path, photo, space):
    corner = np.ascontiguousarray(photo[100:300, 200:500])
    made = make(tmp_path / "corner.html", png(corner), color_space=space, criterion="silhouette")
    page = visit(made.path).page
    k = next(k for k in made.sweep.numbers if k != made.sweep.colors)
    page.locator(f"#curve circle[data-k='{k}']").click(force=True)
    wait_for_number(page, k)
    painted = np.array(page.evaluate(PIXELS, "#paint"), np.uint8).reshape(*corner.shape[:2], 4)[..., :3]
    expected = made.image.recolor(made.sweep.palette(k)).to_pixels()
    # The engine rounds coordinates to whole steps, so that colors in the middle of two may go either way.
    assert (painted == expected).all(axis=2).mean() > 0.999


RECOLORED = (
    {},
    {"dither": "ordered", "dither_strength": 0.5, "transparency": "exact", "output_format": "webp"},
)


@pytest.mark.parametrize("look", RECOLORED, ids=["plain", "with every option"])
def test_the_command_for_a_number_gives_what_was_asked_for(visit, tmp_path, photo, look):
    corner = png(np.ascontiguousarray(photo[100:300, 200:500]))
    (tmp_path / "it's.png").write_bytes(corner)
    made = make(tmp_path / "corner.html", corner, str(tmp_path / "it's.png"), max_colors=12, **look)
    page = visit(made.path, permissions=["clipboard-read", "clipboard-write"]).page
    k = next(k for k in made.sweep.numbers if k != made.sweep.colors)
    page.locator(f"#curve circle[data-k='{k}']").click(force=True)
    page.get_by_role("button", name="Copy the command that makes this").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    program, *arguments = shlex.split(page.evaluate("navigator.clipboard.readText()"))
    done = CliRunner().invoke(main, [*arguments, "-d", str(tmp_path / "out")])
    assert (program, done.exit_code) == ("colorquant", 0), done.output
    expected = made.image.recolor(made.sweep.palette(k), **look)
    assert (tmp_path / "out" / f"it's.png.quantized{expected.suffix}").read_bytes() == expected.encode()


def test_flat_colors_are_true_in_the_picture_before_and_after(visit, logo):
    page = visit(logo.path).page
    for which in ("before", "after"):
        values = np.array(page.evaluate(IMAGE, f".compare .{which}"), np.uint8).reshape(-1, 4)
        assert {tuple(value) for value in values if value[3]} == {
            (228, 0, 43, 255),
            (20, 33, 61, 255),
            (42, 157, 143, 255),
        }


def test_the_ground_behind_transparency_can_be_chosen(visit, logo, report):
    page = visit(logo.path).page
    grounds = []
    for name in ("light", "dark", "checks"):
        page.get_by_role("radio", name=name, exact=True).check(force=True)
        grounds.append(page.evaluate("getComputedStyle(document.getElementById('compare')).background"))
    assert len(set(grounds)) == 3
    assert visit(report).page.locator("input[name=ground]").count() == 0


def test_the_ground_can_be_chosen_where_nothing_is_visible(visit, tmp_path):
    page = visit(make(tmp_path / "empty.html", np.zeros((4, 4, 4), np.uint8)).path).page
    page.get_by_role("radio", name="dark").check(force=True)
    assert page.locator("#compare").get_attribute("data-ground") == "dark"


def test_pixels_that_are_magnified_stay_square(visit, report, logo):
    rendering = "getComputedStyle(document.querySelector('.compare .after')).imageRendering"
    assert visit(logo.path).page.evaluate(rendering) == "pixelated"
    page = visit(report).page
    page.get_by_role("radio", name="4:1").check(force=True)
    assert page.evaluate(rendering) == "pixelated"
    assert page.evaluate("document.getElementById('compare').offsetWidth") == 4 * 640


def test_colors_stay_in_print_and_where_colors_are_forced(visit, report, result):
    page = visit(report).page
    page.emulate_media(media="print", forced_colors="active")
    ground = "getComputedStyle(document.querySelector('#palette .swatch')).backgroundColor"
    red, green, blue = result.palette.rgb[0]
    assert page.evaluate(ground) == f"rgb({red}, {green}, {blue})"
    adjust = "getComputedStyle(document.querySelector('#palette .swatch')).printColorAdjust"
    assert page.evaluate(adjust) == "exact"


def test_without_scripts_there_is_the_palette_and_nothing_that_does_not_work(visit, report, result):
    page = visit(report, java_script_enabled=False).page
    assert page.locator("input:visible, button:visible").count() == 0
    assert [text.strip() for text in page.locator("#palette .hex").all_inner_texts()] == result.hex_colors
    assert page.locator(".files a").count() == len(FORMATS)


def test_a_large_result_is_shown_scaled_in_its_own_colors_and_linked_to(visit, tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (2000, 3000, 3), np.uint8)
    made = make(tmp_path / "noise.html", png(noise), "noise.png", colors=8)
    page = visit(made.path).page
    assert re.match("Preview, scaled from 3000.2000$", page.locator(".under .finished").inner_text())
    assert page.get_by_role("link", name="Image, ").get_attribute("href") == "./x.png.quantized.png"
    values = np.array(page.evaluate(IMAGE, ".compare .after"), np.uint8).reshape(-1, 4)[:, :3]
    assert {"#" + bytes(value).hex() for value in np.unique(values, axis=0)} <= set(made.result.hex_colors)


@in_each_look
def test_axe_finds_no_fault(visit, report, look):
    page = visit(report, **look).page
    for summary in page.locator("summary").all():
        summary.click()
    violations = axe.Axe().run(page).response["violations"]
    assert [(fault["impact"], fault["id"], fault["nodes"][0]["html"]) for fault in violations] == []


@in_each_look
def test_nothing_is_wider_than_the_screen(visit, report, look):
    page = visit(report, **look).page
    assert page.evaluate("document.documentElement.scrollWidth") == look["viewport"]["width"]


def test_dark_and_light_differ(visit, report):
    grounds = [
        visit(report, color_scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds == ["rgb(250, 249, 247)", "rgb(20, 21, 23)"]


def test_a_nasty_file_name_is_harmless(visit, tmp_path, made):
    path = tmp_path / "nasty.html"
    page = render_report(made.image, made.sweep, made.result, name=NASTY, beside=NASTY, index=NASTY)
    path.write_bytes(page)
    visited = visit(path)
    visited.page.on("dialog", lambda dialog: pytest.fail(f"the file name ran as code: {dialog.message}"))
    assert visited.page.locator("h1").inner_text() == NASTY
    assert visited.page.locator("script").count() == 3
    assert visited.complaints == []


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4, 4), np.uint8), np.full((1, 300, 3), 7, np.uint8), np.eye(9, dtype=np.uint8) * 255],
    ids=["nothing-visible", "one-color", "no-sweep"],
)
def test_images_without_a_sweep_have_a_page_too(visit, tmp_path, pixels):
    visited = visit(make(tmp_path / "report.html", png(pixels)).path)
    assert visited.page.locator("#curve").count() == 0
    assert visited.complaints == []
    assert axe.Axe().run(visited.page).response["violations"] == []


def test_twelve_noisy_megapixels_stay_under_three_megabytes(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (3000, 4000, 3), np.uint8)
    assert make(tmp_path / "noise.html", noise, max_colors=8).path.stat().st_size < 3_000_000


def test_the_index_leads_to_each_report(visit, folder):
    visited = visit(folder / "colorquant.index.html")
    page = visited.page
    assert visited.from_elsewhere == []
    assert page.get_by_role("link").count() == 3
    assert "broken.jpg" in page.locator(".failures").inner_text()
    page.get_by_role("link", name="<b> & #c?.jpg").click()
    assert page.locator("h1").inner_text() == "<b> & #c?.jpg"
    page.get_by_role("link", name="All reports").click()
    assert page.locator("h1").inner_text() == "3 images in few colors"
    assert visited.complaints == []


def test_a_card_shows_the_palette_of_its_image(visit, folder):
    page = visit(folder / "colorquant.index.html").page
    stripes = page.locator(".cards li", has_text="flat.png").locator(".strip span")
    colors = stripes.evaluate_all("stripes => stripes.map(s => getComputedStyle(s).backgroundColor)")
    assert colors == ["rgb(0, 128, 0)"]


def test_the_cards_can_be_sorted(visit, folder):
    page = visit(folder / "colorquant.index.html").page

    def names():
        return [name.rpartition("/")[2] for name in page.locator(".cards strong").all_inner_texts()]

    given = names()
    page.get_by_role("radio", name="colors").check(force=True)
    assert names()[0] == "flat.png"
    page.get_by_role("radio", name="size").check(force=True)
    assert names()[-1] == "flat.png"
    page.get_by_role("radio", name="name").check(force=True)
    assert names() == given


def test_the_index_of_a_run_that_is_taken_up_again_shows_palettes_too(visit, folder):
    before = visit(folder / "colorquant.index.html").page.locator(".cards").inner_html()
    again = ["quantize", str(folder.parent / "in"), "-d", str(folder), "--report"]
    assert CliRunner().invoke(main, [*again, "--skip-existing"]).exit_code == 1
    assert visit(folder / "colorquant.index.html").page.locator(".cards").inner_html() == before


@in_each_look
def test_axe_finds_no_fault_in_the_index(visit, folder, look):
    page = visit(folder / "colorquant.index.html", **look).page
    assert axe.Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == look["viewport"]["width"]
