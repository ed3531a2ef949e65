"""Peak memory as the operating system counts it, each measurement in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile

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
