"""Every image format that is read: one row here and one module each.

To add a format, write a module with the two functions of `Reader`, and add its row to `FORMATS`. The order
counts where a file could be taken for two formats: the first row that recognizes it wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from colorquant.image.header import Header
    from colorquant.image.limits import Limits
    from colorquant.image.samples import Samples


class Reader(Protocol):
    """What the module of a format has.

    Whatever either function raises becomes one of colorquant's errors: what is not an `ImageError` already
    says that the file is damaged.
    """

    def read(self, data: bytes, limits: Limits) -> Header:
        """Read and check all that can be known without decoding: type, size, and that the file is whole."""

    def decode(self, data: bytes, header: Header, limits: Limits) -> Samples:
        """Decode the first picture of a file that `read` accepted, without turning it."""


@dataclass(frozen=True)
class Format:
    """A row of the registry.

    Attributes
    ----------
    name : str
        As messages and results give it.
    module : str
        The module in this package, imported when the first such file comes.
    matches : callable
        Whether bytes look like this format.
    suffixes : tuple of str
        How such files are usually named, the most usual first.
    media_type : str
        As IANA registers it, or as it is commonly given.
    """

    name: str
    module: str
    matches: Callable[[bytes], object]
    suffixes: tuple[str, ...]
    media_type: str

    @property
    def reader(self) -> Reader:
        """Import the format's module."""
        return cast(Reader, import_module(f"{__name__}.{self.module}"))


def _starts_like(pattern: bytes) -> Callable[[bytes], object]:
    return re.compile(pattern, re.DOTALL).match


def _has_brand(*wanted: bytes) -> Callable[[bytes], object]:
    """Look for brands of the ISO base media format (ISO/IEC 14496-12, 4.3): the major one, then others."""

    def matches(data: bytes) -> bool:
        if data[4:8] != b"ftyp":
            return False
        end = min(int.from_bytes(data[:4]), 256)
        return not {data[8:12], *(data[i : i + 4] for i in range(16, end, 4))}.isdisjoint(wanted)

    return matches


# ISO/IEC 23008-12, annex B; "mif1" alone leaves the codec open.
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")

# ISO/IEC 15444-1, A.4.1 and I.5.1: a codestream, or the box that says so.
_JPEG_2000 = rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n"
# TGA has no mark of its own: a length, whether there is a color map, the type, the map's start, length and
# depth, where the picture belongs and its size, the pixels' depth, and two bits that are always 0.
_TGA = (
    rb".(?:\0[\x02\x03\n\x0b].{4}[\0\x0f\x10\x18 ]|\x01[\x01\t].{4}[\x0f\x10\x18 ])"
    rb"....(?!\0\0)..(?!\0\0)..[\x08\x0f\x10\x18 ][\0-?]"
)

FORMATS = (
    Format("JPEG", "jpeg", _starts_like(rb"\xff\xd8\xff"), (".jpg", ".jpeg", ".jpe", ".jfif"), "image/jpeg"),
    Format("PNG", "png", _starts_like(rb"\x89PNG\r\n\x1a\n"), (".png", ".apng"), "image/png"),
    Format("WebP", "webp", _starts_like(rb"RIFF....WEBP"), (".webp",), "image/webp"),
    Format("TIFF", "tiff", _starts_like(rb"II[*+]\0(?!....CR)|MM\0[*+]"), (".tif", ".tiff"), "image/tiff"),
    Format("BMP", "bmp", _starts_like(rb"BM"), (".bmp", ".dib"), "image/bmp"),
    Format("GIF", "gif", _starts_like(rb"GIF8[79]a"), (".gif",), "image/gif"),
    Format("AVIF", "avif", _has_brand(b"avif", b"avis"), (".avif",), "image/avif"),
    Format("HEIC", "heic", _has_brand(*_HEIC_BRANDS), (".heic", ".heif"), "image/heic"),
    Format("JPEG 2000", "jpeg2000", _starts_like(_JPEG_2000), (".jp2", ".j2k", ".jpx", ".j2c"), "image/jp2"),
    Format("ICO", "ico", _starts_like(rb"\0\0\x01\0[^\0]\0...\0"), (".ico",), "image/vnd.microsoft.icon"),
    Format("TGA", "tga", _starts_like(_TGA), (".tga",), "image/x-tga"),
)

SUFFIXES = frozenset(suffix for each in FORMATS for suffix in each.suffixes)
NAMES = f"{', '.join(each.name for each in FORMATS[:-1])} or {FORMATS[-1].name}"


def format_of(data: bytes) -> Format | None:
    """Tell a file's format by its content, or None if it is none of those that are read."""
    return next((each for each in FORMATS if each.matches(data)), None)
