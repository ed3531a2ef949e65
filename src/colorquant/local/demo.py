"""`make demo`: a photo goes into one bucket and comes out of the other in few colors."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

from colorquant import Image, Settings, load
from colorquant.report.page import render_report
from colorquant.report.preview import preview_of_pixels
from colorquant.report.swatches import swatches
from colorquant.report.templates import template

FOLDER = Path("demo-output")
AUTO = Settings(criterion="auto")


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(image: Path) -> None:
    """Run IMAGE through the local stack, and show beside it what the criterion auto gives."""
    FOLDER.mkdir(exist_ok=True)
    click.echo("Starting S3 and SQS in this process, and uploading the image twice ...")
    log = FOLDER / "lambda.log"
    with log.open("w") as stream, redirect_stdout(stream):
        outcome, seconds = _served(image)
    if outcome["outcome"] != "quantized":
        click.echo(f"{image.name}: {outcome['message']}")
        sys.exit(1)
    cold, warm = seconds
    served = json.loads((FOLDER / f"{image.name}.palette.json").read_text())
    original = load(image, AUTO)
    auto = _auto(image.name, original)
    source = served["source"]
    click.echo(
        f"{source['format']}, {source['width']}x{source['height']}, {source['bytes']:,} bytes, "
        f"{source['distinct_colors']:,} colors.\n"
        f"From bucket to bucket: {cold:.2f} s at first, {warm:.2f} s when warm."
    )
    pictures = [
        _picture("The service's recipe", f"{image.name}.quantized.png", served),
        _picture("--criterion auto", f"{image.name}.auto.png", auto),
    ]
    for picture in pictures:
        click.echo(f"\n{picture['title']}: {picture['colors']} colors, {picture['bytes']:,} bytes.")
        click.echo(f"{picture['verdict']}\n")
        click.echo(swatches(picture["palette"], colored=sys.stdout.isatty()))
    page = _page(image.name, original, source, pictures)
    click.echo(f"\nAll files are in {FOLDER}. To look at: {page}")
    if sys.stdout.isatty() and _has_display():
        click.launch(str(page))


def _served(image: Path) -> tuple[dict[str, str], list[float]]:
    # Imported here so that the handler's logger writes where the standard output goes by now.
    from colorquant.local.stack import local_stack  # noqa: PLC0415

    seconds = []
    with local_stack() as stack, patch.dict(os.environ, REPORT="true"):
        for _ in ("cold", "warm"):
            stack.forget(image.name)
            stack.upload(image.name, image.read_bytes())
            start = time.perf_counter()
            [outcome] = stack.deliver()
            seconds.append(time.perf_counter() - start)
            if outcome["outcome"] != "quantized":
                break
        stack.save_outputs(FOLDER)
        return outcome, seconds


def _auto(name: str, original: Image) -> dict[str, Any]:
    sweep = original.sweep(AUTO)
    result = original.recolor(sweep)
    (FOLDER / f"{name}.auto.png").write_bytes(result.to_png())
    report = render_report(original, sweep, result, name=name, beside=f"{name}.auto.png", index="index.html")
    (FOLDER / f"{name}.auto.report.html").write_bytes(report)
    return result.to_dict()


def _picture(title: str, file: str, described: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": title,
        "file": file,
        "bytes": (FOLDER / file).stat().st_size,
        "report": file.replace(".quantized.png", ".report.html").replace(".auto.png", ".auto.report.html"),
        **{name: described[name] for name in ("colors", "palette", "verdict")},
    }


def _page(name: str, image: Image, source: dict[str, Any], pictures: list[dict[str, Any]]) -> Path:
    """Write the page that shows the original and the results beside each other."""
    # Browsers show no TIFF and no HEIC.
    preview, media_type = preview_of_pixels(image.raster, lossless=False)
    file = f"{name}.preview.{media_type.removeprefix('image/')}"
    (FOLDER / file).write_bytes(preview)
    original = {
        "title": "Original",
        "file": file,
        "bytes": source["bytes"],
        "colors": source["distinct_colors"],
        "palette": [],
        "verdict": "",
        "report": "",
    }
    page = FOLDER / "index.html"
    page.write_text(template("demo.html.j2").render(name=name, pictures=[original, *pictures]))
    return page


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


if __name__ == "__main__":
    main()
