"""The objects written for an input key: their names, their types, and what is in them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from colorquant.aws.events import UploadedObject
from colorquant.aws.provenance import Provenance
from colorquant.errors import ColorquantError
from colorquant.result import Quantized
from colorquant.settings import Settings

JSON = "application/json"


@dataclass(frozen=True)
class OutputFile:
    """One kind of object in the output bucket.

    Attributes
    ----------
    suffix : str
        What follows the input's key. Different keys never share an output.
    content_type : str
    """

    suffix: str
    content_type: str


PALETTE = OutputFile(".palette.json", JSON)
REPORT = OutputFile(".report.html", "text/html; charset=utf-8")
ERROR = OutputFile(".error.json", JSON)


def image_file(settings: Settings) -> OutputFile:
    """Name what the image itself is written to.

    Parameters
    ----------
    settings : Settings
        `output_format` is the ending and the type.

    Returns
    -------
    OutputFile

    Examples
    --------
    >>> image_file(Settings(output_format="webp"))
    OutputFile(suffix='.quantized.webp', content_type='image/webp')
    """
    return OutputFile(f".quantized.{settings.output_format}", f"image/{settings.output_format}")


def result_files(settings: Settings) -> tuple[OutputFile, ...]:
    """Name what a result is written to, in the order of writing.

    Parameters
    ----------
    settings : Settings
        `report` adds the report.

    Returns
    -------
    tuple of OutputFile
        The image is last: whoever sees it finds its sidecars there.
    """
    sidecars = (PALETTE, REPORT) if settings.report else (PALETTE,)
    return (*sidecars, image_file(settings))


def result_bodies(key: str, data: bytes, result: Quantized) -> dict[OutputFile, bytes]:
    """Encode a result.

    Parameters
    ----------
    key : str
        The upload's, for the report's title.
    data : bytes
        The upload.
    result : Quantized

    Returns
    -------
    dict of OutputFile to bytes
        One for each of `result_files`, in that order.
    """
    bodies = {PALETTE: result.to_json().encode(), image_file(result.settings): result.encode()}
    if result.settings.report:
        # A template engine, which most services never need.
        from colorquant.report.page import render_report  # noqa: PLC0415

        bodies[REPORT] = render_report(data, result, name=key)
    return {file: bodies[file] for file in result_files(result.settings)}


def error_document(uploaded: UploadedObject, provenance: Provenance, error: ColorquantError) -> bytes:
    """Say why an upload has no result.

    Parameters
    ----------
    uploaded : UploadedObject
    provenance : Provenance
        Of the upload that was tried.
    error : ColorquantError

    Returns
    -------
    bytes
        JSON with ``reason``, ``message`` and ``source``.
    """
    document = {
        "reason": error.reason,
        "message": str(error),
        "source": {
            "bucket": uploaded.bucket,
            "key": uploaded.key,
            "etag": provenance.etag,
            "version": provenance.version,
        },
    }
    return (json.dumps(document, indent=2) + "\n").encode()
