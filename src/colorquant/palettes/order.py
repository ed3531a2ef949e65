"""The orders that a palette can be shown in."""

from __future__ import annotations

from math import atan2, hypot, tau
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

Order = Literal["share", "lightness", "hue"]
ORDERS: tuple[Order, ...] = get_args(Order)
# Oklab's just noticeable difference by CSS Color 4, section 13.2: grayer than this, a hue means nothing.
NOTICEABLE = 0.02


def places(colors: NDArray[np.uint8], shares: Sequence[float], by: Order) -> list[int]:
    """Sort the colors of a palette, sRGB of shape (k, 3): give the place of the first one, and so on."""
    ranks = _KEYS[by](colors, shares)
    return sorted(range(len(colors)), key=lambda place: ranks[place])


def _by_share(colors: NDArray[np.uint8], shares: Sequence[float]) -> list[float]:  # noqa: ARG001
    return [-share for share in shares]


def _by_lightness(colors: NDArray[np.uint8], shares: Sequence[float]) -> list[float]:  # noqa: ARG001
    return [lightness for lightness, _, _ in _oklab(colors)]


def _by_hue(colors: NDArray[np.uint8], shares: Sequence[float]) -> list[tuple[bool, float]]:  # noqa: ARG001
    return [
        (False, lightness) if hypot(a, b) < NOTICEABLE else (True, atan2(b, a) % tau)
        for lightness, a, b in _oklab(colors)
    ]


_KEYS: dict[Order, Callable[[NDArray[np.uint8], Sequence[float]], Sequence[Any]]] = {
    "share": _by_share,
    "lightness": _by_lightness,
    "hue": _by_hue,
}


def _oklab(colors: NDArray[np.uint8]) -> list[list[float]]:
    from colorquant.palettes.oklab import oklab  # noqa: PLC0415 - the names of the orders must not wait for it

    points: list[list[float]] = oklab(colors).tolist()
    return points
