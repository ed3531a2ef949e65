"""`colorquant palette`: the colors of an image, to look at or to take along."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from colorquant.cli.atomic_file import write_atomically
from colorquant.cli.console import printable
from colorquant.cli.inputs import STANDARD
from colorquant.cli.options import setting_options, settings_from
from colorquant.cli.work import explain, read_source
from colorquant.errors import ColorquantError
from colorquant.palettes.formats import FORMATS


@click.command(no_args_is_help=True, short_help="Show an image's colors, or write a palette file.")
@click.argument("image", type=click.Path(allow_dash=True))
@click.option(
    "--format", "kind", type=click.Choice(list(FORMATS)), metavar="NAME", help=f"One of {', '.join(FORMATS)}."
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(allow_dash=True), help="Where to write it.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@click.option("--colors", type=int, metavar="N", help="Take exactly N colors.")
@setting_options
def palette(image: str, kind: str | None, output: str | None, force: bool, **given: Any) -> None:
    """Show the few colors that suit IMAGE: swatches, codes, shares and CSS variables.

    With --format, or -o and a file name that ends like a format, writes a palette file for other programs:
    GIMP, Inkscape and Krita (gpl), Adobe's (ase, aco), or a picture of it (png).

    \b
      colorquant palette photo.jpg
      colorquant palette photo.jpg -o photo.gpl
      colorquant palette photo.jpg --format css >> style.css

    \b
    Exit code: 0 done, 1 the image failed, 2 wrong usage.
    """  # noqa: D301 - click's mark for lines that it must not fill
    settings = settings_from(given)
    kind = kind or _kind_of(output)
    to_file = output not in (None, STANDARD)
    if output is not None and to_file and Path(output).is_file() and not force:
        raise click.ClickException(f"{output} exists already. --force replaces it.")
    if kind and FORMATS[kind].binary and not to_file and sys.stdout.isatty():
        raise click.UsageError(f"{kind} is no text to show in a terminal. Give it a file with -o.")

    from colorquant import quantize  # noqa: PLC0415 - loads the numeric libraries

    try:
        described = quantize(read_source(image, settings), settings).to_dict()
        data = _render(described["palette"], kind)
        if output is not None and to_file:
            write_atomically(output, data)
        else:
            sys.stdout.buffer.write(data)
    except (ColorquantError, OSError) as error:
        raise click.ClickException(f"{printable(image)}: {explain(error, image)}") from error
    if kind is None or to_file:
        click.echo(f"{printable(output if output and to_file else image)}: {described['verdict']}", err=True)


def _kind_of(output: str | None) -> str | None:
    """Tell the format by the file name."""
    if output is None or output == STANDARD:
        return None
    kind = Path(output).suffix[1:].lower()
    if kind not in FORMATS:
        raise click.UsageError(f"{output} ends like no palette file. Name the format with --format.")
    return kind


def _render(colors: Sequence[Mapping[str, Any]], kind: str | None) -> bytes:
    from colorquant.report.swatches import swatches  # noqa: PLC0415

    if kind:
        return FORMATS[kind].write(colors)
    colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    shown = swatches(colors, colored=colored)
    return f"{shown}\n\n".encode() + FORMATS["css"].write(colors)
