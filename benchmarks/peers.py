"""What colorquant is compared with: each peer takes sRGB pixels or a file, and gives an undithered image."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import imagequant
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from colorquant import Settings, quantize
from colorquant.image.encode import encode_png

Pixels = NDArray[np.uint8]
KS = range(8, 33)
SAMPLE = 1000


def decode(data: bytes) -> Pixels:
    """Decode with OpenCV, the fastest decoder at hand."""
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)


def colorquant_at(pixels: Pixels, k: int) -> Pixels:
    """Quantize with colorquant to exactly k colors."""
    result = quantize(pixels, Settings.recipe(colors=k))
    return result.palette[result.indices]


def recipe_sweep(sample: NDArray[np.float64], n_init: str | int) -> tuple[list[KMeans], list[float]]:
    """Cluster and score a sample for every number of colors, each from a fresh start."""
    fits = [KMeans(k, n_init=n_init, random_state=0).fit(sample) for k in KS]
    return fits, [float(silhouette_score(sample, fit.labels_)) for fit in fits]


def recipe(data: bytes, n_init: str | int) -> bytes:
    """Do what the tutorials do, from bytes to bytes."""
    pixels = decode(data)
    flat = pixels.reshape(-1, 3)
    chosen = np.random.default_rng(0).choice(len(flat), SAMPLE, replace=False)
    fits, scores = recipe_sweep(flat[chosen].astype(np.float64), n_init)
    best = fits[int(np.argmax(scores))]
    labels = best.predict(flat.astype(np.float64)).astype(np.uint8)
    return encode_png(labels.reshape(pixels.shape[:2]), np.rint(best.cluster_centers_).astype(np.uint8))


def libimagequant(pixels: Pixels, k: int) -> Pixels:
    """Quantize with libimagequant at its default speed."""
    image = Image.fromarray(pixels)
    return np.asarray(imagequant.quantize_pil_image(image, dithering_level=0.0, max_colors=k).convert("RGB"))


def _pillow(method: Image.Quantize) -> Callable[[Pixels, int], Pixels]:
    def run(pixels: Pixels, k: int) -> Pixels:
        image = Image.fromarray(pixels).quantize(k, method=method, dither=Image.Dither.NONE)
        return np.asarray(image.convert("RGB"))

    return run


LIBRARIES: dict[str, Callable[[Pixels, int], Pixels]] = {
    "colorquant": colorquant_at,
    "libimagequant": libimagequant,
    "Pillow, median cut": _pillow(Image.Quantize.MEDIANCUT),
    "Pillow, max coverage": _pillow(Image.Quantize.MAXCOVERAGE),
    "Pillow, octree": _pillow(Image.Quantize.FASTOCTREE),
}

# `{input}`, `{output}` and `{k}` are filled in.
_PROGRAMS = {
    "pngquant": ["pngquant", "--nofs", "--force", "--output", "{output}", "{k}", "{input}"],
    "ImageMagick": ["magick", "{input}", "+dither", "-colors", "{k}", "png8:{output}"],
}
# Before version 7 ImageMagick's program was called convert.
if not shutil.which("magick"):
    _PROGRAMS["ImageMagick"][0] = "convert"
PROGRAMS = {name: command for name, command in _PROGRAMS.items() if shutil.which(command[0])}


def run_program(name: str, source: Path, k: int) -> bytes:
    """Run a program from file to file, and give what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output.png"
        words = {"input": str(source), "output": str(output), "k": str(k)}
        subprocess.run([word.format(**words) for word in PROGRAMS[name]], check=True, capture_output=True)
        return output.read_bytes()


def program_pixels(name: str, pixels: Pixels, k: int) -> Pixels:
    """Quantize pixels with a program."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Image.fromarray(pixels).save(file.name, "PNG", compress_level=1)
        written = run_program(name, Path(file.name), k)
    return np.asarray(Image.open(io.BytesIO(written)).convert("RGB"))
