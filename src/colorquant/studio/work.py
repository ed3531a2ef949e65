"""Heavy work in threads, of which only the newest of each view counts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

# What runs at once. asyncio has at least four threads more than cores, up to 32, so that pictures and files
# find a free one beside so many; and each sweep of 12 megapixels works on some 100 MB.
MOST_AT_ONCE = 4

Made = TypeVar("Made")


class SupersededError(Exception):
    """The same view has asked for something newer."""


class Work:
    """Does as much at once as there are cores, up to `MOST_AT_ONCE`.

    When a view asks again, its older request ends at once: a browser has six connections to a server, and
    those that wait would hold up the newer one. What waits never begins; a thread that runs cannot be
    stopped, and runs to its end unseen.
    """

    def __init__(self, at_once: int | None = None) -> None:
        self._slots = asyncio.Semaphore(at_once or min(os.cpu_count() or 1, MOST_AT_ONCE))
        self._newest: dict[str, asyncio.Event] = {}

    async def run(self, view: str, work: Callable[[], Made]) -> Made:
        """Do the work in a thread.

        Raises
        ------
        SupersededError
            If this view has asked again before the end.
        """
        if older := self._newest.get(view):
            older.set()
        superseded = self._newest[view] = asyncio.Event()
        job = asyncio.create_task(self._in_turn(superseded, work))
        newer = asyncio.create_task(superseded.wait())
        # Nobody may hear of its error any more, and asyncio would print it.
        job.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait({job, newer}, return_when=asyncio.FIRST_COMPLETED)
            if superseded.is_set():
                raise SupersededError
            return job.result()
        finally:
            # What nobody waits for never begins.
            superseded.set()
            if self._newest.get(view) is superseded:
                del self._newest[view]

    async def _in_turn(self, superseded: asyncio.Event, work: Callable[[], Made]) -> Made:
        # The place is held as long as the thread runs, whoever still waits for it.
        async with self._slots:
            if superseded.is_set():
                raise SupersededError
            return await asyncio.to_thread(work)
