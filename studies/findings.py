"""The numbers of the study, from its trials to tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.flat_colors import COVERAGE
from colorquant.engine.selection import CRITERIA, TAIL, TIE
from studies import continua, counting, drawings, photographs, planted, trials
from studies.continua import STRONG

Row = Sequence[str]
# Choices at most this far apart count as the same.
NEAR = 2
# Thresholds of the root mean square difference in the eye's space to compare.
THRESHOLDS = (0.045, 0.050, 0.055, 0.060, 0.065, 0.070, 0.075)


@dataclass(frozen=True)
class Results:
    """Everything that was run.

    Attributes
    ----------
    continua : dict of str to ndarray, shape (clouds, numbers)
        Silhouettes of each kind of cloud.
    drawings : dict of str to list of Trial
        By style, in the order of `studies.planted.jobs`.
    rare : list of list of int
        Flat colors found, by share and drawing.
    artwork : list of list of Counted
        What `auto` made of drawings unlike those, in every treatment.
    pictures : list of Picture
        The photographs as they are.
    repeats, quarters : list of Repeats
        Of the photographs, and of their quarters.
    sizes : list of list of dict
        Choices by size of the sample.
    spaces : list of list of dict
        Choices by color space.
    looks : list of dict
        How the results look, by criterion.
    """

    continua: dict[str, NDArray[np.float64]]
    drawings: dict[str, list[trials.Trial]]
    rare: list[list[int]]
    artwork: list[list[counting.Counted]]
    pictures: list[photographs.Picture]
    repeats: list[photographs.Repeats]
    quarters: list[photographs.Repeats]
    sizes: list[list[dict[str, int]]]
    spaces: list[list[dict[str, int]]]
    looks: list[dict[str, photographs.Look]]


def chosen(repeats: Sequence[photographs.Repeats], criterion: str) -> NDArray[np.int64]:
    """Give the choices on every sample, shape (pictures, seeds)."""
    return np.array([[trial.chosen[criterion] for trial in repeat.samples] for repeat in repeats])


def steady(choices: NDArray[np.int64]) -> float:
    """Give the part of the further choices that are near the first, over all pictures."""
    return float((np.abs(choices[:, 1:] - choices[:, :1]) <= NEAR).mean())


def found(results: Results, style: str, criterion: str) -> float:
    """Give the part of a style's drawings whose exact number a criterion found."""
    pairs = zip(planted.jobs(drawings.STYLES[style]), results.drawings[style], strict=True)
    return float(np.mean([trial.chosen[criterion] == job.count for job, trial in pairs]))


def criterion_table(_results: Results) -> list[Row]:
    """Say what each criterion goes by."""
    rows: list[Row] = [("criterion", "goes by")]
    return rows + [(name, criterion.explanation) for name, criterion in CRITERIA.items()]


def continuum_table(results: Results) -> list[Row]:
    """Say what the silhouette gives where there are no clusters."""
    rows: list[Row] = [("cloud", "lowest, 2 to 64", "highest, 2 to 64", "at 8", "at 32")]
    for name, curves in results.continua.items():
        mean = curves.mean(axis=0)
        values = (mean.min(), mean.max(), mean[8 - continua.FEWEST], mean[32 - continua.FEWEST])
        rows.append((name, *(f"{value:.2f}" for value in values)))
    return rows


def photo_table(results: Results) -> list[Row]:
    """Say what photographs are like."""
    axes = np.median([repeat.principal for repeat in results.repeats], axis=0)
    silhouettes = np.array(
        [[trial.values("silhouette") for trial in repeat.samples] for repeat in results.repeats]
    )
    best = silhouettes[:, 0].max(axis=1)
    tied = (best[:, None] - silhouettes[:, 0] < TIE).sum(axis=1)
    neighbors = np.abs(np.diff(silhouettes[:, 0], axis=1))
    return [
        ("of the photographs", "median"),
        ("variance along the three principal axes of the colors", " / ".join(f"{axis:.0%}" for axis in axes)),
        ("best silhouette", f"{np.median(best):.2f} (highest of all: {best.max():.2f})"),
        (f"numbers of colors within {TIE} of the best silhouette", f"{np.median(tied):.0f} of 25"),
        ("step of the silhouette from one number to the next", f"{np.median(neighbors):.4f}"),
        (
            "standard deviation of one silhouette over samples and starts",
            f"{np.median(silhouettes.std(axis=1, ddof=1)):.4f}",
        ),
        (
            "correlation of the logarithms of inertia and number of colors",
            f"{np.median([_straightness(repeat.samples[0]) for repeat in results.repeats]):.4f}",
        ),
    ]


def _straightness(trial: trials.Trial) -> float:
    """Tell how near the inertia is to a power law of the number of colors: exactly, it gives -1."""
    return float(np.corrcoef(np.log(trial.values("colors")), np.log(trial.values("inertia")))[0, 1])


def drawing_table(results: Results) -> list[Row]:
    """Say how often each criterion found the planted number."""
    rows: list[Row] = [("drawing", *CRITERIA)]
    rows += [
        (style, *(f"{found(results, style, criterion):.0%}" for criterion in CRITERIA))
        for style in results.drawings
    ]
    return rows


def artwork_table(results: Results) -> list[Row]:
    """Say how often `auto` found the number of colors of flat art that it was not made with."""
    return counting.table([counted for treatments in results.artwork for counted in treatments])


def rare_table(results: Results) -> list[Row]:
    """Say how rare a color may be."""
    rates = (np.array(results.rare) == planted.SHARE_COUNT).mean(axis=1)
    return [
        ("share of the rarest color", "counted right"),
        *((f"{share:.1%}", f"{rate:.0%}") for share, rate in zip(planted.SHARES, rates, strict=True)),
    ]


