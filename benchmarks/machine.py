"""What the measurements were made on and with."""

from __future__ import annotations

import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
from threadpoolctl import threadpool_info

import colorquant
from benchmarks.peers import PROGRAMS

PACKAGES = ("numpy", "opencv-python-headless", "scikit-learn", "pillow", "deflate", "simplejpeg")


def describe() -> dict[str, Any]:
    """Tell the processor, the libraries with the kernels they picked for it, and the peers' own versions."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "colorquant": colorquant.__version__,
        "python": platform.python_version(),
        "processor": _processor(),
        "cpus": cv2.getNumberOfCPUs(),
        "blas": _numpys_blas(),
        "packages": {name: version(name) for name in PACKAGES},
        "peers": {"libimagequant": f"{_libimagequant()} (in the package imagequant {version('imagequant')})"}
        | {name: _program(command[0]) for name, command in PROGRAMS.items()},
    }


def _processor() -> str:
    """Name the processor: Linux tells more than Python asks for."""
    known = Path("/proc/cpuinfo")
    text = known.read_text() if known.exists() else ""
    told = dict(re.findall(r"^(model name|cpu family|model|stepping)\s*: (.*)$", text, re.MULTILINE))
    if "model name" not in told:
        return platform.processor() or platform.machine()
    numbers = ", ".join(f"{name.removeprefix('cpu ')} {told[name]}" for name in ("cpu family", "model"))
    widest = "with AVX-512" if " avx512f " in text else "without AVX-512"
    return f"{told['model name']} ({platform.machine()}, {numbers}, {widest})"


def _numpys_blas() -> str:
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas" and "numpy" in pool["filepath"]]
    if not pools:
        return "unknown"
    pool = pools[0]
    threads = f"{pool['num_threads']} thread{'s' if pool['num_threads'] > 1 else ''}"
    return f"{pool['internal_api']} {pool['version']}, kernel {pool['architecture']}, {threads}"


def _libimagequant() -> str:
    """Read libimagequant's own version, which is not that of the package around it: 21501 is 2.15.1."""
    import imagequant  # noqa: PLC0415 - the benchmarks' own environment has it

    number = imagequant.lib.liq_version()
    return f"{number // 10_000}.{number // 100 % 100}.{number % 100}"


def _program(name: str) -> str:
    done = subprocess.run([name, "--version"], check=False, capture_output=True, text=True)
    found = re.search(r"\d+(\.\d+)+(-\d+)?", done.stdout + done.stderr)
    return found[0] if found else "unknown"
