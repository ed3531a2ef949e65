"""JPEG 2000's header (ISO/IEC 15444-1), bare or in boxes, and its pixels by Pillow."""

from __future__ import annotations

from PIL import Jpeg2KImagePlugin

from colorquant.errors import ImageTooLargeError
from colorquant.image.boxes import boxes, number
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import LARGEST_PROFILE, Limits
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples

_NAME = "JPEG 2000"
_START, _END = b"\xff\x4f\xff\x51", b"\xff\xd9"
# OpenJPEG takes 6.4 bytes for each: measured, 2.0 GB for 100 megapixels of RGB.
_MOST_SAMPLES = 170_000_000
_RESTRICTED, _ANY = 2, 3  # the kinds of profile


def read(data: bytes, limits: Limits) -> Header:
    """Read the codestream's size, and the profile from the boxes around it."""
    start, end, profile = 0, len(data), None
    if not data.startswith(_START):
        start = -1
        for box in boxes(_NAME, data):
            # I.5.3.3: method, precedence, approximation, and for some methods a profile.
            if box.kind == b"colr" and data[box.body] in (_RESTRICTED, _ANY) and not profile:
                profile = data[box.body + 3 : min(box.end, box.body + 3 + LARGEST_PROFILE)]
            elif box.kind == b"jp2c":
                start, end = box.body, box.end
                break
    if start < 0 or not data.startswith(_START, start):
        raise corrupt(_NAME, "it has no picture")
    # A.5.1: behind the markers' length and capabilities come the far corner and the near one.
    if end < start + 42:
        raise truncated(_NAME, data)
    right, bottom, left, top = (number(data, start + 8 + 4 * i, 4) for i in range(4))
    width, height, components = right - left, bottom - top, number(data, start + 40, 2)
    check_size(_NAME, width, height, limits)
    if width * height * components > _MOST_SAMPLES:
        raise ImageTooLargeError(
            f"The JPEG 2000 has {width}x{height} pixels in {components} channels, and decoding it would "
            "take more than 1.2 GB of memory. Make it smaller, or export it as TIFF."
        )
    if data[end - 2 : end] != _END:
        raise truncated(_NAME, data)
    return Header(_NAME, width, height, profile=profile)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow."""
    return decode_with(Jpeg2KImagePlugin.Jpeg2KImageFile, data, header, limits)
