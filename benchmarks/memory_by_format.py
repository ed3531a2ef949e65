"""What decoding the largest image of each format takes, each in a process of its own.

    python -m benchmarks.memory_by_format               all, as a table
    python -m benchmarks.memory_by_format "PNG RGBA"    some of them

The pictures are made first, which takes minutes; with --folder they are kept there for another time.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 10_000
# HEVC's largest picture has 89 megapixels (ITU-T H.265, level 6.2), and its sides are multiples of 8.
HEIC_SIDE = 9_400
# Larger ones are refused.
JPEG_2000_SIDE = 7_500
_SCRIPT = """
import pathlib, re, sys, time
from colorquant import Settings
from colorquant.image.decode import decode
data = pathlib.Path(sys.argv[1]).read_bytes()
start = time.perf_counter()
raster = decode(data, Settings())
seconds = time.perf_counter() - start
peak = re.search(r"VmHWM:\\s+(\\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]
print(raster.pixels.shape[0] * raster.pixels.shape[1], len(data), 1024 * int(peak), seconds)
"""

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
}


def measure(file: Path) -> dict[str, float]:
    """Decode a file in a child, and give its pixels and bytes, the peak of memory, and the seconds taken."""
    command = [sys.executable, "-c", _SCRIPT, str(file)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.splitlines()[-1])
    return dict(zip(("pixels", "bytes", "peak", "seconds"), map(float, done.stdout.split()), strict=True))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("formats", nargs="*", help=", ".join(FILES))
    parser.add_argument("--folder", type=Path, help="where the pictures are, or will be")
    options = parser.parse_args()
    print("| input | megapixels | MB of file | MB of memory | s |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.formats or FILES:
            file = folder / name.replace(" ", "-").replace(",", "")
            if not file.exists():
                file.write_bytes(FILES[name]())
            try:
                row = measure(file)
            except RuntimeError as error:
                print(f"| {name} | {error} |", flush=True)
                continue
            print(
                f"| {name} | {row['pixels'] / 1e6:.0f} | {row['bytes'] / 1e6:.0f} "
                f"| {row['peak'] / 1e6:.0f} | {row['seconds']:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
