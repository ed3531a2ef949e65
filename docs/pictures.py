"""Make the pictures that the documentation shows, and the captions with their numbers: `make pictures`."""

from __future__ import annotations

import io
import re
import runpy
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from pypdfium2 import PdfDocument

from colorquant import Quantized, Settings, load, makers, quantize
from colorquant.palettes.formats import to_png
from colorquant.report.page import render_report

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets"
IMAGES = ROOT / "docs" / "images" / "gallery"
RECIPES = ROOT / "docs" / "images" / "recipes"
MAKERS = ROOT / "docs" / "images" / "makers"
PHOTOS = ("china.jpg", "flower.jpg")
# Left, upper, right and lower edge of the pavilion in china.jpg, in pixels: shown one to one.
PAVILION = (40, 10, 360, 427)
GAP = 6
STRIP = 36
# Pixels that a small picture is enlarged to, or a little fewer.
ENLARGED_WIDTH = 480
# Dots to the inch of pictures of pages: numbers of 5 points can just be read.
PRINTED_DPI = 120


class Variant(NamedTuple):
    """One way to reduce a picture: a name for its file, and the options of the command, also as settings."""

    name: str
    options: str
    settings: Settings


RECIPE = Variant("recipe", "--criterion silhouette", Settings.recipe())
AUTO = Variant("auto", "", Settings())
CLOSENESS = (
    RECIPE,
    *(Variant(name, f"--quality {name}", Settings(quality=name)) for name in ("low", "medium", "high")),
)
DITHERED = tuple(
    Variant(name, f"--colors 8 --dither {name}", Settings(colors=8, dither=name))
    for name in ("none", "floyd-steinberg", "blue-noise", "ordered")
)
INKS = ("#1a1a2e", "#c73e1d", "#f2a65a", "#fdf6e3")
GIVEN = (
    Variant("four-inks", f"--palette '{','.join(INKS)}'", Settings(palette=INKS)),
    Variant(
        "four-inks-dithered",
        f"--palette '{','.join(INKS)}' --dither blue-noise",
        Settings(palette=INKS, dither="blue-noise"),
    ),
)


