"""From bytes to bytes, as a web service has them."""

from importlib.resources import files

import colorquant

upload = (files("sklearn.datasets.images") / "china.jpg").read_bytes()

result = colorquant.quantize(upload, colorquant.Settings(max_colors=16))
png = result.to_png()

print(f"{len(upload):,} bytes in, {len(png):,} bytes out, {result.colors} colors: {result.verdict}")
