"""The files that palettes come and go in; `FORMATS` lists them once for options, help, report and readers."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colorquant.codes import channels_of, hex_code, parse_colors
from colorquant.errors import SettingsError
from colorquant.settings import MOST_COLORS

Palette = Sequence[Mapping[str, Any]]
"""The entries of a `colorquant.Palette`: ``hex`` and ``share`` of each color, and perhaps more."""

# Pixels of the swatch strip: wide enough to see in a chat, and an entry of 1 % still has 10 columns.
STRIP_WIDTH = 960
STRIP_HEIGHT = 96
# What a column of a table may be called in its first row, in any case.
COLUMNS = {
    "code": ("code", "id", "number"),
    "name": ("name",),
    "color": ("color", "colour", "hex", "rgb"),
    "written": ("written",),
    "red": ("red", "r"),
    "green": ("green", "g"),
    "blue": ("blue", "b"),
}


@dataclass(frozen=True)
class Swatch:
    """One color of a palette file: ``#rrggbb``; its names and what to write for it if given."""

    hex: str
    name: str = ""
    code: str = ""
    written: str = ""


@dataclass(frozen=True)
class Format:
    """A palette format.

    Attributes
    ----------
    name : str
        What it is called and its files end with.
    media_type : str
    purpose : str
        What it is for, for the help.
    write : callable
        Gives the file of a palette.
    read : callable
        Gives the swatches of a file, or None where the bytes are of some other format. A ValueError or a
        struct.error is a file of this format that is broken.
    """

    name: str
    media_type: str
    purpose: str
    write: Callable[[Palette], bytes]
    read: Callable[[bytes], list[Swatch] | None]

    @property
    def binary(self) -> bool:
        """Whether a terminal could not show it."""
        return self.media_type.startswith(("image/", "application/octet-stream"))


def to_json(palette: Palette) -> bytes:
    """Write a list of ``hex``, ``share`` and whatever else the colors have."""
    return (json.dumps([dict(color) for color in palette], indent=2) + "\n").encode()


def from_json(data: bytes) -> list[Swatch] | None:
    """Read such a list, one of codes, or the description of a result."""
    try:
        colors = json.loads(data)
    except ValueError:
        return None
    if isinstance(colors, dict):
        colors = colors.get("palette")
    if not isinstance(colors, list) or not colors:
        return None
    return [_from_entry(color) for color in colors]


def _from_entry(color: object) -> Swatch:
    entry = color if isinstance(color, dict) else {"hex": color}
    given = (entry.get(key) for key in ("hex", "name", "code", "written"))
    code, name, number, written = ("" if value is None else str(value) for value in given)
    return Swatch(_one_color(code), name, number, written and _one_color(written))


def to_css(palette: Palette) -> bytes:
    """Write CSS variables, numbered in the palette's order.

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


def to_hex(palette: Palette) -> bytes:
    """Write plain text, one ``#rrggbb`` a line."""
    return "".join(f"{color['hex']}\n" for color in palette).encode()


def from_text(data: bytes) -> list[Swatch] | None:
    """Find the codes in any text; where there is none, the text must be a list of colors."""
    text = data.decode("utf-8-sig")
    found = re.findall(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b", text)
    return [Swatch(code) for code in parse_colors(" ".join(found) or text)]


def to_gpl(palette: Palette) -> bytes:
    """Write three numbers and a name a line."""
    rows = [
        " ".join(f"{channel:3d}" for channel in rgb) + f"\t{_label(color)}\n"
        for rgb, color in zip(_channels(palette), palette, strict=True)
    ]
    return ("GIMP Palette\nName: colorquant\nColumns: 8\n#\n" + "".join(rows)).encode()


def from_gpl(data: bytes) -> list[Swatch] | None:
    """Read the lines of three numbers."""
    if not data.removeprefix(b"\xef\xbb\xbf").startswith(b"GIMP Palette"):
        return None
    text = data.decode("utf-8-sig")
    rows = re.findall(r"^[ \t]*(\d+)[ \t]+(\d+)[ \t]+(\d+)\b[ \t]*(.*?)[ \t\r]*$", text, re.MULTILINE)
    return [_labeled(map(int, channels), name) for *channels, name in rows]


def to_csv(palette: Palette) -> bytes:
    """Write a table with a header, of the columns that the palette fills."""
    given = [name for name in ("code", "name", "written") if any(name in color for color in palette)]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["color", *given, "share"])
    for color in palette:
        more = (color.get(name, "") for name in given)
        table.writerow([color["hex"], *more, f"{color['share']:.6f}"])
    return text.getvalue().encode()


