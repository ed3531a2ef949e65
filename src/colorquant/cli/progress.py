"""The progress bar and the table, for runs of many images."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as Progressing
from rich.table import Table
from rich.text import Text


class Bar:
    """Shows how many of the images are done; a context manager."""

    def __init__(self, total: int) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(), TextColumn("left"))
        self._progress = Progress(*columns, console=_console(None), transient=True)
        self._task = self._progress.add_task("images", total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self) -> None:
        """Count one image more."""
        self._progress.advance(self._task)

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        self._progress.console.print(Text(text), soft_wrap=True)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> None:
    """Write a table to the standard error; where no width is given, as wide as the terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(headings[0], overflow="fold")
    for heading in headings[1:]:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    _console(width).print(table)


def _console(width: int | None) -> Console:
    return Console(stderr=True, width=width, highlight=False, markup=False, emoji=False)


class _Rate(ProgressColumn):
    """Images a second, or seconds an image."""

    def render(self, task: Progressing) -> Text:
        if not task.speed:
            return Text("")
        return Text(f"{task.speed:.1f}/s" if task.speed >= 1 else f"{1 / task.speed:.1f} s each")
