"""Pixel art from a photograph: shrink it, take few colors, enlarge it without smoothing."""

import io
from importlib.resources import files

from PIL import Image

import colorquant

photo = Image.open(io.BytesIO((files("sklearn.datasets.images") / "china.jpg").read_bytes()))
small = photo.convert("RGB").crop((40, 10, 360, 427)).resize((80, 104), Image.Resampling.BOX)

result = colorquant.quantize(small, colors=16)

large = result.to_pil().resize((80 * 6, 104 * 6), Image.Resampling.NEAREST)
print(large.size, result.hex_colors)
