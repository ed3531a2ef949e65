"""`colorquant quantize`: an image file to one of few colors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from colorquant import ColorquantError, Settings
from colorquant.cli.options import setting_options, settings_from
from colorquant.report.curve import curve

if TYPE_CHECKING:
    from colorquant import Quantized

STANDARD = "-"


@click.command()
@click.argument("image", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Where to write the PNG; - is the standard output.  [IMAGE.quantized.png]",
)
@click.option("--colors", type=int, metavar="N", help="Take exactly N colors.")
@setting_options
@click.option("--explain", is_flag=True, help="Print the score of every number of colors, and the verdict.")
@click.option("--json", "as_json", is_flag=True, help="Print the palette, scores and timings as JSON.")
def quantize(image: str, output: str | None, explain: bool, as_json: bool, **given: Any) -> None:
    """Reduce IMAGE (a JPEG or PNG file, or - for the standard input) to the few colors that suit it.

    Each option can be set by an environment variable as well: MIN_COLORS, MAX_COLORS, SAMPLE_SIZE,
    CRITERION, QUALITY, SEED, MAX_PIXELS, MAX_BYTES.

    Exit code: 0 done, 1 the image failed, 2 wrong usage.
    """
    output = output or _default_output(image)
    if as_json and output == STANDARD:
        raise click.UsageError("--json and -o - both want the standard output. Give one of them a file.")
    if explain and (as_json or output == STANDARD):
        raise click.UsageError(
            "--explain prints for people; --json and -o - are for programs. Leave one out."
        )
    settings = settings_from(given)
    try:
        result = _quantize(image, output, settings, as_json)
    except ColorquantError as error:
        raise click.ClickException(f"{'standard input' if image == STANDARD else image}: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or image}: {error.strerror or error}.") from error
    if explain and result.sweep:
        rows = result.to_dict()["sweep"]
        click.echo(curve(rows, result.measure, result.colors, _bar(sys.stdout.encoding)))


def _quantize(image: str, output: str, settings: Settings, as_json: bool) -> Quantized:
    # Loads the numeric libraries, which --help and a wrong option should not wait for.
    from colorquant import quantize as quantize_image  # noqa: PLC0415

    source: BinaryIO | Path = sys.stdin.buffer if image == STANDARD else Path(image)
    result = quantize_image(source, settings)
    if output == STANDARD:
        sys.stdout.buffer.write(result.to_png())
    else:
        result.save(output)
    if as_json:
        click.echo(result.to_json(), nl=False)
    elif output != STANDARD:
        click.echo(f"{output}: {result.verdict}")
    return result


def _bar(encoding: str) -> str:
    """Give a solid block where the terminal can show one."""
    try:
        "\u2588".encode(encoding)
    except UnicodeEncodeError:
        return "#"
    return "\u2588"


def _default_output(image: str) -> str:
    return STANDARD if image == STANDARD else f"{image}.quantized.png"
