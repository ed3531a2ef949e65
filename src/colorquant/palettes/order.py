"""The orders that a palette can be shown in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import atan2, hypot, tau
from typing import Any, Literal, get_args

from colorquant.codes import channels_of

Order = Literal["share", "lightness", "hue"]
ORDERS: tuple[Order, ...] = get_args(Order)
# Oklab's just noticeable difference by CSS Color 4, section 13.2: grayer than this, a hue means nothing.
NOTICEABLE = 0.02


def ordered(palette: Sequence[Mapping[str, Any]], by: Order) -> list[Mapping[str, Any]]:
    """Sort a palette.

    Parameters
    ----------
    palette : sequence of mapping
        ``hex`` and ``share`` of each color.
    by : str
        ``"share"``: most used first. ``"lightness"``: darkest first. ``"hue"``: grays from dark to light, and
        then the hues from red over yellow, green and blue to magenta.

    Returns
    -------
    list of mapping

    Examples
    --------
    >>> colors = [{"hex": code, "share": 0.25} for code in ("#00ff00", "#ffffff", "#ff0000", "#000000")]
    >>> [color["hex"] for color in ordered(colors, "hue")]
    ['#000000', '#ffffff', '#ff0000', '#00ff00']
    """
    ranks = _KEYS[by](palette)
    return [palette[place] for place in sorted(range(len(palette)), key=lambda place: ranks[place])]


def _by_share(palette: Sequence[Mapping[str, Any]]) -> list[float]:
    return [-color["share"] for color in palette]


def _by_lightness(palette: Sequence[Mapping[str, Any]]) -> list[float]:
    return [lightness for lightness, _, _ in _oklab(palette)]


def _by_hue(palette: Sequence[Mapping[str, Any]]) -> list[tuple[bool, float]]:
    return [
        (False, lightness) if hypot(a, b) < NOTICEABLE else (True, atan2(b, a) % tau)
        for lightness, a, b in _oklab(palette)
    ]


_KEYS: dict[Order, Callable[[Sequence[Mapping[str, Any]]], Sequence[Any]]] = {
    "share": _by_share,
    "lightness": _by_lightness,
    "hue": _by_hue,
}


def _oklab(palette: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    import numpy as np  # noqa: PLC0415 - the names of the orders must not wait for it

    from colorquant.palettes.oklab import oklab  # noqa: PLC0415

    colors = np.array([channels_of(color["hex"]) for color in palette], np.uint8)
    points: list[list[float]] = oklab(colors.reshape(-1, 3)).tolist()
    return points
