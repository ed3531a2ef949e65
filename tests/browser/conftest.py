"""A browser, and pages to open in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: make test-browser"
)

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Root may not use the sandbox, and a browser that starts must not look for news of its own.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LOOKS = [
    {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    for width in (1280, 390)
    for scheme in ("light", "dark")
]
in_each_look = pytest.mark.parametrize(
    "look", LOOKS, ids=lambda look: f"{look['viewport']['width']}-{look['color_scheme']}"
)


@pytest.fixture(scope="session")
def browser():
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("Chromium is not installed (apt-get install chromium, or set CHROMIUM to its path)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """A page that is open, what it asked for and what it complained about."""

    def __init__(self, context, path: Path | str) -> None:
        self.page = context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path if isinstance(path, str) else path.as_uri())

    @property
    def from_elsewhere(self) -> list[str]:
        """What is neither the page itself nor embedded in it."""
        return [url for url in self.requests if not url.startswith("data:") and url != self.page.url]


@pytest.fixture
def visit(browser):
    contexts = []

    def open_page(path: Path | str, **options) -> Visit:
        contexts.append(browser.new_context(**options))
        return Visit(contexts[-1], path)

    yield open_page
    for context in contexts:
        context.close()


@contextmanager
def running_studio(*options: str):
    """Run the studio's server, and give its process and address."""
    command = [sys.executable, "-m", "colorquant", "studio", "--no-browser", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            found = (re.search(r"http://\S+/", line) for line in process.stdout)
            yield process, next(filter(None, found)).group()
        finally:
            process.terminate()


@contextmanager
def studio_with(folder: Path, name: str, data: bytes):
    """Run a studio that has an image open, and keeps what it has found out about it; give its address."""
    path = folder / name
    path.write_bytes(data)
    with running_studio(str(path)) as (_, address):
        yield address


@pytest.fixture(scope="module")
def server():
    with running_studio() as (_, address):
        yield address


@pytest.fixture
def studio(server):
    """The address of a studio that no image is open in."""
    with urlopen(server + "images") as answer:
        for image in json.load(answer):
            urlopen(Request(server + f"images/{image['id']}", method="DELETE")).close()
    return server
