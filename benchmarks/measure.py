"""Timing, and how far two images are apart."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from benchmarks.ciede2000 import LINEAR, ciede2000, cielab


class Spent(TypedDict):
    """Median milliseconds on the clock, and of all processors together, child processes included."""

    wall: float
    cpu: float


def interleaved(calls: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, Spent]:
    """Time calls in turns, so that whatever else the machine does hits all of them alike.

    Parameters
    ----------
    calls : mapping of str to callable
    rounds : int
        How often each is timed, after one call that is not.

    Returns
    -------
    dict of str to Spent
    """
    wall: dict[str, list[float]] = {name: [] for name in calls}
    cpu: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            start, worked = time.perf_counter(), _worked()
            call()
            if turn:
                wall[name].append((time.perf_counter() - start) * 1000)
                cpu[name].append((_worked() - worked) * 1000)
    return {
        name: Spent(wall=statistics.median(wall[name]), cpu=statistics.median(cpu[name])) for name in calls
    }


def _worked() -> float:
    """Give the seconds that processors have spent on this process and on children that ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Run a program to its end, and give what it printed.

    Python may keep what it compiles, as it does for installed packages, whatever this process was told.
    """
    told = {**(os.environ if environment is None else environment)}
    told.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(command, check=True, capture_output=True, text=True, env=told).stdout


def mean_squared_error(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Give the mean over the pixels of the squared distance in sRGB, 0 to 195075."""
    return float(np.square(one.astype(np.float64) - other).sum(axis=-1).mean())


def mean_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Give the mean over the pixels of the color difference CIEDE2000."""
    return float(ciede2000(cielab(LINEAR[one]), cielab(LINEAR[other])).mean())


def geometric_mean(values: Iterable[float]) -> float:
    """Give the mean that fits ratios."""
    return statistics.geometric_mean(values)
