"""`make demo`: a photo goes into one bucket and comes out of the other in few colors."""

from __future__ import annotations

import json
import sys
import time
from contextlib import redirect_stdout
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from colorquant.report.swatches import swatches

FOLDER = Path("demo-output")
SAMPLE = "china.jpg"


@click.command()
@click.argument("image", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(image: Path | None) -> None:
    """Run IMAGE, or a photo that scikit-learn ships, through the local stack."""
    data = image.read_bytes() if image else (files("sklearn.datasets.images") / SAMPLE).read_bytes()
    key = image.name if image else SAMPLE
    FOLDER.mkdir(exist_ok=True)
    log = FOLDER / "lambda.log"
    with log.open("w") as stream, redirect_stdout(stream):
        outcome, seconds, saved = _run(key, data)
    if outcome["outcome"] != "quantized":
        click.echo(f"{key}: {outcome['message']}")
        sys.exit(1)
    _show(json.loads((FOLDER / f"{key}.palette.json").read_text()), seconds)
    click.echo("Files:")
    for path in [*saved, log]:
        click.echo(f"  {path}  ({path.stat().st_size:,} bytes)")


def _run(key: str, data: bytes) -> tuple[dict[str, str], list[float], list[Path]]:
    # Imported here so that the handler's logger writes where the standard output goes by now.
    from colorquant.local.stack import local_stack  # noqa: PLC0415

    seconds = []
    with local_stack() as stack:
        for _ in ("cold", "warm"):
            stack.forget(key)
            stack.upload(key, data)
            start = time.perf_counter()
            [outcome] = stack.deliver()
            seconds.append(time.perf_counter() - start)
        return outcome, seconds, stack.save_outputs(FOLDER)


def _show(described: dict[str, Any], seconds: list[float]) -> None:
    source = described["source"]
    click.echo(
        f"{source['format']}, {source['width']}x{source['height']}, {source['bytes']:,} bytes, "
        f"{source['distinct_colors']:,} colors."
    )
    click.echo(f"{described['colors']} colors suit it. {described['verdict']}\n")
    click.echo(swatches(described["palette"], colored=sys.stdout.isatty()) + "\n")
    cold, warm = seconds
    click.echo(f"From bucket to bucket: {cold:.2f} s at first, {warm:.2f} s when warm.")


if __name__ == "__main__":
    main()