def from_csv(data: bytes) -> list[Swatch] | None:
    """Read a table whose first row names its columns as in `COLUMNS`; tabs and semicolons also separate."""
    text = data.decode("utf-8-sig", errors="replace")
    header = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=header.count))
    names = [cell.strip().lower() for cell in next(rows, [])]
    at = {column: names.index(name) for column, known in COLUMNS.items() for name in known if name in names}
    colored = ("color",) if "color" in at else ("red", "green", "blue")
    if not at.keys() >= set(colored):
        return None
    swatches = []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {column: row[place].strip() if place < len(row) else "" for column, place in at.items()}
        color = " ".join(cells[column] for column in colored)
        try:
            written = cells.get("written", "")
            called = cells.get("name", ""), cells.get("code", "")
            swatches.append(Swatch(_one_color(color), *called, written and _one_color(written)))
        except ValueError as error:
            raise ValueError(f"row {number}: {error}") from None
    return swatches


def to_ase(palette: Palette) -> bytes:
    """Write an Adobe Swatch Exchange file.

    Big-endian: the signature, version 1.0 and the number of blocks; then for each color a block of type 1
    with its name in UTF-16, the model, three floats from 0 to 1, and 2 for a normal color.
    """
    blocks = []
    for rgb, color in zip(_channels(palette), palette, strict=True):
        name = _label(color) + "\0"
        body = struct.pack(">H", len(name.encode("utf-16-be")) // 2) + name.encode("utf-16-be")
        body += struct.pack(">4s3fH", b"RGB ", *(channel / 255 for channel in rgb), 2)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return struct.pack(">4sHHI", b"ASEF", 1, 0, len(blocks)) + b"".join(blocks)


def from_ase(data: bytes) -> list[Swatch] | None:
    """Read the blocks that are colors, in RGB."""
    if not data.startswith(b"ASEF"):
        return None
    position, swatches = 12, []
    for _ in range(struct.unpack_from(">I", data, 8)[0]):
        kind, length = struct.unpack_from(">HI", data, position)
        if kind == 1:
            name, start = _utf16(data, position + 6, ">H")
            if data[start : start + 4] != b"RGB ":
                raise ValueError("it has colors that are not RGB")
            channels = struct.unpack_from(">3f", data, start + 4)
            swatches.append(_labeled((round(channel * 255) for channel in channels), name))
        position += 6 + length
    return swatches


def to_aco(palette: Palette) -> bytes:
    """Write Photoshop's color swatches.

    Version 1 without names and then version 2 with them, as Adobe's file format specification asks for.
    Channels have 16 bits, so that 255 becomes 65535.
    """
    colors = [struct.pack(">5H", 0, *(channel * 257 for channel in rgb), 0) for rgb in _channels(palette)]
    named = []
    for packed, color in zip(colors, palette, strict=True):
        name = (_label(color) + "\0").encode("utf-16-be")
        named.append(packed + struct.pack(">I", len(name) // 2) + name)
    return b"".join(
        struct.pack(">HH", version, len(colors)) + b"".join(rows)
        for version, rows in ((1, colors), (2, named))
    )


def from_aco(data: bytes) -> list[Swatch] | None:
    """Read the last of the versions that the file holds, which is the one with names where there is one."""
    if data[:2] not in (b"\0\1", b"\0\2"):
        return None
    position, swatches = 0, list[Swatch]()
    while position < len(data):
        version, count = struct.unpack_from(">HH", data, position)
        position += 4
        swatches = []
        for _ in range(count):
            space, *channels = struct.unpack_from(">4H", data, position)
            if space != 0:
                raise ValueError("it has colors that are not RGB")
            position += 10
            name = ""
            if version == 2:
                name, position = _utf16(data, position, ">I")
            swatches.append(_labeled((round(channel / 257) for channel in channels), name))
        if version == 2:
            break
    return swatches


def to_png(palette: Palette) -> bytes:
    """Draw a strip in which each color is as wide as its share, and wide enough to be seen."""
    import numpy as np  # noqa: PLC0415 - the other formats do without these two
    from PIL import Image  # noqa: PLC0415

    if not palette:
        raise SettingsError("There is no color to draw a picture of the palette with.")
    buffer = io.BytesIO()
    colors = np.array(_channels(palette), np.uint8)
    # Every color gets two columns at least; the rest is dealt out by share.
    shares = np.array([color["share"] for color in palette])
    ends = np.rint(np.cumsum(2 + shares * (STRIP_WIDTH - 2 * len(palette)))).astype(int)
    row = colors[np.searchsorted(ends, np.arange(STRIP_WIDTH), side="right").clip(max=len(palette) - 1)]
    Image.fromarray(np.tile(row, (STRIP_HEIGHT, 1, 1))).save(buffer, "PNG")
    return buffer.getvalue()


def from_image(data: bytes) -> list[Swatch] | None:
    """Read the colors of an image that has few, in the order in which they appear."""
    if not data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF", b"BM")):
        return None
    import numpy as np  # noqa: PLC0415
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    try:
        with Image.open(io.BytesIO(data)) as image:
            pixels = np.asarray(image.convert("RGB")).reshape(-1, 3)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise ValueError(str(error)) from error
    unique, first = np.unique(pixels, axis=0, return_index=True)
    if len(unique) > MOST_COLORS:
        raise ValueError(f"the image has more than {MOST_COLORS} colors")
    return [Swatch(hex_code(pixel)) for pixel in unique[np.argsort(first)].tolist()]


_FORMATS = (
    Format("json", "application/json", "a list of colors and shares", to_json, from_json),
    Format("css", "text/css", "variables for web pages", to_css, from_text),
    Format("gpl", "text/plain", "for GIMP, Inkscape and Krita", to_gpl, from_gpl),
    Format("ase", "application/octet-stream", "for Adobe's programs", to_ase, from_ase),
    Format("aco", "application/octet-stream", "for Photoshop", to_aco, from_aco),
    Format("csv", "text/csv", "a table, for spreadsheets", to_csv, from_csv),
    Format("hex", "text/plain", "one code a line", to_hex, from_text),
    Format("png", "image/png", "a picture of the palette", to_png, from_image),
)
FORMATS: dict[str, Format] = {each.name: each for each in _FORMATS}
"""Each format by its name."""


def _one_color(text: str) -> str:
    numbers = re.fullmatch(r"(\d+)[\s,]+(\d+)[\s,]+(\d+)", text.strip())
    if numbers:
        return hex_code(map(int, numbers.groups()))
    colors = parse_colors(text)
    if len(colors) != 1:
        raise ValueError(f"{text!r} is not one color")
    return colors[0]


def _utf16(data: bytes, position: int, length: str) -> tuple[str, int]:
    """Read a name whose length in characters stands before it, and give the place after it."""
    start = position + struct.calcsize(length)
    end = start + 2 * struct.unpack_from(length, data, position)[0]
    return data[start:end].decode("utf-16-be").rstrip("\0"), end


def _label(color: Mapping[str, Any]) -> str:
    """Give the one name that formats have a place for."""
    return f"{color.get('code', '')} {color.get('name', '')}".strip() or str(color["hex"])


def _labeled(channels: Iterable[int], label: str) -> Swatch:
    code = hex_code(channels)
    return Swatch(code, "" if label == code else label)


def _channels(palette: Palette) -> list[tuple[int, int, int]]:
    return [channels_of(color["hex"]) for color in palette]
