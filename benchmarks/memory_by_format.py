"""What the largest image of each format takes, each in a process of its own: memory and processor time.

    python -m benchmarks.memory_by_format                     all, into docs/images.md
    python -m benchmarks.memory_by_format "PNG RGBA" WebP     some of them, printed only

The pictures are made first, which takes minutes; with --folder they are kept there for another time. With
--against COMMIT each image goes through an earlier version as well.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.against import checked_out
from colorquant import Settings
from colorquant.image.decode import read_header
from studies.page import put_between

PAGE = Path(__file__).parent.parent / "docs" / "images.md"
START, END = "<!-- measured -->\n", "<!-- end -->\n"
SIDE = 10_000
# HEVC's largest picture has 89 megapixels (ITU-T H.265, level 6.2), and its sides are multiples of 8.
HEIC_SIDE = 9_400
# Larger ones are refused.
JPEG_2000_SIDE = 7_500
WEBP_SIDE = 6_900
# Earlier versions lack some settings.
_SCRIPT = """
import json, pathlib, re, sys, time
from colorquant import Settings, quantize
from colorquant.image.decode import decode
data, task, given = pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2], json.loads(sys.argv[3])
settings = Settings(**{name: value for name, value in given.items() if hasattr(Settings, name)})
start = time.process_time()
if task == "decode":
    decode(data, settings)
else:
    result = quantize(data, settings)
    result.to_webp() if settings.output_format == "webp" else result.to_png()
seconds = time.process_time() - start
peak = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]
print(1024 * int(peak), seconds)
"""


class Spent(NamedTuple):
    """Bytes at most, and seconds of all processors together."""

    peak: float
    seconds: float

    def __str__(self) -> str:
        return f"{self.peak / 1e6:,.0f} MB {self.seconds:4.1f} s"


Pixels = NDArray[Any]


def picture(side: int) -> Pixels:
    """Draw soft hills in many colors, and a little noise: what compresses about as well as a photograph."""
    rng = np.random.default_rng(0)
    hills = rng.integers(0, 256, (40, 40, 3), np.uint8)
    smooth = cv2.resize(hills, (side, side), interpolation=cv2.INTER_CUBIC)
    speckles = (rng.random((500, 500, 3)) < 0.1).astype(np.uint8)
    noise = np.tile(speckles, (side // 500 + 1, side // 500 + 1, 1))
    return np.asarray(cv2.add(smooth, noise[:side, :side]))


def by_pillow(format_name: str, mode: str = "RGB", **options: Any) -> Callable[[], bytes]:
    """Encode with Pillow."""

    def make() -> bytes:
        pixels = picture(SIDE)
        if mode.endswith("A"):
            pixels = np.dstack([pixels, pixels[::-1, :, 0] & 0xF0])
        image = Image.fromarray(pixels)
        image = image.quantize(64) if mode == "P" else image.convert(mode)
        buffer = io.BytesIO()
        image.save(buffer, format_name, **options)
        return buffer.getvalue()

    return make


def webp_source() -> bytes:
    """Encode with Pillow what can be written as a WebP."""
    buffer = io.BytesIO()
    Image.fromarray(picture(WEBP_SIDE)).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def by_opencv(suffix: str, channels: int, dtype: type, *options: int) -> Callable[[], bytes]:
    """Encode with OpenCV; of 16 bits, the lower ones are the upper ones."""

    def make() -> bytes:
        pixels = picture(SIDE)
        pixels = np.dstack([pixels, pixels[::-1, :, 0] & 0xF0]) if channels == 4 else pixels[..., :channels]
        # Steps of four levels let it stay under the limit on bytes.
        pixels = (pixels & 0xFC).astype(dtype) * dtype(np.iinfo(dtype).max // 255)
        return cv2.imencode(suffix, pixels, options)[1].tobytes()

    return make


def heic() -> bytes:
    """Encode with pillow-heif."""
    import pillow_heif  # noqa: PLC0415

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(picture(HEIC_SIDE))).save(
        buffer, quality=30, enc_params={"preset": "ultrafast"}
    )
    return buffer.getvalue()


def jpeg_2000() -> bytes:
    """Encode with Pillow."""
    buffer = io.BytesIO()
    image = Image.fromarray(picture(JPEG_2000_SIDE))
    image.save(buffer, "JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[20])
    return buffer.getvalue()


_LZW = (cv2.IMWRITE_TIFF_COMPRESSION, 5)
FILES: dict[str, Callable[[], bytes]] = {
    "JPEG": by_pillow("JPEG", quality=80),
    "JPEG progressive": by_pillow("JPEG", quality=80, progressive=True),
    "JPEG grey": by_pillow("JPEG", "L", quality=80),
    "JPEG CMYK": by_pillow("JPEG", "CMYK", quality=70),
    "PNG RGB": by_pillow("PNG", compress_level=1),
    "PNG RGBA": by_pillow("PNG", "RGBA", compress_level=4),
    "PNG indexed": by_pillow("PNG", "P", compress_level=1),
    "PNG 16 bits": by_opencv(".png", 3, np.uint16, cv2.IMWRITE_PNG_COMPRESSION, 6),
    "PNG 16 bits, alpha": by_opencv(".png", 4, np.uint16, cv2.IMWRITE_PNG_COMPRESSION, 6),
    "WebP lossy": by_pillow("WEBP", quality=70, method=0),
    "WebP lossless": by_pillow("WEBP", lossless=True, quality=0, method=0),
    "WebP RGBA": by_pillow("WEBP", "RGBA", quality=70, method=0),
    "TIFF": by_opencv(".tif", 3, np.uint8, *_LZW),
    "TIFF RGBA": by_opencv(".tif", 4, np.uint8, *_LZW),
    "TIFF 16 bits": by_opencv(".tif", 3, np.uint16, *_LZW),
    "TIFF 16 bits, alpha": by_opencv(".tif", 4, np.uint16, *_LZW),
    "BMP 8 bits": by_pillow("BMP", "P"),
    "GIF": by_pillow("GIF", "P"),
    "AVIF": by_pillow("AVIF", quality=40, speed=10),
    "AVIF RGBA": by_pillow("AVIF", "RGBA", quality=40, speed=10),
    "HEIC": heic,
    "JPEG 2000": jpeg_2000,
    "TGA runs": by_pillow("TGA", "P", compression="tga_rle"),
    "for WebP": webp_source,
}


# Made of which picture, and how.
OUTPUTS: dict[str, tuple[str, dict[str, str]]] = {
    "PNG": ("JPEG", {}),
    "PNG, soft edges": ("PNG RGBA", {}),
    "PNG, exact ones": ("PNG RGBA", {"transparency": "exact"}),
    "WebP": ("for WebP", {"output_format": "webp"}),
}


def measure(file: Path, task: str, settings: dict[str, str], project: Path | None = None) -> Spent | str:
    """Run a task in a child, by the version in a folder; what it says if it fails."""
    environment = os.environ | ({"PYTHONPATH": str(project / "src")} if project else {})
    command = [sys.executable, "-c", _SCRIPT, str(file), task, json.dumps(settings)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        last = done.stderr.splitlines()[-1] if done.stderr else f"ended with {done.returncode}"
        return "refused" if "ImageError" in last or "TooLarge" in last or "Unsupported" in last else last
    peak, seconds = map(float, done.stdout.split())
    return Spent(peak, seconds)


def megapixels(file: Path) -> str:
    """Give the size that the file's header says."""
    header = read_header(file.read_bytes(), Settings())
    return f"{header.width * header.height / 1e6:.0f}"


