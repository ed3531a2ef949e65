"""`colorquant paint-by-numbers`: a page to paint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from colorquant.cli.drawings import (
    FORCE,
    PAPER,
    PHOTO,
    check_files,
    make,
    outputs_option,
    title_of,
    write_files,
)
from colorquant.cli.options import setting_options, settings_from
from colorquant.cli.work import Request, quantized, read_source

if TYPE_CHECKING:
    from colorquant.makers.papers import PaperName

ENDINGS = (".svg", ".pdf")


@click.command(no_args_is_help=True, short_help="Turn an image into a page to paint by numbers.")
@PHOTO
@outputs_option(ENDINGS)
@FORCE
@click.option(
    "--min-region", type=float, default=12, metavar="MM2", help="Smallest area to paint, in mm².  [12]"
)
@PAPER
@click.option(
    "--line-color", default="#8c8c8c", metavar="COLOR", help="Color of outlines and numbers.  [#8c8c8c]"
)
@setting_options
def paint_by_numbers(
    *,
    photo: str,
    outputs: tuple[str, ...],
    force: bool,
    min_region: float,
    paper: PaperName,
    line_color: str,
    **given: Any,
) -> None:
    """Turn an image into a page to paint by numbers: outlines, a number in each area, and a legend.

    \b
      colorquant paint-by-numbers photo.jpg -o page.pdf --colors 16
      colorquant paint-by-numbers photo.jpg -o page.svg --catalog paints.csv --colors 12
      colorquant paint-by-numbers photo.jpg -o page.pdf --min-region 30 --paper letter
    A PDF takes ReportLab: pip install 'colorquant[makers]'.
    Exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped.
    """  # noqa: D301 - click's mark for lines that it must not fill
    # Areas of one color are what is to be painted.
    settings = settings_from(given).changed(dither="none")
    request = Request.of(settings, given)
    check_files(photo, outputs, ENDINGS, force=force)

    from colorquant import makers  # noqa: PLC0415 - loads the numeric libraries

    page = make(
        photo,
        lambda: makers.paint_by_numbers(
            quantized(read_source(photo, settings), request)[2],
            min_region=min_region,
            paper=paper,
            line_color=line_color,
            title=title_of(photo),
        ),
    )
    write_files(outputs, {".svg": lambda: page.svg().encode(), ".pdf": page.pdf})
    click.echo(f"{', '.join(outputs)}: {page.summary}", err=True)