def gate_table(results: Results) -> list[Row]:
    """Say how well the part of the even areas that flat colors cover tells drawings from photographs."""
    flat = [trial.flat.coverage for trials_ in results.drawings.values() for trial in trials_]
    rows: list[Row] = [("pictures", "number", "median", "lowest", "highest", f"at least {COVERAGE:.0%}")]
    for name, values in (
        ("drawings", np.array(flat)),
        ("photographs", np.array([repeat.samples[0].flat.coverage for repeat in results.repeats])),
        ("their quarters", np.array([repeat.samples[0].flat.coverage for repeat in results.quarters])),
    ):
        numbers = (np.median(values), values.min(), values.max(), (values >= COVERAGE).mean())
        rows.append((name, str(len(values)), *(f"{number:.0%}" for number in numbers)))
    return rows


def strong_table(results: Results) -> list[Row]:
    """Say how well a silhouette of 0.70 would tell drawings from photographs instead."""
    rows: list[Row] = [("pictures", f"best silhouette at least {STRONG:.2f}")]
    drawn = [trial for trials_ in results.drawings.values() for trial in trials_]
    for name, tried in (
        ("drawings", drawn),
        ("photographs", [repeat.samples[0] for repeat in results.repeats]),
        ("their quarters", [repeat.samples[0] for repeat in results.quarters]),
    ):
        best = [trial.values("silhouette").max() if trial.scores else 1.0 for trial in tried]
        rows.append((name, f"{np.mean(np.array(best) >= STRONG):.0%}"))
    return rows


def choice_table(results: Results) -> list[Row]:
    """Say where the choices on photographs lie, and how steady they are."""
    rows: list[Row] = [("criterion", "median", "at 8", "at 8 to 11", "at 32", "other seed, ±2")]
    for name, repeats in (("", results.repeats), (", quarters", results.quarters)):
        for criterion in CRITERIA:
            choices = chosen(repeats, criterion)
            parts = [(choices == 8).mean(), (choices <= 11).mean(), (choices == 32).mean()]
            parts += [steady(choices)]
            rows.append((f"{criterion}{name}", f"{np.median(choices):g}", *(f"{part:.0%}" for part in parts)))
    return rows


def threshold_table(results: Results) -> list[Row]:
    """Say what the fidelity criterion would choose at other thresholds."""
    rows: list[Row] = [
        ("threshold", "median", "at 8", "at 32", "other seed, ±2", "quarters: median", "at 8", "at 32")
    ]
    for threshold in THRESHOLDS:
        whole, parts = (
            np.array([[_fewest(trial, threshold) for trial in repeat.samples] for repeat in repeats])
            for repeats in (results.repeats, results.quarters)
        )
        rows.append(
            (
                f"{threshold:.3f}",
                f"{np.median(whole):g}",
                f"{(whole == 8).mean():.0%}",
                f"{(whole == 32).mean():.0%}",
                f"{steady(whole):.0%}",
                f"{np.median(parts):g}",
                f"{(parts == 8).mean():.0%}",
                f"{(parts == 32).mean():.0%}",
            )
        )
    return rows


def _fewest(trial: trials.Trial, threshold: float) -> int:
    enough = [row.error <= threshold and row.error_p95 <= TAIL * threshold for row in trial.looks]
    return trial.looks[enough.index(True) if any(enough) else -1].colors


def size_table(results: Results) -> list[Row]:
    """Say what a larger sample changes."""
    rows: list[Row] = [
        ("criterion", *(f"median, {size}" for size in photographs.SAMPLE_SIZES), "5000 ±2", "all ±2")
    ]
    rows += [(criterion, *_compared(results.sizes, criterion)) for criterion in CRITERIA]
    return rows


def space_table(results: Results) -> list[Row]:
    """Say what clustering in another color space changes."""
    spaces = photographs.COLOR_SPACES
    rows: list[Row] = [
        ("criterion", *(f"median, {space}" for space in spaces), *(f"{space} ±2" for space in spaces[1:]))
    ]
    rows += [(criterion, *_compared(results.spaces, criterion)) for criterion in CRITERIA]
    return rows


def _compared(tried: list[list[dict[str, int]]], criterion: str) -> list[str]:
    """Give the median of each column of choices, and how often each further one is near the first."""
    choices = np.array([[chosen[criterion] for chosen in row] for row in tried])
    near = (np.abs(choices[:, 1:] - choices[:, :1]) <= NEAR).mean(axis=0)
    return [*(f"{median:g}" for median in np.median(choices, axis=0)), *(f"{part:.0%}" for part in near)]


def look_table(results: Results) -> list[Row]:
    """Say how the results look and what they weigh."""
    rows: list[Row] = [
        ("criterion", "colors", "difference", "worst difference", "SSIM", "bytes of the original")
    ]
    for criterion in CRITERIA:
        looks = [row[criterion] for row in results.looks]
        rows.append(
            (
                criterion,
                f"{np.median([look.colors for look in looks]):g}",
                f"{np.median([look.error for look in looks]):.3f}",
                f"{max(look.error for look in looks):.3f}",
                f"{np.median([look.ssim for look in looks]):.3f}",
                f"{np.median([look.size for look in looks]):.0%}",
            )
        )
    return rows


TABLES: dict[str, Callable[[Results], list[Row]]] = {
    "criteria": criterion_table,
    "continua": continuum_table,
    "photographs": photo_table,
    "choices": choice_table,
    "drawings": drawing_table,
    "artwork": artwork_table,
    "rare": rare_table,
    "gate": gate_table,
    "strong": strong_table,
    "thresholds": threshold_table,
    "looks": look_table,
    "sizes": size_table,
    "spaces": space_table,
}
"""Each table by the name that the page calls for it with."""
