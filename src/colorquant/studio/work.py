"""Heavy work in threads, of which only the newest of each view counts."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


class SupersededError(Exception):
    """The same view has asked for something newer."""


class Work:
    """Does as much at once as there are cores.

    What waits is dropped when its view asks again, and what runs then runs to its end unseen: its parts may
    serve the newer request.
    """

    def __init__(self, at_once: int | None = None) -> None:
        self._slots = asyncio.Semaphore(at_once or os.cpu_count() or 1)
        self._newest: dict[str, object] = {}

    async def run(self, view: str, work: Callable[[], Made]) -> Made:
        """Do the work in a thread.

        Raises
        ------
        SupersededError
            If this view has asked again before the end.
        """
        turn = self._newest[view] = object()
        try:
            async with self._slots:
                self._check(view, turn)
                made = await asyncio.to_thread(work)
            self._check(view, turn)
            return made
        finally:
            if self._newest.get(view) is turn:
                del self._newest[view]

    def _check(self, view: str, turn: object) -> None:
        if self._newest.get(view) is not turn:
            raise SupersededError
