"""HEIC's boxes, and its pixels by pillow-heif: neither Pillow nor OpenCV reads it."""

from __future__ import annotations

import io

from PIL import ImageFile

from colorquant.image.boxes import read_boxes
from colorquant.image.header import Header
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_described_with
from colorquant.image.samples import Samples


def read(data: bytes, limits: Limits) -> Header:
    """Read the boxes that tell the size."""
    return read_boxes("HEIC", data, limits)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by pillow-heif, which finds out what belongs to the picture as well."""
    return decode_described_with(_open, data, header, limits)


def _open(file: io.BytesIO) -> ImageFile.ImageFile:
    # Loaded when the first HEIC is decoded: it links another decoder into the process.
    from pillow_heif import HeifImageFile  # noqa: PLC0415

    opened: ImageFile.ImageFile = HeifImageFile(file)  # type: ignore[no-untyped-call]
    return opened
