"""Who is looked at: each takes sRGB pixels and a number of colors and gives an image, dithered or not."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import which

import cv2
import numpy as np
from PIL import Image
from sklearn.cluster import KMeans

from benchmarks.differences import Pixels
from benchmarks.looks_tables import REFERENCE
from colorquant import Settings, quantize
from colorquant.settings import Dither

Method = Callable[[Pixels, int], Pixels]

# K-means on the whole picture, in cells of eight levels a side of which each has its true mean.
CELL_BITS = 5


def _reference(pixels: Pixels, k: int) -> Pixels:
    flat = pixels.reshape(-1, 3).astype(np.float64)
    cells = (pixels.reshape(-1, 3) >> (8 - CELL_BITS)).astype(np.int64) @ [
        1 << 2 * CELL_BITS,
        1 << CELL_BITS,
        1,
    ]
    counts = np.bincount(cells)
    used = np.flatnonzero(counts)
    means = np.stack([np.bincount(cells, channel)[used] for channel in flat.T], axis=1) / counts[used, None]
    fit = KMeans(k, n_init=3, random_state=0).fit(means, sample_weight=counts[used].astype(np.float64))
    palette = np.rint(fit.cluster_centers_)
    nearest = (np.square(palette).sum(axis=1) - 2 * flat @ palette.T).argmin(axis=1)
    return palette.astype(np.uint8)[nearest].reshape(pixels.shape)


def _ours(pixels: Pixels, k: int, space: str, dither: Dither) -> Pixels:
    result = quantize(pixels, Settings(min_colors=k, max_colors=k, color_space=space, dither=dither))
    return result.palette[result.indices]


def _libimagequant(pixels: Pixels, k: int, dither: float) -> Pixels:
    import imagequant  # noqa: PLC0415 - the benchmarks' own environment has it

    image = Image.fromarray(pixels)
    return np.asarray(
        imagequant.quantize_pil_image(image, dithering_level=dither, max_colors=k).convert("RGB")
    )


def _pillow(pixels: Pixels, k: int, dither: Image.Dither) -> Pixels:
    image = Image.fromarray(pixels)
    palette = image.quantize(k, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    if dither != Image.Dither.NONE:
        # Only with a palette given does Pillow dither.
        palette = image.quantize(palette=palette, dither=dither)
    return np.asarray(palette.convert("RGB"))


def _program(pixels: Pixels, k: int, words: list[str]) -> Pixels:
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "input.png", Path(folder) / "output.png"
        cv2.imwrite(str(source), pixels[..., ::-1])
        names = {"input": str(source), "output": str(output), "k": str(k)}
        subprocess.run([word.format(**names) for word in words], check=True, capture_output=True)
        return np.asarray(Image.open(io.BytesIO(output.read_bytes())).convert("RGB"))


# Before version 7 ImageMagick's program was called convert.
_MAGICK = "magick" if which("magick") else "convert"
_PNGQUANT = ["pngquant", "--force", "--output", "{output}", "{k}", "{input}"]
_PROGRAMS: dict[bool, dict[str, list[str]]] = {
    False: {
        "pngquant": [*_PNGQUANT[:1], "--nofs", *_PNGQUANT[1:]],
        "ImageMagick": [_MAGICK, "{input}", "+dither", "-colors", "{k}", "png8:{output}"],
    },
    True: {
        "pngquant": _PNGQUANT,
        "ImageMagick": [_MAGICK, "{input}", "-dither", "FloydSteinberg", "-colors", "{k}", "png8:{output}"],
    },
}


def methods(*, dithered: bool) -> dict[str, Method]:
    """List everybody who can be asked on this machine, the reference first."""
    programs: dict[str, Method] = {
        name: partial(_program, words=words) for name, words in _PROGRAMS[dithered].items() if which(words[0])
    }
    dither = Image.Dither.FLOYDSTEINBERG if dithered else Image.Dither.NONE
    peers: dict[str, Method] = {
        "libimagequant": partial(_libimagequant, dither=float(dithered)),
        **programs,
        "Pillow, median cut, kmeans=1": partial(_pillow, dither=dither),
    }
    ours: dict[str, Method] = {
        "colorquant, blue noise": partial(_ours, space="oklab", dither="blue-noise"),
        "colorquant, Floyd-Steinberg": partial(_ours, space="oklab", dither="floyd-steinberg"),
    }
    if not dithered:
        ours = {
            "colorquant": partial(_ours, space="oklab", dither="none"),
            "colorquant in RGB": partial(_ours, space="rgb", dither="none"),
        }
    return {REFERENCE: _reference, **ours, **peers}
