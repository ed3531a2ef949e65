"""What a flood of uploads does to the service: a simulation with the times that `make cost` measured.

    python -m benchmarks.flood

Writes the section between the page's two comments. Nothing is called: uploads arrive evenly for an hour, each
takes a free place for as long as its size takes, and waits in Lambda's queue if there is none.

What the model leaves out: Lambda takes waiting events in no certain order and tries throttled ones again at
growing intervals, up to five minutes, so that single events may wait longer than here; and it adds places by
1,000 every ten seconds, which is faster than any of this needs.
"""

from __future__ import annotations

import heapq
import re
from collections import deque
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np

from studies.page import put_between

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"

UPLOADS = 1_000_000
SECONDS = 3600
# A new account has 10 places, an ordinary one 1,000: https://docs.aws.amazon.com/lambda/latest/dg/limits.html
PLACES = (10, 50, 100, 250, 1000)
MEMORY_MB = 1769
# Assumed, not measured: one answer of S3 in the same region. Looks go side by side, so that a call waits for
# five in turn: looks, upload, palette, image, and the look after them.
S3_SECONDS = 0.020
ANSWERS = 5
# Lambda's own, and the template's MaxEventAge.
TRIES = 3
RETRY_AFTER = (60, 120)
MOST_AGE = 21_600
# How many calls fail for a reason that passes, such as S3's answer 503 three times; one in ten thousand is
# more than S3 promises.
FAILING = 1e-4
# Less than this is rounding, not waiting.
INSTANT = 1e-6
MEGA = 1_000_000


@dataclass(frozen=True)
class Flood:
    """What became of the uploads.

    Attributes
    ----------
    places : int
        Calls at a time.
    waits : ndarray of float
        Seconds that each upload waited for its first call, or until it was given up.
    calls : int
        With the retries.
    given_up, failed : int
        Too old, or failed three times: both end in the failure queue.
    ended : float
        Seconds until the last one was done.
    """

    places: int
    waits: np.ndarray
    calls: int
    given_up: int
    failed: int
    ended: float


def simulate(
    places: int,
    call_seconds: float,
    *,
    uploads: int = UPLOADS,
    seconds: float = SECONDS,
    failing: float = FAILING,
    most_age: float = MOST_AGE,
) -> Flood:
    """Serve the uploads in their order, each by the place that is free first."""
    failures = np.random.default_rng(0).random((uploads, TRIES)) < failing
    arrivals = np.arange(uploads) * (seconds / uploads)
    free = [0.0] * places
    waits = np.zeros(uploads)
    fresh, again = deque(range(uploads)), []
    calls = given_up = failed = 0
    while fresh or again:
        if again and (not fresh or again[0][0] <= arrivals[fresh[0]]):
            ready, number, attempt = heapq.heappop(again)
        else:
            number, attempt = fresh.popleft(), 0
            ready = float(arrivals[number])
        begun = max(ready, free[0])
        age = begun - arrivals[number]
        if attempt == 0:
            waits[number] = min(age, most_age)
        if age > most_age:
            given_up += 1
            continue
        heapq.heapreplace(free, begun + call_seconds)
        calls += 1
        if failures[number, attempt]:
            if attempt + 1 < TRIES:
                heapq.heappush(again, (begun + call_seconds + RETRY_AFTER[attempt], number, attempt + 1))
            else:
                failed += 1
    return Flood(places, waits, calls, given_up, failed, max(free))


def measured() -> dict[float, tuple[float, float]]:
    """Read what a call takes and costs from the page: seconds and dollars a million, by megapixels."""
    page = PAGE.read_text()
    table = page[page.index("<!-- cost -->") : page.index("<!-- end of cost -->")]
    # The first of its tables.
    head, _, *rows = takewhile(lambda line: line.startswith("|"), table.splitlines()[1:])
    column = [cell.strip() for cell in head.split("|")].index(f"{MEMORY_MB} MB")
    found = {}
    for row in rows:
        cells = [cell.strip() for cell in row.split("|")]
        milliseconds, dollars = re.fullmatch(r"([\d,]+) ms, \$([\d.,]+)", cells[column]).groups()
        found[float(cells[1])] = float(milliseconds.replace(",", "")) / 1000, float(dollars.replace(",", ""))
    return found


def dollars_of_requests() -> float:
    """Read what S3's requests for a million images cost from the page."""
    return float(re.search(r"an image, \$([\d.,]+) a million", PAGE.read_text())[1])


def section() -> str:
    """Say what happens, and where it ends."""
    lines = [
        f"{UPLOADS:,} uploads in an hour, {UPLOADS / SECONDS:,.0f} a second, at {MEMORY_MB} MB:",
        "",
        "| megapixels | at a time | throttled | median wait | longest | done after | retries | too old | "
        "failed 3 times | dollars |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    needed = {}
    for size, (work, dollars) in measured().items():
        call = work + ANSWERS * S3_SECONDS
        needed[size] = int(np.ceil(UPLOADS / SECONDS * call))
        # Waiting for S3 is billed like work.
        each = dollars / UPLOADS * call / work
        for places in PLACES:
            flood = simulate(places, call)
            done = UPLOADS - flood.given_up - flood.failed
            total = flood.calls * each + dollars_of_requests() * done / MEGA
            lines.append(
                f"| {size:g} | {places:,} | {(flood.waits > INSTANT).mean():.0%} | "
                f"{_time(np.median(flood.waits))} | {_time(flood.waits.max())} | {_time(flood.ended)} | "
                f"{flood.calls - (UPLOADS - flood.given_up):,} | {flood.given_up:,} | {flood.failed:,} | "
                f"{total:,.2f} |"
            )
    enough = ", ".join(f"{number} for {size:g} megapixels" for size, number in needed.items())
    lines += ["", f"Places that keep up with it: {enough}."]
    return "\n".join(lines)


def _time(seconds: float) -> str:
    minutes, hours = seconds / 60, seconds / 3600
    if hours >= 1:
        return f"{hours:.1f} h"
    return f"{minutes:.0f} min" if minutes >= 1 else f"{seconds:.1f} s"


def main() -> None:
    """Simulate and write the section."""
    text = section()
    put_between(PAGE, "<!-- flood -->", "<!-- end of flood -->", f"\n{text}\n")
    print(text)


if __name__ == "__main__":
    main()
