"""What the person at the terminal is told, always on the standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from colorquant.cli.inputs import STANDARD, printable
from colorquant.cli.work import Outcome
from colorquant.report.sizes import readable_size

if TYPE_CHECKING:
    from colorquant.cli.progress import Bar

HEADINGS = ("Image", "Colors", "Score", "Before", "After", "Change")
# Columns of a table that goes to a pipe, where nobody says how many there are.
PIPE_WIDTH = 160
# Scores from here on need no decimals.
MANY = 1000
LARGER = "That is larger than before; --skip-if-larger would leave it out."
# How many files to name where there may be thousands.
NAMED = 3


class Reporter:
    """Tells how the work goes and how it went.

    Parameters
    ----------
    total : int
        How many images there are.
    quiet : bool
        Tell failures only.
    verbose : bool
        Tell the verdict and the times of each image, and where unexpected errors come from.
    """

    def __init__(self, total: int, *, quiet: bool, verbose: bool) -> None:
        self.total = total
        self.quiet = quiet
        self.verbose = verbose
        self.on_terminal = sys.stderr.isatty()
        self._bar: Bar | None = None
        self._seen = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show a progress bar where there is a terminal and more than one image."""
        if self.quiet or not self.on_terminal or self.total == 1:
            yield
            return
        from colorquant.cli.progress import Bar  # noqa: PLC0415 - a single image does without rich

        with Bar(self.total) as self._bar:
            yield
        self._bar = None

    def tell(self, outcome: Outcome) -> None:
        """Say what became of one image, as soon as it is known."""
        self._seen += 1
        if self._bar:
            self._bar.advance()
        if not self.quiet and self.total > 1 and (self.verbose or not self.on_terminal):
            self._say(f"[{self._seen}/{self.total}] {printable(outcome.task.source)}: {_in_short(outcome)}")
        for warning in (outcome.described or {}).get("warnings", ()):
            self.warn(f"{printable(outcome.task.source)}: {warning}")
        if self.verbose and outcome.described:
            spent = ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in outcome.described["timings_ms"].items())
            self._say(f"  {outcome.described['verdict']}\n  {spent}")
        if self.verbose and outcome.trace:
            self._say(outcome.trace.rstrip())

    def conclude(self, outcomes: Sequence[Outcome], *, stopped: bool = False) -> None:
        """Sum up: a table, the totals, and what failed and why.

        Parameters
        ----------
        outcomes : sequence of Outcome
            In the order of the input.
        stopped : bool
            Whether there would have been more.
        """
        if self.total == 1:
            self._conclude_one(outcomes)
        else:
            self._conclude_many(outcomes)
        if stopped:
            self._say("Stopped. No file is half written; --skip-existing takes up the rest.")

    def _conclude_many(self, outcomes: Sequence[Outcome]) -> None:
        failed = [outcome for outcome in outcomes if outcome.status == "failed"]
        written = [outcome for outcome in outcomes if outcome.status == "written"]
        if not self.quiet:
            if any(outcome.described for outcome in written):
                from colorquant.cli.progress import print_table  # noqa: PLC0415

                # What was written while a run was stopped had no time to tell more.
                told = [outcome for outcome in written if outcome.described]
                rows = [(printable(outcome.task.source), *_cells(outcome)) for outcome in told]
                print_table(HEADINGS, rows, None if self.on_terminal else PIPE_WIDTH)
            if not any(outcome.status == "explained" for outcome in outcomes):
                self._say(_totals(self.total, outcomes, written, failed))
        self._tell_failures(failed)

    def warn_of(self, why: str, files: Sequence[str]) -> None:
        """Say which files were passed over, and why."""
        if files:
            named = ", ".join(map(printable, files[:NAMED])) + (", ..." if files[NAMED:] else "")
            self.warn(f"Passed over, {why}: {len(files)} ({named}).")

    def warn(self, sentence: str) -> None:
        """Say something that the person may not expect, unless they want quiet."""
        if not self.quiet:
            self._say(sentence)

    def _conclude_one(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            name = printable(outcome.task.source)
            if outcome.status == "failed":
                self._say(f"Error: {name}: {outcome.message}")
            elif outcome.status == "skipped":
                self.warn(f"{name}: nothing written. {outcome.message}")
            elif outcome.status == "written" and outcome.task.output != STANDARD:
                sizes = f"{readable_size(outcome.bytes_before)} → {readable_size(outcome.bytes_after)}"
                larger = f" {LARGER}" if _is_larger(outcome) else ""
                verdict = "" if self.verbose else f"{outcome.message} "
                self.warn(f"{printable(outcome.task.output)}: {verdict}{sizes}.{larger}")

    def _tell_failures(self, failed: Sequence[Outcome]) -> None:
        # A run that is started again meets every output of the first one; one sentence says so.
        existing = [outcome for outcome in failed if outcome.reason == "exists"]
        for outcome in failed:
            if outcome.reason != "exists" or len(existing) <= NAMED:
                self._say(f"Error: {printable(outcome.task.source)}: {outcome.message}")
        if len(existing) > NAMED:
            self._say(
                f"Error: {len(existing)} outputs exist already and were left as they are. "
                "--skip-existing passes over them, --force replaces them."
            )

    def _say(self, text: str) -> None:
        if self._bar:
            self._bar.say(text)
        else:
            print(text, file=sys.stderr)


def _in_short(outcome: Outcome) -> str:
    if outcome.status == "explained":
        return outcome.message
    if outcome.status != "written" or outcome.described is None:
        return f"failed ({outcome.reason})" if outcome.status == "failed" else f"skipped. {outcome.message}"
    sizes = f"{readable_size(outcome.bytes_before)} → {readable_size(outcome.bytes_after)}"
    larger = ", larger than before" if _is_larger(outcome) else ""
    return f"{outcome.described['colors']} colors, {sizes}{larger}, {printable(outcome.task.output)}"


def _is_larger(outcome: Outcome) -> bool:
    return outcome.status == "written" and outcome.bytes_after > outcome.bytes_before


def _cells(outcome: Outcome) -> list[str]:
    described = outcome.described or {}
    scores = {row["colors"]: row[described["measure"]] for row in described["sweep"]}
    score = scores.get(described["colors"])
    return [
        str(described["colors"]),
        "-" if score is None else f"{score:.3f}" if score < MANY else f"{score:,.0f}",
        readable_size(outcome.bytes_before),
        readable_size(outcome.bytes_after),
        _change(outcome.bytes_before, outcome.bytes_after) + (" larger" if _is_larger(outcome) else ""),
    ]


def _totals(
    total: int, outcomes: Sequence[Outcome], written: Sequence[Outcome], failed: Sequence[Outcome]
) -> str:
    before = sum(outcome.bytes_before for outcome in written)
    after = sum(outcome.bytes_after for outcome in written)
    parts = [f"{len(written)} of {total} images written"]
    skipped = len(outcomes) - len(written) - len(failed)
    if skipped:
        parts.append(f"{skipped} skipped")
    if failed:
        parts.append(f"{len(failed)} failed")
    if not written:
        return f"{', '.join(parts)}."
    sizes = f"{readable_size(before)} → {readable_size(after)} ({_change(before, after)})"
    larger = sum(map(_is_larger, written))
    hint = f" {larger} larger than before; --skip-if-larger would leave them out." if larger else ""
    return f"{', '.join(parts)}. {sizes}.{hint}"


def _change(before: int, after: int) -> str:
    return f"{after / before - 1:+.0%}" if before else ""
