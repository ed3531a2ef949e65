"""What colorquant is compared with: each peer takes sRGB pixels or a file, and gives an undithered image."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import simplejpeg
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
    """Decode a JPEG with libjpeg-turbo itself, the fastest decoder at hand."""
    return simplejpeg.decode_jpeg(data, "RGB")


def colorquant_at(pixels: Pixels, k: int) -> Pixels:
    """Quantize with colorquant to exactly k colors, as the recipe measures distances."""
    return quantize(pixels, Settings.recipe(colors=k)).to_pixels()


def colorquant_for_the_eye(pixels: Pixels, k: int) -> Pixels:
    """Quantize with colorquant to exactly k colors, in the space that it uses unless told otherwise."""
    return quantize(pixels, Settings(colors=k)).to_pixels()


def recipe_sweep(sample: NDArray[np.float64], n_init: str | int) -> tuple[list[KMeans], list[float]]:
    """Cluster and score a sample for every number of colors, each from a fresh start."""
    fits = [KMeans(k, n_init=n_init, random_state=0).fit(sample) for k in KS]
    return fits, [float(silhouette_score(sample, fit.labels_)) for fit in fits]


def recipe(data: bytes, n_init: str | int) -> bytes:
    """Do what the tutorials do, from bytes to bytes: predict every pixel, and not every color once."""
    pixels = decode(data)
    flat = pixels.reshape(-1, 3)
    chosen = np.random.default_rng(0).choice(len(flat), SAMPLE, replace=False)
    fits, scores = recipe_sweep(flat[chosen].astype(np.float64), n_init)
    best = fits[int(np.argmax(scores))]
    labels = best.predict(flat.astype(np.float64)).astype(np.uint8)
    return encode_png(labels.reshape(pixels.shape[:2]), np.rint(best.cluster_centers_).astype(np.uint8))


def libimagequant(pixels: Pixels, k: int) -> Pixels:
    """Quantize with libimagequant at its default speed."""
    import imagequant  # noqa: PLC0415 - the benchmarks' own environment has it

    image = Image.fromarray(pixels)
    return np.asarray(imagequant.quantize_pil_image(image, dithering_level=0.0, max_colors=k).convert("RGB"))


def _pillow(method: Image.Quantize, kmeans: int = 0) -> Callable[[Pixels, int], Pixels]:
    def run(pixels: Pixels, k: int) -> Pixels:
        image = Image.fromarray(pixels).quantize(k, method=method, kmeans=kmeans, dither=Image.Dither.NONE)
        return np.asarray(image.convert("RGB"))

    return run


OURS, FOR_THE_EYE, KMEANS_BY_PILLOW = "colorquant", "colorquant, for the eye", "Pillow, kmeans=1"
LIBRARIES: dict[str, Callable[[Pixels, int], Pixels]] = {
    OURS: colorquant_at,
    FOR_THE_EYE: colorquant_for_the_eye,
    "libimagequant": libimagequant,
    KMEANS_BY_PILLOW: _pillow(Image.Quantize.MEDIANCUT, kmeans=1),
    "Pillow, median cut": _pillow(Image.Quantize.MEDIANCUT),
    "Pillow, max coverage": _pillow(Image.Quantize.MAXCOVERAGE),
    "Pillow, octree": _pillow(Image.Quantize.FASTOCTREE),
}

# `{input}`, `{output}` and `{k}` are filled in.
_PROGRAMS = {
    "pngquant": ["pngquant", "--nofs", "--force", "--output", "{output}", "{k}", "{input}"],
    "ImageMagick": ["magick", "{input}", "+dither", "-colors", "{k}", "png8:{output}"],
}
# Before version 7 ImageMagick's program was called convert; Debian's file has a longer name, to which convert
# is a link.
_IMAGEMAGICK = ("magick", "convert-im6.q16", "convert")
_PROGRAMS["ImageMagick"][0] = next(filter(shutil.which, _IMAGEMAGICK), "magick")
PROGRAMS = {name: command for name, command in _PROGRAMS.items() if shutil.which(command[0])}


def command_of(name: str, source: Path, output: Path, k: int) -> list[str]:
    """Give the words that make a program quantize a file."""
    words = {"input": str(source), "output": str(output), "k": str(k)}
    return [word.format(**words) for word in PROGRAMS[name]]


def run_program(name: str, source: Path, k: int) -> bytes:
    """Run a program from file to file, and give what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output.png"
        subprocess.run(command_of(name, source, output, k), check=True, capture_output=True)
        return output.read_bytes()


def program_pixels(name: str, pixels: Pixels, k: int) -> Pixels:
    """Quantize pixels with a program."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Image.fromarray(pixels).save(file.name, "PNG", compress_level=1)
        written = run_program(name, Path(file.name), k)
    return np.asarray(Image.open(io.BytesIO(written)).convert("RGB"))
