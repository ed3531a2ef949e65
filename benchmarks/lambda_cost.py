"""What a million images cost on Lambda, from what the image takes here; writes docs/operations.md's tables.

Run by `make cost`. Each memory size gets a container with that much memory and the share of a processor that
Lambda grants with it. What is measured is the processor time of the function's process, which neighbors on
this machine do not change; the time that S3 takes to answer is not in it, since the S3 here is not AWS's.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from containers import (
    Emulated,
    ReachableS3,
    created,
    emulated,
    engine_problem,
    memory_limit,
    reachable_s3,
    run,
)
from pictures import photograph
from studies.page import put_between

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operations.md"
PICTURE = "picture.jpg"

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html: one processor at this many MB.
MB_PER_PROCESSOR = 1769
# Lambda bills a gigabyte of 1024 MB.
MB_PER_GB = 1024

# us-east-1, in dollars. https://aws.amazon.com/lambda/pricing/ and https://aws.amazon.com/s3/pricing/
PRICE_GB_SECOND = {"x86_64": 0.0000166667, "arm64": 0.0000133334}
PRICE_CALL = 0.20 / 1e6
PRICE_REQUEST = {"PUT": 0.005 / 1000, "GET": 0.0004 / 1000, "HEAD": 0.0004 / 1000, "DELETE": 0.0}
MILLION = 1_000_000

MEMORY_MB = (1024, 1536, 1769, 2048, 3008)
COSTED_MEGAPIXELS = (0.4, 2.0, 12.0)
PEAK_MEGAPIXELS = (0.4, 2.0, 12.0, 24.0)
# About as much work at every size, so that the kernel's clock of 10 ms counts for little.
REPEATS = {0.4: 16, 2.0: 8, 12.0: 3}
STARTS = 5


@dataclass(frozen=True)
class Subject:
    """A container, and a picture in a bucket for it."""

    function: Emulated
    s3: ReachableS3
    incoming: str
    outgoing: str

    def forget(self) -> None:
        """Take the results away, so that there is everything to do again."""
        for key in self.s3.keys(self.outgoing):
            self.s3.client.delete_object(Bucket=self.outgoing, Key=key)

    def call(self) -> None:
        """Process the picture."""
        (result,) = self.function.invoke(created(self.incoming, PICTURE))["results"]
        if result["outcome"] != "quantized":
            raise AssertionError(result)


class RequestCounter(logging.Handler):
    """Counts the requests that the emulated S3 logs, by their method."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count one line of the server's log."""
        # No word boundary before it: an answer of 404 is logged in color, whose code ends in a letter.
        method = re.search(r"(GET|HEAD|PUT|DELETE|POST) /", record.getMessage())
        if method:
            self.seen[method[1]] += 1


@contextlib.contextmanager
def counted_requests() -> Iterator[Counter[str]]:
    """Count what reaches the emulated S3 while the context lasts."""
    log, counter = logging.getLogger("werkzeug"), RequestCounter()
    log.addHandler(counter)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield counter.seen
    finally:
        log.setLevel(logging.WARNING)
        log.removeHandler(counter)


@contextlib.contextmanager
def built_image() -> Iterator[str]:
    """Build the image under a name of its own."""
    tag = f"colorquant-cost:{uuid.uuid4()}"
    run("docker", "build", "--quiet", "--tag", tag, ".")
    try:
        yield tag
    finally:
        run("docker", "image", "rm", "--force", tag)


@contextlib.contextmanager
def subject(image: str, s3: ReachableS3, megapixels: float, memory_mb: int) -> Iterator[Subject]:
    """Have a container like a function of that memory, and a picture for it."""
    incoming, outgoing = s3.make_bucket(), s3.make_bucket()
    s3.client.put_object(Bucket=incoming, Key=PICTURE, Body=photograph(megapixels))
    limits = [*memory_limit(memory_mb), "--cpus", f"{memory_mb / MB_PER_PROCESSOR:.3f}"]
    with emulated(image, s3, outgoing, *limits) as function:
        yield Subject(function, s3, incoming, outgoing)


def milliseconds(image: str, s3: ReachableS3, megapixels: float, memory_mb: int) -> float:
    """Measure the processor time of one warm call, stretched by the share of a processor there is."""
    with subject(image, s3, megapixels, memory_mb) as measured:
        measured.call()
        before = measured.function.processor_seconds()
        for _ in range(REPEATS[megapixels]):
            measured.forget()
            measured.call()
        spent = (measured.function.processor_seconds() - before) / REPEATS[megapixels]
    # The libraries run on one thread, so that more than one processor does not help.
    return 1000 * spent / min(1.0, memory_mb / MB_PER_PROCESSOR)


def peak_mb(image: str, s3: ReachableS3, megapixels: float) -> float:
    """Measure the most memory that a first call takes, with the libraries and everything."""
    with subject(image, s3, megapixels, max(MEMORY_MB)) as measured:
        measured.call()
        return measured.function.memory().peak / 2**20


