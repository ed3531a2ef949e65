"""`colorquant pattern`: a grid of beads or stitches."""

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
from colorquant.cli.options import setting, setting_options, settings_from
from colorquant.cli.work import Request, read_source, swept

if TYPE_CHECKING:
    from colorquant.makers import Grid
    from colorquant.makers.grids import KindName
    from colorquant.makers.papers import PaperName

ENDINGS = (".svg", ".pdf", ".csv")


@click.command(no_args_is_help=True, short_help="Turn an image into a pattern of beads or stitches.")
@PHOTO
@outputs_option(ENDINGS)
@FORCE
@click.option(
    "--kind",
    default="cross-stitch",
    metavar="NAME",
    help="cross-stitch, beads (5 mm) or mini-beads (2.6 mm).  [cross-stitch]",
)
@click.option(
    "--cells", type=int, default=60, metavar="N", help="Beads or stitches from left to right.  [60]"
)
@click.option("--fabric-count", type=int, metavar="N", help="Stitches to an inch.  [14]")
@PAPER
@setting_options
@setting("dither")
@setting("dither_strength")
def pattern(
    *,
    photo: str,
    outputs: tuple[str, ...],
    force: bool,
    kind: KindName,
    cells: int,
    fabric_count: int | None,
    paper: PaperName,
    **given: Any,
) -> None:
    """Turn an image into a pattern: a symbol for each bead or stitch, and how many each color takes.

    \b
      colorquant pattern photo.jpg -o rose.pdf --cells 80 --colors 16
      colorquant pattern photo.jpg -o rose.pdf -o rose.csv --catalog threads.csv --colors 20
      colorquant pattern logo.png -o logo.pdf --kind beads --cells 58 --colors 8
    A PDF takes ReportLab: pip install 'colorquant[makers]'.
    Exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped.
    """  # noqa: D301 - click's mark for lines that it must not fill
    settings = settings_from(given)
    request = Request.of(settings, given)
    if fabric_count is not None and kind != "cross-stitch":
        raise click.UsageError(f"--fabric-count would change nothing, since {kind} have a size of their own.")
    check_files(photo, outputs, ENDINGS, force=force)
    count = {} if fabric_count is None else {"fabric_count": fabric_count}
    grid = make(
        photo,
        lambda: _grid(
            read_source(photo, settings),
            cells,
            request,
            kind=kind,
            paper=paper,
            title=title_of(photo),
            **count,
        ),
    )
    write_files(outputs, {".svg": lambda: grid.svg().encode(), ".pdf": grid.pdf, ".csv": grid.csv})
    click.echo(f"{', '.join(outputs)}: {grid.summary}", err=True)


def _grid(data: bytes, cells: int, request: Request, **given: Any) -> Grid:
    from colorquant import load, makers  # noqa: PLC0415 - loads the numeric libraries

    small = makers.shrink(load(data, request.settings), cells)
    return makers.grid(small.recolor(swept(small, request), request.settings), **given)
