"""Time and size of indexed PNGs at each level of libdeflate, beside Pillow's: the table of docs/png.md.

Run as `python -m benchmarks.png_levels FOLDER...`; it prints the table.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import deflate
import numpy as np
from PIL import Image

from colorquant import Settings, quantize
from colorquant.image import png_writer
from colorquant.image.png_writer import bits_per_pixel, indexed_png
from studies.photographs import listed

COLORS = (8, 16, 32)
LARGE = 4_000_000
ROUNDS = 3


def main() -> None:
    """Quantize the photographs in the given folders, encode each in every way, and print medians."""
    columns: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for path in listed([Path(folder) for folder in sys.argv[1:]]):
        for colors in COLORS:
            result = quantize(path.read_bytes(), Settings(min_colors=colors, max_colors=colors))
            size = "large" if result.indices.size > LARGE else "small"
            cells = columns.setdefault(f"{size}, {colors} colors", {})
            old = b""
            for name, encode in ways(result.indices, result.palette.rgb):
                png, spent = timed(encode)
                old = old or png
                cells.setdefault(name, []).append((spent, len(png) / len(old)))
    print("| | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in next(iter(columns.values())):
        texts = [summary(cells[name]) for cells in columns.values()]
        print(f"| {name} | " + " | ".join(texts) + " |")


def summary(cells: list[tuple[float, float]]) -> str:
    """Say the median time, and the median and the largest part of Pillow's bytes."""
    times, parts = zip(*cells, strict=True)
    return f"{median(times):.0f} ms, {median(parts):.2f} (at most {max(parts):.2f})"


def ways(indices: np.ndarray, palette: np.ndarray) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Give what Pillow and colorquant write, and for each level the indices as they are."""
    yield "Pillow", lambda: pillow(indices, palette)
    yield "colorquant", lambda: indexed_png(indices, palette)
    bits = bits_per_pixel(len(palette))
    plain = png_writer._Layout(np.arange(len(palette)), png_writer._Filter.NONE, bits)  # noqa: SLF001
    for level in range(1, 13):
        yield (
            f"level {level}",
            lambda level=level: deflate.zlib_compress(png_writer._packed(indices, plain), level),  # noqa: SLF001
        )


def pillow(indices: np.ndarray, palette: np.ndarray) -> bytes:
    """Encode as colorquant 0.1 did."""
    image = Image.fromarray(indices)
    image.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6, bits=bits_per_pixel(len(palette)))
    return buffer.getvalue()


def timed(encode: Callable[[], bytes]) -> tuple[bytes, float]:
    """Give the result and the milliseconds of the fastest of a few rounds."""
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        result = encode()
        spent.append(1000 * (time.perf_counter() - began))
    return result, min(spent)


if __name__ == "__main__":
    main()
