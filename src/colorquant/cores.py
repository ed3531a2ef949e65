"""Large images in parts, and on all cores at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import cv2

Part = TypeVar("Part")
Result = TypeVar("Result")

# Fewer parts of 0.1 to 0.5 ms each end before it pays to have started threads.
FEWEST = 16
# Starting a thread takes 0.02 ms, and one more than so many takes less than that off 20 ms of work.
MOST_THREADS = 32


def cores() -> int:
    """Give how many threads may work at once: as many as OpenCV may use, 1 after ``cv2.setNumThreads(1)``.

    These are the cores that the operating system lets this process have, or what the environment variable
    OPENCV_FOR_THREADS_NUM says.
    """
    return max(1, cv2.getNumThreads())


def blocks(length: int, size: int) -> list[slice]:
    """Cut so many items into blocks of this size; the last may be smaller."""
    return [slice(first, min(first + size, length)) for first in range(0, length, size)]


def on_all_cores(work: Callable[[Part], Result], parts: Sequence[Part], fewest: int = FEWEST) -> list[Result]:
    """Do the work on each part, in several threads if there are so many parts, and give what comes of each.

    numpy and OpenCV let other threads go on while they work, so it pays for whatever is mostly theirs.
    """
    threads = min(cores(), len(parts), MOST_THREADS)
    if threads == 1 or len(parts) < fewest:
        return [work(part) for part in parts]
    # It loads a dozen modules, for which only large images wait.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    results: dict[int, Result] = {}
    waiting = iter(enumerate(parts))

    def take_turns(_: int) -> None:
        for place, part in waiting:
            results[place] = work(part)

    with ThreadPoolExecutor(threads) as pool:
        # Whatever a thread raises comes out here.
        list(pool.map(take_turns, range(threads)))
    return [results[place] for place in range(len(parts))]
