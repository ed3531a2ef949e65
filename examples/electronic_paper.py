"""A photograph for electronic paper: mixed from what its inks look like, written in the codes it wants."""

import io
from importlib.resources import files

from PIL import Image

import colorquant

# What a panel's inks look like is for its owner to measure; these are invented.
inks = colorquant.Palette.read(b"""name,color,written
black,#2b2a2e,#000000
white,#dcdcd2,#ffffff
red,#8f2f2a,#ff0000
yellow,#c9b02e,#ffff00
green,#3b6247,#00ff00
blue,#34507e,#0000ff
""")
photo = Image.open(io.BytesIO((files("sklearn.datasets.images") / "flower.jpg").read_bytes()))

image = colorquant.load(photo.resize((480, 320), Image.Resampling.LANCZOS))
result = image.recolor(inks, dither="floyd-steinberg")

for name, code in zip(result.palette.names, result.palette.written.tolist(), strict=True):
    print(f"{name:8} {code}")
