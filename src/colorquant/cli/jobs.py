"""Many images over several processes, stopped without leaving anything half done."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from colorquant.cli.inputs import Task
from colorquant.cli.work import Outcome

# A process takes 0.18 s to start, since it imports the numeric libraries anew: as long as two photographs of
# 0.4 megapixels.
IMAGES_WORTH_A_PROCESS = 2

Job = Callable[[Task], Outcome]
Tell = Callable[[Outcome], None]


def default_jobs(images: int) -> int:
    """Say how many processes serve this many images best: at most one a processor."""
    return max(1, min(os.cpu_count() or 1, images // IMAGES_WORTH_A_PROCESS))


def run(tasks: Sequence[Task], job: Job, jobs: int, tell: Tell) -> None:
    """Do all tasks.

    Parameters
    ----------
    tasks : sequence of Task
    job : callable
        Does one of them. It is sent to other processes, so it must have a name or be a `partial`.
    jobs : int
        Processes to use; with one it is this one.
    tell : callable
        Called with each outcome as it comes. After Ctrl-C it is still told of what was done by then, before
        the KeyboardInterrupt goes on.
    """
    waiting = deque(tasks)
    if jobs == 1:
        while waiting:
            _here(waiting.popleft(), job, tell)
    else:
        from colorquant.cli.processes import run_in_processes  # noqa: PLC0415 - a single image does without

        run_in_processes(waiting, job, jobs, tell)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let a request to terminate clean up as Ctrl-C does."""
    earlier = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _here(task: Task, job: Job, tell: Tell) -> None:
    before = stamp(task)
    try:
        outcome = job(task)
    except KeyboardInterrupt:
        tell_if_written(task, before, tell)
        raise
    tell(outcome)


def stamp(task: Task) -> object:
    """Give what changes when a task's output is written."""
    try:
        status = Path(task.output).stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def tell_if_written(task: Task, before: object, tell: Tell) -> None:
    """Tell of a task that was stopped between writing its output and saying so."""
    if stamp(task) != before:
        # The standard input has no size to ask for.
        old, new = (
            Path(path).stat().st_size if Path(path).is_file() else 0 for path in (task.source, task.output)
        )
        tell(Outcome(task, "written", "Written when the run was stopped.", "", old, new))
