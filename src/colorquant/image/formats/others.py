"""What files are that are not read, and what to do about them."""

from __future__ import annotations

import re

from colorquant.errors import UnsupportedImageError
from colorquant.image.formats import NAMES

_PICTURE = "Export it as PNG."
# What files start with, what they are, and the way out. Letters count as small ones as well.
_KNOWN = (
    (rb"%PDF", "a PDF", "Export the page as PNG."),
    (rb"%!PS|\xc5\xd0\xd3\xc6", "a PostScript file", _PICTURE),
    (rb"\s*<(?:!doctype html|html|head|body)", "a web page (HTML)", "Download the picture itself."),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:svg|(?:\?xml|!).*?<svg)", "an SVG drawing", _PICTURE),
    (rb"8BP[SB]", "a Photoshop document", _PICTURE),
    (rb"gimp xcf", "a GIMP document", _PICTURE),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n", "a JPEG XL image", "Export it as PNG or JPEG."),
    (
        rb"II\*\0....CR|....ftypcrx |IIU\0|II(?:RO|RS)|MMOR|FUJIFILMCCD|FOVb|\0MRM",
        "a camera's raw file",
        "Export it as JPEG or TIFF.",
    ),
    (
        rb"....ftyp|\x1aE\xdf\xa3|RIFF....AVI |\0\0\x01[\xb3\xba]|OggS|FLV",
        "a video or another kind of media file",
        "Export one frame as PNG.",
    ),
    (rb"PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ", "an archive", "Unpack it."),
    (rb"icns", "an icon for macOS", _PICTURE),
    (rb"P[1-7]\s", "a Netpbm image", _PICTURE),
    (rb"\xd7\xcd\xc6\x9a|\x01\0\0\0.{36} EMF", "a Windows metafile", _PICTURE),
    (rb"qoif", "a QOI image", _PICTURE),
    (rb"DDS ", "a DDS texture", _PICTURE),
    (rb"\x76\x2f\x31\x01|#\?RADIANCE", "a picture of high dynamic range", _PICTURE),
)
_PATTERNS = [(re.compile(b"(?is)" + start), what, way_out) for start, what, way_out in _KNOWN]


def unsupported(data: bytes) -> UnsupportedImageError:
    """Say what a file is, as far as its first bytes tell."""
    start = data[:2000]
    for pattern, what, way_out in _PATTERNS:
        if pattern.match(start):
            return UnsupportedImageError(f"This is {what}, which is not read. {way_out}")
    return UnsupportedImageError(
        f"This is not a {NAMES} image, whatever its name says: it starts with {data[:8]!r}."
    )
