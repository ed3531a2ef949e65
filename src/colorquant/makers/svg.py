"""A sheet as SVG."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby

import numpy as np

from colorquant.makers.drawing import Line, Mark, Shape, Sheet, Text

# Hundredths of a millimeter: a laser printer's dots are 0.02 mm and more apart.
DIGITS = 2
# What XML 1.0 forbids (section 2.2), and the other control characters, which nobody can read.
UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def to_svg(sheet: Sheet) -> str:
    """Write a sheet as a file of its own."""
    width, height = _number(sheet.width), _number(sheet.height)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title description" '
        "font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\">",
        f'<title id="title">{_text(sheet.title)}</title>',
        f'<desc id="description">{_text(sheet.description)}</desc>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for look, marks in groupby(sheet.marks, _look):
        parts += [f"<g {look}>", *map(_mark, marks), "</g>"]
    return "\n".join([*parts, "</svg>\n"])


def _look(mark: Mark) -> str:
    """Give the attributes that neighboring marks share."""
    if isinstance(mark, Text):
        bold = ' font-weight="bold"' if mark.bold else ""
        return f'fill="{mark.color}" text-anchor="{mark.anchor}"{bold}'
    drawn = f' stroke="{mark.stroke}" stroke-width="{_number(mark.width)}"' if mark.width else ""
    name = f' id="{mark.name}"' if mark.name else ""
    return f'fill="{mark.fill or "none"}"{drawn} stroke-linejoin="round" stroke-linecap="round"{name}'


def _mark(mark: Mark) -> str:
    if isinstance(mark, Shape):
        return f'<path d="{"".join(map(_path, mark.lines))}"/>'
    return (
        f'<text x="{_number(mark.x)}" y="{_number(mark.y)}" font-size="{_number(mark.size)}">'
        f"{_text(mark.text)}</text>"
    )


def _path(line: Line) -> str:
    """Write a line relative to its first point; rounded before, so that ends which meet still do."""
    whole = np.rint(line.points * 10**DIGITS).astype(np.int64)
    x, y = whole[0].tolist()
    steps = np.diff(whole, axis=0).tolist()
    rest = " ".join(f"{_hundredths(dx)} {_hundredths(dy)}" for dx, dy in steps)
    return f"M{_hundredths(x)} {_hundredths(y)}l{rest}{'z' if line.closed else ''}"


def _hundredths(value: int) -> str:
    return _number(value / 10**DIGITS)


def _number(value: float) -> str:
    return f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return escape(UNWRITABLE.sub(" ", text), quote=False)
