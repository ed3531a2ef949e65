"""What a page that shows an image wants to know about its colors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from colorquant.codes import hex_code
from colorquant.palettes.oklab import encoded, linear, oklab

# Web Content Accessibility Guidelines 2.2, "relative luminance": the weights of the linear channels.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
# The same, "contrast ratio": (lighter + FLARE) / (darker + FLARE), from 1 to 21.
FLARE = 0.05


@dataclass(frozen=True)
class Facts:
    """Facts about the colors of an image; each color is ``#rrggbb``.

    Attributes
    ----------
    dominant : str
        The palette's color with the largest share.
    average : str
        What the visible pixels mix to, in linear light, as they do when seen from afar.
    lightest, darkest : str
        The palette's colors of the highest and the lowest lightness in Oklab.
    most_colorful : str
        The palette's color of the highest chroma in OKLCH.
    tone : {"light", "dark"}
        Whether black or white text has more contrast with the average color.
    text : tuple of str
        For each color of the palette, black or white: whichever has more contrast with it.
    contrast : tuple of float
        The contrast ratio of that text by WCAG 2, 4.58 to 21. WCAG 2 asks for 4.5 for text, 7 for enhanced
        contrast.

    References
    ----------
    W3C, Web Content Accessibility Guidelines (WCAG) 2.2 (2023), success criteria 1.4.3 and 1.4.6.

    W3C, CSS Color Module Level 4, section 9: Oklab and OKLCH.
    """

    dominant: str
    average: str
    lightest: str
    darkest: str
    most_colorful: str
    tone: Literal["light", "dark"]
    text: tuple[str, ...]
    contrast: tuple[float, ...]


def facts(palette: NDArray[np.uint8], shares: ArrayLike) -> Facts:
    """Tell the facts about a palette.

    Parameters
    ----------
    palette : ndarray of uint8, shape (k, 3)
        sRGB, k at least 1.
    shares : array of float, shape (k,)
        Part of the visible pixels that has each color. They need not sum to 1.

    Returns
    -------
    Facts

    Examples
    --------
    >>> told = facts(np.array([[255, 255, 255], [228, 0, 43]], np.uint8), [0.75, 0.25])
    >>> told.dominant, told.average, told.tone, told.text
    ('#ffffff', '#f9e1e1', 'light', ('#000000', '#ffffff'))
    """
    shares = np.asarray(shares, np.float64)
    light = linear(palette)
    average = np.average(light, axis=0, weights=shares if shares.sum() > 0 else None)
    lightness, a, b = oklab(palette).T
    with_white, with_black = _contrasts(light)
    return Facts(
        dominant=hex_code(palette[shares.argmax()]),
        average=hex_code(encoded(average)),
        lightest=hex_code(palette[lightness.argmax()]),
        darkest=hex_code(palette[lightness.argmin()]),
        most_colorful=hex_code(palette[np.hypot(a, b).argmax()]),
        tone="dark" if np.greater(*_contrasts(average)) else "light",
        text=tuple(np.where(with_white > with_black, "#ffffff", "#000000").tolist()),
        contrast=tuple(np.maximum(with_white, with_black).round(2).tolist()),
    )


def _contrasts(light: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the contrast ratios with white and with black."""
    luminance = light @ LUMINANCE
    return (1 + FLARE) / (luminance + FLARE), (luminance + FLARE) / FLARE