def main() -> None:
    """Write everything."""
    for folder in (IMAGES, RECIPES, MAKERS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    photos = {photo: (files("sklearn.datasets.images") / photo).read_bytes() for photo in PHOTOS}
    (ROOT / "docs" / "gallery.md").write_text(gallery(photos))
    china = photos["china.jpg"]
    results = [quantize(china, each.settings) for each in (RECIPE, AUTO)]
    hero(china, results).save(ASSETS / "before-after.png", optimize=True)
    readme = ROOT / "README.md"
    readme.write_text(with_caption(readme.read_text(), caption(china, results)))
    for name in ("beads", "electronic_paper", "pixel_art"):
        result = runpy.run_path(str(ROOT / "examples" / f"{name}.py"))["result"]
        # What it looks like, where that is not what stands in the file.
        drawn = Image.fromarray(result.palette.rgb[result.indices])
        width, height = drawn.size
        times = max(1, ENLARGED_WIDTH // width)
        drawn.resize((width * times, height * times), Image.Resampling.NEAREST).save(RECIPES / f"{name}.png")
    draw_patterns(china)
    image = load(china)
    sweep = image.sweep()
    photograph_report(render_report(image, sweep, image.recolor(sweep), name="china.jpg"))
    with as_file(files("sklearn.datasets.images") / "flower.jpg") as path:
        photograph_studio(path)


def draw_patterns(data: bytes) -> None:
    """Print the patterns of a photograph, each as the picture of a page."""
    image = load(data)
    page = makers.paint_by_numbers(image.recolor(image.sweep(colors=16)), title="Pavilion")
    printed(page.pdf(), 0).save(MAKERS / "page.png")
    quantize(page.pixels()[::2, ::2]).save(MAKERS / "painted.png")
    small = makers.shrink(image, 60)
    stitches = makers.grid(small.recolor(small.sweep(colors=12)), title="Pavilion")
    printed(stitches.pdf(), 1).save(MAKERS / "stitches.png")


def printed(pdf: bytes, page: int) -> Quantized:
    """Take a picture of a page as a printer would put it on paper."""
    return quantize(PdfDocument(pdf)[page].render(scale=PRINTED_DPI / 72).to_pil(), colors=96)


def gallery(photos: dict[str, bytes]) -> str:
    """Write the reduced versions of the photographs, and the page that shows them."""
    parts = [
        "# Gallery",
        "Made by `make pictures`; the sizes are those of the PNGs. The photographs are those that "
        "scikit-learn ships. Open a picture to see its pixels.",
        "## Low, medium, high",
        "How close to the original, and with how many colors. `medium` is what `auto`, the default, takes "
        "for a photograph. The first of each is what the criterion `silhouette` chooses in RGB, as the "
        "Lambda does unless told otherwise.",
        *(table(photo, data, CLOSENESS) for photo, data in photos.items()),
        "## Dithering",
        "Eight colors each. Dithering mixes them: smooth areas stay smooth, and the file grows. "
        "`floyd-steinberg` is the closest to the original; `blue-noise` and `ordered` put the same mixture "
        "wherever a color comes, which suits animations and printing.",
        *(table(photo, data, DITHERED) for photo, data in photos.items()),
        "## Four inks",
        "Any palette can be given, such as the inks of a poster.",
        *(table(photo, data, GIVEN) for photo, data in photos.items()),
    ]
    return "\n\n".join(parts) + "\n"


def table(photo: str, data: bytes, variants: tuple[Variant, ...]) -> str:
    """Show versions of a photograph in rows of two, each above its command, number of colors and size."""
    stem = Path(photo).stem
    cells = []
    for variant in variants:
        result = quantize(data, variant.settings)
        path = IMAGES / f"{stem}-{variant.name}.png"
        path.write_bytes(result.to_png())
        told = f"`{variant.options}`<br>{result.colors} colors, {len(result.to_png()):,} bytes"
        cells.append((f"![{stem} with {variant.options}](images/gallery/{path.name})", told))
    rows = [f"{photo}, {len(data):,} bytes as a JPEG:", "", "| | |", "| --- | --- |"]
    for left, right in zip(cells[::2], cells[1::2], strict=True):
        rows += [f"| {left[place]} | {right[place]} |" for place in (0, 1)]
    return "\n".join(rows)


def hero(data: bytes, results: list[Quantized]) -> Image.Image:
    """Show the pavilion in the original and in each result, whose palette lies over its lower edge."""
    with Image.open(io.BytesIO(data)) as photo:
        panels = [np.asarray(photo.convert("RGB").crop(PAVILION))]
    height, width, _ = panels[0].shape
    for result in results:
        panel = np.array(result.to_pil().convert("RGB").crop(PAVILION))
        with Image.open(io.BytesIO(to_png(result.to_dict()["palette"]))) as strip:
            palette = np.asarray(strip.convert("RGB").resize((width, STRIP), Image.Resampling.NEAREST))
        panel[-STRIP - GAP :] = 255
        panel[-STRIP:] = palette
        panels.append(panel)
    between = np.full((height, GAP, 3), 255, np.uint8)
    return Image.fromarray(np.hstack([panels[0], between, panels[1], between, panels[2]]))


def caption(data: bytes, results: list[Quantized]) -> str:
    """Say what the three panels are."""
    recipe, auto = (f"{result.colors} colors, {len(result.to_png()):,} bytes" for result in results)
    return (
        f"*Left: the photograph, {len(data):,} bytes. Middle: the best silhouette in RGB, the service's "
        f"default (`--criterion silhouette`): {recipe}. Right: `colorquant quantize china.jpg`: {auto}.*"
    )


def with_caption(page: str, text: str) -> str:
    """Put the caption where the page has its marks."""
    start, rest = page.split("<!-- caption -->\n")
    return f"{start}<!-- caption -->\n{text}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"


def photograph_report(page: bytes) -> None:
    """Take a picture of the report, where there is a browser."""
    program = shutil.which("chromium")
    if program is None:
        print("assets/report.jpg was left as it is: it takes Chromium (apt-get install chromium).")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only here, and large

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": 1280, "height": 900})
        view.set_content(page.decode())
        view.locator("#palette button").first.wait_for()
        # Most of the pavilion is to be seen as it became.
        view.locator("#slider").evaluate(
            "slider => { slider.value = 25; slider.dispatchEvent(new Event('input')); }"
        )
        view.screenshot(path=ASSETS / "report.jpg", type="jpeg", quality=82)
        browser.close()


def photograph_studio(image: Path) -> None:
    """Take pictures of the studio with an image: light with its colors, dark with a drawing to paint."""
    program = shutil.which("chromium")
    if program is None:
        print("assets/studio-*.webp were left as they are: they take Chromium (apt-get install chromium).")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only here, and large

    command = [sys.executable, "-m", "colorquant", "studio", "--no-browser", str(image)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,  # noqa: S603 - our own
        sync_playwright() as driver,
    ):
        found = (re.search(r"http://\S+/", line) for line in server.stdout or ())
        address = next(filter(None, found)).group()
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            view = browser.new_page(
                viewport={"width": 1280, "height": 820}, device_scale_factor=1.5, color_scheme=scheme
            )
            view.goto(address)
            view.locator("#number").wait_for()
            if scheme == "dark":
                view.locator("#tab-make").click()
                view.get_by_role("button", name="Show it").first.click()
                view.locator(".drawing .drawn").wait_for()
            with Image.open(io.BytesIO(view.screenshot())) as shot:
                shot.save(ASSETS / f"studio-{scheme}.webp", quality=82, method=6)
        browser.close()
        server.terminate()


if __name__ == "__main__":
    main()
