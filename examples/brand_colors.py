"""Keep a brand's colors to the bit and fit the others around them."""

from importlib.resources import files

import colorquant

photo = (files("sklearn.datasets.images") / "flower.jpg").read_bytes()

result = colorquant.quantize(photo, colorquant.Settings(keep=("#e4002b", "#ffffff"), max_colors=12))

assert {"#e4002b", "#ffffff"} <= set(result.hex_colors)
print(f"{result.colors} colors: {' '.join(result.hex_colors)}")
