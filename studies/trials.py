"""One image, or one cloud of points, through every criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from colorquant.choice import MOST_POINTS, measure
from colorquant.engine.colors import Colors
from colorquant.engine.engines import find_engine
from colorquant.engine.groups import CROWD, Groups, find_groups
from colorquant.engine.points import Points, histogram, sample
from colorquant.engine.scores import Score
from colorquant.engine.selection import CRITERIA, Candidates
from colorquant.engine.spaces import SPACES

FEWEST, MOST = 8, 32
ENGINE = find_engine("colorquant")


@dataclass(frozen=True)
class Trial:
    """What every criterion made of the same sweep.

    Attributes
    ----------
    scores : tuple of Score
    chosen : dict of str to int
        The number of colors by criterion.
    groups : Groups
    """

    scores: tuple[Score, ...]
    chosen: dict[str, int]
    groups: Groups

    def values(self, measure: str) -> NDArray[np.float64]:
        """Give one field of the scores."""
        return np.array([getattr(row, measure) for row in self.scores])


def points_of(image: Colors, size: int | Literal["all"], seed: int, space: str = "rgb") -> Points:
    """Draw the sample that `colorquant.quantize` would."""
    if size == "all":
        return histogram(image, MOST_POINTS, SPACES[space]).points
    return sample(image, size, seed, SPACES[space])


def run(
    image: Colors,
    size: int | Literal["all"] = 1000,
    sample_seed: int = 0,
    seed: int = 0,
    space: str = "rgb",
) -> Trial:
    """Sweep from 8 to 32 colors and ask every criterion, as `colorquant.quantize` would.

    Parameters
    ----------
    image : Colors
    size : int or "all"
        Of the sample.
    sample_seed : int
        Of the sample.
    seed : int
        Of K-means.
    space : str
        Where distances are taken; a key of `SPACES`.

    Returns
    -------
    Trial
        With no scores where there are no more than 8 distinct colors, which are kept exactly.
    """
    points = points_of(image, size, sample_seed, space)
    crowd = points_of(image, CROWD * size if isinstance(size, int) else size, sample_seed)
    groups = find_groups(crowd)
    if len(points) <= FEWEST:
        return Trial((), dict.fromkeys(CRITERIA, len(points)), groups)
    clusterings = ENGINE.sweep(points, range(FEWEST, min(MOST, len(points)) + 1), seed)
    scores = measure(ENGINE, image, points, clusterings, sample_seed)
    candidates = Candidates(scores, lambda: groups)
    chosen = {name: scores[criterion.choose(candidates).index].colors for name, criterion in CRITERIA.items()}
    return Trial(scores, chosen, groups)
