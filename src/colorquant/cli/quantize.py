"""`colorquant quantize`: images to ones of few colors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from colorquant.cli.atomic_file import write_atomically
from colorquant.cli.console import NAMED, Reporter, printable
from colorquant.cli.inputs import STANDARD, Task, find_images, plan
from colorquant.cli.jobs import default_jobs, interruptible, run
from colorquant.cli.options import setting, setting_options, settings_from
from colorquant.cli.work import Outcome, Writing
from colorquant.report.curve import curve
from colorquant.settings import OUTPUT_FORMATS

INDEX = "colorquant.index.html"
# What a shell gives for a program that Ctrl-C ended: 128 and the number of the signal.
INTERRUPTED = 130


@click.command(no_args_is_help=True, short_help="Reduce images to the few colors that suit them.")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...", type=click.Path(allow_dash=True))
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(allow_dash=True), help="Where to write the only image."
)
@click.option(
    "-d", "--directory", metavar="DIR", type=click.Path(file_okay=False), help="Where to write all."
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option("--skip-existing", is_flag=True, help="Pass over images that are done already.")
@click.option("--skip-if-larger", is_flag=True, help="Write nothing that would not be smaller.")
@click.option("--jobs", type=int, metavar="N", help="Images to work on at once.  [by their number]")
@click.option("--colors", type=int, metavar="N", help="Take exactly N colors.")
@setting_options
@setting("output_format", "NAME", "png or webp.", choices=OUTPUT_FORMATS, name="format")
@setting("report", "", "Write an HTML page about each image.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found, one JSON object an image.")
@click.option("--explain", is_flag=True, help="Print the score of every number of colors.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say more about each image.")
def quantize(
    *,
    images: tuple[str, ...],
    output: str | None,
    directory: str | None,
    jobs: int | None,
    as_json: bool,
    explain: bool,
    quiet: bool,
    verbose: bool,
    **given: Any,
) -> None:
    """Reduce images, or folders of them, to the few colors that suit them.

    \b
    Reads JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF and HEIC, told by their content.
    Writes IMAGE.quantized.png beside IMAGE; - is the standard input or output.
      colorquant quantize photos/ -d out/ --report
      colorquant quantize logo.png --keep '#e4002b,#ffffff' --max-colors 16
      cat photo.jpg | colorquant quantize - -o - > small.png
    Environment: each setting, in upper case, such as MAX_COLORS=16.
    Exit code: 0 done, 1 an image failed, 2 wrong usage, 130 stopped.
    """  # noqa: D301 - click's mark for lines that it must not fill
    settings = settings_from(given | {"output_format": _output_format(output, given["output_format"])})
    if jobs is not None and jobs < 1:
        raise click.UsageError(f"--jobs must be 1 or more, not {jobs}.")
    writing = Writing(*(given[name] for name in ("force", "skip_existing", "skip_if_larger")))
    found, others = find_images(images)
    tasks = plan(found, output, directory, settings)
    if as_json and STANDARD in {task.output for task in tasks}:
        raise click.UsageError("--json and -o - both want the standard output. Give one of them a file.")
    if explain and (as_json or STANDARD in {task.output for task in tasks}):
        raise click.UsageError(
            "--explain prints for people; --json and -o - are for programs. Leave one out."
        )
    reporter = Reporter(len(tasks), quiet=quiet or (explain and len(tasks) == 1), verbose=verbose)
    if others:
        named = ", ".join(printable(other) for other in others[:NAMED]) + (", ..." if others[NAMED:] else "")
        reporter.warn(f"Passed over, not named like an image: {len(others)} ({named}).")
    if not tasks:
        raise click.ClickException("There are no images in it.")
    outcomes: dict[Task, Outcome] = {}
    try:
        with interruptible(), reporter.watching():
            jobs = min(jobs or default_jobs(len(tasks)), len(tasks))
            with closing(run(tasks, settings, writing, jobs)) as finished:
                for outcome in finished:
                    outcomes[outcome.task] = outcome
                    reporter.tell(outcome)
    except KeyboardInterrupt:
        reporter.conclude(_ordered(tasks, outcomes))
        click.echo(
            f"Stopped: {len(outcomes)} of {len(tasks)} images were done. No file is half written.", err=True
        )
        sys.exit(INTERRUPTED)
    ordered = _ordered(tasks, outcomes)
    if as_json:
        _print_json(ordered)
    if explain:
        _print_curves(ordered)
    if settings.report and len(tasks) > 1:
        reporter.warn(f"Reports: {_write_index(ordered, directory)}")
    reporter.conclude(ordered)
    if any(outcome.status == "failed" for outcome in ordered):
        sys.exit(1)


def _output_format(output: str | None, given: str | None) -> str | None:
    """Let the ending of the only output choose its format, unless the option does."""
    named = Path(output or "").suffix.lower().removeprefix(".")
    if named not in OUTPUT_FORMATS:
        return given
    if given and given != named:
        raise click.UsageError(f"--format {given} and -o {output} disagree. Leave one out.")
    return named


def _ordered(tasks: Sequence[Task], outcomes: dict[Task, Outcome]) -> list[Outcome]:
    return [outcomes[task] for task in tasks if task in outcomes]


def _print_json(outcomes: Sequence[Outcome]) -> None:
    """Print indented JSON for one image, and a line each for more."""
    for outcome in outcomes:
        files = {"input": outcome.task.source, "output": outcome.task.output, "status": outcome.status}
        if outcome.status == "failed":
            files |= {"reason": outcome.reason, "message": outcome.message}
        described = files | (outcome.described or {})
        click.echo(json.dumps(described, indent=2 if len(outcomes) == 1 else None))


def _print_curves(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if outcome.described is None:
            continue
        click.echo(f"{printable(outcome.task.output)}: {outcome.described['verdict']}")
        rows, measure = outcome.described["sweep"], outcome.described["measure"]
        if rows:
            click.echo(curve(rows, measure, outcome.described["colors"], _bar(sys.stdout.encoding)))


def _bar(encoding: str) -> str:
    """Give a solid block where the terminal can show one."""
    try:
        "\u2588".encode(encoding)
    except UnicodeEncodeError:
        return "#"
    return "\u2588"


def _write_index(outcomes: Sequence[Outcome], directory: str | None) -> str:
    from colorquant.report.index import IndexEntry, render_index  # noqa: PLC0415

    folder = directory or _common_folder([outcome.task.output for outcome in outcomes])
    named_from = _common_folder([outcome.task.source for outcome in outcomes])
    entries = [
        IndexEntry(
            name=os.path.relpath(outcome.task.source, named_from),
            link=Path(os.path.relpath(outcome.task.report, folder)).as_posix(),
            thumbnail=outcome.thumbnail,
            colors=outcome.described["colors"] if outcome.described else None,
            bytes_before=outcome.bytes_before,
            bytes_after=outcome.bytes_after,
        )
        for outcome in outcomes
        if outcome.task.report and outcome.thumbnail
    ]
    failures = [
        (os.path.relpath(outcome.task.source, named_from), outcome.message)
        for outcome in outcomes
        if outcome.status == "failed"
    ]
    index = str(Path(folder, INDEX))
    write_atomically(index, render_index(entries, failures))
    return index


def _common_folder(paths: Sequence[str]) -> str:
    return os.path.relpath(os.path.commonpath([Path(path).resolve().parent for path in paths]))
