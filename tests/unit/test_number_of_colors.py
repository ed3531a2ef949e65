"""The main findings of docs/number-of-colors.md, on little data."""

from __future__ import annotations

import numpy as np
import pytest

from colorquant.engine.flat_colors import COVERAGE, find_flat_colors
from studies import artwork, continua, counting, findings, page, photographs, planted, trials
from studies.continua import STRONG
from studies.drawings import STYLES, Style, draw

COUNTS = (8, 14, 20, 26, 32)


def found(styles, criterion):
    drawn = [(number, trials.run(draw(number, style, seed=9))) for style in styles for number in COUNTS]
    return np.mean([trial.chosen[criterion] == number for number, trial in drawn])


@pytest.fixture(scope="module")
def repeats():
    bundled = photographs.find([])
    return [photographs.repeat(picture) for picture in [*bundled, *photographs.quarters(bundled)]]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("1 dimension", 0.54, 0.61), ("2 dimensions", 0.35, 0.41), ("3 dimensions", 0.25, 0.30)],
)
def test_a_continuum_scores_about_the_same_for_every_number_of_clusters(name, low, high):
    scores = continua.silhouettes(name, seed=0)[8 - continua.FEWEST : 33 - continua.FEWEST]
    assert low < scores.min()
    assert scores.max() < high


@pytest.mark.parametrize("name", ["thin sheet", "line with noise"])
def test_a_cloud_that_is_thin_in_some_directions_scores_less_the_finer_it_is_cut(name):
    scores = continua.silhouettes(name, seed=0)
    at = {k: scores[k - continua.FEWEST] for k in (2, 8, 32)}
    assert at[2] > at[8] > at[32] + 0.02


def test_no_even_cloud_reaches_the_silhouette_of_real_clusters():
    assert max(continua.silhouettes(name, seed=0).max() for name in continua.BOXES) < STRONG


def test_a_dark_picture_reaches_it_without_any_clusters():
    scores = continua.silhouettes(continua.DARK_LINE, seed=0)
    assert scores[8 - continua.FEWEST] > STRONG


def test_the_silhouette_finds_the_number_of_flat_colors():
    assert found([STYLES["exact colors"], STYLES["noise of ±3"]], "silhouette") == 1


def test_the_silhouette_takes_the_blends_of_smooth_edges_for_colors():
    assert found([STYLES["smooth edges"]], "silhouette") < 0.5


def test_auto_finds_the_number_through_unequal_areas_smooth_edges_and_jpeg():
    styles = [STYLES["JPEG 90, unequal areas"], STYLES["JPEG 75, smooth edges, unequal areas"]]
    assert found(styles, "auto") >= 0.9


def test_the_silhouette_of_photographs_is_highest_among_the_fewest_colors(repeats):
    assert np.median(findings.chosen(repeats, "silhouette")) <= 12


def test_photographs_are_told_from_flat_art(repeats):
    assert max(trial.flat.coverage for repeat in repeats for trial in repeat.samples) < COVERAGE
    assert find_flat_colors(draw(20, Style(jpeg=75), seed=9)).coverage >= COVERAGE


def test_another_sample_hardly_moves_what_auto_chooses_on_photographs(repeats):
    assert findings.steady(findings.chosen(repeats, "auto")) >= 0.8


def test_a_drawing_has_the_colors_and_shares_it_was_given():
    pixels = draw(16, Style(smallest=0.01), seed=3)
    counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)[1]
    assert len(counts) == 16
    assert 0.005 < counts.min() / counts.sum() < 0.02


def test_a_drawing_is_the_same_each_time():
    job = planted.jobs(STYLES["JPEG 75, smooth edges"])[4]
    np.testing.assert_array_equal(draw(*job), draw(*job))


def test_tables_go_where_the_page_calls_for_them(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("Before.\n\n<!-- table: one -->\nold\n<!-- end -->\n\nAfter.\n")
    page.fill(path, {"one": [("k", "score"), ("8", "0.5")]})
    page.fill(path, {"one": [("k", "score"), ("9", "0.6")]})
    assert path.read_text() == (
        "Before.\n\n<!-- table: one -->\n| k | score |\n| --- | --- |\n| 9 | 0.6 |\n<!-- end -->\n\nAfter.\n"
    )


def test_flat_art_is_counted_in_every_treatment_by_what_was_planted():
    counted = counting.count(artwork.Job("shapes", "random", 8, 0))
    assert [one.treatment for one in counted] == ["hard edges", "smooth edges", "JPEG 85", "noise of 4"]
    exact = counted[0]
    assert (exact.found, exact.met) == (exact.planted, 1.0)


def test_the_rates_count_pictures_and_not_colors():
    rows = counting.table(
        [
            counting.Counted("text", "random", "JPEG 85", 8, 8, 1.0, ""),
            counting.Counted("icons", "random", "JPEG 85", 30, 29, 0.5, ""),
        ]
    )
    assert rows[1] == ("**JPEG 85**", "50%", "100%", "75%")
