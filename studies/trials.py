"""One image, or one cloud of points, through every criterion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.colors import ColorSet, histogram, sample_pixels
from colorquant.engine.groups import CROWD, Groups, find_groups
from colorquant.engine.scores import Score, score
from colorquant.engine.selection import CRITERIA, Sweep
from colorquant.engine.spaces import SPACES
from colorquant.engine.sweep import sweep
from colorquant.palette import MOST_POINTS

FEWEST, MOST = 8, 32
# Distinct colors and how many pixels have each.
Counted = tuple[NDArray[np.uint32], NDArray[np.int64]]


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


def points_of(counted: Counted, size: int | Literal["all"], seed: int, space: str = "rgb") -> ColorSet:
    """Draw the sample that `colorquant.quantize` would."""
    if size == "all":
        return histogram(*counted, MOST_POINTS, SPACES[space]).colors
    return sample_pixels(*counted, size, seed, SPACES[space])


def run(
    counted: Counted,
    size: int | Literal["all"] = 1000,
    sample_seed: int = 0,
    seed: int = 0,
    space: str = "rgb",
) -> Trial:
    """Sweep from 8 to 32 colors and ask every criterion, as `colorquant.quantize` would.

    Parameters
    ----------
    counted : tuple of ndarray
        The image, as from `count_distinct`.
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
    colors = points_of(counted, size, sample_seed, space)
    crowd = points_of(counted, CROWD * size if isinstance(size, int) else size, sample_seed)
    groups = find_groups(crowd)
    if len(colors) <= FEWEST:
        return Trial((), dict.fromkeys(CRITERIA, len(colors)), groups)
    clusterings = sweep(colors, range(FEWEST, min(MOST, len(colors)) + 1), seed)
    swept = Sweep(score(colors, clusterings), lambda: groups)
    chosen = {
        name: swept.scores[criterion.choose(swept).index].colors for name, criterion in CRITERIA.items()
    }
    return Trial(tuple(swept.scores), chosen, groups)
