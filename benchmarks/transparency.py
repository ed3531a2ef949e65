"""Soft edges in few opacities, beside exact ones and those of peers: the tables of docs/transparency.md.

    python -m benchmarks.transparency FOLDER... [--against COMMIT]

Each picture is laid on black, white and a checkerboard, and compared with how the original looks there. What
an earlier version makes of the same palettes, with exact opacities, tells how much the writer alone gains.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import imagequant
import numpy as np
from PIL import Image

from benchmarks.against import checked_out
from benchmarks.measure import geometric_mean, mean_squared_error
from benchmarks.page import table
from benchmarks.peers import PROGRAMS, Pixels, run_program
from colorquant import load
from colorquant.image.png_writer import indexed_png
from studies.page import put_between

PAGE = Path(__file__).parent.parent / "docs" / "transparency.md"
START, END = "<!-- measured -->\n", "<!-- end -->\n"
SUFFIXES = {".png", ".webp"}
MOST_ENTRIES = 256
# Pixels and grey levels of the checkerboard.
SQUARE, DARK, LIGHT = 8, 102, 153
BACKGROUNDS = ("black", "white", "checkerboard")

# For versions that know no other transparency.
_EARLIER = """
import pathlib, sys
import colorquant
settings = colorquant.Settings(palette=tuple(sys.argv[2].split(",")))
sys.stdout.buffer.write(colorquant.quantize(pathlib.Path(sys.argv[1]), settings).to_png())
"""


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


def earlier(project: Path, path: Path, palette: str) -> bytes:
    """Recolor with the version in a folder."""
    environment = os.environ | {"PYTHONPATH": str(project / "src")}
    command = [sys.executable, "-c", _EARLIER, str(path), palette]
    return subprocess.run(command, check=True, capture_output=True, env=environment).stdout


def files(path: Path, project: Path | None) -> tuple[Pixels, int, dict[str, bytes]]:
    """Give a picture, its number of colors, and what each makes of it."""
    image = load(path)
    if image.raster.alpha is None:
        sys.exit(f"{path} has no transparency.")
    pixels = np.dstack([image.raster.pixels, image.raster.alpha])
    palette = image.sweep().palette()
    ours = image.recolor(palette).to_png()
    made = {"colorquant": ours, "exact": image.recolor(palette, transparency="exact").to_png()}
    if project:
        made["exact, before"] = earlier(project, path, ",".join(palette.hex_colors))
    limits = {"as many colors": len(palette), "as many entries": entries(ours), "256 entries": MOST_ENTRIES}
    for label, most in limits.items():
        made[f"libimagequant, {label}"] = libimagequant(pixels, most)
        if "pngquant" in PROGRAMS:
            made[f"pngquant, {label}"] = pngquant(pixels, most)
    return pixels, len(palette), made


def tables(paths: list[Path], project: Path | None) -> str:
    """Measure every picture, and give the tables."""
    pictures = {path.stem: files(path, project) for path in paths}
    wrong = {
        name: {way: errors(pixels, png) for way, png in made.items()}
        for name, (pixels, _, made) in pictures.items()
    }
    ways = list(next(iter(wrong.values())))
    references = [way for way in ways if way.startswith("exact")]
    head = ["", "KB", *(f"of {way}" for way in references), *(f"error on {name}" for name in BACKGROUNDS)]
    sizes = {way: sum(len(made[way]) for _, _, made in pictures.values()) for way in ways}
    totals = [
        [
            way,
            f"{sizes[way] / 1000:.1f}",
            *(f"{sizes[way] / sizes[reference]:.2f}" for reference in references),
            *(
                f"{geometric_mean(of[way][name] / of['exact'][name] for of in wrong.values()):.2f}"
                for name in BACKGROUNDS
            ),
        ]
        for way in ways
    ]
    shown = ["colorquant", *references, "libimagequant, as many entries", "libimagequant, 256 entries"]
    rows = [
        [
            name,
            f"{colors}",
            f"{entries(made['colorquant'])}",
            *(
                f"{len(made[way]):,}: " + " / ".join(f"{wrong[name][way][on]:.1f}" for on in BACKGROUNDS)
                for way in shown
            ),
        ]
        for name, (_, colors, made) in pictures.items()
    ]
    worst = max(
        wrong[name]["colorquant"][on] / wrong[name]["exact"][on]
        for name in pictures
        for on in ("black", "white")
    )
    return f"""{len(pictures)} pictures together:

{table(head, totals)}

An error is a mean squared error in sRGB, as a multiple of that with exact opacities; the geometric mean over
the pictures. The largest of colorquant's, of a single picture on black or on white, is {worst:.2f}.

Each picture: bytes, and the mean squared errors on {", ".join(BACKGROUNDS)}.

{table(["", "colors", "entries", *shown], rows)}
"""


def main() -> None:
    """Write the tables into the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transparency", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="where pictures with soft edges are")
    parser.add_argument("--against", metavar="COMMIT", help="an earlier version, which keeps all opacities")
    options = parser.parse_args()
    folders = [sorted(folder.iterdir()) for folder in options.folders]
    paths = [path for folder in folders for path in folder if path.suffix in SUFFIXES]
    with checked_out(options.against) if options.against else nullcontext() as project:
        put_between(PAGE, START, END, f"\n{tables(paths, project)}\n")


if __name__ == "__main__":
    main()
