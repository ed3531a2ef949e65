"""Crops side by side, of the photographs that scikit-learn ships and that may therefore be shown."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.differences import Pixels
from benchmarks.looks_peers import methods
from benchmarks.looks_tables import REFERENCE

PHOTOS = ("china.jpg", "flower.jpg")
COLORS = (8, 16)
SHOWN = ("colorquant", REFERENCE, "libimagequant", "ImageMagick", "Pillow, median cut, kmeans=1")
WIDTH, HEIGHT = 208, 156
CAPTION = 18  # pixels
QUALITY = 80


def strip(path: Path) -> None:
    """Save the picture: a row for each photograph and number of colors, a column for each tool."""
    known = methods(dithered=False)
    shown = {name: known[name] for name in SHOWN if name in known}
    rows = [_captions(["original", *shown])]
    for photo in PHOTOS:
        pixels = np.asarray(Image.open(str(files("sklearn.datasets.images") / photo)).convert("RGB"))
        for k in COLORS:
            results = [method(pixels, k) for method in shown.values()]
            top, left = _where_they_differ(results)
            crops = [image[top : top + HEIGHT, left : left + WIDTH] for image in [pixels, *results]]
            rows.append(np.concatenate(crops, axis=1))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(rows)).save(path, "JPEG", quality=QUALITY, subsampling="4:2:0")


def _where_they_differ(results: list[Pixels]) -> tuple[int, int]:
    """Find the window in which the results are least alike, so that nobody picks it by hand."""
    apart = np.stack(results).astype(np.float32).var(axis=0).sum(axis=-1)
    summed = cv2.integral(np.sqrt(apart))
    windows = (
        summed[HEIGHT:, WIDTH:]
        - summed[:-HEIGHT, WIDTH:]
        - summed[HEIGHT:, :-WIDTH]
        + summed[:-HEIGHT, :-WIDTH]
    )
    top, left = np.unravel_index(windows.argmax(), windows.shape)
    return int(top), int(left)


def _captions(names: list[str]) -> Pixels:
    image = Image.new("RGB", (WIDTH * len(names), CAPTION), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(12)
    for column, name in enumerate(names):
        draw.text((column * WIDTH + 4, 2), name, fill="black", font=font)
    return np.asarray(image)
