"""What can be taken along from a result: a file by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil, sqrt
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from colorquant import Quantized, makers
from colorquant.errors import SettingsError
from colorquant.palettes.formats import FORMATS
from colorquant.studio.sessions import Made

if TYPE_CHECKING:
    from colorquant.makers.grids import KindName
    from colorquant.makers.papers import PaperName

# Beads or stitches across where the page does not say: two boards of beads, 29 each.
CELLS = 58
# Pixels of a picture to paint; the largest page is drawn in 4 million. Each color goes over all of them, so
# 9.8 megapixels in 24 colors take 1.2 s of processor time.
MOST_PAINTED = 16_000_000

# How drawings are written, by the end of the file's name; what there is not is refused before it is drawn.
PAGES: Mapping[str, Callable[[makers.PaintByNumbers], bytes]] = {
    "svg": lambda page: page.svg().encode(),
    "pdf": lambda page: page.pdf(),
}
PATTERNS: Mapping[str, Callable[[makers.Grid], bytes]] = {
    "svg": lambda pattern: pattern.svg().encode(),
    "pdf": lambda pattern: pattern.pdf(),
    "csv": lambda pattern: pattern.csv(),
}
TYPES = {"svg": "image/svg+xml", "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}

Query = Mapping[str, str]
Way = TypeVar("Way")


class File(NamedTuple):
    """A file to give away."""

    data: bytes
    media_type: str
    name: str


class UnknownFileError(SettingsError):
    """No file of that name can be made."""


def export(made: Made, name: str, query: Query) -> File:
    """Make one of the files.

    Raises
    ------
    UnknownFileError
        If there is none of that name.
    SettingsError
        If the query asks for what cannot be.
    """
    stem, _, ending = name.partition(".")
    way = _WAYS.get(stem)
    if way is None or not ending:
        raise UnknownFileError("There is no file {name!r} of a result.", name=name)
    return way(made, ending, query)


def _image(made: Made, ending: str, query: Query) -> File:  # noqa: ARG001
    ways = {"png": made.result.to_png, "webp": made.result.to_webp}
    return File(_one_of(ways, ending)(), f"image/{ending}", f"{made.opened.name}.quantized.{ending}")


def _palette(made: Made, ending: str, query: Query) -> File:  # noqa: ARG001
    form = _one_of(FORMATS, ending)
    return File(made.result.palette.encode(ending), form.media_type, f"{made.opened.name}.palette.{ending}")


def _report(made: Made, ending: str, query: Query) -> File:  # noqa: ARG001
    from colorquant.report.page import render_report  # noqa: PLC0415 - loads Jinja

    _one_of({"html": None}, ending)
    page = render_report(made.opened.image, made.sweep, made.result, name=made.opened.name)
    return File(page, "text/html; charset=utf-8", f"{made.opened.name}.report.html")


def _paint(made: Made, ending: str, query: Query) -> File:
    write = _one_of(PAGES, ending)
    page = makers.paint_by_numbers(
        _thinned(made.result),
        min_region=_number(query, "min_region", makers.MIN_REGION),
        paper=_paper(query),
        title=made.opened.name,
    )
    return _drawn(made, "paint", ending, write(page))


def _pattern(made: Made, ending: str, query: Query) -> File:
    write = _one_of(PATTERNS, ending)
    small = makers.shrink(made.opened.image, _whole(query, "cells", CELLS))
    # Dithering would scatter single stitches.
    cut = small.recolor(
        made.result.palette, made.result.settings, dither="none", color_space=made.result.settings.space
    )
    pattern = makers.grid(
        cut,
        kind=cast("KindName", query.get("kind", "cross-stitch")),
        fabric_count=_whole(query, "fabric_count", makers.FABRIC_COUNT),
        paper=_paper(query),
        title=made.opened.name,
    )
    return _drawn(made, "pattern", ending, write(pattern))


def _thinned(result: Quantized) -> Quantized:
    """Take every second or third pixel of a huge picture, in each direction: a page shows no more."""
    step = ceil(sqrt(result.indices.size / MOST_PAINTED))
    alpha = None if result.alpha is None else result.alpha[::step, ::step]
    return replace(result, indices=result.indices[::step, ::step], alpha=alpha)


def _drawn(made: Made, what: str, ending: str, data: bytes) -> File:
    return File(data, TYPES[ending], f"{made.opened.name}.{what}.{ending}")


_WAYS: Mapping[str, Callable[[Made, str, Query], File]] = {
    "image": _image,
    "palette": _palette,
    "report": _report,
    "paint": _paint,
    "pattern": _pattern,
}


def _one_of(ways: Mapping[str, Way], ending: str) -> Way:
    if ending not in ways:
        raise UnknownFileError("There is no such file ending in .{ending}.", ending=ending)
    return ways[ending]


def _paper(query: Query) -> PaperName:
    # Other names are refused where they are looked up.
    return cast("PaperName", query.get("paper", "a4"))


def _number(query: Query, name: str, default: float) -> float:
    text = query.get(name, "")
    try:
        return float(text) if text else default
    except ValueError:
        raise SettingsError("{name} is a number, not {text!r}.", name=name, text=text) from None


def _whole(query: Query, name: str, default: int) -> int:
    number = _number(query, name, float(default))
    if not number.is_integer():
        raise SettingsError("{name} is a whole number, not {text!r}.", name=name, text=query[name])
    return int(number)
