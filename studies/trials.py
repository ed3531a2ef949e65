"""One image through every criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from colorquant import Settings, load
from colorquant.engine.flat_colors import FlatColors, find_flat_colors
from colorquant.engine.scores import Score
from colorquant.engine.selection import CRITERIA, Candidates
from colorquant.settings import BY_CLOSENESS, ColorSpace

FEWEST, MOST = 8, 32
# Where nothing else is said: as many pixels as each criterion looks at by itself.
Size = int | Literal["all"] | None


@dataclass(frozen=True)
class Trial:
    """What every criterion made of an image.

    Attributes
    ----------
    scores : tuple of Score
        What the clustering indices went by; empty where the image has no more colors than the fewest allowed.
    looks : tuple of Score
        What `fidelity` went by; empty likewise.
    chosen : dict of str to int
        The number of colors by criterion.
    flat : FlatColors
        What `auto` found in the image before it swept.
    """

    scores: tuple[Score, ...]
    looks: tuple[Score, ...]
    chosen: dict[str, int]
    flat: FlatColors

    def values(self, measure: str) -> NDArray[np.float64]:
        """Give one field of the indices' scores."""
        return np.array([getattr(row, measure) for row in self.scores])


def run(pixels: NDArray[np.uint8], size: Size = None, seed: int = 0, space: ColorSpace = "auto") -> Trial:
    """Ask every criterion for a number from 8 to 32.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W, 3)
    size : int, "all" or None
        Of the sample; None for each criterion's own.
    seed : int
        Of the sample and of K-means.
    space : str
        Where distances are taken; "auto" for each criterion's own.
    """
    image = load(pixels)

    given = {
        "min_colors": FEWEST,
        "max_colors": MOST,
        "sample_size": size,
        "seed": seed,
        "color_space": space,
    }
    swept = {name: image.sweep(Settings(criterion=name, **given)) for name in ("silhouette", *BY_CLOSENESS)}
    chosen = {name: found.colors for name, found in swept.items()}
    scores = swept["silhouette"].scores
    for name in CRITERIA.keys() - swept.keys():
        index = CRITERIA[name].choose(Candidates(scores)).index if scores else None
        chosen[name] = chosen["silhouette"] if index is None else scores[index].colors
    return Trial(scores, swept["fidelity"].scores, chosen, find_flat_colors(pixels))
