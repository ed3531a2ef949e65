"""What a palette loses of a picture: a red that becomes brown or gray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.colors import Colors
from colorquant.engine.hues import GREY, VIVID, chroma, degrees
from colorquant.engine.lloyd import Cloud
from colorquant.engine.points import sample
from colorquant.engine.spaces import EYE, Space

# Of so many pixels a share of 3 % is right to 0.3 % (its standard deviation), and they take 2 ms.
PIXELS = 4096
# Hues farther apart than a red and a yellow are not the same hue any more, in degrees.
ANOTHER_HUE = 45.0
# A smaller part of the picture is not told.
LEAST_SHARE = 0.005
# Where each hue starts, in degrees, about those of OKLCH; what comes before the first belongs to the last.
HUES = {
    "red": 10,
    "orange": 45,
    "yellow": 80,
    "green": 115,
    "teal": 165,
    "blue": 220,
    "purple": 290,
    "pink": 325,
}


@dataclass(frozen=True)
class Loss:
    """A hue that a palette does not have, and the part of the picture that had it.

    Attributes
    ----------
    hue : str
        A key of `HUES`.
    share : float
        Part of the visible pixels.
    """

    hue: str
    share: float

    def __str__(self) -> str:
        return f"{max(self.share, 0.01):.0%} of the picture loses its {self.hue}."


def with_loss(reason: str, loss: Loss | None) -> str:
    """Say after a reason what is lost, if anything is."""
    return f"{reason} {loss}" if loss else reason


def find_loss(image: Colors, palette: NDArray[np.uint8], space: Space, seed: int) -> Loss | None:
    """Find the hue that most pixels lose to another hue or to gray; None where hardly any does.

    Pixels take the palette's color that is nearest in the space.
    """
    if not len(image) or not len(palette):
        return None
    drawn = sample(image, PIXELS, seed, space)
    labels = Cloud(drawn).labels(space.from_srgb(palette))
    before, after = (EYE.from_srgb(colors) for colors in (space.palette(drawn.coordinates), palette))
    turned = np.abs((degrees(before) - degrees(after)[labels] + 180) % 360 - 180)
    lost = (chroma(before) >= VIVID) & ((turned > ANOTHER_HUE) | (chroma(after)[labels] < GREY))
    hues = np.searchsorted(list(HUES.values()), degrees(before)[lost], side="right") - 1
    shares = np.bincount(hues % len(HUES), drawn.weights[lost], len(HUES)) / drawn.weights.sum()
    largest = int(shares.argmax())
    return Loss(list(HUES)[largest], float(shares[largest])) if shares[largest] >= LEAST_SHARE else None
