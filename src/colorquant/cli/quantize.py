"""`colorquant quantize`: images to ones of few colors."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from colorquant.cli.inputs import INDEX, STANDARD, Task, find_images, plan, printable
from colorquant.cli.options import (
    IMAGES_ARGUMENT,
    file_options,
    option,
    output_options,
    setting_options,
    settings_from,
)
from colorquant.cli.outputs import write_atomically
from colorquant.cli.work import Outcome, Request, Writing, explained, shared_sweep, study, work
from colorquant.settings import OUTPUT_FORMATS, Settings

if TYPE_CHECKING:
    from colorquant.cli.console import Reporter
    from colorquant.palette import Palette

# Options that an explanation, which writes no image, has no use for.
ABOUT_OUTPUTS = (
    "force",
    "skip_existing",
    "skip_if_larger",
    "report",
    "dither",
    "dither_strength",
    "transparency",
    "output_format",
)


@click.command(no_args_is_help=True, short_help="Reduce images to the few colors that suit them.")
@IMAGES_ARGUMENT
@output_options("Where to write the result of a single image.", "Folder to write all results to.")
@click.option("--skip-existing", is_flag=True, help="Skip images that are done already.")
@click.option("--skip-if-larger", is_flag=True, help="Write nothing that would not be smaller.")
@click.option("--jobs", type=int, metavar="N", help="Images to work on at once.  [depends on how many]")
@setting_options
@click.option("--shared", is_flag=True, help="Give all images one palette.")
@click.option("--equally", is_flag=True, help="With --shared, let all images count alike.")
@file_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each image.")
@click.option("--explain", is_flag=True, help="Only print the score of every number of colors.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Print more about each image.")
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
    Reads JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, HEIC, JPEG 2000, ICO and TGA, detected by content.
    Writes IMAGE.quantized.png beside IMAGE; - is the standard input or output.
      colorquant quantize photos/ -d out/ --report
      colorquant quantize logo.png --keep '#e4002b,white' --max-colors 16
      cat photo.jpg | colorquant quantize - -o - > small.png
    Environment: each setting, such as COLORQUANT_MAX_COLORS=16.
    Exit code: 0 done, 1 an image failed, 2 wrong usage, 130 stopped.
    """  # noqa: D301 - click's mark for lines that it must not fill
    settings = settings_from(given | {"output_format": _output_format(output, given["output_format"])})
    writing = Writing(*(given[name] for name in ("force", "skip_existing", "skip_if_larger")))
    if explain:
        _refuse_outputs(output, directory, given, as_json=as_json)
        settings = settings.changed(report=False)
    _refuse_contradictions(jobs, writing)
    found, passed = find_images(images)
    tasks, index = _listed(plan(found, output, directory, settings), directory, settings)
    _refuse_streams({task.output for task in tasks}, as_json=as_json, explain=explain)
    _refuse_sharing(tasks, settings, shared=given["shared"], equally=given["equally"])

    from colorquant.cli.console import Reporter  # noqa: PLC0415 - the help does without these two
    from colorquant.cli.jobs import default_jobs, interruptible, run  # noqa: PLC0415

    reporter = Reporter(len(tasks), quiet=quiet or (explain and len(tasks) == 1), verbose=verbose)
    reporter.warn_of("not named like an image", passed.unlike)
    reporter.warn_of("made by colorquant", passed.made_here)
    request = Request.of(settings, given)
    if given["shared"]:
        sweep, failed = shared_sweep(tasks, request, equally=given["equally"])
        many = f"{len(tasks) - len(failed)} images"
        if explain:
            told = [explained(Task(many, ""), sweep)] if sweep.colors else []
            _print_curves(told)
            _end(reporter, [*told, *failed])
            return
        if sweep.colors:
            reporter.warn(f"One palette for {many}: {sweep.verdict}")
        request = replace(request, palette=sweep.palette())
    job = partial(study, request=request) if explain else partial(work, request=request, writing=writing)
    done: dict[Task, Outcome] = {}

    def tell(outcome: Outcome) -> None:
        done[outcome.task] = outcome
        reporter.tell(outcome)

    try:
        with interruptible(), reporter.watching():
            run(tasks, job, min(jobs or default_jobs(len(tasks)), len(tasks)), tell)
    except KeyboardInterrupt:
        reporter.conclude([done[task] for task in tasks if task in done], stopped=True)
        raise
    outcomes = [done[task] for task in tasks]
    if as_json:
        _print_json(outcomes)
    if explain:
        _print_curves(outcomes)
    if index:
        _write_index(outcomes, index, request.palette)
        reporter.warn(f"Reports: {index}")
    _end(reporter, outcomes)


def _end(reporter: Reporter, outcomes: Sequence[Outcome]) -> None:
    """Sum up, and end with the exit code of a failure where there was one."""
    reporter.conclude(outcomes)
    if any(outcome.status == "failed" for outcome in outcomes):
        sys.exit(1)


