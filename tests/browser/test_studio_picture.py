from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from colorquant import load
from tests.browser.conftest import in_each_look, running_studio
from tests.browser.studio_page import (
    PIXEL,
    choose,
    drop,
    file,
    number,
    palette,
    wait_for_curve,
    wait_for_result,
)
from tests.pngs import png

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: make test-browser"
)

pytestmark = pytest.mark.browser
# A file's name has no slash.
NASTY = "<img src=x onerror=alert(1)>\"'{{7*7}}.png"
RED, GREEN, CLEAR = (228, 0, 43, 255), (42, 157, 143, 255), (0, 0, 0, 0)


def bars():
    """Four bars of one color each, on nothing."""
    pixels = np.zeros((40, 64, 4), np.uint8)
    for column, color in enumerate((RED, GREEN, CLEAR, (20, 33, 61, 255))):
        pixels[:, 16 * column : 16 * (column + 1)] = color
    return pixels


@pytest.fixture
def corner(photo):
    """Part of a photograph, small enough to be quick."""
    return np.ascontiguousarray(photo[100:300, 200:500])


def box_of(page):
    return page.locator("#picture").bounding_box()


def test_it_opens_without_a_complaint_and_asks_nobody_else(visit, studio, corner):
    visited = visit(studio)
    choose(visited.page, file("corner.png", png(corner)))
    wait_for_curve(visited.page)
    assert [url for url in visited.requests if not url.startswith((studio, "data:", "blob:"))] == []
    assert visited.complaints == []


def test_an_image_that_is_chosen_is_shown_in_the_colors_that_suit_it(visit, studio, corner):
    page = visit(studio).page
    choose(page, file("corner.png", png(corner)))
    image = load(png(corner))
    expected = image.recolor(image.sweep())
    assert page.locator("#name").inner_text() == "corner.png"
    assert number(page) == expected.colors
    assert palette(page) == expected.hex_colors
    assert f"{expected.colors}" in page.locator("#spoken").inner_text()


def test_what_is_being_done_is_told_while_the_original_is_shown(visit, studio, corner):
    page = visit(studio).page
    held = []
    page.route(re.compile("/results$"), lambda route: held.append(route))  # noqa: PLW0108 - Playwright looks at it
    page.locator("#file").set_input_files([file("corner.png", png(corner))])
    expect(page.locator("#doing")).to_have_text("Finding its colors")
    expect(page.locator("#progress")).to_be_visible()
    expect(page.get_by_role("link", name="Save PNG")).to_have_count(0)
    held[0].continue_()
    wait_for_result(page)
    expect(page.locator("#progress")).to_be_hidden()


def test_an_image_can_be_dropped(visit, studio, corner):
    page = visit(studio).page
    drop(page, png(corner), "dropped.png", event="dragover")
    expect(page.locator(".dropping")).to_be_visible()
    drop(page, png(corner), "dropped.png")
    wait_for_result(page)
    expect(page.locator(".dropping")).to_be_hidden()
    assert page.locator("#name").inner_text() == "dropped.png"


def test_an_image_can_be_pasted(visit, studio, corner):
    page = visit(studio).page
    drop(page, png(corner), "pasted.png", event="paste")
    wait_for_result(page)
    assert page.locator("#name").inner_text() == "pasted.png"


def test_a_sample_can_be_tried(visit, studio):
    page = visit(studio).page
    page.locator(".samples button").last.click()
    wait_for_result(page)
    assert palette(page)


def test_several_images_stand_in_a_strip(visit, studio, corner):
    page = visit(studio).page
    choose(page, file("one.png", png(corner)), file("two.png", png(corner[::2, ::2])))
    expect(page.locator(".thumb")).to_have_count(2)
    page.get_by_role("button", name="Show one.png").click()
    expect(page.locator("#name")).to_have_text("one.png")
    wait_for_result(page)
    page.get_by_role("button", name="Close one.png").click()
    expect(page.locator("#name")).to_have_text("two.png")
    expect(page.locator(".images")).to_be_hidden()


