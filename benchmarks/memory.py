"""Peak memory as the operating system counts it, each measurement in a process of its own."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence

from benchmarks.measure import run
from benchmarks.peers import Pixels
from benchmarks.speed import resized

SIZES = (1, 12, 50, 100)
# Linux hands ru_maxrss down from the process that starts another one, so the process's own high-water mark is
# read there. On macOS ru_maxrss is in bytes.
_SCRIPT = """
import pathlib, re, resource, sys
import colorquant.pipeline
def peak():
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = peak()
colorquant.quantize(sys.argv[1], colorquant.Settings(criterion="silhouette", color_space="rgb")).to_png()
print(before, peak())
"""


def peaks(
    pixels: Pixels, sizes: Sequence[int] = SIZES, environment: Mapping[str, str] | None = None
) -> list[dict[str, float]]:
    """Measure the bytes held after the imports and at most, for JPEGs of several sizes, by the recipe."""
    rows = []
    for megapixels in sizes:
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            file.write(resized(pixels, megapixels))
            file.flush()
            before, most = map(int, run([sys.executable, "-c", _SCRIPT, file.name], environment).split())
        rows.append({"megapixels": megapixels, "imported": before, "peak": most})
    return rows
