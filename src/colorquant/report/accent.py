"""A color of a page's own, from the image that it shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from colorquant.codes import channels_of, hex_code
from colorquant.palettes.facts import Facts
from colorquant.palettes.oklab import encoded, light_of, oklab

# Lightness in Oklab of what stands on a light and on a dark ground. Whatever the hue, text of it has a
# contrast of over 4.5 with the grounds of style.css.
ON_LIGHT, ON_DARK = 0.5, 0.8
# Most chroma, so that links and buttons do not outshine the image.
MOST_CHROMA = 0.13
# Below this, of sRGB's at most 0.32, a hue is an accident: the accent stays nearly grey.
GREY = 0.02
# Chroma is lowered in so many steps until sRGB has the color.
STEPS = 40


def accents(told: Facts | None) -> tuple[str, str]:
    """Give the image's most colorful hue as text on a light and on a dark page.

    Parameters
    ----------
    told : Facts or None
        None, of an image without a visible pixel, gives greys.

    Returns
    -------
    light, dark : str
        ``#rrggbb``.
    """
    _, a, b = oklab(np.array(channels_of(told.most_colorful), np.uint8)) if told else (0.0, 0.0, 0.0)
    chroma = float(np.hypot(a, b))
    direction = np.array([a, b]) / chroma if chroma > GREY else np.zeros(2)
    wanted = min(chroma, MOST_CHROMA)
    return _accent(ON_LIGHT, direction, wanted), _accent(ON_DARK, direction, wanted)


def _accent(lightness: float, direction: NDArray[np.float64], chroma: float) -> str:
    for step in range(STEPS + 1):
        light = light_of(np.array([lightness, *(direction * chroma * (1 - step / STEPS))]))
        if light.min() >= -1e-9 and light.max() <= 1:
            break
    return hex_code(encoded(light.clip(0, 1)))
