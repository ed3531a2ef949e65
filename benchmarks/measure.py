"""Timing, and how far two images are apart."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.spaces import EYE


def interleaved_ms(calls: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Time calls in turns, so that whatever else the machine does hits all of them alike.

    Parameters
    ----------
    calls : dict of str to callable
    rounds : int
        How often each is timed, after one call that is not.

    Returns
    -------
    dict of str to float
        Median milliseconds of each.
    """
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn:
                spent[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in spent.items()}


def mean_squared_error(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Give the mean over the pixels of the squared distance in sRGB, 0 to 195075."""
    return float(np.square(one.astype(np.float64) - other).sum(axis=-1).mean())


def mean_difference(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Give the mean over the pixels of the distance in the eye's space, times 100."""
    apart = np.linalg.norm(EYE.from_srgb(one) - EYE.from_srgb(other), axis=-1)
    return float(100 * apart.mean() / EYE.steps)


def geometric_mean(values: Iterable[float]) -> float:
    """Give the mean that fits ratios."""
    return statistics.geometric_mean(values)
