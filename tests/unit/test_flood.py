"""The simulation of a flood, against what can be worked out without it."""

from __future__ import annotations

import pytest

from benchmarks import flood


@pytest.mark.parametrize("places", [1, 3, 10])
def test_the_last_upload_waits_for_what_the_places_could_not_do(places: int) -> None:
    made = flood.simulate(places, call_seconds=1.0, uploads=1000, seconds=50, failing=0)
    # A queue in which all take as long: the last one waits for its turn, less the time in which it came.
    expected = max((1000 // places - 1) * 1.0 - 50 * 999 / 1000, 0)
    assert made.waits[-1] == pytest.approx(expected, abs=1.0)
    assert made.calls == 1000


def test_enough_places_let_nobody_wait() -> None:
    made = flood.simulate(21, call_seconds=1.0, uploads=1000, seconds=50, failing=0)
    assert made.waits.max() == pytest.approx(0, abs=1e-9)
    assert made.ended == pytest.approx(50 * 999 / 1000 + 1)


def test_what_waits_too_long_is_given_up_and_costs_no_call() -> None:
    made = flood.simulate(1, call_seconds=1.0, uploads=1000, seconds=1, failing=0, most_age=100)
    assert made.given_up == pytest.approx(900, abs=2)
    assert made.calls + made.given_up == 1000


def test_a_call_that_fails_is_made_three_times() -> None:
    made = flood.simulate(1000, call_seconds=1.0, uploads=100, seconds=1, failing=1)
    assert (made.calls, made.failed) == (300, 100)


def test_the_page_s_own_table_is_read() -> None:
    assert flood.measured().keys() == {0.4, 2.0, 12.0}
    assert 1 < flood.dollars_of_requests() < 100
