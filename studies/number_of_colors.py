"""`make study DATA=folder`: why the silhouette picks the minimum, and what should pick instead."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from studies import artwork, continua, counting, photographs, planted
from studies.drawings import STYLES
from studies.findings import TABLES, Results
from studies.page import fill
from studies.plots import PLOTS
from studies.workers import pool, work

NAME = "number-of-colors"
CLOUD_SEEDS = range(5)
DOTS_PER_INCH = 110


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs"),
    help=f"Where {NAME}.md and its images are written.  [docs]",
)
def main(folders: tuple[Path, ...], output: Path) -> None:
    """Run the study on the photographs in FOLDERS and on the two that scikit-learn ships."""
    results = run(photographs.find(folders))
    images = output / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, plot in PLOTS.items():
        # Without the library's version, so that the same numbers give the same file.
        plot(results).savefig(images / f"{NAME}-{name}.png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    page = output / f"{NAME}.md"
    fill(page, {name: table(results) for name, table in TABLES.items()})
    click.echo(f"{page} has the tables, {images} the plots.")


def run(pictures: list[photographs.Picture]) -> Results:
    """Run every part of the study.

    Parameters
    ----------
    pictures : list of Picture

    Returns
    -------
    Results
    """
    with pool() as workers:
        return Results(
            continua={
                name: np.array([continua.silhouettes(name, seed) for seed in CLOUD_SEEDS])
                for name in continua.NAMES
            },
            drawings={
                name: work(workers, name, planted.run, planted.jobs(style)) for name, style in STYLES.items()
            },
            rare=[
                work(workers, f"rarest color {share:.1%}", planted.count_flat, planted.rare_jobs(share))
                for share in planted.SHARES
            ],
            artwork=work(workers, "flat art", counting.count, artwork.jobs()),
            pictures=pictures,
            repeats=work(workers, "photographs", photographs.repeat, pictures),
            quarters=work(workers, "quarters", photographs.repeat, photographs.quarters(pictures)),
            sizes=work(workers, "sample sizes", photographs.by_size, pictures),
            spaces=work(workers, "color spaces", photographs.by_space, pictures),
            looks=work(workers, "what people see", photographs.look, pictures),
        )


if __name__ == "__main__":
    main()
