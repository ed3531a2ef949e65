from __future__ import annotations

from colorquant.report.curve import curve

ROWS = [{"colors": k, "silhouette": value} for k, value in ((8, 0.2), (9, 0.6), (10, 0.4))]


def test_every_number_of_colors_has_a_bar_as_long_as_its_score_is_high():
    _, *bars = curve(ROWS, "silhouette", 9).splitlines()
    lengths = [bar.count("#") for bar in bars]
    assert lengths[0] < lengths[2] < lengths[1]


def test_the_chosen_number_is_marked():
    marked = [line for line in curve(ROWS, "silhouette", 9).splitlines() if "chosen" in line]
    assert len(marked) == 1
    assert marked[0].split()[:2] == ["9", "0.6000"]


def test_equal_scores_have_equal_bars():
    rows = [{"colors": 8, "error": 0.1}, {"colors": 9, "error": 0.1}]
    _, first, second = curve(rows, "error", 8).splitlines()
    assert first.count("#") == second.count("#") > 0


def test_every_row_fits_eighty_columns():
    rows = [{"colors": k, "calinski_harabasz": 1e9 * k} for k in range(8, 33)]
    assert max(map(len, curve(rows, "calinski_harabasz", 32).splitlines())) <= 80
