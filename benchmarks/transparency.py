"""Soft edges in few opacities, beside exact ones and those of peers: the tables of docs/transparency.md.

    python -m benchmarks.transparency FOLDER...

Each picture is laid on black, white and a checkerboard, and compared with how the original looks there.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import imagequant
import numpy as np
from PIL import Image

from benchmarks.measure import geometric_mean, mean_squared_error
from benchmarks.peers import PROGRAMS, Pixels, run_program
from colorquant import load
from colorquant.image.png_writer import indexed_png

PAGE = Path(__file__).parent.parent / "docs" / "transparency.md"
START, END = "<!-- measured -->\n", "<!-- end -->\n"
SUFFIXES = {".png", ".webp"}
MOST_ENTRIES = 256
# Pixels and grey levels of the checkerboard.
SQUARE, DARK, LIGHT = 8, 102, 153
BACKGROUNDS = ("black", "white", "checkerboard")

Way = Callable[[], bytes]


def backgrounds(height: int, width: int) -> dict[str, Pixels]:
    """Give what pictures with soft edges are laid on, grey levels of shape (H, W, 1)."""
    y, x = np.mgrid[:height, :width] // SQUARE
    checkered = np.where((x + y) % 2, LIGHT, DARK)
    levels = (np.zeros((height, width)), np.full((height, width), 255), checkered)
    return {name: grey[..., None] for name, grey in zip(BACKGROUNDS, levels, strict=True)}


def on(background: Pixels, pixels: Pixels) -> Pixels:
    """Lay pixels with opacities on a background, as browsers do."""
    opacity = pixels[..., 3:] / 255
    return pixels[..., :3] * opacity + background * (1 - opacity)


def errors(original: Pixels, png: bytes) -> dict[str, float]:
    """Give the mean squared error on each background."""
    shown = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    return {
        name: mean_squared_error(on(background, original), on(background, shown))
        for name, background in backgrounds(*original.shape[:2]).items()
    }


def entries(png: bytes) -> int:
    """Count the distinct colors with opacities that a file shows."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    return len(np.unique(pixels.reshape(-1, 4), axis=0))


def libimagequant(pixels: Pixels, most: int) -> bytes:
    """Quantize with libimagequant, undithered, and write with our writer, which beats Pillow's."""
    image = imagequant.quantize_pil_image(Image.fromarray(pixels), dithering_level=0.0, max_colors=most)
    indices = np.asarray(image)
    # Pillow fills the palette up to 256 entries.
    palette = np.array(image.getpalette("RGBA"), np.uint8).reshape(-1, 4)[: int(indices.max()) + 1]
    return indexed_png(indices, palette[:, :3], palette[:, 3])


def pngquant(pixels: Pixels, most: int) -> bytes:
    """Quantize with pngquant, undithered."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Image.fromarray(pixels).save(file.name)
        return run_program("pngquant", Path(file.name), most)


def files(path: Path) -> tuple[Pixels, int, dict[str, bytes]]:
    """Give a picture, its number of colors, and what each makes of it."""
    image = load(path)
    if image.raster.alpha is None:
        sys.exit(f"{path} has no transparency.")
    pixels = np.dstack([image.raster.pixels, image.raster.alpha])
    palette = image.sweep().palette()
    ours = image.recolor(palette).to_png()
    made = {"colorquant": ours, "exact": image.recolor(palette, transparency="exact").to_png()}
    limits = {"as many colors": len(palette), "as many entries": entries(ours), "256 entries": MOST_ENTRIES}
    for label, most in limits.items():
        made[f"libimagequant, {label}"] = libimagequant(pixels, most)
        if "pngquant" in PROGRAMS:
            made[f"pngquant, {label}"] = pngquant(pixels, most)
    return pixels, len(palette), made


def tables(paths: list[Path]) -> str:
    """Measure every picture, and give the tables."""
    pictures = {path.stem: files(path) for path in paths}
    wrong = {
        name: {way: errors(pixels, png) for way, png in made.items()}
        for name, (pixels, _, made) in pictures.items()
    }
    ways = list(next(iter(wrong.values())))
    head = ["", "KB", "of exact", *(f"error on {name}" for name in BACKGROUNDS)]
    sizes = {way: sum(len(made[way]) for _, _, made in pictures.values()) for way in ways}
    totals = [
        [
            way,
            f"{sizes[way] / 1000:.1f}",
            f"{sizes[way] / sizes['exact']:.2f}",
            *(
                f"{geometric_mean(of[way][name] / of['exact'][name] for of in wrong.values()):.2f}"
                for name in BACKGROUNDS
            ),
        ]
        for way in ways
    ]
    shown = [way for way in ways if "libimagequant" not in way]
    rows = [
        [
            name,
            f"{colors}",
            f"{entries(made['colorquant'])}",
            *(
                f"{len(made[way]):,} / {max(wrong[name][way]['black'], wrong[name][way]['white']):.1f}"
                for way in shown
            ),
        ]
        for name, (_, colors, made) in pictures.items()
    ]
    sums = {
        way: {name: sum(by_way[way][name] for by_way in wrong.values()) for name in ("black", "white")}
        for way in ("colorquant", "exact")
    }
    more = " and ".join(
        f"{sums['colorquant'][name] / sums['exact'][name]:.2f} on {name}" for name in ("black", "white")
    )
    return f"""{len(pictures)} pictures together:

{table(head, totals)}

An error is a mean squared error in sRGB, as a multiple of that with exact opacities; the geometric mean over
the pictures. Added up over the pictures instead, it is {more} for colorquant.

Each picture: bytes, and the larger of the mean squared errors on black and on white.

{table(["", "colors", "entries", *shown], rows)}
"""


def table(head: list[str], rows: list[list[str]]) -> str:
    """Lay a table out in Markdown."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Write the tables into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transparency", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="where pictures with soft edges are")
    folders = parser.parse_args().folders
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES]
    before, _, rest = PAGE.read_text().partition(START)
    PAGE.write_text(f"{before}{START}\n{tables(paths)}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
