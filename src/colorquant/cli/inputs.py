"""From what was named on the command line to what there is to do."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from colorquant.image.formats import SUFFIXES
from colorquant.settings import OUTPUT_FORMATS, Settings

STANDARD = "-"
OUTPUT_SUFFIXES = {name: f".quantized.{name}" for name in OUTPUT_FORMATS}
REPORT_SUFFIX = ".report.html"
# The page that lists the reports of several images.
INDEX = "colorquant.index.html"
MADE_HERE = (*OUTPUT_SUFFIXES.values(), REPORT_SUFFIX, INDEX)
# What a file in a folder must be named like to be taken for an image. Wider than what colorquant reads, so
# that a type it does not read is reported and not passed over.
IMAGE_SUFFIXES = frozenset(SUFFIXES) | {
    ".jxl",
    ".pbm",
    ".pcx",
    ".pgm",
    ".pnm",
    ".ppm",
    ".psd",
    ".qoi",
    ".svg",
}


def printable(name: str) -> str:
    r"""Make a file name harmless to a terminal, with question marks for what is not text.

    Examples
    --------
    >>> printable("red\x1b[31m.png")
    'red?[31m.png'
    """
    name = "standard input" if name == STANDARD else name
    return "".join(character if character.isprintable() else "?" for character in name)


@dataclass(frozen=True)
class Task:
    """One image to quantize.

    Attributes
    ----------
    source : str
        Its path; ``-`` is the standard input.
    output : str
        Where the image goes; ``-`` is the standard output.
    report : str or None
        Where the report goes.
    index : str
        The page that lists the report and others, as seen from the report; empty where there is none.
    """

    source: str
    output: str
    report: str | None = None
    index: str = ""


@dataclass(frozen=True)
class Found:
    """An image, and what its outputs are named after.

    Attributes
    ----------
    source : str
        Its path.
    name : str
        Its path within the folder that was named; its file name where it was named itself.
    """

    source: str
    name: str


@dataclass(frozen=True)
class Passed:
    """Files that are not taken for images.

    Attributes
    ----------
    unlike : list of str
        Files in the folders that are not named like an image.
    made_here : list of str
        What colorquant made of an image beside it.
    """

    unlike: list[str]
    made_here: list[str]


def find_images(named: Sequence[str]) -> tuple[list[Found], Passed]:
    """Look for the images in files, folders and patterns.

    Parameters
    ----------
    named : sequence of str
        A folder stands for the images in it and in its folders, without hidden files and without what
        colorquant wrote there. A pattern, for shells that do not resolve one, stands for what matches it.

    Returns
    -------
    images : list of Found
        In order, each once. A file that is named is taken whatever it is called, even if it is missing; but
        not a result beside its image where there are others, for a pattern that is used again matches it.
    passed : Passed

    Raises
    ------
    click.ClickException
        If there is no image.
    """
    found: dict[str, Found] = {}
    results: dict[str, Found] = {}
    unlike: list[str] = []
    for name in _resolve_patterns(named):
        if not Path(name).is_dir():
            kind = results if _is_result(name) else found
            kind.setdefault(_identity(name), Found(name, Path(name).name))
            continue
        for path in _walk(Path(name)):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                found.setdefault(_identity(str(path)), Found(str(path), str(path.relative_to(name))))
            else:
                unlike.append(str(path))
    if not found:
        found, results = results, {}
    if not found:
        raise click.ClickException(f"There are no images in {', '.join(map(printable, named))}.")
    return list(found.values()), Passed(unlike, [result.source for result in results.values()])


def plan(images: Sequence[Found], output: str | None, folder: str | None, settings: Settings) -> list[Task]:
    """Say where each image's outputs go.

    Parameters
    ----------
    images : sequence of Found
    output : str or None
        A path for the only image.
    folder : str or None
        Where all outputs go. Without it they go beside their images.
    settings : Settings
        `report` says whether each image gets one, and `output_format` what the outputs are named like.

    Raises
    ------
    click.UsageError
        If an output would replace an image, two images would write the same file, or an output has no place
        to go.
    """
    check_places(images, output, folder)
    tasks = [_task(image, output, folder, settings) for image in images]
    check_outputs(images, [(task.source, task.output) for task in tasks])
    return tasks


def check_places(images: Sequence[Found], output: str | None, folder: str | None) -> None:
    """Refuse -o and -d where they cannot be meant."""
    if output and folder:
        raise click.UsageError("-o names one file and -d a folder. Give one of them.")
    if output and len(images) > 1:
        raise click.UsageError(f"-o names one file, but there are {len(images)} images. Use -d FOLDER.")
    if output and output != STANDARD and (Path(output).is_dir() or output.endswith(("/", os.sep))):
        raise click.UsageError(f"-o names a file, and {output} is a folder. Use -d {output}.")


def check_outputs(images: Sequence[Found], outputs: Sequence[tuple[str, str]]) -> None:
    """Refuse an output that is an image to read, or that two images would write."""
    sources = {_identity(image.source): image.source for image in images if image.source != STANDARD}
    owner: dict[str, str] = {}
    for source, output in outputs:
        if _identity(output) in sources or _is_same_file(source, output):
            raise click.UsageError(
                f"{output} is an image to read, and would be replaced. Give the output another name."
            )
        other = owner.setdefault(_identity(output), source)
        if other is not source:
            raise click.UsageError(f"{other} and {source} would both write {output}.")


def _task(image: Found, output: str | None, folder: str | None, settings: Settings) -> Task:
    suffix = OUTPUT_SUFFIXES[settings.output_format]
    if output is None and folder:
        if image.source == STANDARD:
            raise click.UsageError("The standard input has no name. Give its output one with -o.")
        output = str(Path(folder, image.name + suffix))
    elif output is None:
        output = STANDARD if image.source == STANDARD else image.source + suffix
    if not settings.report:
        return Task(image.source, output)
    if output == STANDARD:
        raise click.UsageError("The report is written beside the image. Give that a name with -o.")
    return Task(image.source, output, output.removesuffix(suffix) + REPORT_SUFFIX)


def _resolve_patterns(named: Sequence[str]) -> Iterator[str]:
    for name in named:
        matches = [] if name == STANDARD or Path(name).exists() else sorted(_matches(name))
        yield from matches or [name]


def _matches(pattern: str) -> list[str]:
    # Not Path.glob, which wants to be told where a pattern starts.
    return glob.glob(pattern, recursive=True)  # noqa: PTH207


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and not name.endswith(MADE_HERE):
                yield Path(parent, name)


def _is_result(name: str) -> bool:
    """Tell whether colorquant made this file of one beside it."""
    return any(
        name.endswith(suffix) and Path(name.removesuffix(suffix)).is_file()
        for suffix in OUTPUT_SUFFIXES.values()
    )


def _is_same_file(one: str, other: str) -> bool:
    # Also under a name that differs in case, where the disk does not tell the two apart.
    return Path(one).is_file() and Path(other).is_file() and Path(one).samefile(other)


def _identity(name: str) -> str:
    return name if name == STANDARD else os.path.realpath(name)
