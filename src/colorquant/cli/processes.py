"""A pool of processes that work on images."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from types import FrameType

from colorquant.cli.inputs import Task
from colorquant.cli.jobs import Job, Tell, stamp, tell_if_written
from colorquant.cli.outputs import remove_unfinished
from colorquant.cli.work import Outcome


def run_in_processes(waiting: deque[Task], job: Job, jobs: int, tell: Tell) -> None:
    """Do all tasks in so many processes, and tell of each outcome as it comes."""
    while waiting:
        # What was being worked on when a process died is tried again alone, to see which of it was to blame.
        for suspect in _work(waiting, job, jobs, tell):
            if _work(deque([suspect]), job, 1, tell):
                message = "The process that worked on it died, most likely for lack of memory."
                tell(Outcome(suspect, "failed", message, "died"))


def _work(waiting: deque[Task], job: Job, jobs: int, tell: Tell) -> list[Task]:
    """Work until all is done or a process died; then give back what was being worked on."""
    running: dict[Future[Outcome], Task] = {}
    before: dict[Task, object] = {}
    try:
        with _pool(jobs) as pool:
            while waiting or running:
                while waiting and len(running) < jobs:
                    before[waiting[0]] = stamp(waiting[0])
                    with _deaf_to_ctrl_c():
                        future = pool.submit(job, waiting[0])
                    running[future] = waiting.popleft()
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                if any(_died(future) for future in done):
                    done, _ = wait(running)
                for future in [future for future in done if not _died(future)]:
                    del running[future]
                    tell(future.result())
                if any(_died(future) for future in running if future.done()):
                    return list(running.values())
    except KeyboardInterrupt:
        # The pool has ended by now, so nothing moves any more.
        for future, task in running.items():
            if future.done() and not future.cancelled() and not future.exception():
                tell(future.result())
            else:
                tell_if_written(task, before[task], tell)
        raise
    return []


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    # OpenCV reads it when it is loaded, which a process that only skips images never does.
    os.environ["OPENCV_FOR_THREADS_NUM"] = "1"


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
