"""Palettes to take along: what other programs read."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Palette = Sequence[Mapping[str, Any]]
"""``hex`` and ``share`` of each color, as in ``Quantized.to_dict()["palette"]``."""

# Pixels of the swatch strip: wide enough to see in a chat, and an entry of 1 % still has 10 columns.
STRIP_WIDTH = 960
STRIP_HEIGHT = 96


def to_json(palette: Palette) -> bytes:
    """Write a palette as JSON: a list of ``hex``, ``share`` and whatever else its colors have."""
    return (json.dumps([dict(color) for color in palette], indent=2) + "\n").encode()


def to_hex(palette: Palette) -> bytes:
    """Write a palette as plain text, one ``#rrggbb`` a line."""
    return "".join(f"{color['hex']}\n" for color in palette).encode()


def to_css(palette: Palette) -> bytes:
    """Write a palette as CSS variables, numbered by falling share.

    Examples
    --------
    >>> print(to_css([{"hex": "#e4002b", "share": 1.0}]).decode(), end="")
    :root {
      --color-1: #e4002b; /* 100.0% */
    }
    """
    lines = [
        f"  --color-{number}: {color['hex']}; /* {color['share']:.1%} */\n"
        for number, color in enumerate(palette, 1)
    ]
    return (":root {\n" + "".join(lines) + "}\n").encode()


def to_gpl(palette: Palette) -> bytes:
    """Write a palette for GIMP, Inkscape and Krita (``.gpl``)."""
    rows = [
        "{:3d} {:3d} {:3d}\t{}\n".format(*rgb, color["hex"])
        for rgb, color in zip(_rgb(palette).tolist(), palette, strict=True)
    ]
    return ("GIMP Palette\nName: colorquant\nColumns: 8\n#\n" + "".join(rows)).encode()


def to_ase(palette: Palette) -> bytes:
    """Write a palette as an Adobe Swatch Exchange file (``.ase``), for Illustrator, InDesign and Photoshop.

    Big-endian: the signature, version 1.0 and the number of blocks; then for each color a block of type 1
    with its name in UTF-16, the model, three floats from 0 to 1, and 2 for a normal color.
    """
    blocks = []
    for rgb, color in zip(_rgb(palette).tolist(), palette, strict=True):
        name = color["hex"] + "\0"
        body = struct.pack(">H", len(name)) + name.encode("utf-16-be")
        body += struct.pack(">4s3fH", b"RGB ", *(channel / 255 for channel in rgb), 2)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return struct.pack(">4sHHI", b"ASEF", 1, 0, len(blocks)) + b"".join(blocks)


def to_aco(palette: Palette) -> bytes:
    """Write a palette as Photoshop's color swatches (``.aco``).

    Version 1 without names and then version 2 with them, as Adobe's file format specification asks for.
    Channels have 16 bits, so that 255 becomes 65535.
    """
    colors = [struct.pack(">5H", 0, *(channel * 257 for channel in rgb), 0) for rgb in _rgb(palette).tolist()]
    named = []
    for packed, color in zip(colors, palette, strict=True):
        name = color["hex"] + "\0"
        named.append(packed + struct.pack(">I", len(name)) + name.encode("utf-16-be"))
    return b"".join(
        struct.pack(">HH", version, len(colors)) + b"".join(rows)
        for version, rows in ((1, colors), (2, named))
    )


def to_png(palette: Palette) -> bytes:
    """Draw a palette as a strip in which each color is as wide as its share, and wide enough to be seen."""
    buffer = io.BytesIO()
    colors = _rgb(palette)
    # Every color gets two columns at least; the rest is dealt out by share.
    shares = np.array([color["share"] for color in palette])
    ends = np.rint(np.cumsum(2 + shares * (STRIP_WIDTH - 2 * len(palette)))).astype(int)
    row = colors[np.searchsorted(ends, np.arange(STRIP_WIDTH), side="right").clip(max=len(palette) - 1)]
    Image.fromarray(np.tile(row, (STRIP_HEIGHT, 1, 1))).save(buffer, "PNG")
    return buffer.getvalue()


FORMATS: dict[str, Callable[[Palette], bytes]] = {
    "json": to_json,
    "css": to_css,
    "gpl": to_gpl,
    "ase": to_ase,
    "aco": to_aco,
    "hex": to_hex,
    "png": to_png,
}
"""Each writer by the name of its format, which is the file name's ending as well."""


def _rgb(palette: Palette) -> NDArray[np.uint8]:
    codes = "".join(color["hex"][1:] for color in palette)
    return np.frombuffer(bytes.fromhex(codes), np.uint8).reshape(-1, 3)
