"""The measures of docs/quality.md, its tables, and the drawings that flat colors are counted in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ciede2000 import LINEAR, ciede2000, cielab
from benchmarks.looks_tables import (
    HELD_OUT,
    MEASURES,
    REFERENCE,
    TUNED_ON,
    held_out_tables,
    key,
    page_tables,
    tables,
)
from studies import artwork, page

DOCS = Path(__file__).parents[2] / "docs"

# G. Sharma, W. Wu, E. N. Dalal (2005), the pairs that tell wrong implementations: hues across 0 and 180
# degrees, grays, and the blue where chroma and hue turn together.
SHARMA = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, -1, 2), (50, 0, 0), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), SHARMA)
def test_ciede2000_gives_the_published_values_either_way_round(one, other, expected):
    first, second = np.array(one, float), np.array(other, float)
    assert ciede2000(first, second) == pytest.approx(expected, abs=5e-5)
    assert ciede2000(second, first) == pytest.approx(expected, abs=5e-5)


def test_white_and_gray_have_no_chroma_in_cielab():
    white, gray = cielab(LINEAR[np.array([[255, 255, 255], [119, 119, 119]])])
    assert white == pytest.approx([100, 0, 0], abs=1e-9)
    assert gray == pytest.approx([50, 0, 0], abs=0.1)


def measured(reference, ours):
    results = {}
    for photo, factor in (("one", 1), ("two", 4)):
        for dithered in (False, True):
            for name, values in ((REFERENCE, reference), ("ours", ours), ("theirs", reference)):
                results[key(photo, 8, dithered=dithered, name=name)] = [factor * value for value in values]
    return results


def test_the_tables_give_multiples_of_the_reference_and_mark_the_best():
    rows = tables(measured([2.0, 2, 2, 2, 2, 2, -10], [1.0, 4, 1, 1, 1, 1, -20]))["plain-8"]
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name[REFERENCE][:2] == ("1.000", "1.000")
    assert by_name["ours"][:2] == ("**0.500**", "2.000")
    assert by_name["theirs"][1] == "**1.000**"


def test_of_ssimulacra2_more_is_better():
    filled = tables(measured([2.0, 2, 2, 2, 2, 2, -10], [1.0, 1, 1, 1, 1, 1, -20]))
    winners = dict(filled["plain-winners"])
    assert winners[MEASURES["ssimulacra2"]] == "theirs"
    assert winners[MEASURES["mean"]] == "ours"


def test_a_gray_photograph_has_no_say_in_the_worst_hue():
    results = measured([2.0, 2, 2, 2, 2, 2, -10], [1.0, 1, 1, 1, 1, 1, -20])
    for name in (REFERENCE, "ours", "theirs"):
        results[key("two", 8, dithered=False, name=name)][4] = float("nan")
    rows = {row[0]: row[1:] for row in tables(results)["plain-8"]}
    assert rows["ours"][list(MEASURES).index("worst_hue")] == "**0.500**"


def test_the_quality_page_says_what_was_measured(tmp_path):
    copy = tmp_path / "quality.md"
    copy.write_text((DOCS / "quality.md").read_text())
    page.fill(copy, page_tables(DOCS))
    assert copy.read_text() == (DOCS / "quality.md").read_text()


def held_out():
    results = json.loads((DOCS / HELD_OUT).read_text())
    rows = held_out_tables(results)["held-out-plain-all"]
    return {row[0]: [float(cell.strip("*")) for cell in row[1:7]] for row in rows[1:]}


def test_photographs_that_nothing_was_tuned_on_look_closer_than_libimagequants_by_every_difference():
    ours, theirs = held_out()["colorquant"], held_out()["libimagequant"]
    for name, own, other in zip(list(MEASURES)[:6], ours, theirs, strict=True):
        assert own < other, name


def test_photographs_that_nothing_was_tuned_on_stay_within_what_was_aimed_at():
    # The worst hue was aimed at 0.75 and missed: in pictures of one hue there is little to gain.
    aims = {"mean": 0.92, "p95": 0.84, "far_mean": 0.87, "far_p95": 0.80, "worst_hue": 0.78, "flip": 1.00}
    for (name, most), own in zip(aims.items(), held_out()["colorquant"], strict=True):
        assert own <= most, name


def test_no_photograph_is_both_tuned_on_and_held_out():
    tuned, held = (
        {name.split("|")[0] for name in json.loads((DOCS / file).read_text())}
        for file in (TUNED_ON, HELD_OUT)
    )
    assert len(held) >= 10
    assert not tuned & held


@pytest.mark.parametrize("kind", artwork.KINDS)
@pytest.mark.parametrize("palette", artwork.PALETTES)
def test_artwork_with_hard_edges_has_the_planted_colors_and_no_other(kind, palette):
    made = artwork.make(kind, palette, 12, seed=1, smooth=False)
    found = np.unique(made.pixels.reshape(-1, 3), axis=0)
    assert sorted(map(tuple, found)) == sorted(map(tuple, made.colors))


def test_artwork_with_smooth_edges_has_blends_beside_the_planted_colors():
    made = artwork.make("icons", "random", 12, seed=1, smooth=True)
    found = set(map(tuple, np.unique(made.pixels.reshape(-1, 3), axis=0)))
    assert found > set(map(tuple, made.colors))


def test_the_same_artwork_comes_out_each_time():
    one, other = (artwork.treatments("text", "designers'", 8, seed=3) for _ in range(2))
    for name, made in one.items():
        np.testing.assert_array_equal(made.pixels, other[name].pixels)
