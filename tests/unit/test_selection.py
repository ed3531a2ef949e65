from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from colorquant.engine.flat_colors import FlatColors
from colorquant.engine.scores import Score
from colorquant.engine.selection import CRITERIA, FIDELITY, Candidates, Decision, choose
from colorquant.engine.spaces import SPACES
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


def art(count: int, coverage: float = 0.99) -> FlatColors:
    return FlatColors(np.zeros((count, 3), np.uint8), 0.9, coverage)


def decide(criterion: str, field: str, *values: float, quality: str = "medium") -> Decision:
    scores = [replace(PLAIN, colors=8 + i, **{field: value}) for i, value in enumerate(values)]
    return choose(criterion, Candidates(scores, quality=quality))


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


def test_a_clear_peak_is_told_without_a_but():
    assert decide("silhouette", "silhouette", 0.5, 0.9).verdict == (
        "9 colors have the highest silhouette, 0.900, of 8 to 9."
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [((0.45, 0.446), "another number is as good"), ((0.45, 0.446, 0.441), "2 other numbers are as good")],
)
def test_a_tie_is_told_with_what_to_do_about_it(values, words):
    verdict = decide("silhouette", "silhouette", *values).verdict
    assert words in verdict
    assert "criterion auto" in verdict


def test_fidelity_takes_the_fewest_colors_that_look_close_enough():
    choice = decide("fidelity", "error", 0.08, 0.07, 0.059, 0.05)
    assert choice.index == 2
    assert "10 colors are the fewest that stay close" in choice.verdict


def test_fidelity_minds_the_few_pixels_that_are_far_off():
    assert PLAIN.error <= FIDELITY["medium"]
    assert decide("fidelity", "error_p95", 0.30, 0.15, 0.11).index == 2


def test_fidelity_says_that_the_most_colors_were_too_few():
    choice = decide("fidelity", "error", 0.2, 0.1)
    assert choice.index == 1
    assert "Even 9 colors, the most allowed, are not as close" in choice.verdict


def test_fidelity_says_that_the_fewest_colors_were_enough():
    assert "8 colors, the fewest allowed, are close" in decide("fidelity", "error", 0.01, 0.01).verdict


def test_more_quality_takes_more_colors():
    chosen = [decide("fidelity", "error", 0.09, 0.07, 0.05, 0.04, quality=q).index for q in QUALITIES]
    assert chosen == [1, 2, 3]


def test_settings_know_the_same_qualities():
    assert tuple(FIDELITY) == QUALITIES


def auto(flat: FlatColors, *errors: float) -> Decision:
    scores = [replace(PLAIN, colors=8 + i, error=error, error_p95=error) for i, error in enumerate(errors)]
    return choose("auto", Candidates(scores, flat))


@pytest.mark.parametrize("flat", [8, 10, 11])
def test_auto_counts_flat_colors_where_they_make_up_the_picture(flat):
    decision = auto(art(flat), 0.01, 0.01, 0.01, 0.01)
    assert decision.index == flat - 8
    assert decision.verdict == f"{flat} flat colors make up the picture: 99% of its even areas."


def test_auto_takes_more_colors_where_the_flat_ones_do_not_look_close():
    decision = auto(art(9), 0.01, 0.08, 0.07, 0.05)
    assert decision.index == 3
    assert "at least 9 flat colors; 11 keep what is thin or shaded" in decision.verdict


def test_auto_goes_on_from_the_flat_colors_where_they_are_fewer_than_allowed():
    decision = auto(art(3), 0.01, 0.01)
    assert decision.index == 0
    assert "at least 3 flat colors" in decision.verdict


def test_auto_says_that_more_colors_are_flat_than_are_allowed():
    decision = auto(art(20), 0.09, 0.05)
    assert decision.index == 1
    assert "at least 20 flat colors, which is not within 8 to 9" in decision.verdict


@pytest.mark.parametrize("flat", [art(10, coverage=0.5), art(1), FlatColors(np.zeros((9, 3)), 0.3, 1)])
def test_auto_goes_by_fidelity_where_flat_colors_are_not_the_picture(flat):
    assert auto(flat, 0.09, 0.05, 0.01).index == decide("fidelity", "error", 0.09, 0.05, 0.01).index
    assert "flat" not in auto(flat, 0.09, 0.05, 0.01).verdict


@pytest.mark.parametrize("criterion", NAMES)
def test_a_number_that_was_fixed_is_taken_as_such(criterion):
    choice = choose(criterion, Candidates([PLAIN]))
    assert (choice.index, choice.verdict) == (0, "8 colors, as requested.")


def test_settings_know_the_same_criteria():
    assert tuple(CRITERIA) == NAMES
