"""Which number of colors wins, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from colorquant.engine.groups import Groups
from colorquant.engine.scores import Score

# Kaufman and Rousseeuw, "Finding Groups in Data" (1990): "a strong structure has been found" above 0.70. The
# most that a continuum scores is 0.63, a straight line cut in two (docs/number-of-colors.md).
STRONG = 0.70
# Numbers of colors whose silhouettes differ by less are told apart by the random start of K-means only; the
# same page measures how far that moves a score.
TIE = 0.01
# Part of the pixels in dense groups that makes an image flat art: between the least of drawings after JPEG
# and the most of photographs (docs/number-of-colors.md).
FLAT = 0.75


class Fidelity(NamedTuple):
    """How far a result may be from the original, as differences in Oklab.

    Attributes
    ----------
    error : float
        Most that the root mean square over the pixels may be.
    error_p95 : float
        Most that 95 of 100 pixels may differ by.
    """

    error: float
    error_p95: float


# In Oklab 0.02 is just noticeable. Medium is where photographs spread over the range from 8 to 32 with the
# fewest at its ends (docs/number-of-colors.md). On them the second number is 1.8 times the first; twice as
# much lets the mean decide, except where an accent would be lost.
FIDELITY = {
    "low": Fidelity(0.060, 0.120),
    "medium": Fidelity(0.045, 0.090),
    "high": Fidelity(0.030, 0.060),
}


@dataclass(frozen=True)
class Candidates:
    """What a criterion decides on.

    Attributes
    ----------
    scores : sequence of Score
        At least one, ascending in `colors` without gaps.
    groups : callable
        Finds the dense groups of colors; most criteria do without them.
    quality : str
        A key of `FIDELITY`.
    """

    scores: Sequence[Score]
    groups: Callable[[], Groups]
    quality: str = "medium"

    @property
    def span(self) -> str:
        """The numbers of colors there are, in words."""
        return f"{self.scores[0].colors} to {self.scores[-1].colors}"


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


def by_silhouette(sweep: Candidates) -> Decision:
    """Take the highest mean silhouette; of equal ones, the fewest colors.

    Parameters
    ----------
    sweep : Candidates

    Returns
    -------
    Decision
    """
    return _by_silhouette(sweep, "silhouette", "silhouette")


def by_silhouette_macro(sweep: Candidates) -> Decision:
    """Take the highest mean of the clusters' mean silhouettes, where a small area counts like a large one.

    Parameters
    ----------
    sweep : Candidates

    Returns
    -------
    Decision
    """
    return _by_silhouette(sweep, "silhouette_macro", "silhouette averaged over the clusters")


def _by_silhouette(sweep: Candidates, measure: str, words: str) -> Decision:
    values = [getattr(score, measure) for score in sweep.scores]
    index = values.index(max(values))
    best = (
        f"{sweep.scores[index].colors} colors have the highest {words}, {values[index]:.3f}, of {sweep.span}"
    )
    if values[index] >= STRONG:
        return Decision(index, measure, f"{best}: they stand out, blending colors score below {STRONG}.")
    tied = sum(values[index] - value < TIE for value in values) - 1
    shape = (
        "the scores fall from the fewest colors on"
        if index == 0
        else f"{tied} other numbers score as well to within {TIE}"
        if tied
        else "the scores waver with no clear peak"
    )
    return Decision(index, measure, f"{best}, but no number stands out: {shape}, as they do for a continuum.")


def by_calinski_harabasz(sweep: Candidates) -> Decision:
    """Take the highest ratio of the spread between the clusters to the spread within them.

    Parameters
    ----------
    sweep : Candidates

    Returns
    -------
    Decision
    """
    values = [score.calinski_harabasz for score in sweep.scores]
    index = values.index(max(values))
    return Decision(
        index,
        "calinski_harabasz",
        f"{sweep.scores[index].colors} colors have the highest Calinski-Harabasz index, {values[index]:.4g}, "
        f"of {sweep.span}.",
    )


def by_davies_bouldin(sweep: Candidates) -> Decision:
    """Take the least overlap of each cluster with its most similar one.

    Parameters
    ----------
    sweep : Candidates

    Returns
    -------
    Decision
    """
    values = [score.davies_bouldin for score in sweep.scores]
    index = values.index(min(values))
    return Decision(
        index,
        "davies_bouldin",
        f"{sweep.scores[index].colors} colors have the lowest Davies-Bouldin index, {values[index]:.3f}, "
        f"of {sweep.span}.",
    )


def by_fidelity(sweep: Candidates) -> Decision:
    """Take the fewest colors that look close enough to the original, on the whole and in its tail.

    Parameters
    ----------
    sweep : Candidates

    Returns
    -------
    Decision
        The last score where none is close enough; the verdict says so.
    """
    asked = FIDELITY[sweep.quality]
    enough = [score.error <= asked.error and score.error_p95 <= asked.error_p95 for score in sweep.scores]
    index = enough.index(True) if any(enough) else len(enough) - 1
    taken = sweep.scores[index]
    seen = (
        f"a color difference of {taken.error:.3f} (root mean square) and {taken.error_p95:.3f} (95 of 100 "
        f"pixels) in Oklab, where {sweep.quality} quality allows {asked.error:.3f} and {asked.error_p95:.3f}"
    )
    if not any(enough):
        verdict = f"{taken.colors} colors, the most allowed, are too few: they leave {seen}."
    elif index == 0:
        verdict = f"{taken.colors} colors, the fewest allowed, are enough: they leave {seen}."
    else:
        verdict = f"{taken.colors} colors are the fewest that look close enough: they leave {seen}."
    return Decision(index, "error", verdict)


def by_structure(sweep: Candidates) -> Decision:
    """Take the number that the image has, where it has one, and fidelity where its colors blend.

    It has one where its colors form dense groups, as in flat art, or where the silhouette is higher than any
    continuum's, as in a photograph of a few plain things.

    Parameters
    ----------
    sweep : Candidates

    Returns
    -------
    Decision
    """
    groups = sweep.groups()
    fewest, most = sweep.scores[0].colors, sweep.scores[-1].colors
    if groups.coverage < FLAT:
        highest = by_silhouette(sweep)
        if sweep.scores[highest.index].silhouette >= STRONG:
            return highest
        reason = "The colors blend into each other, so no number of them is the right one"
    elif fewest <= len(groups) <= most:
        return Decision(
            len(groups) - fewest,
            "silhouette_macro",
            f"{len(groups)} colors stand apart from all others and have {groups.coverage:.0%} of the pixels "
            "close to them.",
        )
    else:
        reason = f"{len(groups)} colors stand apart, which is not in {sweep.span}"
    chosen = by_fidelity(sweep)
    return Decision(chosen.index, chosen.measure, f"{reason}. {chosen.verdict}")


class Criterion(NamedTuple):
    """A way to choose.

    Attributes
    ----------
    explanation : str
        What it goes by, for a list of options.
    choose : callable
        The decision on `Candidates`.
    """

    explanation: str
    choose: Callable[[Candidates], Decision]


CRITERIA = {
    "silhouette": Criterion("how well pixels sit in their cluster, on average", by_silhouette),
    "silhouette-macro": Criterion("the same, every cluster counting alike", by_silhouette_macro),
    "calinski-harabasz": Criterion("spread between clusters to spread within", by_calinski_harabasz),
    "davies-bouldin": Criterion("least overlap of neighboring clusters", by_davies_bouldin),
    "fidelity": Criterion("fewest colors that look close to the original", by_fidelity),
    "auto": Criterion("counts separate colors where there are any, else fidelity", by_structure),
}
"""Each criterion by the name that `Settings.criterion` knows it by."""


def choose(criterion: str, sweep: Candidates) -> Decision:
    """Decide by a criterion of this name.

    Parameters
    ----------
    criterion : str
        A key of `CRITERIA`.
    sweep : Candidates

    Returns
    -------
    Decision
    """
    choice = CRITERIA[criterion].choose(sweep)
    if len(sweep.scores) == 1:
        return Decision(0, choice.measure, f"{sweep.scores[0].colors} colors, as requested.")
    return choice
