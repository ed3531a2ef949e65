from __future__ import annotations

from colorquant.engine.selection import CRITERIA, Score
from colorquant.settings import CRITERIA as NAMES


def test_the_highest_silhouette_wins():
    scores = [Score(8, 9.0, 0.3), Score(9, 8.0, 0.5), Score(10, 7.0, 0.4)]
    assert CRITERIA["silhouette"](scores).index == 1


def test_of_equal_silhouettes_the_fewest_colors_win():
    scores = [Score(8, 9.0, 0.5), Score(9, 8.0, 0.5)]
    assert CRITERIA["silhouette"](scores).index == 0


def test_the_verdict_names_the_number_of_colors_and_its_score():
    verdict = CRITERIA["silhouette"]([Score(8, 9.0, 0.25), Score(9, 8.0, 0.5)]).verdict
    assert "9 colors" in verdict
    assert "0.500" in verdict


def test_settings_know_the_same_criteria():
    assert tuple(CRITERIA) == NAMES
