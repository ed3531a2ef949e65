"""The objects written for an input key: their names, their types, and what is in them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

from colorquant.aws.configuration import Configuration
from colorquant.aws.errors import KeyTooLongError
from colorquant.aws.events import UploadedObject
from colorquant.aws.provenance import Provenance
from colorquant.errors import ColorquantError
from colorquant.pipeline import Image
from colorquant.result import Quantized
from colorquant.settings import OUTPUT_FORMATS, Settings
from colorquant.swept import Sweep

JSON = "application/json"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
LONGEST_NAME = 1024
DIGEST_DIGITS = 16


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
IMAGES = tuple(OutputFile(f".quantized.{name}", f"image/{name}") for name in OUTPUT_FORMATS)
RESULTS = (PALETTE, REPORT, *IMAGES)

LONGEST_SUFFIX = max(len(file.suffix) for file in (*RESULTS, ERROR))


def image_file(settings: Settings) -> OutputFile:
    """Name what the image itself is written to.

    Examples
    --------
    >>> image_file(Settings(output_format="webp"))
    OutputFile(suffix='.quantized.webp', content_type='image/webp')
    """
    return IMAGES[OUTPUT_FORMATS.index(settings.output_format)]


def result_files(settings: Settings, configuration: Configuration) -> tuple[OutputFile, ...]:
    """Name what a result is written to, in the order of writing.

    The image is last: whoever sees it finds its sidecars there.
    """
    palette = (PALETTE,) if configuration.palette_file else ()
    report = (REPORT,) if settings.report else ()
    return (*palette, *report, image_file(settings))


def key_problem(uploaded: UploadedObject) -> KeyTooLongError | None:
    """Tell why a key can have no results, whatever the settings: one of their names would be too long."""
    size, most = len(uploaded.key.encode()), LONGEST_NAME - LONGEST_SUFFIX
    if size <= most:
        return None
    return KeyTooLongError(
        f"The key has {size:,} bytes. Results are named after it, and S3 takes names of {LONGEST_NAME:,} "
        f"bytes, so a key may have {most:,}. Upload the image under a shorter one."
    )


def output_name(key: str, file: OutputFile) -> str:
    """Name the object of an input key.

    A key too long for the ending gets a digest in place of its tail. Such a name has more bytes than any key
    with results and its ending have, so that the two never meet.
    """
    whole = key + file.suffix
    if len(whole.encode()) <= LONGEST_NAME and len(key.encode()) <= LONGEST_NAME - LONGEST_SUFFIX:
        return whole
    tail = f".{hashlib.sha256(key.encode()).hexdigest()[:DIGEST_DIGITS]}{file.suffix}"
    head = key.encode()[: LONGEST_NAME - len(tail)].decode(errors="ignore")
    return head + tail


def result_bodies(
    key: str, image: Image, sweep: Sweep, result: Quantized, configuration: Configuration
) -> dict[OutputFile, bytes]:
    """Encode a result: one body for each of `result_files`, in that order."""
    bodies = {PALETTE: result.to_json().encode(), image_file(result.settings): result.encode()}
    if result.settings.report:
        # A template engine, which most services never need.
        from colorquant.report.page import render_report  # noqa: PLC0415

        beside = output_name(key, image_file(result.settings)).rpartition("/")[2]
        bodies[REPORT] = render_report(image, sweep, result, name=key, beside=beside)
    return {file: bodies[file] for file in result_files(result.settings, configuration)}


def result_metadata(result: Quantized, configuration: Configuration) -> dict[str, str]:
    """Give what the image's metadata tells beside its provenance.

    Without a palette file that is the palette, six digits a color and nothing between: 256 colors fit into
    the 2 KB that S3 allows, with the rest.
    """
    if configuration.palette_file:
        return {}
    return {"palette": "".join(color.removeprefix("#") for color in result.hex_colors)}


def error_document(uploaded: UploadedObject, provenance: Provenance, error: ColorquantError) -> bytes:
    """Say why an upload has no result: JSON with ``reason``, ``message`` and ``source``."""
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


def error_metadata(uploaded: UploadedObject, error: ColorquantError) -> dict[str, str]:
    """Give what an explanation's metadata tells beside its provenance.

    The whole key is there if the object's name is not: as Base64, since metadata are ASCII.
    """
    if key_problem(uploaded) is None:
        return {"reason": error.reason}
    return {"reason": error.reason, "source-key-base64": base64.b64encode(uploaded.key.encode()).decode()}