def requests_per_image(image: str, s3: ReachableS3) -> Counter[str]:
    """Count what one new image asks of S3."""
    with subject(image, s3, COSTED_MEGAPIXELS[0], max(MEMORY_MB)) as measured, counted_requests() as seen:
        measured.call()
        return Counter(seen)


def start_up_seconds(image: str) -> float:
    """Measure the processor time from the start of Python until an image could come; the least of some."""
    code = (
        "import time, numpy; from colorquant.aws import handler; from colorquant.pipeline import quantize; "
        "from colorquant.aws.store import shared_store; shared_store(); "
        "quantize(numpy.arange(256, dtype=numpy.uint8).repeat(3).reshape(16, 16, 3)); "
        "print(time.process_time())"
    )
    environment = ["--env", "OUTPUT_BUCKET=none", "--env", "AWS_DEFAULT_REGION=us-east-1"]
    command = [
        "docker",
        "run",
        "--rm",
        "--cpus",
        "1",
        *environment,
        "--entrypoint",
        "python",
        image,
        "-c",
        code,
    ]
    return min(float(run(*command)) for _ in range(STARTS))


def dollars(milliseconds_each: float, memory_mb: int, architecture: str = "x86_64") -> float:
    """Price a million calls of so many milliseconds."""
    gb_seconds = milliseconds_each / 1000 * memory_mb / MB_PER_GB
    return MILLION * (PRICE_CALL + gb_seconds * PRICE_GB_SECOND[architecture])


def cost_table(measured: dict[tuple[float, int], float], requests: Counter[str]) -> str:
    """Set milliseconds and dollars out by image size and memory."""
    s3_dollars = MILLION * sum(PRICE_REQUEST[method] * number for method, number in requests.items())
    without = s3_dollars - MILLION * PRICE_REQUEST["PUT"]
    head = "| megapixels | " + " | ".join(f"{memory} MB" for memory in MEMORY_MB) + " | cheapest |"
    lines = [head, "|---" * (len(MEMORY_MB) + 2) + "|"]
    together = ["| megapixels | with `K.palette.json` | without |", "|---|---|---|"]
    for size in COSTED_MEGAPIXELS:
        row = {memory: measured[size, memory] for memory in MEMORY_MB}
        cheapest = min(row, key=lambda memory: dollars(row[memory], memory))
        cells = [f"{ms:,.0f} ms, ${dollars(ms, memory):,.2f}" for memory, ms in row.items()]
        lines.append(f"| {size:g} | " + " | ".join(cells) + f" | {cheapest} MB |")
        least = dollars(row[cheapest], cheapest)
        together.append(f"| {size:g} | ${least + s3_dollars:,.2f} | ${least + without:,.2f} |")
    asked = ", ".join(f"{number} {method}" for method, number in sorted(requests.items()))
    arm = 1 - PRICE_GB_SECOND["arm64"] / PRICE_GB_SECOND["x86_64"]
    waited = dollars(100, MEMORY_MB[0]) - dollars(0, MEMORY_MB[0])
    return "\n".join(
        [
            *lines,
            "",
            f"To each add S3's requests: {asked} an image, ${s3_dollars:,.2f} a million.",
            "An upload that replaces one takes two HEAD more, "
            f"${s3_dollars + 2 * MILLION * PRICE_REQUEST['HEAD']:,.2f} a million.",
            f"Without `K.palette.json` (`PaletteFile=false`) it is one PUT less, ${without:,.2f} a million.",
            "And the waiting for S3, which is billed like work: every 100 ms of it are "
            f"${waited:,.2f} a million at {MEMORY_MB[0]} MB, and in proportion more with more memory.",
            f"A GB-second costs {arm:.0%} less on arm64. Its milliseconds were not measured.",
            "",
            "Together, at the cheapest memory and without the waiting:",
            "",
            *together,
        ]
    )


def memory_table(peaks: dict[float, float], start_up: float) -> str:
    """Set the memory out by image size."""
    lines = ["| megapixels | most memory |", "|---|---|"]
    lines += [f"| {size:g} | {peak:,.0f} MB |" for size, peak in peaks.items()]
    start = f"Starting Python and getting ready for the first image takes {start_up:.2f} s of one processor."
    return "\n".join([*lines, "", start])


def write_between(name: str, text: str) -> None:
    """Replace what stands between a name's two comments on the page."""
    put_between(PAGE, f"<!-- {name} -->", f"<!-- end of {name} -->", f"\n{text}\n")
    print(f"{text}\n")


def main() -> None:
    """Measure everything and write both tables."""
    problem = engine_problem()
    if problem is not None:
        sys.exit(f"`make cost` runs the image in containers: {problem}.")
    with built_image() as image, reachable_s3() as s3:
        peaks = {size: peak_mb(image, s3, size) for size in PEAK_MEGAPIXELS}
        write_between("memory", memory_table(peaks, start_up_seconds(image)))
        measured = {
            (size, memory): milliseconds(image, s3, size, memory)
            for size in COSTED_MEGAPIXELS
            for memory in MEMORY_MB
        }
        write_between("cost", cost_table(measured, requests_per_image(image, s3)))


if __name__ == "__main__":
    main()
