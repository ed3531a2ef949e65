"""To and from Pillow's images, and a palette of one's own."""

import io
from importlib.resources import files

import numpy as np
from PIL import Image

import colorquant

with Image.open(files("sklearn.datasets.images") / "china.jpg") as photo:
    pixels = np.asarray(photo.convert("RGB"))

four_inks = colorquant.Settings(
    palette=("#1a1a2e", "#c73e1d", "#f2a65a", "#fdf6e3"), dither="floyd-steinberg"
)
result = colorquant.quantize(pixels, four_inks)

poster = Image.open(io.BytesIO(result.to_png()))
print(poster.mode, poster.size, result.hex_colors)
