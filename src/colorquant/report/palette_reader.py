"""Palettes that people bring: the files that other programs write."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterable

import numpy as np
from PIL import Image, UnidentifiedImageError

from colorquant.errors import SettingsError
from colorquant.settings import MOST_COLORS, parse_colors

# A palette is a few kilobytes in every format; what is larger is some other file.
MOST_BYTES = 10_000_000


def read_palette(data: bytes) -> tuple[str, ...]:
    """Read the colors of a palette file, whose format is told by its content.

    Parameters
    ----------
    data : bytes
        A GIMP palette, Adobe swatches (``.ase`` or ``.aco``, in RGB), an image of at most 256 colors, or text
        with colors in it, such as CSS, JSON or a plain list.

    Returns
    -------
    tuple of str
        As ``#rrggbb``, each color once, in the order of the file.

    Raises
    ------
    SettingsError
        If there is no color in it, or more than 256.
    """
    if len(data) > MOST_BYTES:
        raise SettingsError("The file is too large for a palette.")
    try:
        colors = tuple(dict.fromkeys(_colors(data)))
    except (struct.error, UnicodeDecodeError, UnidentifiedImageError, OSError, ValueError) as error:
        raise SettingsError(f"The palette cannot be read ({error}).") from error
    if not 1 <= len(colors) <= MOST_COLORS:
        raise SettingsError(f"A palette has 1 to {MOST_COLORS} colors; the file has {len(colors)}.")
    return colors


def _colors(data: bytes) -> list[str]:
    if data.startswith(b"ASEF"):
        return _from_ase(data)
    if data[:2] in (b"\0\1", b"\0\2"):
        return _from_aco(data)
    if data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF", b"BM")):
        return _from_image(data)
    text = data.decode("utf-8-sig")
    if text.startswith("GIMP Palette"):
        rows = re.findall(r"^[ \t]*(\d+)[ \t]+(\d+)[ \t]+(\d+)\b", text, re.MULTILINE)
        return [_code(int(channel) for channel in row) for row in rows]
    found = re.findall(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b", text)
    return list(parse_colors(" ".join(found) or text))


def _from_ase(data: bytes) -> list[str]:
    position, colors = 12, []
    for _ in range(struct.unpack_from(">I", data, 8)[0]):
        kind, length = struct.unpack_from(">HI", data, position)
        if kind == 1:
            start = position + 8 + 2 * struct.unpack_from(">H", data, position + 6)[0]
            if data[start : start + 4] != b"RGB ":
                raise ValueError("it has colors that are not RGB")
            channels = struct.unpack_from(">3f", data, start + 4)
            colors.append(_code(round(channel * 255) for channel in channels))
        position += 6 + length
    return colors


def _from_aco(data: bytes) -> list[str]:
    # The first of the two versions that a file may hold has every color, in ten bytes each; a file of
    # version 2 alone has a name after each.
    version, count = struct.unpack_from(">HH", data)
    position, colors = 4, []
    for _ in range(count):
        space, *channels = struct.unpack_from(">4H", data, position)
        if space != 0:
            raise ValueError("it has colors that are not RGB")
        colors.append(_code(round(channel / 257) for channel in channels))
        position += 10
        if version == 2:
            position += 4 + 2 * struct.unpack_from(">I", data, position)[0]
    return colors


def _from_image(data: bytes) -> list[str]:
    with Image.open(io.BytesIO(data)) as image:
        counted = image.convert("RGB").getcolors(MOST_COLORS)
        if counted is None:
            raise ValueError(f"the image has more than {MOST_COLORS} colors")
        # In the order in which they appear, which for a strip of swatches is the palette's own.
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    unique, first = np.unique(pixels, axis=0, return_index=True)
    return [_code(pixel) for pixel in unique[np.argsort(first)].tolist()]


def _code(channels: Iterable[int]) -> str:
    return "#" + bytes(channels).hex()
