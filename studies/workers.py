"""Many jobs on all cores, with a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

import click
from threadpoolctl import threadpool_limits

Job = TypeVar("Job")
Result = TypeVar("Result")


def pool() -> ProcessPoolExecutor:
    """Start one worker a core; each keeps to its own core."""
    return ProcessPoolExecutor(initializer=threadpool_limits, initargs=(1,))


def work(
    workers: ProcessPoolExecutor, title: str, function: Callable[[Job], Result], jobs: Sequence[Job]
) -> list[Result]:
    """Run the function on every job, in any order, and give the results in the order of the jobs."""
    done = workers.map(function, jobs)
    with click.progressbar(done, label=f"{title:<28}", length=len(jobs), show_pos=True) as results:
        return list(results)
