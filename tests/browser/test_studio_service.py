from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from colorquant import Settings, load
from tests.browser.conftest import running_studio
from tests.browser.studio_page import download, drop, file, wait_for_result
from tests.pngs import pixels_of

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe is not installed: make test-browser"
)
pytest.importorskip("moto", reason="moto is not installed: pip install 'colorquant[local]'")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server():
    """A studio with the whole service in its process."""
    with running_studio("--emulate") as (_, address):
        yield address


@pytest.fixture
def page(visit, studio):
    visited = visit(studio)
    visited.page.get_by_role("tab", name="Service").click()
    yield visited.page
    assert visited.complaints == []


def upload(page, *files):
    page.locator("#panel-service input[type=file]").set_input_files(list(files))


def item(page, key):
    return page.locator(".item").filter(has=page.get_by_text(key, exact=True))


def wait_for_state(page, key, state):
    item(page, key).and_(page.locator(f".{state}")).wait_for()


def test_an_upload_is_shown_until_its_result_is_there(page, photo_bytes):
    upload(page, file("flower.jpg", photo_bytes, "image/jpeg"))
    wait_for_state(page, "flower.jpg", "done")
    shown = item(page, "flower.jpg")
    expect(shown.locator("img")).to_have_count(2)
    image = load(photo_bytes)
    expected = image.recolor(image.sweep(Settings.recipe()))
    expect(shown.locator(".strip span")).to_have_count(expected.colors)
    _, data = download(page, shown.get_by_role("link", name="Image"))
    assert (pixels_of(data) == expected.to_pixels()).all()


def test_an_upload_can_be_dropped_and_what_is_no_image_is_explained(page, photo_bytes):
    drop(page, photo_bytes[:500], "broken.jpg", "image/jpeg")
    wait_for_state(page, "broken.jpg", "error")
    expect(item(page, "broken.jpg").locator(".error")).to_contain_text(re.compile(r"JPEG.*\."))


def test_an_upload_can_have_the_look_that_is_shown(page, photo_bytes):
    page.locator("#file").set_input_files([file("shown.jpg", photo_bytes, "image/jpeg")])
    wait_for_result(page)
    page.get_by_role("tab", name="Look").click()
    page.get_by_label("Most colors").fill("9")
    page.get_by_label("Most colors").press("Enter")
    wait_for_result(page)
    page.get_by_role("tab", name="Service").click()
    page.get_by_text("this look", exact=True).click()
    upload(page, file("like-this.jpg", photo_bytes, "image/jpeg"))
    wait_for_state(page, "like-this.jpg", "done")
    expect(item(page, "like-this.jpg")).to_contain_text("max_colors 9")


def test_what_was_uploaded_can_be_opened(page, photo_bytes):
    upload(page, file("opened.jpg", photo_bytes, "image/jpeg"))
    wait_for_state(page, "opened.jpg", "done")
    item(page, "opened.jpg").get_by_role("button", name="Open here").click()
    expect(page.locator("#name")).to_have_text("opened.jpg")
    wait_for_result(page)


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_fault_in_the_service(visit, studio, width):
    page = visit(studio, viewport={"width": width, "height": 900}).page
    page.get_by_role("tab", name="Service").click()
    page.locator("#panel-service").get_by_role("status").filter(has_text=re.compile("^$|yet")).wait_for(
        state="attached"
    )
    violations = axe.Axe().run(page).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
