"""Peak memory as the operating system counts it, each measurement in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile

from benchmarks.peers import Pixels
from benchmarks.speed import resized

SIZES = (1, 12, 50, 100)
# ru_maxrss is in KiB, but in bytes on macOS.
_SCRIPT = """
import resource, sys
import colorquant.pipeline
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
before = peak()
colorquant.quantize(sys.argv[1]).to_png()
print(before, peak())
"""


def peaks(pixels: Pixels) -> list[dict[str, float]]:
    """Measure the bytes held after the imports and at most, for JPEGs of several sizes."""
    rows = []
    for megapixels in SIZES:
        with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
            file.write(resized(pixels, megapixels))
            file.flush()
            command = [sys.executable, "-c", _SCRIPT, file.name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
        before, most = map(int, done.stdout.split())
        rows.append({"megapixels": megapixels, "imported": before, "peak": most})
    return rows
