"""Milliseconds by stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up what each named stage takes.

    Attributes
    ----------
    spent_ms : dict of str to float
        Milliseconds by stage, in the order in which the stages first ran.
    """

    def __init__(self) -> None:
        self.spent_ms: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes to a stage.

        Parameters
        ----------
        stage : str
        """
        start = time.perf_counter()
        try:
            yield
        finally:
            self.spent_ms[stage] = self.spent_ms.get(stage, 0.0) + (time.perf_counter() - start) * 1000