def test_the_last_image_is_not_shown_as_the_next_one(visit, studio, corner):
    visited = visit(studio)
    page = visited.page
    choose(page, file("bars.png", png(bars())))
    held = []
    page.route(
        re.compile("/preview.side=(?!128)"),
        lambda route: route.continue_() if held else held.append(route),
    )
    page.locator("#file").set_input_files([file("corner.png", png(corner))])
    expect(page.locator("#name")).to_have_text("corner.png")
    expect(page.locator("#doing")).to_have_text("Showing the original")
    expect(page.locator(".bar")).to_be_hidden()
    box = box_of(page)
    assert page.evaluate(PIXEL, [box["width"] / 2, box["height"] / 2]) == [0, 0, 0, 0]
    page.get_by_role("button", name="Zoom in").click()
    held[0].continue_()
    wait_for_result(page)
    assert visited.complaints == []


def test_an_image_of_more_pieces_than_can_be_held_is_not_fetched_in_pieces(visit, studio):
    pixels = np.repeat(np.repeat(bars()[..., :3], 100, 0), 100, 1)
    visited = visit(studio, viewport={"width": 1700, "height": 1200}, device_scale_factor=2)
    page = visited.page
    choose(page, file("large.png", png(pixels)))
    assert [url for url in visited.requests if "/crop" in url] == []
    with page.expect_request(re.compile("/crop")):
        page.get_by_role("button", name="1:1").click()


def test_the_divider_moves_by_mouse_and_keys(visit, studio):
    page = visit(studio).page
    choose(page, file("bars.png", png(bars())))
    divider = page.get_by_role("slider", name="How much of the original to show")
    divider.focus()
    page.keyboard.press("Home")
    assert divider.get_attribute("aria-valuetext") == "0 percent original"
    box = page.locator(".bar").bounding_box()
    frame = box_of(page)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 2, box["y"] + 30)
    page.mouse.up()
    assert divider.get_attribute("aria-valuetext") == "50 percent original"


def test_both_sides_can_be_magnified_to_single_pixels(visit, studio, photo):
    visited = visit(studio)
    page = visited.page
    # Larger than a preview, so that pixels have to be fetched.
    large = np.ascontiguousarray(np.tile(photo, (4, 4, 1))[:1700, :2400])
    choose(page, file("large.png", png(large)))
    page.locator("#picture").focus()
    for _ in range(24):
        page.keyboard.press("+")
    expect(page.locator(".percent")).to_have_text(re.compile(r"6,?400"))
    box = box_of(page)
    row, column = large.shape[0] // 2, large.shape[1] // 2
    left = large[row, column - 1]

    def near(x):
        return page.evaluate(PIXEL, [box["width"] / 2 + x, box["height"] / 2 + 20])[:3]

    page.wait_for_function(
        f"([x, y]) => String(({PIXEL})([x, y]).slice(0, 3)) === '{','.join(map(str, left))}'",
        arg=[box["width"] / 2 - 32, box["height"] / 2 + 20],
    )
    shown = "#" + bytes(near(32)).hex()
    assert shown in palette(page)
    page.keyboard.press("0")
    page.keyboard.press("ArrowLeft")
    assert visited.complaints == []


def test_the_wheel_magnifies_where_the_pointer_is(visit, studio):
    page = visit(studio).page
    choose(page, file("bars.png", png(bars())))
    page.get_by_role("slider", name="How much of the original").press("Home")
    box = box_of(page)
    x, y = box["width"] * 0.1, box["height"] / 2
    percent = page.locator("output.percent")
    fitting = percent.inner_text()
    page.mouse.move(box["x"] + x, box["y"] + y)
    for _ in range(12):
        page.mouse.wheel(0, -200)
    expect(percent).not_to_have_text(fitting)
    page.wait_for_function(f"place => String(({PIXEL})(place)) === '228,0,43,255'", arg=[x, y])
    page.get_by_role("button", name="Fit", exact=True).click()
    expect(percent).to_have_text(fitting)


def test_the_loupe_shows_the_same_pixel_before_and_after(visit, studio, corner):
    page = visit(studio).page
    choose(page, file("corner.png", png(corner)))
    page.get_by_role("button", name="Loupe").click()
    box = box_of(page)
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
    before, after = page.locator(".loupe span").all_inner_texts()
    assert tuple(bytes.fromhex(before[1:])) in {tuple(color) for color in corner.reshape(-1, 3)}
    assert after in palette(page)
    page.keyboard.press("l")
    expect(page.locator(".loupe")).to_be_hidden()


