from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from colorquant import Palette, load
from tests.browser.conftest import studio_with
from tests.browser.studio_page import (
    act,
    number,
    painted,
    palette,
    swatch,
    wait_for_colors,
    wait_for_curve,
    wait_for_number,
    wait_for_result,
)
from tests.pngs import png

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def corner(photo):
    """Part of a photograph, small enough to be quick and to be shown pixel by pixel."""
    return np.ascontiguousarray(photo[100:300, 200:500])


@pytest.fixture(scope="module")
def server(tmp_path_factory, corner):
    """A studio that has the image open, and keeps what it has found out about it."""
    with studio_with(tmp_path_factory.mktemp("studio"), "corner.png", png(corner)) as address:
        yield address


@pytest.fixture
def page(visit, server):
    """The studio with the image, each of whose pixels is one of the screen's, so that no color is mixed."""
    visited = visit(server, permissions=["clipboard-read", "clipboard-write"])
    wait_for_result(visited.page)
    wait_for_curve(visited.page)
    visited.page.get_by_role("button", name="1:1").click()
    yield visited.page
    assert visited.complaints == []


def wait_for_paint(page):
    """Wait until what has changed is painted."""
    page.wait_for_function(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )


def test_the_number_moves_by_keys_and_the_picture_follows(page, corner):
    start = number(page)
    page.locator("#number").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    wait_for_number(page, start + 3)
    assert page.locator("#number").get_attribute("aria-valuetext").startswith(f"{start + 3} colors")
    wait_for_result(page)
    wait_for_paint(page)
    sweep = load(png(corner)).sweep(min_colors=2, max_colors=64)
    assert set(palette(page)) == set(sweep.palette(start + 3).hex_colors)
    assert painted(page) <= set(palette(page))


def test_the_number_moves_by_mouse(page):
    box = page.locator("#number").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 11, box["y"] + box["height"] / 2)
    wait_for_number(page, 64)
    wait_for_result(page)
    page.get_by_role("button", name=re.compile("Back to")).click()
    wait_for_result(page)
    assert number(page) < 64


def test_a_click_on_the_curve_shows_that_number(page):
    box = page.locator("#curve").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.4)
    expect(page.locator(".count .many")).to_have_text(re.compile("^(2[5-9]|3[0-5])$"))
    wait_for_result(page)


def test_each_drag_on_the_curve_is_one_step_back(page):
    start = number(page)
    reached = []
    for place, about in ((0.5, "2[5-9]|3[0-5]"), (0.8, "4[5-9]|5[0-9]")):
        box = page.locator("#curve").bounding_box()
        page.mouse.move(box["x"] + box["width"] * (place - 0.1), box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * place, box["y"] + 40, steps=4)
        page.mouse.up()
        expect(page.locator(".count .many")).to_have_text(re.compile(f"^({about})$"))
        wait_for_result(page)
        reached.append(number(page))
    act(page, "Undo")
    wait_for_number(page, reached[0])
    act(page, "Undo")
    wait_for_number(page, start)


def test_the_browser_shows_a_number_before_the_server_has_made_it(page):
    held = []
    page.route(re.compile("/results$"), lambda route: held.append(route))  # noqa: PLW0108 - Playwright looks at it
    page.locator("#number").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#outcome")).to_have_text("preview")
    wait_for_paint(page)
    assert painted(page) <= set(palette(page))


def test_each_criterion_tells_what_it_would_choose(page, corner):
    option = page.get_by_label("Chosen by").locator("option[value=silhouette]")
    image = load(png(corner))
    expected = image.sweep(criterion="silhouette").colors
    assert option.inner_text().endswith(f": {expected}")
    page.get_by_label("Chosen by").select_option("silhouette")
    wait_for_number(page, image.recolor(image.sweep(criterion="silhouette")).colors)
    wait_for_result(page)
    expect(page.get_by_role("group", name="Closeness")).to_have_count(0)


def test_more_closeness_takes_more_colors(page, corner):
    page.get_by_text(re.compile("^high")).click()
    wait_for_number(page, load(png(corner)).sweep(criterion="auto", quality="high").colors)


def test_each_look_shows_at_once_with_its_size_and_closeness(page):
    shown = page.locator("#outcome").inner_text()
    page.get_by_role("tab", name="Look").click()
    page.get_by_text("Floyd-Steinberg", exact=True).click()
    expect(page.locator("#outcome")).not_to_have_text(shown.replace("\n", ""))
    wait_for_result(page)
    dithered = page.locator("#outcome").inner_text()
    assert dithered != shown
    page.get_by_label("Strength").press("Home")
    expect(page.locator("#outcome")).not_to_have_text(dithered)
    wait_for_result(page)
    act(page, "Back to the defaults")
    wait_for_result(page)
    expect(page.locator("#outcome strong")).to_have_text(shown.split("\n")[0])


def test_the_range_is_one_to_choose_from(page):
    page.get_by_role("tab", name="Look").click()
    page.get_by_label("Most colors").fill("9")
    page.get_by_label("Most colors").press("Enter")
    wait_for_result(page)
    page.get_by_role("tab", name="Colors").click()
    assert number(page) <= 9


