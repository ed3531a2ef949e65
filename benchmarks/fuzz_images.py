"""Decode broken files in child processes, and tell whether anything but one of our errors comes of it.

    python benchmarks/fuzz_images.py                    20 000 mutants of valid files of every format
    python benchmarks/fuzz_images.py --files a.tif ...  these files, each in a process of its own

A file fails if its process dies, takes over 10 s or over 1 GB, if an error is raised that is not one of
colorquant's, or if a library writes to standard error. The exit code is 1 if any did.
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import os
import resource
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from colorquant import ColorquantError, Settings
from colorquant.image.decode import decode

MOST_SECONDS = 10
MOST_BYTES = 2**30
# Address space, which is more than what is used: the libraries and their threads' stacks take 2 GB of it.
MOST_ADDRESSES = 6 * 2**30
# What a header's reader looks at, in most files.
HEADER_BYTES = 256
FAILURES = ("foreign", "crashed", "hung", "too much memory", "noisy")

Verdict = dict[str, Any]


def serve(requests: Connection) -> None:
    """Decode what comes through the pipe, and say what became of it."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    remarks = os.memfd_create("stderr") if hasattr(os, "memfd_create") else os.open(os.devnull, os.O_RDWR)
    os.dup2(remarks, 2)
    while True:
        try:
            data = requests.recv_bytes()
        except EOFError:
            return
        started = time.perf_counter()
        try:
            decode(data, Settings())
            outcome, message = "decoded", ""
        except ColorquantError as error:
            outcome, message = error.reason, str(error)
        except BaseException as error:  # noqa: BLE001 - finding these is the purpose
            outcome, message = "foreign", repr(error)
        seconds = time.perf_counter() - started
        if noise := os.pread(remarks, 1000, 0):
            os.ftruncate(remarks, 0)
            os.lseek(2, 0, os.SEEK_SET)
            if outcome != "foreign":
                outcome, message = "noisy", noise.decode(errors="replace")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        requests.send({"outcome": outcome, "message": message, "seconds": seconds, "peak_bytes": peak})


class Child:
    """A process that decodes, and is replaced when it dies or hangs."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["colorquant.image.decode", "pillow_heif"])
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def decode(self, data: bytes) -> Verdict:
        """Decode one file there."""
        self._pipe.send_bytes(data)
        try:
            if self._pipe.poll(MOST_SECONDS):
                verdict: Verdict = self._pipe.recv()
                return verdict
            outcome = "hung"
        except EOFError:
            outcome = "crashed"
        self.stop()
        exit_code = self._process.exitcode
        self._start()
        return {"outcome": outcome, "message": f"exit code {exit_code}", "seconds": 0.0, "peak_bytes": 0}

    def stop(self) -> None:
        """End the process."""
        self._pipe.close()
        self._process.join(1)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()


def seeds() -> dict[str, bytes]:
    """Make small valid files of every format and of most of their kinds."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:48, :64]
    rgb = np.stack([x * 4, y * 5, (x + y) * 2], axis=-1).astype(np.uint8)
    rgb[10:20, 10:30] = rng.integers(0, 256, (10, 20, 3))
    picture = Image.fromarray(rgb)
    clear = picture.copy()
    clear.putalpha(Image.fromarray((x * 4).astype(np.uint8)))
    deep = Image.fromarray((x * 1000 + y).astype(np.uint16))
    later = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    made: dict[str, bytes] = {}

    def add(name: str, image: Image.Image, format_name: str, **options: Any) -> None:
        buffer = io.BytesIO()
        image.save(buffer, format_name, **options)
        made[name] = buffer.getvalue()

    profile = {"icc_profile": _profile()}
    add("baseline.jpg", picture, "JPEG", **profile)
    add("progressive.jpg", picture, "JPEG", progressive=True, restart_marker_rows=1)
    add("grey.jpg", picture.convert("L"), "JPEG")
    add("cmyk.jpg", picture.convert("CMYK"), "JPEG")
    add("rgb.png", picture, "PNG", **profile)
    add("grey16.png", deep, "PNG")
    add("palette.png", picture.quantize(16), "PNG", transparency=3)
    add("rgba.png", clear, "PNG")
    add("animated.png", picture, "PNG", save_all=True, append_images=[later])
    add("lossy.webp", picture, "WEBP", **profile)
    add("lossless.webp", clear, "WEBP", lossless=True)
    add("animated.webp", picture, "WEBP", save_all=True, append_images=[later])
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
        add(f"{compression}.tif", picture, "TIFF", compression=compression)
    add("fax.tif", picture.convert("1"), "TIFF", compression="group4")
    add("grey16.tif", deep, "TIFF", compression="tiff_lzw")
    add("cmyk.tif", picture.convert("CMYK"), "TIFF", compression="tiff_lzw")
    add("pages.tif", picture, "TIFF", save_all=True, append_images=[later])
    add("rgb.bmp", picture, "BMP")
    add("palette.bmp", picture.quantize(16), "BMP")
    add("still.gif", picture, "GIF")
    add("animated.gif", picture, "GIF", save_all=True, append_images=[later], transparency=0)
    add("rgb.avif", picture, "AVIF", **profile)
    add("rgba.avif", clear, "AVIF")
    add("boxed.jp2", picture, "JPEG2000")
    add("bare.j2k", clear, "JPEG2000", no_jp2=True)
    add("sizes.ico", clear, "ICO", sizes=[(16, 16), (48, 48)])
    add("bitmap.ico", clear, "ICO", sizes=[(48, 48)], bitmap_format="bmp")
    add("raw.tga", clear, "TGA")
    add("runs.tga", picture.quantize(16), "TGA", compression="tga_rle")
    made["rgb16.tif"] = _deep_tiff(rgb)
    made["rgb.heic"] = _heic(picture)
    made["rgba.heic"] = _heic(clear)
    return made