def test_holding_space_shows_the_original(visit, studio):
    page = visit(studio).page
    choose(page, file("bars.png", png(bars())))
    page.locator("#picture").focus()
    page.keyboard.down(" ")
    expect(page.get_by_role("button", name="Original")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".bar")).to_be_hidden()
    page.keyboard.up(" ")
    expect(page.locator(".bar")).to_be_visible()


def test_the_ground_behind_transparency_can_be_chosen(visit, studio, corner):
    page = visit(studio).page
    choose(page, file("bars.png", png(bars())))
    page.get_by_role("radio", name="dark").check(force=True)
    expect(page.locator(".ground")).to_have_attribute("data-ground", "dark")
    choose(page, file("corner.png", png(corner)))
    expect(page.get_by_role("radio", name="dark")).to_be_hidden()


def test_what_is_not_an_image_is_explained_in_a_sentence(visit, studio, corner):
    page = visit(studio).page
    page.locator("#file").set_input_files([file("notes.txt", b"no image at all", "text/plain")])
    expect(page.get_by_role("alert")).to_contain_text("notes.txt: ")
    assert page.get_by_role("alert").inner_text().count(".") >= 2
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#problem")).to_be_empty()
    choose(page, file("corner.png", png(corner)))


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((1, 1, 3), 200, np.uint8),
        np.full((30, 50, 3), (0, 128, 0), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        bars(),
        np.linspace(0, 255, 9000, dtype=np.uint8).reshape(1, -1, 1).repeat(3, 2),
    ],
    ids=["one-pixel", "one-color", "nothing-visible", "transparency", "a-line"],
)
def test_odd_images_are_shown_too(visit, studio, pixels):
    visited = visit(studio)
    choose(visited.page, file("odd.png", png(pixels)))
    image = load(png(pixels))
    assert number(visited.page) == image.recolor(image.sweep()).colors
    assert visited.complaints == []


def test_a_nasty_file_name_is_harmless(visit, studio, corner):
    visited = visit(studio)
    visited.page.on("dialog", lambda dialog: pytest.fail(f"the file name ran as code: {dialog.message}"))
    choose(visited.page, file(NASTY, png(corner)))
    visited.page.get_by_role("tab", name="Save").click()
    assert "alert(1)" in visited.page.locator("#name").inner_text()
    assert visited.page.locator("script").count() == 1
    assert visited.complaints == []


@in_each_look
def test_axe_finds_no_fault(visit, studio, corner, look):
    page = visit(studio, **look).page
    expect(page.locator(".empty")).to_be_visible()
    assert faults(page) == []
    choose(page, file("corner.png", png(corner)), file("bars.png", png(bars())))
    wait_for_curve(page)
    for name in ("Look", "Save", "Make", "Colors"):
        page.get_by_role("tab", name=name).click()
        assert faults(page) == []


def faults(page):
    violations = axe.Axe().run(page).response["violations"]
    return [(fault["impact"], fault["id"], fault["nodes"][0]["html"]) for fault in violations]


@pytest.mark.parametrize("width", [390, 768, 1280, 2560])
def test_nothing_is_wider_than_the_screen(visit, studio, corner, width):
    page = visit(studio, viewport={"width": width, "height": 1000}).page
    choose(page, file("corner.png", png(corner)))
    wait_for_curve(page)
    for name in ("Look", "Save", "Make", "Colors"):
        page.get_by_role("tab", name=name).click()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        overflow = "[...document.querySelectorAll('.panel')].map(p => p.scrollWidth - p.clientWidth)"
        assert set(page.evaluate(overflow)) == {0}


def test_a_server_that_is_lost_is_told_of_and_found_again(visit, studio, corner):
    page = visit(studio).page
    choose(page, file("corner.png", png(corner)))
    page.context.set_offline(True)
    page.get_by_role("tab", name="Look").click()
    page.get_by_text("ordered", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("run colorquant studio again")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#problem")).to_be_empty()
    wait_for_result(page)


def test_the_page_stays_when_its_server_ends(visit, corner):
    with running_studio() as (process, address):
        page = visit(address).page
        choose(page, file("corner.png", png(corner)))
        process.terminate()
        process.wait(10)
        page.get_by_role("tab", name="Look").click()
        page.get_by_text("ordered", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        expect(page.locator("#name")).to_have_text("corner.png")