def test_pointing_at_a_color_dims_all_others(page):
    before = painted(page)
    swatch(page, palette(page)[1]).hover()
    wait_for_paint(page)
    dimmed = painted(page)
    assert palette(page)[1] in dimmed
    assert len(dimmed & before) < len(before)
    page.locator("#name").hover()
    wait_for_paint(page)
    assert painted(page) == before


def test_a_click_in_the_picture_finds_its_color(page):
    box = page.locator("#picture").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 10)
    lit = page.locator("#palette .lit")
    expect(lit).to_have_count(1)
    assert page.locator("#code-hex .code").inner_text() == lit.get_attribute("data-hex")
    page.keyboard.press("Escape")
    expect(page.locator("#palette .lit")).to_have_count(0)


def test_codes_are_copied(page):
    color = palette(page)[2]
    swatch(page, color).click()
    page.locator("#code-rgb").click()
    red, green, blue = bytes.fromhex(color[1:])
    page.wait_for_function(
        f"navigator.clipboard.readText().then(text => text === 'rgb({red} {green} {blue})')"
    )
    assert page.locator("#code-oklch .code").inner_text().startswith("oklch(")


def test_the_palette_can_be_sorted(page):
    page.get_by_text("lightness", exact=True).click()
    light = [sum(bytes.fromhex(color[1:])) for color in palette(page)]
    assert light[0] == min(light)
    assert light[-1] == max(light)


def test_a_locked_color_stays_whatever_the_number(page):
    color = palette(page)[-1]
    swatch(page, color).click()
    act(page, "Lock")
    expect(swatch(page, color)).to_have_class(re.compile("locked"))
    start = number(page)
    page.locator("#number").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    wait_for_number(page, start + 2)
    wait_for_result(page)
    assert color in palette(page)
    act(page, "Fit the rest again")
    wait_for_result(page)
    assert color in palette(page)


def test_a_color_can_be_changed_and_the_rest_is_fitted_around_it(page):
    start = number(page)
    color = palette(page)[0]
    swatch(page, color).click()
    code = page.get_by_label("Code of the color")
    code.fill("#ff0080")
    code.press("Enter")
    page.locator("#palette [data-hex='#ff0080'].locked").wait_for()
    wait_for_result(page)
    assert number(page) == start
    assert color not in palette(page)


def test_a_color_can_be_picked_with_the_browsers_own_chooser(page):
    swatch(page, palette(page)[0]).click()
    page.get_by_label("Color", exact=True).evaluate(
        "input => { input.value = '#00ff80'; input.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    expect(page.locator("#outcome")).to_have_text("preview")
    page.get_by_label("Color", exact=True).evaluate("input => input.dispatchEvent(new Event('change'))")
    wait_for_result(page)
    assert "#00ff80" in palette(page)


def test_what_is_no_color_is_told(page):
    swatch(page, palette(page)[0]).click()
    page.get_by_label("Code of the color").fill("rose")
    page.get_by_label("Code of the color").press("Enter")
    page.get_by_role("status").filter(has_text="That is not a color").wait_for()


def test_a_color_can_be_taken_out_and_brought_back(page, corner):
    before = palette(page)
    swatch(page, before[0]).click()
    act(page, "Take out")
    wait_for_colors(page, before[1:])
    wait_for_result(page)
    expected = load(png(corner)).recolor(Palette(before[1:]))
    assert set(palette(page)) == set(expected.hex_colors)
    page.keyboard.press("Control+z")
    wait_for_colors(page, before)
    page.keyboard.press("Control+Shift+z")
    wait_for_colors(page, before[1:])
    act(page, "Undo")
    wait_for_colors(page, before)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_two_colors_become_one(page):
    before = palette(page)
    swatch(page, before[0]).click()
    act(page, "Merge with…")
    swatch(page, before[1]).click()
    wait_for_number(page, len(before) - 1)
    wait_for_result(page)
    assert not set(before[:2]) & set(palette(page))
    assert set(before[2:]) <= set(palette(page))


def test_a_color_of_the_original_can_be_added(page, corner):
    start = number(page)
    act(page, "Add from the picture")
    box = page.locator("#picture").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2 + 20, box["y"] + box["height"] / 2)
    wait_for_number(page, start + 1)
    wait_for_result(page)
    locked = page.locator("#palette .locked").get_attribute("data-hex")
    assert tuple(bytes.fromhex(locked[1:])) in {tuple(color) for color in corner.reshape(-1, 3)}


def test_a_color_can_be_added_by_its_code_and_by_keys_alone(page):
    code = page.get_by_label(re.compile("Code to add"))
    code.fill("e4002b")
    code.press("Enter")
    swatch(page, "#e4002b").wait_for()
    wait_for_result(page)
    page.get_by_role("button", name="Add from the picture").press("Enter")
    expect(page.locator("#picture")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#palette .locked")).to_have_count(2)
    wait_for_result(page)


def test_the_palette_is_one_stop_of_the_tab_key(page):
    page.locator("#palette button").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.hex") == palette(page)[1]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.hex === undefined")