def _profile() -> bytes:
    from PIL import ImageCms  # noqa: PLC0415

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _deep_tiff(rgb: np.ndarray[Any, Any]) -> bytes:
    import cv2  # noqa: PLC0415

    return cv2.imencode(".tif", rgb.astype(np.uint16) * 257)[1].tobytes()


def _heic(image: Image.Image) -> bytes:
    import pillow_heif  # noqa: PLC0415

    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer)
    return buffer.getvalue()


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Break a file in one to eight places; of the PNGs, mend the checksums of every other one.

    Every eighth ends within its header, where readers have the most to trip over.
    """
    mutant = bytearray(data)
    for _ in range(rng.integers(1, 9)):
        # Most of what a parser decides on stands at the start.
        reach = len(mutant) if rng.random() < 0.5 else min(len(mutant), HEADER_BYTES)
        at = int(rng.integers(reach))
        kind = rng.integers(7)
        if kind == 0:
            mutant[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            mutant[at] = int(rng.integers(256))
        elif kind == 2:
            size = int(rng.choice([2, 4]))
            value = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]))
            value &= (1 << 8 * size) - 1
            mutant[at : at + size] = value.to_bytes(size, "big" if rng.random() < 0.5 else "little")
        elif kind == 3:
            mutant[at:at] = rng.bytes(int(rng.integers(1, 17)))
        elif kind == 4:
            del mutant[at : at + int(rng.integers(1, 17))]
        elif kind == 5:
            other = int(rng.integers(len(mutant)))
            size = int(rng.integers(1, 65))
            mutant[at : at + size] = mutant[other : other + size]
        elif rng.random() < 0.2:
            del mutant[max(at, 1) :]
        if not mutant:
            return data[:1]
    if rng.random() < 1 / 8:
        del mutant[int(rng.integers(1, HEADER_BYTES)) :]
    return _with_checksums(bytes(mutant)) if rng.random() < 0.5 else bytes(mutant)


def _with_checksums(data: bytes) -> bytes:
    mended, position = bytearray(data), 8
    while data.startswith(b"\x89PNG") and position + 12 <= len(data):
        end = position + 8 + int.from_bytes(data[position : position + 4])
        if end + 4 > len(data):
            break
        mended[end : end + 4] = zlib.crc32(data[position + 4 : end]).to_bytes(4)
        position = end + 4
    return bytes(mended)


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Give as many mutants, in turn of every valid file."""
    originals = list(seeds().items())
    for number in range(count):
        name, data = originals[number % len(originals)]
        yield f"{name}#{number}", mutate(data, np.random.default_rng([seed, number]))


def run(files: Iterator[tuple[str, bytes]], fresh: bool) -> list[Verdict]:
    """Decode the files, each in a process of its own or all in one that lives as long as it can."""
    child = Child()
    verdicts, largest_yet = [], 0
    for name, data in files:
        verdict = child.decode(data) | {"name": name}
        # A long-lived process tells its highest peak only; a file that did not raise it stayed below.
        verdict["raised_peak"] = verdict["peak_bytes"] > largest_yet
        largest_yet = max(largest_yet, verdict["peak_bytes"])
        if verdict["peak_bytes"] > MOST_BYTES and verdict["raised_peak"]:
            verdict["outcome"] = "too much memory"
        verdicts.append(verdict)
        if fresh:
            child.stop()
            child = Child()
            largest_yet = 0
    child.stop()
    return verdicts


def main() -> int:
    """Run, print what became of the files, and name the slowest and the largest."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutants", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="one line a file")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write failing mutants there")
    options = parser.parse_args()
    if options.files:
        verdicts = run(((path.name, path.read_bytes()) for path in options.files), fresh=True)
    else:
        verdicts = run(mutants(options.mutants, options.seed), fresh=False)
    failures = [v for v in verdicts if v["outcome"] in FAILURES]
    if options.json:
        for verdict in verdicts:
            print(json.dumps(verdict))
    else:
        _summarize(verdicts, failures)
    if options.keep and failures:
        options.keep.mkdir(parents=True, exist_ok=True)
        names = {failure["name"] for failure in failures}
        for name, data in mutants(options.mutants, options.seed):
            if name in names:
                (options.keep / name.replace("#", "-")).write_bytes(data)
    return 1 if failures else 0


def _summarize(verdicts: list[Verdict], failures: list[Verdict]) -> None:
    slowest = max(verdicts, key=lambda v: v["seconds"])
    largest = max((v for v in verdicts if v["raised_peak"]), key=lambda v: v["peak_bytes"])
    counts = Counter(v["outcome"] for v in verdicts)
    print(f"{len(verdicts)} files: " + ", ".join(f"{n} {outcome}" for outcome, n in counts.most_common()))
    print(f"slowest: {slowest['name']}, {slowest['seconds'] * 1000:.0f} ms, {slowest['outcome']}")
    print(f"largest: {largest['name']}, {largest['peak_bytes'] / 1e6:.0f} MB, {largest['outcome']}")
    for failure in failures:
        print(f"FAILED {failure['name']}: {failure['outcome']}: {failure['message']}")


if __name__ == "__main__":
    sys.exit(main())
