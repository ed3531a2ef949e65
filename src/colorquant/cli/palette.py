"""`colorquant palette`: the colors of images, to look at or to take along."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from colorquant.cli.inputs import STANDARD, Found, check_outputs, check_places, find_images, printable
from colorquant.cli.options import (
    IMAGES_ARGUMENT,
    NamesType,
    output_options,
    setting_options,
    settings_from,
)
from colorquant.cli.outputs import write_atomically, write_to_standard_output
from colorquant.cli.work import Request, explain, read_source, swept
from colorquant.errors import ColorquantError
from colorquant.palettes.formats import FORMATS
from colorquant.palettes.order import ORDERS, Order

if TYPE_CHECKING:
    from colorquant.palette import Palette


class FormatType(NamesType):
    """The name of a palette format."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse other names."""
        if value not in FORMATS:
            self.fail(f"{value!r} is not one of {', '.join(FORMATS)}.", param, ctx)
        return value

    @property
    def names(self) -> Iterable[str]:
        """Those of the formats."""
        return FORMATS


class FormatsCommand(click.Command):
    """A command whose help lists the palette formats that there are when it is asked for."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them."""
        with formatter.section("Formats"):
            formatter.write_dl([(name, each.purpose) for name, each in FORMATS.items()])
        super().format_epilog(ctx, formatter)


@click.command(
    cls=FormatsCommand,
    no_args_is_help=True,
    short_help="Show the colors of images, or write palette files.",
    help="""Show the few colors that suit each IMAGE: swatches, codes, shares and CSS variables.

    With --format, or -o and a file name that ends like a format, writes palette files.

    \b
      colorquant palette photo.jpg
      colorquant palette photo.jpg -o photo.gpl
      colorquant palette photos/ --format ase -d palettes/
      colorquant palette photo.jpg --format css >> style.css

    \b
    Exit code: 0 done, 1 an image failed, 2 wrong usage, 130 stopped.
    """,
)
@IMAGES_ARGUMENT
@click.option(
    "--format", "kind", type=FormatType(), metavar="NAME", help="Format of the palette files; see below."
)
@output_options(
    "Where to write the palette of a single image.",
    "Folder to write IMAGE.palette.NAME of every image to.",
)
@click.option(
    "--sort",
    type=click.Choice(ORDERS),
    default="share",
    metavar="ORDER",
    help=f"Order of the colors: {', '.join(ORDERS)}.  [share]",
)
@setting_options
def palette(
    *,
    images: tuple[str, ...],
    kind: str | None,
    output: str | None,
    directory: str | None,
    force: bool,
    sort: Order,
    **given: Any,
) -> None:
    """Show the colors of images, or write palette files."""
    settings = settings_from(given)
    request = Request.of(settings, given)
    kind = _kind_of(output, kind)
    found, _ = find_images(images)
    check_places(found, output, directory)
    if directory and not kind:
        raise click.UsageError("-d writes palette files. Name their format with --format.")
    if kind and len(found) > 1 and not directory:
        raise click.UsageError(f"There are {len(found)} images. Name a folder for their palettes with -d.")
    files = {image: _file(image, kind, output, directory) for image in found}
    check_outputs(found, [(image.source, file) for image, file in files.items() if file])
    if kind and FORMATS[kind].binary and not all(files.values()) and sys.stdout.isatty():
        raise click.UsageError(f"{kind} is no text to show in a terminal. Give it a file with -o.")
    failed = False
    for image, file in files.items():
        if len(found) > 1 and not file:
            click.echo(f"{printable(image.source)}:")
        try:
            verdict = _take(image.source, file, request, kind, sort, force=force)
        except (ColorquantError, OSError) as error:
            failed = True
            click.echo(f"Error: {printable(image.source)}: {explain(error, image.source)}", err=True)
            continue
        if kind is None or file:
            click.echo(f"{printable(file or image.source)}: {verdict}", err=True)
    if failed:
        sys.exit(1)


def _kind_of(output: str | None, given: str | None) -> str | None:
    """Tell the format by the file name, unless the option does."""
    if output is None or output == STANDARD:
        return given
    named = Path(output).suffix[1:].lower()
    if named not in FORMATS:
        if given:
            return given
        raise click.UsageError(f"{output} does not end like a palette file. Name the format with --format.")
    if given and given != named:
        raise click.UsageError(f"--format {given} and -o {output} disagree. Leave one out.")
    return named


def _file(image: Found, kind: str | None, output: str | None, directory: str | None) -> str | None:
    """Say which file gets an image's palette; None is the standard output."""
    if directory:
        if image.source == STANDARD:
            raise click.UsageError("The standard input has no name. Give its palette one with -o.")
        return str(Path(directory, f"{image.name}.palette.{kind}"))
    return None if output == STANDARD else output


def _take(
    source: str, file: str | None, request: Request, kind: str | None, sort: Order, *, force: bool
) -> str:
    """Find and deliver one image's palette, and give the verdict."""
    if file and Path(file).is_file() and not force:
        raise ColorquantError(f"{file} exists already. --force replaces it.")
    from colorquant import load  # noqa: PLC0415 - loads the numeric libraries

    image = load(read_source(source, request.settings), request.settings)
    sweep = swept(image, request)
    data = _render(image.rank(sweep).sorted(sort), kind)
    if file:
        write_atomically(file, data)
    else:
        write_to_standard_output(data)
    return sweep.verdict


def _render(palette: Palette, kind: str | None) -> bytes:
    from colorquant.report.swatches import swatches  # noqa: PLC0415

    if kind:
        return palette.encode(kind)
    colored = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return f"{swatches(palette.entries, colored=colored)}\n\n".encode() + palette.encode("css")
