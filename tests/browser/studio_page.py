"""What the tests of the studio's page do with it."""

from __future__ import annotations

import base64
import re

# The pixels of a part of the picture, as it is painted: left, top, width and height in pixels of the screen.
READ = """(left, top, width, height) => {
    const [picture, ratio] = [document.getElementById('picture'), devicePixelRatio];
    const [x, y, w, h] = [left, top, width, height].map(length => Math.max(Math.floor(length * ratio), 0));
    const context = new OffscreenCanvas(w || 1, h || 1).getContext('2d', {willReadFrequently: true});
    context.drawImage(picture, -x, -y);
    return context.getImageData(0, 0, w || 1, h || 1).data;
}"""
PIXEL = f"([x, y]) => [...({READ})(x, y, 1, 1)]"
# The colors of the picture right of its divider, as numbers.
PAINTED = f"""() => {{
    const [bar, box] = ['.bar', '#picture'].map(name => document.querySelector(name).getBoundingClientRect());
    const left = bar.left + bar.width / 2 - box.left + 2;
    const data = ({READ})(left, 0, box.width - left, box.height);
    const found = new Set();
    for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] === 255) found.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    return [...found];
}}"""
DROP = """([selector, kind, encoded, name, type]) => {
    const bytes = Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, {type}));
    const event = kind === 'paste'
        ? new ClipboardEvent('paste', {clipboardData: data, bubbles: true})
        : new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
    document.querySelector(selector).dispatchEvent(event);
}"""


def file(name, data, kind="image/png"):
    return {"name": name, "mimeType": kind, "buffer": data}


def choose(page, *files):
    page.locator("#file").set_input_files(list(files))
    wait_for_result(page)


def drop(page, data, name, kind="image/png", event="drop"):
    page.locator("#file").wait_for(state="attached")
    page.evaluate(DROP, ["body", event, base64.b64encode(data).decode(), name, kind])


def wait_for_result(page):
    """Wait until what is shown is the server's."""
    page.locator("#outcome strong").filter(has_text=re.compile("bytes|[kM]B")).wait_for()
    page.locator("#doing:empty").wait_for(state="attached")


def wait_for_curve(page):
    page.locator("#number").wait_for()


def number(page):
    return int(page.locator(".count .many").inner_text())


def wait_for_number(page, k):
    page.locator(".count .many").filter(has_text=re.compile(f"^{k}$")).wait_for(state="attached")


SWATCHES = "[...document.querySelectorAll('#palette button')].map(button => button.dataset.hex)"


def wait_for_colors(page, colors):
    page.wait_for_function(f"colors => String({SWATCHES}.sort()) === colors", arg=",".join(sorted(colors)))


def palette(page):
    return page.evaluate(SWATCHES)


def swatch(page, color):
    return page.locator(f"#palette [data-hex='{color}']")


def act(page, name):
    """Press a button of the chosen color, or of the palette."""
    page.get_by_role("button", name=name, exact=True).click()


def painted(page):
    return {f"#{value:06x}" for value in page.evaluate(PAINTED)}


def download(page, link):
    with page.expect_download() as started:
        link.click()
    path = started.value.path()
    return started.value.suggested_filename, path.read_bytes()
