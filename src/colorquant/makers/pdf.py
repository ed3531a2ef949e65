"""Sheets as a PDF."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from colorquant.errors import MissingExtraError
from colorquant.makers.drawing import Anchor, Mark, Shape, Sheet, Text

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

POINTS = 72 / 25.4
"""A millimeter in points, PDF's unit."""
# What part of a text is before its anchor.
BEFORE: dict[Anchor, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}


def to_pdf(sheets: Iterable[Sheet]) -> bytes:
    """Write sheets as the pages of a PDF; the same bytes each time.

    Raises
    ------
    MissingExtraError
        If ReportLab is not installed.
    """
    try:
        from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "A PDF needs ReportLab, which is not installed. Install it: python -m pip install reportlab"
        ) from error
    file = io.BytesIO()
    # Without the time, which would make other bytes each time.
    canvas = Canvas(file, pageCompression=1, invariant=1)
    canvas.setCreator("colorquant")
    for number, sheet in enumerate(sheets):
        if not number:
            canvas.setTitle(sheet.title)
            canvas.setSubject(sheet.description)
        canvas.setPageSize((sheet.width * POINTS, sheet.height * POINTS))
        # Millimeters from the upper left corner, as everywhere here.
        canvas.transform(POINTS, 0, 0, -POINTS, 0, sheet.height * POINTS)
        canvas.setLineJoin(1)
        canvas.setLineCap(1)
        for look, marks in groupby(sheet.marks, _look):
            if look is not None:
                _write(canvas, [mark for mark in marks if isinstance(mark, Text)])
                continue
            for mark in marks:
                if isinstance(mark, Shape):
                    _draw(canvas, mark)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _look(mark: Mark) -> tuple[float, str, bool] | None:
    """Tell what texts must share to be written together; None for a shape."""
    return (mark.size, mark.color, mark.bold) if isinstance(mark, Text) else None


def _draw(canvas: Canvas, shape: Shape) -> None:
    path = canvas.beginPath()
    for line in shape.lines:
        (x, y), *others = line.points.tolist()
        path.moveTo(x, y)
        for x, y in others:
            path.lineTo(x, y)
        if line.closed:
            path.close()
    if shape.width:
        canvas.setStrokeColor(shape.stroke)
        canvas.setLineWidth(shape.width)
    if shape.fill:
        canvas.setFillColor(shape.fill)
    canvas.drawPath(path, stroke=int(shape.width > 0), fill=int(bool(shape.fill)))


def _write(canvas: Canvas, texts: Iterable[Text]) -> None:
    """Write texts of one look, upright again, since the page's y runs downwards."""
    for number, text in enumerate(texts):
        font = "Helvetica-Bold" if text.bold else "Helvetica"
        if not number:
            canvas.setFillColor(text.color)
        left = text.x - BEFORE[text.anchor] * canvas.stringWidth(text.text, font, text.size)
        # Each on its own, or readers that look for words run them together.
        written = canvas.beginText()
        written.setFont(font, text.size)
        written.setTextTransform(1, 0, 0, -1, left, text.y)
        written.textOut(text.text)
        canvas.drawText(written)
