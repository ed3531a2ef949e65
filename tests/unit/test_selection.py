from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from colorquant.engine.colors import count
from colorquant.engine.groups import Groups, find_groups
from colorquant.engine.points import Points, sample
from colorquant.engine.scores import Score, score
from colorquant.engine.selection import CRITERIA, FIDELITY, Candidates, Decision, choose
from colorquant.engine.silhouette import separation, silhouette_samples
from colorquant.engine.spaces import RGB_STEPS, SPACES
from colorquant.engine.sweep import sweep
from colorquant.settings import CRITERIA as NAMES
from colorquant.settings import QUALITIES

RGB = SPACES["rgb"]

PLAIN = Score(
    colors=8,
    inertia=9.0,
    silhouette=0.3,
    silhouette_macro=0.3,
    calinski_harabasz=5.0,
    davies_bouldin=0.5,
    error=0.04,
    error_p95=0.08,
)


def no_groups() -> Groups:
    raise AssertionError("only auto looks for groups")


def decide(criterion: str, field: str, *values: float, quality: str = "medium") -> Decision:
    scores = [replace(PLAIN, colors=8 + i, **{field: value}) for i, value in enumerate(values)]
    return choose(criterion, Candidates(scores, no_groups, quality))


def planted(count: int, pixels: int) -> Points:
    steps = np.linspace(0, 255, 4)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    return Points(RGB_STEPS * grid[:count], np.full(count, float(pixels)), RGB)


def scores_of(points, numbers):
    clusterings = sweep(points, numbers, seed=0)
    samples = silhouette_samples(points, [one.labels for one in clusterings]).T
    separations = [
        separation(points.weights, one.labels, column)
        for one, column in zip(clusterings, samples, strict=True)
    ]
    return score(points, clusterings, separations)


@pytest.mark.parametrize(
    ("criterion", "field"),
    [
        ("silhouette", "silhouette"),
        ("silhouette-macro", "silhouette_macro"),
        ("calinski-harabasz", "calinski_harabasz"),
    ],
)
def test_the_highest_score_wins(criterion, field):
    choice = decide(criterion, field, 0.3, 0.5, 0.4)
    assert (choice.index, choice.measure) == (1, field)


def test_the_lowest_davies_bouldin_index_wins():
    assert decide("davies-bouldin", "davies_bouldin", 0.9, 0.8, 0.7, 0.8).index == 2


@pytest.mark.parametrize(
    "criterion", ["silhouette", "silhouette-macro", "calinski-harabasz", "davies-bouldin"]
)
def test_of_equal_scores_the_fewest_colors_win(criterion):
    field = criterion.replace("-", "_")
    assert decide(criterion, field, 0.5, 0.5).index == 0


def test_the_verdict_names_the_number_of_colors_and_its_score():
    verdict = decide("silhouette", "silhouette", 0.25, 0.5).verdict
    assert "9 colors" in verdict
    assert "0.500" in verdict


def test_a_strong_silhouette_is_said_to_stand_out():
    assert "9 colors have the highest" in decide("silhouette", "silhouette", 0.5, 0.9).verdict
    assert "they stand out" in decide("silhouette", "silhouette", 0.5, 0.9).verdict


def test_a_silhouette_that_falls_from_the_minimum_is_told_from_a_peak():
    verdict = decide("silhouette", "silhouette", 0.5, 0.45, 0.4).verdict
    assert "no number stands out: the scores fall from the fewest colors on" in verdict


def test_a_tie_of_weak_silhouettes_is_told():
    verdict = decide("silhouette", "silhouette", 0.40, 0.45, 0.446, 0.441).verdict
    assert "2 other numbers score as well" in verdict


def test_fidelity_takes_the_fewest_colors_that_look_close_enough():
    choice = decide("fidelity", "error", 0.06, 0.05, 0.044, 0.04)
    assert choice.index == 2
    assert "10 colors are the fewest that look close enough" in choice.verdict


def test_fidelity_minds_the_few_pixels_that_are_far_off():
    assert PLAIN.error <= FIDELITY["medium"].error
    assert decide("fidelity", "error_p95", 0.20, 0.10, 0.08).index == 2


def test_fidelity_says_that_the_most_colors_were_too_few():
    choice = decide("fidelity", "error", 0.2, 0.1)
    assert choice.index == 1
    assert "9 colors, the most allowed, are too few" in choice.verdict


def test_fidelity_says_that_the_fewest_colors_were_enough():
    assert "8 colors, the fewest allowed, are enough" in decide("fidelity", "error", 0.01, 0.01).verdict


def test_more_quality_takes_more_colors():
    chosen = [decide("fidelity", "error", 0.07, 0.05, 0.04, 0.02, quality=q).index for q in QUALITIES]
    assert chosen == [1, 2, 3]


def test_settings_know_the_same_qualities():
    assert tuple(FIDELITY) == QUALITIES


def test_auto_counts_colors_that_stand_apart():
    points = planted(12, pixels=20)
    scores = scores_of(points, range(8, 13))
    choice = choose("auto", Candidates(scores, partial(find_groups, points)))
    assert scores[choice.index].colors == 12
    assert "12 colors stand apart" in choice.verdict


def test_auto_takes_fidelity_where_more_colors_stand_apart_than_are_allowed():
    points = planted(20, pixels=20)
    scores = scores_of(points, range(8, 13))
    choice = choose("auto", Candidates(scores, partial(find_groups, points)))
    assert "20 colors stand apart, which is not in 8 to 12" in choice.verdict
    assert choice.index == choose("fidelity", Candidates(scores, partial(find_groups, points))).index


def test_auto_takes_fidelity_where_colors_blend(photo):
    points = sample(count(photo), 1000, 0, RGB)
    swept = Candidates(scores_of(points, range(8, 33)), partial(find_groups, points))
    assert choose("auto", swept).index == choose("fidelity", swept).index
    assert "The colors blend into each other" in choose("auto", swept).verdict


def test_auto_trusts_a_silhouette_that_no_continuum_reaches():
    scores = [replace(PLAIN, colors=8 + i, silhouette=value) for i, value in enumerate((0.6, 0.8, 0.5))]
    choice = choose("auto", Candidates(scores, lambda: Groups(np.zeros((0, 3)), 0.0)))
    assert (choice.index, choice.measure) == (1, "silhouette")
    assert "they stand out" in choice.verdict


@pytest.mark.parametrize("criterion", NAMES)
def test_a_number_that_was_fixed_is_taken_as_such(criterion):
    choice = choose(criterion, Candidates([PLAIN], lambda: Groups(np.zeros((0, 3)), 0.0)))
    assert (choice.index, choice.verdict) == (0, "8 colors, as requested.")


def test_settings_know_the_same_criteria():
    assert tuple(CRITERIA) == NAMES
