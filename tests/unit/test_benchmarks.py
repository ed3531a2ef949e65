from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import measure, page

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_says_what_was_measured():
    results = json.loads((DOCS / "benchmarks.json").read_text())
    assert (DOCS / "benchmarks.md").read_text() == page.markdown(results)


def test_calls_are_timed_in_turns_and_the_first_turn_does_not_count():
    order: list[str] = []
    times = measure.interleaved_ms(
        {"one": lambda: order.append("one"), "two": lambda: order.append("two") or time.sleep(0.01)}, rounds=2
    )
    assert order == ["one", "two"] * 3
    assert times["two"] >= 10


def test_the_mean_squared_error_sums_over_the_channels():
    black, other = np.zeros((2, 1, 3), np.uint8), np.array([[[3, 4, 0]], [[0, 0, 0]]], np.uint8)
    assert measure.mean_squared_error(black, other) == 12.5


def test_black_and_white_are_a_hundred_apart():
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert measure.mean_difference(black, white) == pytest.approx(100, abs=1e-3)
