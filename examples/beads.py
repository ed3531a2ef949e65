"""A picture in beads: the twelve that suit it best of all that a shop has, and how many of each to buy."""

import colorsys
import io
from importlib.resources import files

from PIL import Image

import colorquant

# A shop's list would come from a file with these columns: colorquant.Palette.read("beads.csv"). This one is
# invented: twelve hues in four tones, and five grays.
rows = ["code,name,color"]
for tone, (value, saturation) in {
    "deep": (0.3, 0.9),
    "strong": (0.7, 0.85),
    "soft": (0.85, 0.5),
    "pale": (0.95, 0.25),
}.items():
    for hue in range(0, 360, 30):
        red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue / 360, saturation, value))
        rows.append(f"{len(rows):03},{tone} {hue},#{red:02x}{green:02x}{blue:02x}")
rows += [
    f"{len(rows) + place:03},gray {level},#{level:02x}{level:02x}{level:02x}"
    for place, level in enumerate((15, 70, 130, 190, 245))
]
catalog = colorquant.Palette.read("\n".join(rows).encode())

photo = Image.open(io.BytesIO((files("sklearn.datasets.images") / "flower.jpg").read_bytes()))
photo = photo.crop((150, 60, 470, 380)).resize((58, 58), Image.Resampling.BOX)  # a bead for each pixel

result = colorquant.quantize(photo, colors=12, catalog=catalog)

for bead in result.palette.entries:
    print(f"{bead['count']:5} of {bead['code']} {bead['name']}")