class Table:
    """Lines with columns of one width, printed as they come."""

    def __init__(self, *head: str) -> None:
        self.lines: list[str] = []
        self.add(*head)

    def add(self, name: str, *cells: object) -> None:
        """Print a line."""
        self.lines.append(f"{name:20}" + "".join(f"{cell!s:>18}" for cell in cells))
        print(self.lines[-1], flush=True)


def tables(names: list[str], folder: Path, project: Path | None) -> list[str]:
    """Measure, and give the lines."""
    versions = [None, project] if project else [None]
    marks = ["", ", before"][: len(versions)]

    def file_of(name: str) -> Path:
        file = folder / name.replace(" ", "-").replace(",", "")
        if not file.exists():
            file.write_bytes(FILES[name]())
        return file

    inputs = Table("input", "megapixels", "decoded", *(f"all{mark}" for mark in marks))
    for name in [name for name in FILES if name in names]:
        file = file_of(name)
        spent = [measure(file, "decode", {}), *(measure(file, "all", {}, version) for version in versions)]
        inputs.add(name, megapixels(file), *spent)
    outputs = Table("output", "megapixels", *(f"all{mark}" for mark in marks))
    for name in [name for name in OUTPUTS if name in names]:
        source, settings = OUTPUTS[name]
        file = file_of(source)
        outputs.add(name, megapixels(file), *(measure(file, "all", settings, each) for each in versions))
    return [*inputs.lines, "", *outputs.lines]


def main() -> None:
    """Print the tables, and put them on the page if they are whole."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    names = [*(name for name in FILES if name != "for WebP"), *OUTPUTS]
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=", ".join(names))
    parser.add_argument("--folder", type=Path, help="where the pictures are, or will be")
    parser.add_argument("--against", metavar="COMMIT", help="an earlier version")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as temporary,
        checked_out(options.against) if options.against else nullcontext() as project,
    ):
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        lines = tables(options.formats or names, folder, project)
    if not options.formats:
        block = "\n".join(["```", *lines, "```"])
        put_between(PAGE, START, END, f"\n{block}\n\n")


if __name__ == "__main__":
    main()
