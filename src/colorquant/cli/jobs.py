"""Many images over several processes, stopped without leaving anything half done."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from types import FrameType

from colorquant.cli.atomic_file import remove_unfinished
from colorquant.cli.inputs import Task
from colorquant.cli.work import Outcome, Writing, work
from colorquant.settings import Settings

# A process takes 0.85 s to start, since it imports the numeric libraries anew: as long as eight photographs
# of 0.4 megapixels.
IMAGES_WORTH_A_PROCESS = 8


def default_jobs(images: int) -> int:
    """Say how many processes serve this many images best.

    Parameters
    ----------
    images : int

    Returns
    -------
    int
        At most one a processor.
    """
    return max(1, min(os.cpu_count() or 1, images // IMAGES_WORTH_A_PROCESS))


def run(
    tasks: Sequence[Task], settings: Settings, writing: Writing, jobs: int
) -> Generator[Outcome, None, None]:
    """Do all tasks.

    Parameters
    ----------
    tasks : sequence of Task
    settings : Settings
    writing : Writing
    jobs : int
        Processes to use; with one it is this one.

    Yields
    ------
    Outcome
        As they finish.
    """
    if jobs == 1:
        yield from (work(task, settings, writing) for task in tasks)
        return
    waiting = deque(tasks)
    while waiting:
        suspects = yield from _in_processes(waiting, settings, writing, jobs)
        for suspect in suspects:
            yield _alone(suspect, settings, writing)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a request to terminate clean up as Ctrl-C does."""
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _in_processes(
    waiting: deque[Task], settings: Settings, writing: Writing, jobs: int
) -> Generator[Outcome, None, list[Task]]:
    """Work until all is done or a process died; then give back what was being worked on."""
    running: dict[Future[Outcome], Task] = {}
    with _pool(jobs) as pool:
        while waiting or running:
            while waiting and len(running) < jobs:
                with _deaf_to_ctrl_c():
                    future = pool.submit(work, waiting[0], settings, writing)
                running[future] = waiting.popleft()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            if any(_died(future) for future in done):
                done, _ = wait(running)
            for future in [future for future in done if not _died(future)]:
                del running[future]
                yield future.result()
            if any(_died(future) for future in running if future.done()):
                return list(running.values())
    return []


def _alone(task: Task, settings: Settings, writing: Writing) -> Outcome:
    """Try again what was being worked on when a process died, to see whether it was this image's doing."""
    with _pool(1) as pool:
        try:
            with _deaf_to_ctrl_c():
                future = pool.submit(work, task, settings, writing)
            return future.result()
        except BrokenProcessPool:
            message = "The process that worked on it died, most likely for lack of memory."
            return Outcome(task, "failed", message, "died")


def _died(future: Future[Outcome]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    # Spawned and not forked: the numeric libraries' threads do not survive a fork.
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare)
    try:
        yield pool
    except BaseException:
        for process in active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    """Make a process ready: its parent hears Ctrl-C and ends it, and it uses one thread."""
    import cv2  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    cv2.setNumThreads(1)
    threadpool_limits(1)


def _leave(number: int, _frame: FrameType | None) -> None:
    # Not by an exception: the pool would take it for a task's, and wait for more tasks.
    remove_unfinished()
    os._exit(128 + number)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Have processes that start in the block never see Ctrl-C, not even while they start."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)
