"""When a source is asked: laws of the grid, of the heap and of the breaker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.agenda import FIRST_WITHIN_S, Agenda, first_due, next_due, spread
from collectors.breaker import Breaker

intervals = st.floats(1, 86_400)
shares = st.floats(0, 1, exclude_max=True)
moments = st.floats(0, 1e8)


@given(intervals, shares, moments, st.integers(1, 50))
def test_polls_keep_one_grid_and_are_never_further_apart_than_is_measured(
    interval_s: float, share: float, now: float, times: int
) -> None:
    due = first_due(now, interval_s=interval_s, share=share)
    assert now <= due <= now + min(interval_s, FIRST_WITHIN_S)
    again, slept = next_due(due, due, interval_s=interval_s, share=share)
    assert slept == 0
    assert interval_s * 0.499 <= again - due <= interval_s * 1.501
    for _ in range(times):
        due, (again, slept) = again, next_due(again, again, interval_s=interval_s, share=share)
        assert again - due == pytest.approx(interval_s, abs=1e-6)
        assert slept == 0


@given(intervals, shares, moments, st.integers(0, 1000))
def test_times_slept_through_are_told_and_not_made_up_for(
    interval_s: float, share: float, due: float, late: int
) -> None:
    on_grid, _ = next_due(due, due, interval_s=interval_s, share=share)
    again, slept = next_due(on_grid, on_grid + (late + 0.5) * interval_s, interval_s=interval_s, share=share)
    assert slept == late
    assert again == pytest.approx(on_grid + (late + 1) * interval_s, abs=1e-4)


@given(st.text(min_size=1))
def test_the_share_of_a_name_never_changes(name: str) -> None:
    assert 0 <= spread(name) < 1
    assert spread(name) == spread(name)


def test_shares_fill_the_interval_evenly() -> None:
    shares = sorted(spread(f"bmc-{n}") for n in range(2000))
    assert max(abs(share - n / 2000) for n, share in enumerate(shares)) < 0.05
    assert spread("bmc-1") == pytest.approx(0.552057, abs=1e-6)  # on every host: the name alone decides


def test_the_agenda_makes_calls_in_order_of_their_time() -> None:
    agenda, made = Agenda(), []

    def call(name: str, times: int) -> None:
        left = [times]

        def due(at: float, _: float) -> float | None:
            made.append((at, name))
            left[0] -= 1
            return at + 10 if left[0] else None

        agenda.add(1.0 if name == "a" else 2.0, due)

    call("b", 2)
    call("a", 1)
    assert agenda.wait_s(0.0, longest_s=5.0) == 1.0
    agenda.run_due(5.0)
    assert made == [(1.0, "a"), (2.0, "b")]
    assert agenda.wait_s(5.0, longest_s=60.0) == 7.0
    agenda.run_due(12.0)
    assert agenda.wait_s(12.0, longest_s=5.0) == 5.0


def test_the_breaker_opens_at_the_third_failure_and_closes_at_an_answer() -> None:
    breaker = Breaker("bmc-1")
    for _ in range(2):
        breaker.failed(100.0)
        assert breaker.allows(100.0)
    breaker.failed(100.0)
    assert not breaker.allows(123.9)
    assert breaker.allows(130.0)
    breaker.succeeded()
    assert breaker.allows(100.0)
    breaker.failed(100.0)
    assert breaker.allows(100.0)


@given(st.text(), st.integers(3, 10_000))
def test_a_rest_is_never_over_ten_minutes(name: str, failures: int) -> None:
    breaker = Breaker(name, failures=failures)
    breaker.failed(0.0)
    assert 30 <= breaker.resume_at <= 600


def test_sources_that_died_together_come_back_apart() -> None:
    ends = set()
    for n in range(50):
        breaker = Breaker(f"bmc-{n}")
        for _ in range(6):
            breaker.failed(0.0)
        ends.add(round(breaker.resume_at))
    assert len(ends) > 25
