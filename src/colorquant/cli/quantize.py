"""`colorquant quantize`: an image file to one of few colors."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from colorquant import ColorquantError, Settings, SettingsError
from colorquant.settings import CRITERIA, parse_setting

STANDARD = "-"
DEFAULTS = Settings()


def _sample_size(_context: click.Context, _option: click.Parameter, text: str | None) -> object:
    if text is None:
        return None
    try:
        return parse_setting("sample_size", text)
    except SettingsError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Where to write the PNG; - is the standard output.  [default: IMAGE.quantized.png]",
)
@click.option("--min-colors", type=int, help=f"Fewest colors to consider.  [default: {DEFAULTS.min_colors}]")
@click.option("--max-colors", type=int, help=f"Most colors to consider.  [default: {DEFAULTS.max_colors}]")
@click.option(
    "--sample",
    "sample_size",
    metavar="N|all",
    callback=_sample_size,
    help=f"Pixels to find the number of colors on.  [default: {DEFAULTS.sample_size}]",
)
@click.option(
    "--criterion", type=click.Choice(CRITERIA), help=f"What decides.  [default: {DEFAULTS.criterion}]"
)
@click.option("--seed", type=int, help=f"Start of the random choices.  [default: {DEFAULTS.seed}]")
@click.option("--json", "as_json", is_flag=True, help="Print the palette, scores and timings as JSON.")
def quantize(image: str, output: str | None, as_json: bool, **given: Any) -> None:
    """Reduce IMAGE (a JPEG or PNG file, or - for the standard input) to the few colors that suit it.

    Each option can be set by an environment variable as well: MIN_COLORS, MAX_COLORS, SAMPLE_SIZE,
    CRITERION, SEED, MAX_PIXELS, MAX_BYTES.

    Exit code: 0 done, 1 the image failed, 2 wrong usage.
    """
    output = output or _default_output(image)
    if as_json and output == STANDARD:
        raise click.UsageError("--json and -o - both want the standard output. Give one of them a file.")
    try:
        settings = Settings.from_environment(os.environ)
        settings = replace(settings, **{name: value for name, value in given.items() if value is not None})
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    try:
        _quantize(image, output, settings, as_json)
    except (ColorquantError, OSError) as error:
        raise click.ClickException(f"{'standard input' if image == STANDARD else image}: {error}") from error


def _quantize(image: str, output: str, settings: Settings, as_json: bool) -> None:
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


def _default_output(image: str) -> str:
    return STANDARD if image == STANDARD else f"{image}.quantized.png"
