"""One sweep, any number of colors, and the palette of one picture on another."""

from importlib.resources import files

import colorquant

photos = files("sklearn.datasets.images")
image = colorquant.load((photos / "china.jpg").read_bytes())  # decoded, and its colors counted, once
sweep = image.sweep(max_colors=16)  # a palette and scores for each number from 8 to 16

print(sweep.colors, sweep.verdict)
for number in (8, 12, 16):
    print(number, len(image.recolor(sweep.palette(number)).to_png()), "bytes")

other = colorquant.load((photos / "flower.jpg").read_bytes())
result = other.recolor(sweep.palette(12), dither="blue-noise")
