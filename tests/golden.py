"""Digests of results, which every processor must give: `python -m tests.golden` writes them anew."""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorquant import Image, Settings, load
from colorquant.image.rgb_spaces import from_code_points
from colorquant.image.samples import Samples
from colorquant.settings import CRITERIA, DITHERS

PATH = Path(__file__).parent / "golden.json"
SPACES = ("rgb", "cielab", "oklab")
PHOTOS = ("china.jpg", "flower.jpg")
# Code points of ITU-T H.273: primaries, and how light is coded.
WIDE = {"Display P3": (12, 13), "BT.2100 PQ": (9, 16)}


def drawing() -> NDArray[np.uint8]:
    """Draw discs of plain colors on a gradient, in whole numbers."""
    y, x = np.mgrid[:240, :320]
    pixels = np.dstack([x * 255 // 319, y * 255 // 239, (x + y) * 255 // 558])
    for number, color in enumerate(
        [(228, 0, 43), (255, 255, 255), (0, 80, 160), (20, 20, 20), (250, 200, 0)]
    ):
        inside = (x - 40 - 60 * number) ** 2 + (y - 120) ** 2 < 28**2
        pixels[inside] = color
    return pixels.astype(np.uint8)


def soft_edges() -> NDArray[np.uint8]:
    """Draw a disc that fades out, in whole numbers."""
    y, x = np.mgrid[:72, :72]
    alpha = np.clip(255 * 3 - ((x - 36) ** 2 + (y - 36) ** 2), 0, 255)
    return np.dstack([x * 255 // 71, y * 255 // 71, (x + y) * 255 // 142, alpha]).astype(np.uint8)


def converted() -> Iterator[tuple[str, bytes]]:
    """Bring pixels of 16 bits from wide spaces to sRGB."""
    deep = np.random.default_rng(0).integers(0, 1 << 16, (300, 400, 3)).astype(np.uint16)
    for name, numbers in WIDE.items():
        space, _ = from_code_points(*numbers)
        yield name, space.convert(Samples(deep)).tobytes()


def images() -> dict[str, Image]:
    """Load what is quantized."""
    found = {"drawing": load(drawing()), "soft edges": load(soft_edges())}
    for name in PHOTOS:
        whole = load((files("sklearn.datasets.images") / name).read_bytes()).raster.pixels
        # A quarter of the pixels is enough to come across every kind of sum.
        found[name] = load(whole[::2, ::2])
    return found


def cases() -> Iterator[dict[str, Any]]:
    """Give the settings that results are made with: each criterion, space and dithering at least once."""
    for criterion in CRITERIA:
        yield {"criterion": criterion, "max_colors": 20}
    for space in SPACES:
        yield {"colors": 24, "color_space": space}
        yield {"max_colors": 12, "color_space": space, "criterion": "silhouette"}
    for dither in DITHERS:
        yield {"colors": 8, "dither": dither}
    yield {"colors": 12, "sample_size": "all", "criterion": "silhouette"}
    yield {"colors": 9, "keep": "#e4002b, white"}


def digests() -> dict[str, str]:
    """Quantize everything, and give the first digits of the SHA-256 of palette, indices and opacities."""
    found = {name: hashlib.sha256(pixels).hexdigest()[:16] for name, pixels in converted()}
    for (name, image), given in itertools.product(images().items(), cases()):
        settings = Settings(**given)
        result = image.recolor(image.sweep(settings).palette(), settings)
        content = hashlib.sha256(result.palette.rgb.tobytes() + result.indices.tobytes())
        if result.opacities is not None:
            content.update(result.opacities.table.astype("<u2").tobytes())
        label = " ".join(f"{key}={value}" for key, value in given.items())
        found[f"{name} {label}"] = content.hexdigest()[:16]
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(json.dumps(digests()))
    else:
        PATH.write_text(json.dumps(digests(), indent=1) + "\n")
