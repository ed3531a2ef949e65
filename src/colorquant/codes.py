"""Colors as people write them, and as the one form that everything else relies on: ``#rrggbb``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import index
from typing import SupportsIndex, TypeAlias

from colorquant.errors import SettingsError

Color: TypeAlias = str | Iterable[SupportsIndex]
"""``"#e4002b"``, ``"#fff"``, the name of a CSS color, or red, green and blue from 0 to 255."""


def hex_code(channels: Iterable[SupportsIndex]) -> str:
    """Write red, green and blue as ``#rrggbb``; a TypeError or a ValueError says that they are not a color.

    Examples
    --------
    >>> hex_code((228, 0, 43))
    '#e4002b'
    """
    red, green, blue = map(index, channels)
    return "#" + bytes((red, green, blue)).hex()


def channels_of(code: str) -> tuple[int, int, int]:
    """Read ``#rrggbb`` as red, green and blue."""
    red, green, blue = bytes.fromhex(code[1:])
    return red, green, blue


def code_of(color: Color) -> str:
    """Give a color as ``#rrggbb``, however it was given; errors as from `hex_code` and `parse_colors`."""
    return _read(color) if isinstance(color, str) else hex_code(color)


def parse_colors(text: str) -> tuple[str, ...]:
    """Read a list of colors.

    Parameters
    ----------
    text : str
        ``#rrggbb`` or ``#rgb``, with or without the number sign, names of CSS colors, or CSS functions such
        as ``rgb(228, 0, 43)`` and ``hsl(349 100% 45%)``, between commas or blanks.

    Returns
    -------
    tuple of str
        As ``#rrggbb`` in lower case; a repeated color once.

    Raises
    ------
    SettingsError
        If one of them is not a color.
    """
    words = re.findall(r"[^\s,;()]+(?:\([^()]*\))?|[()]", text) or [""]
    return tuple(dict.fromkeys(map(_read, words)))


def _read(word: str) -> str:
    digits = word.strip().removeprefix("#").lower()
    if re.fullmatch(r"[0-9a-f]{6}", digits):
        return "#" + digits
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        return "#" + "".join(2 * digit for digit in digits)
    # Only those who write names wait for Pillow.
    from PIL.ImageColor import getrgb  # noqa: PLC0415

    try:
        # CSS also has numbers with blanks between them.
        channels = bytes(getrgb(re.sub(r"(?<=[\d%])\s+(?=[\d.])", ",", word)))
    except ValueError:
        channels = b""
    # Four of them would have an opacity, which a palette does not.
    if len(channels) != 3:
        raise SettingsError(
            "{value!r} is not a color. Write colors like #e4002b or red, with commas between them.",
            value=word,
        )
    return hex_code(channels)
