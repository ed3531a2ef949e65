"""Which number of colors wins, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from colorquant.engine.flat_colors import NONE, FlatColors
from colorquant.engine.scores import Score

# Numbers of colors whose silhouettes differ by less are told apart by the random start of K-means only
# (docs/number-of-colors.md measures how far that moves a score).
TIE = 0.01
# What 95 of 100 pixels may differ by, in terms of what they may on average. On photographs the ratio is 1.8.
TAIL = 2.0
# Errors in the verdict are given in hundredths, each about one CIEDE2000.
HUNDREDTHS = 100
# How far a result may be from the original: the root mean square over the pixels of the difference in the
# eye's space. With medium, photographs in many colors and those in few spread over 8 to 32 about as well as
# with any other (docs/number-of-colors.md).
FIDELITY = {"low": 0.075, "medium": 0.060, "high": 0.045}


@dataclass(frozen=True)
class Candidates:
    """What a criterion decides on.

    Attributes
    ----------
    scores : sequence of Score
        At least one, ascending in `colors` without gaps.
    flat : FlatColors
        The flat colors of the picture, where the criterion is one that asks for them.
    quality : str
        A key of `FIDELITY`.
    """

    scores: Sequence[Score]
    flat: FlatColors = NONE
    quality: str = "medium"

    @property
    def span(self) -> str:
        """The numbers of colors there are, in words."""
        return f"{self.scores[0].colors} to {self.scores[-1].colors}"

    def is_close(self, score: Score) -> bool:
        """Tell whether so many colors stay as close to the original as the quality asks."""
        allowed = FIDELITY[self.quality]
        return score.error <= allowed and score.error_p95 <= TAIL * allowed


@dataclass(frozen=True)
class Decision:
    """A criterion's decision.

    Attributes
    ----------
    index : int
        Which of the scores won.
    measure : str
        The field of `Score` that decided.
    verdict : str
        The reason, in a sentence or two.
    """

    index: int
    measure: str
    verdict: str


def by_silhouette(candidates: Candidates) -> Decision:
    """Take the highest mean silhouette; of equal ones, the fewest colors."""
    return _by_silhouette(candidates, "silhouette", "silhouette")


def by_silhouette_macro(candidates: Candidates) -> Decision:
    """Take the highest mean of the clusters' mean silhouettes, where a small area counts like a large one."""
    return _by_silhouette(candidates, "silhouette_macro", "silhouette averaged over the clusters")


def _by_silhouette(candidates: Candidates, measure: str, words: str) -> Decision:
    values = [getattr(score, measure) for score in candidates.scores]
    index = values.index(max(values))
    chosen = candidates.scores[index].colors
    best = f"{chosen} colors have the highest {words}, {values[index]:.3f}, of {candidates.span}"
    tied = sum(values[index] - value < TIE for value in values) - 1
    if not tied:
        return Decision(index, measure, f"{best}.")
    others = "another number is" if tied == 1 else f"{tied} other numbers are"
    hint = "The criterion auto goes by how the picture looks instead."
    return Decision(index, measure, f"{best}, but {others} as good to within {TIE}. {hint}")


def by_calinski_harabasz(candidates: Candidates) -> Decision:
    """Take the highest ratio of the spread between the clusters to the spread within them."""
    values = [score.calinski_harabasz for score in candidates.scores]
    index = values.index(max(values))
    return Decision(
        index,
        "calinski_harabasz",
        f"{candidates.scores[index].colors} colors have the highest Calinski-Harabasz index, "
        f"{values[index]:.4g}, of {candidates.span}.",
    )


def by_davies_bouldin(candidates: Candidates) -> Decision:
    """Take the least overlap of each cluster with its most similar one."""
    values = [score.davies_bouldin for score in candidates.scores]
    index = values.index(min(values))
    return Decision(
        index,
        "davies_bouldin",
        f"{candidates.scores[index].colors} colors have the lowest Davies-Bouldin index, "
        f"{values[index]:.3f}, of {candidates.span}.",
    )


def by_fidelity(candidates: Candidates) -> Decision:
    """Take the fewest colors that look close enough to the original, on the whole and in its tail.

    Where none does it takes the most, and the verdict says so.
    """
    enough = [candidates.is_close(score) for score in candidates.scores]
    index = enough.index(True) if any(enough) else len(enough) - 1
    taken = candidates.scores[index]
    seen = _difference(candidates, taken)
    if not any(enough):
        verdict = f"Even {taken.colors} colors, the most allowed, are not as close as asked: {seen}."
    elif index == 0:
        verdict = f"{taken.colors} colors, the fewest allowed, are close to the original: {seen}."
    else:
        verdict = f"{taken.colors} colors are the fewest that stay close to the original: {seen}."
    return Decision(index, "error", verdict)


def _difference(candidates: Candidates, score: Score) -> str:
    allowed = HUNDREDTHS * FIDELITY[candidates.quality]
    return (
        f"the difference is {HUNDREDTHS * score.error:.1f} on average and up to "
        f"{HUNDREDTHS * score.error_p95:.1f} for 95 of 100 pixels, where {candidates.quality} quality allows "
        f"{allowed:.1f} and {TAIL * allowed:.1f}"
    )


def by_structure(candidates: Candidates) -> Decision:
    """Count the flat colors where the picture is made of them, and go by fidelity where its colors blend."""
    flat = candidates.flat
    if not flat.are_the_picture:
        return by_fidelity(candidates)
    fewest = candidates.scores[0].colors
    if len(flat) > candidates.scores[-1].colors:
        chosen = by_fidelity(candidates)
        reason = f"The picture has at least {len(flat)} flat colors, which is not within {candidates.span}."
        return replace(chosen, verdict=f"{reason} {chosen.verdict}")
    first = max(len(flat) - fewest, 0)
    if len(flat) >= fewest and candidates.is_close(candidates.scores[first]):
        verdict = f"{len(flat)} flat colors make up the picture: {flat.coverage:.0%} of its even areas."
        return Decision(first, "error", verdict)
    chosen = by_fidelity(replace(candidates, scores=candidates.scores[first:]))
    index = first + chosen.index
    colors = candidates.scores[index].colors
    reason = f"The picture has at least {len(flat)} flat colors; {colors} keep what is thin or shaded."
    return Decision(index, "error", f"{reason} {chosen.verdict}")


class Criterion(NamedTuple):
    """A way to choose.

    Attributes
    ----------
    explanation : str
        What it goes by, for a list of options.
    choose : callable
        The decision on `Candidates`.
    wants_flat_colors : bool
        Whether the picture's flat colors are to be counted. Default False.
    """

    explanation: str
    choose: Callable[[Candidates], Decision]
    wants_flat_colors: bool = False


CRITERIA = {
    "silhouette": Criterion("how well pixels sit in their cluster, on average", by_silhouette),
    "silhouette-macro": Criterion("the same, every cluster counting alike", by_silhouette_macro),
    "calinski-harabasz": Criterion("spread between clusters to spread within", by_calinski_harabasz),
    "davies-bouldin": Criterion("least overlap of neighboring clusters", by_davies_bouldin),
    "fidelity": Criterion("fewest colors that look close to the original", by_fidelity),
    "auto": Criterion("counts flat colors where there are any, else fidelity", by_structure, True),
}
"""Each criterion by the name that `Settings.criterion` knows it by."""


def choose(criterion: str, candidates: Candidates) -> Decision:
    """Decide by the criterion of this name."""
    decision = CRITERIA[criterion].choose(candidates)
    if len(candidates.scores) == 1:
        return Decision(0, decision.measure, f"{candidates.scores[0].colors} colors, as requested.")
    return decision
