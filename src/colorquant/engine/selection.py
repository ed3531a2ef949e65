"""Which number of colors wins, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """What the sweep found for one number of colors.

    Attributes
    ----------
    colors : int
        Number of clusters, k.
    inertia : float
        Sum over the clustered pixels of the squared distance to their centroid.
    silhouette : float
        Mean silhouette, -1 to 1.
    """

    colors: int
    inertia: float
    silhouette: float


@dataclass(frozen=True)
class Choice:
    """A criterion's decision.

    Attributes
    ----------
    index : int
        Which of the scores won.
    verdict : str
        The reason, in a sentence.
    """

    index: int
    verdict: str


def by_silhouette(scores: Sequence[Score]) -> Choice:
    """Take the highest mean silhouette; of equal ones, the fewest colors.

    Parameters
    ----------
    scores : sequence of Score
        Ascending in `colors`.

    Returns
    -------
    Choice
    """
    index = max(range(len(scores)), key=lambda i: scores[i].silhouette)
    best = scores[index]
    return Choice(
        index,
        f"{best.colors} colors have the highest silhouette, {best.silhouette:.3f}, "
        f"of the {len(scores)} numbers from {scores[0].colors} to {scores[-1].colors}.",
    )


CRITERIA: dict[str, Callable[[Sequence[Score]], Choice]] = {"silhouette": by_silhouette}
"""Each criterion by the name that `Settings.criterion` knows it by."""
