"""What the commands that draw patterns have in common: one image in, and a file for each way to draw it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import click

from colorquant.cli.inputs import STANDARD, Found, check_outputs, printable
from colorquant.cli.options import Decorated, option
from colorquant.cli.outputs import write_atomically
from colorquant.cli.work import explain
from colorquant.errors import ColorquantError, SettingsError

Made = TypeVar("Made")

PHOTO = click.argument("photo", metavar="IMAGE", type=click.Path(allow_dash=True, readable=False))
FORCE = click.option("--force", is_flag=True, help="Replace files that exist.")
PAPER = click.option("--paper", default="a4", metavar="NAME", help="a3, a4, a5, letter or tabloid.  [a4]")


def outputs_option(endings: Sequence[str]) -> Callable[[Decorated], Decorated]:
    """Give a command the option that names its files, which end in one of these ways."""
    kinds = f"{', '.join(endings[:-1])} or {endings[-1]}"
    return click.option(
        "-o",
        "--output",
        "outputs",
        metavar="FILE",
        multiple=True,
        required=True,
        type=click.Path(),
        help=f"A {kinds} to write; may be repeated.",
    )


def check_files(photo: str, files: Sequence[str], endings: Collection[str], *, force: bool) -> None:
    """Refuse files that cannot be written, before there is any work."""
    names = ", ".join(endings)
    for file in files:
        if Path(file).suffix.lower() not in endings:
            raise click.UsageError(f"{file} does not end like a file that can be written: {names}.")
        if Path(file).exists() and not force:
            raise click.ClickException(f"{file} exists already. --force replaces it.")
    image = [] if photo == STANDARD else [Found(photo, Path(photo).name)]
    check_outputs(image, [(photo, file) for file in files])


def title_of(photo: str) -> str:
    """Call a drawing like its image."""
    return "" if photo == STANDARD else printable(Path(photo).stem)


def make(photo: str, work: Callable[[], Made]) -> Made:
    """Do the work on an image; what goes wrong is told in a sentence."""
    try:
        return work()
    except SettingsError as error:
        raise click.UsageError(str(error.called(option))) from error
    except (ColorquantError, OSError) as error:
        raise click.ClickException(f"{printable(photo)}: {explain(error, photo)}") from error


def write_files(files: Sequence[str], ways: Mapping[str, Callable[[], bytes]]) -> None:
    """Write each file the way that its name ends."""
    drawn = {file: make(file, ways[Path(file).suffix.lower()]) for file in files}
    for file, data in drawn.items():
        write_atomically(file, data)