def _output_format(output: str | None, given: str | None) -> str | None:
    """Let the ending of the only output choose its format, unless the option does."""
    suffix = Path(output or "").suffix.lower()
    named = suffix.removeprefix(".")
    if named not in OUTPUT_FORMATS:
        if suffix:
            formats = " or ".join(f".{name}" for name in OUTPUT_FORMATS)
            raise click.UsageError(f"{output}: colorquant does not write {suffix} files. Name it {formats}.")
        return given
    if given and given != named:
        raise click.UsageError(f"--format {given} and -o {output} disagree. Leave one out.")
    return named


def _refuse_outputs(
    output: str | None, directory: str | None, given: Mapping[str, Any], *, as_json: bool
) -> None:
    """Refuse what is for outputs where none is written."""
    about_outputs = {"-o": output, "-d": directory} | {option(name): given[name] for name in ABOUT_OUTPUTS}
    for name, value in about_outputs.items():
        if value:
            raise click.UsageError(f"--explain writes nothing, so {name} has no effect. Leave one out.")
    if as_json:
        raise click.UsageError("--explain prints for people, --json for programs. Leave one out.")


def _refuse_contradictions(jobs: int | None, writing: Writing) -> None:
    if jobs is not None and jobs < 1:
        raise click.UsageError(f"--jobs must be 1 or more, not {jobs}.")
    if writing.force and writing.skip_existing:
        raise click.UsageError("--force replaces what --skip-existing would leave alone. Leave one out.")


def _refuse_sharing(tasks: Sequence[Task], settings: Settings, *, shared: bool, equally: bool) -> None:
    if equally and not shared:
        raise click.UsageError("--equally would change nothing, since it is about the palette of --shared.")
    if shared and settings.palette:
        raise click.UsageError("--shared would change nothing, since --palette is the same for all images.")
    if shared and any(task.source == STANDARD for task in tasks):
        raise click.UsageError("--shared reads each image twice, which the standard input cannot give.")


def _refuse_streams(outputs: set[str], *, as_json: bool, explain: bool) -> None:
    if STANDARD not in outputs or explain:
        return
    if as_json:
        raise click.UsageError("--json and -o - both want the standard output. Give one of them a file.")
    if sys.stdout.isatty():
        raise click.UsageError("A terminal cannot show the image. Name a file with -o, or use a pipe.")


def _print_json(outcomes: Sequence[Outcome]) -> None:
    """Print indented JSON for one image, and a line each for more."""
    for outcome in outcomes:
        files = {"input": outcome.task.source, "output": outcome.task.output, "status": outcome.status}
        if outcome.status == "failed":
            files |= {"reason": outcome.reason, "message": outcome.message}
        described = files | (outcome.described or {})
        click.echo(json.dumps(described, indent=2 if len(outcomes) == 1 else None))


def _print_curves(outcomes: Sequence[Outcome]) -> None:
    from colorquant.report.curve import curve  # noqa: PLC0415

    for outcome in outcomes:
        if outcome.described is None:
            continue
        click.echo(f"{printable(outcome.task.source)}: {outcome.described['verdict']}")
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


def _listed(tasks: list[Task], directory: str | None, settings: Settings) -> tuple[list[Task], str]:
    """Say which page lists the reports where there are several, and tell each task."""
    if not settings.report or len(tasks) == 1:
        return tasks, ""
    index = str(Path(directory or _common_folder([task.output for task in tasks]), INDEX))
    folders = [Path(str(task.report)).parent for task in tasks]
    links = [Path(os.path.relpath(index, folder)).as_posix() for folder in folders]
    return [replace(task, index=link) for task, link in zip(tasks, links, strict=True)], index


def _write_index(outcomes: Sequence[Outcome], index: str, palette: Palette | None) -> None:
    from colorquant.report.index import IndexEntry, render_index  # noqa: PLC0415

    folder = Path(index).parent
    named_from = _common_folder([outcome.task.source for outcome in outcomes])
    entries = [
        IndexEntry(
            name=os.path.relpath(outcome.task.source, named_from),
            link=Path(os.path.relpath(outcome.task.report, folder)).as_posix(),
            thumbnail=outcome.card.thumbnail,
            strip=outcome.card.strip,
            bytes_before=outcome.card.bytes_before,
            bytes_after=outcome.card.bytes_after,
        )
        for outcome in outcomes
        if outcome.task.report and outcome.card
    ]
    failures = [
        (os.path.relpath(outcome.task.source, named_from), outcome.message)
        for outcome in outcomes
        if outcome.status == "failed" and not outcome.card
    ]
    write_atomically(index, render_index(entries, failures, palette.hex_colors if palette else ()))


def _common_folder(paths: Sequence[str]) -> str:
    return os.path.relpath(os.path.commonpath([Path(path).resolve().parent for path in paths]))
