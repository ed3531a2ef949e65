"""Sheets as a PDF."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from colorquant.errors import MissingExtraError
from colorquant.makers.drawing import Shape, Sheet, Text

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

POINTS = 72 / 25.4
"""A millimeter in points, PDF's unit."""


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
        for mark in sheet.marks:
            _write(canvas, mark) if isinstance(mark, Text) else _draw(canvas, mark)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


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


def _write(canvas: Canvas, text: Text) -> None:
    canvas.saveState()
    canvas.setFillColor(text.color)
    canvas.setFont("Helvetica-Bold" if text.bold else "Helvetica", text.size)
    # Upright again: the page's y runs downwards.
    canvas.transform(1, 0, 0, -1, text.x, text.y)
    {
        "start": canvas.drawString,
        "middle": canvas.drawCentredString,
        "end": canvas.drawRightString,
    }[text.anchor](0, 0, text.text)
    canvas.restoreState()
