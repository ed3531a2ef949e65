"""Make the pictures that the documentation shows, and the gallery with their numbers: `make pictures`."""

from __future__ import annotations

import io
import shutil
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from colorquant import Quantized, Settings, load, quantize
from colorquant.palettes.formats import to_png
from colorquant.report.page import render_report

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets"
IMAGES = ROOT / "docs" / "images" / "gallery"
PHOTOS = ("china.jpg", "flower.jpg")
# Pixels.
HALF = (480, 320)
GAP = 6


class Variant(NamedTuple):
    """One way to reduce a picture.

    Attributes
    ----------
    name : str
        Part of the file name.
    options : str
        What to give to the command.
    settings : Settings
    """

    name: str
    options: str
    settings: Settings


VARIANTS = (
    Variant("default", "", Settings()),
    Variant("quality-high", "--quality high", Settings(criterion="fidelity", quality="high")),
    Variant(
        "floyd-steinberg",
        "--colors 8 --dither floyd-steinberg",
        Settings(min_colors=8, max_colors=8, dither="floyd-steinberg"),
    ),
    Variant("ordered", "--colors 8 --dither ordered", Settings(min_colors=8, max_colors=8, dither="ordered")),
    Variant(
        "four-inks",
        "--palette '#1a1a2e,#c73e1d,#f2a65a,#fdf6e3' --dither ordered",
        Settings(palette=("#1a1a2e", "#c73e1d", "#f2a65a", "#fdf6e3"), dither="ordered"),
    ),
)


def main() -> None:
    """Write everything."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    rows = [
        "# Gallery",
        "",
        "Made by `make pictures`. The photographs are those that scikit-learn ships.",
        "",
    ]
    for photo in PHOTOS:
        data = (files("sklearn.datasets.images") / photo).read_bytes()
        rows += gallery_of(photo, data)
    (ROOT / "docs" / "gallery.md").write_text("\n".join(rows))

    data = (files("sklearn.datasets.images") / PHOTOS[0]).read_bytes()
    image = load(data)
    sweep = image.sweep()
    result = image.recolor(sweep)
    before_and_after(data, result).save(ASSETS / "before-after.png", optimize=True)
    photograph_report(render_report(image, sweep, result, name=PHOTOS[0]))


def gallery_of(photo: str, data: bytes) -> list[str]:
    """Write the reduced versions of one photograph, and say what they are."""
    stem = Path(photo).stem
    rows = [f"## {photo}", "", f"The original has {len(data):,} bytes.", ""]
    for variant in VARIANTS:
        result = quantize(data, variant.settings)
        path = IMAGES / f"{stem}-{variant.name}.png"
        path.write_bytes(result.to_png())
        strip = IMAGES / f"{stem}-{variant.name}-palette.png"
        strip.write_bytes(to_png(result.to_dict()["palette"]))
        command = f"colorquant quantize {photo} {variant.options}".rstrip()
        rows += [
            f"`{command}`: {result.colors} colors, {len(result.to_png()):,} bytes. {result.verdict}",
            "",
            f"![{stem} in {result.colors} colors](images/gallery/{path.name})",
            f"![Its palette](images/gallery/{strip.name})",
            "",
        ]
    return rows


def before_and_after(data: bytes, result: Quantized) -> Image.Image:
    """Show the photograph, the same in few colors, and the palette below."""
    with Image.open(io.BytesIO(data)) as image:
        pictures = (image.convert("RGB"), Image.fromarray(result.to_pixels()))
    halves = [np.asarray(picture.resize(HALF, Image.Resampling.LANCZOS)) for picture in pictures]
    upper = np.hstack([halves[0], np.full((HALF[1], GAP, 3), 255, np.uint8), halves[1]])
    width = upper.shape[1]
    with Image.open(io.BytesIO(to_png(result.to_dict()["palette"]))) as strip:
        lower = np.asarray(strip.convert("RGB").resize((width, HALF[1] // 8), Image.Resampling.NEAREST))
    return Image.fromarray(np.vstack([upper, np.full((GAP, width, 3), 255, np.uint8), lower]))


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
        view.screenshot(path=ASSETS / "report.jpg", type="jpeg", quality=82)
        browser.close()


if __name__ == "__main__":
    main()
