"""A result as one HTML file that needs nothing else."""

from __future__ import annotations

import base64

from colorquant.image.decode import decode
from colorquant.palettes.formats import FORMATS
from colorquant.report import charts
from colorquant.report.preview import preview_of_pixels, preview_of_result
from colorquant.report.templates import template
from colorquant.result import Quantized


def render_report(source: bytes, result: Quantized, *, name: str) -> bytes:
    """Write the report about an image: before and after, the palette, the scores, sizes and times.

    Parameters
    ----------
    source : bytes
        The encoded original.
    result : Quantized
        What `quantize` made of it.
    name : str
        What to call it, such as its file name. Any text is harmless.

    Returns
    -------
    bytes
        HTML in UTF-8, with everything embedded: it opens from a disk and asks no network for anything.
    """
    raster = decode(source, result.settings)
    described = result.to_dict()
    page = template("report.html.j2").render(
        name=name,
        described=described,
        palette=described["palette"],
        before=data_url(*preview_of_pixels(raster.pixels, raster.alpha)),
        after=data_url(*preview_of_result(result)),
        bytes_after=len(result.encode()),
        downloads={
            kind: data_url(each.write(described["palette"]), each.media_type)
            for kind, each in FORMATS.items()
            if described["palette"]
        },
        css=FORMATS["css"].write(described["palette"]).decode(),
        curve=charts.score_curve(result),
        plane=charts.color_plane(raster, result),
        charts=charts,
    )
    return page.encode(errors="replace")


def data_url(data: bytes, media_type: str) -> str:
    """Put data into an address of its own.

    Parameters
    ----------
    data : bytes
    media_type : str

    Returns
    -------
    str

    Examples
    --------
    >>> data_url(b"hi", "text/plain")
    'data:text/plain;base64,aGk='
    """
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
