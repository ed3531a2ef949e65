"""The objects written for an input key: their names, their types, and what is in them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from colorquant.aws.events import UploadedObject
from colorquant.aws.provenance import Provenance
from colorquant.errors import ColorquantError
from colorquant.result import Quantized

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
PNG = OutputFile(".quantized.png", "image/png")
ERROR = OutputFile(".error.json", JSON)

RESULT_FILES = (PALETTE, PNG)
"""What a result is written to, in this order. The image is last: whoever sees it finds its sidecars."""


def result_bodies(result: Quantized) -> dict[OutputFile, bytes]:
    """Encode a result.

    Parameters
    ----------
    result : Quantized

    Returns
    -------
    dict of OutputFile to bytes
        One for each of `RESULT_FILES`, in that order.
    """
    return {PALETTE: result.to_json().encode(), PNG: result.to_png()}


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
