"""A result as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from colorquant.engine.selection import HUNDREDTHS
from colorquant.palettes.formats import FORMATS
from colorquant.pipeline import Image
from colorquant.report import headline
from colorquant.report.accent import accents
from colorquant.report.preview import PREVIEW_SIDE, preview_of_pixels, preview_of_result
from colorquant.report.templates import script, template
from colorquant.result import Quantized
from colorquant.swept import Sweep

# The page's parts in the order of their use.
SCRIPTS = ("color", "draw", "copy", "pixels", "picture", "swatches", "curve", "plane", "report")
# An image of no more colors is a drawing whose codes somebody may want to pick from the preview; photographs
# have tens of thousands.
FEW_COLORS = 4096
# Most palettes to embed. Each is refined on the whole image, which takes a tenth of a second.
MOST_PALETTES = 32


def render_report(
    image: Image, sweep: Sweep, result: Quantized, *, name: str, beside: str = "", index: str = ""
) -> bytes:
    """Write the report about an image: before and after, in any number of colors, and the palette to take.

    Parameters
    ----------
    image : Image
        The original.
    sweep : Sweep
        What was found for it.
    result : Quantized
        What became of it with the palette that the sweep chose.
    name : str
        What to call it, such as its file name. Any text is harmless.
    beside : str
        The relative path of the result's file, to link to where it is too large to embed. Default none.
    index : str
        The relative path of a page that lists this report and others. Default none.

    Returns
    -------
    bytes
        HTML in UTF-8, with everything embedded: it opens from a disk and asks no network for anything.
    """
    described = result.to_dict()
    few = len(image.colors) <= FEW_COLORS
    after, media_type, whole = preview_of_result(result)
    error = headline.difference(image.raster, result)
    page = template("report.html.j2").render(
        name=name,
        described=described,
        data=_data(sweep, result, name),
        headline=headline.headline(sweep),
        meaning=headline.MEASURES.get(sweep.measure, ""),
        savings=headline.savings(image.raster.size_bytes, len(result.encode())),
        error=HUNDREDTHS * error,
        closeness=headline.closeness(error),
        accents=accents(result.facts),
        before=data_url(*preview_of_pixels(image.raster, lossless=few)),
        after=data_url(after, media_type),
        transparent=image.raster.alpha is not None,
        whole=whole,
        scaled=max(image.width, image.height) > PREVIEW_SIDE,
        bytes_after=len(result.encode()),
        bytes_png=len(result.to_png()),
        beside=_address(beside),
        index=_address(index),
        downloads=_downloads(described["palette"]),
        script=script(*SCRIPTS),
    )
    return page.encode(errors="replace")


def _data(sweep: Sweep, result: Quantized, name: str) -> dict[str, Any]:
    numbers = _spread(list(sweep.numbers), sweep.colors)
    scale = HUNDREDTHS if sweep.measure == "error" else 1
    return {
        "name": name,
        "numbers": numbers,
        "chosen": sweep.colors,
        "palettes": {k: sweep.palette(k).hex_colors for k in numbers if k != sweep.colors},
        "scores": [(score.colors, scale * float(getattr(score, sweep.measure))) for score in sweep.scores],
        # A silhouette is drawn on all of its scale, or noise would look like a peak.
        "most": 1 if sweep.measure.startswith("silhouette") else None,
        "equals": headline.equals(sweep),
        "space": result.settings.space,
    }


def _spread(numbers: list[int], chosen: int) -> list[int]:
    """Take no more than `MOST_PALETTES` of the numbers, evenly apart, and the chosen one."""
    if len(numbers) <= MOST_PALETTES:
        return numbers
    last = len(numbers) - 1
    taken = {numbers[round(last * place / (MOST_PALETTES - 2))] for place in range(MOST_PALETTES - 1)}
    return sorted({*taken, chosen})


def _downloads(palette: list[dict[str, Any]]) -> list[dict[str, str]]:
    if not palette:
        return []
    return [
        {
            "name": each.name,
            "purpose": each.purpose.removeprefix("for ")[:1].upper() + each.purpose.removeprefix("for ")[1:],
            "address": data_url(each.write(palette), each.media_type),
        }
        for each in FORMATS.values()
    ]


def _address(path: str) -> str:
    return f"./{quote(path, errors='surrogateescape')}" if path else ""


def data_url(data: bytes, media_type: str) -> str:
    """Put data into an address of its own.

    Examples
    --------
    >>> data_url(b"hi", "text/plain")
    'data:text/plain;base64,aGk='
    """
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
