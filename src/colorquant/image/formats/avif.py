"""AVIF's boxes, and its pixels by Pillow."""

from __future__ import annotations

from PIL import AvifImagePlugin

from colorquant.image.boxes import read_boxes
from colorquant.image.header import Header
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_described_with
from colorquant.image.samples import Samples


def read(data: bytes, limits: Limits) -> Header:
    """Read the boxes that tell the size."""
    return read_boxes("AVIF", data, limits)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow, which finds out what belongs to the picture as well."""
    return decode_described_with(AvifImagePlugin.AvifImageFile, data, header, limits)
