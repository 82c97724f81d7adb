"""The life of an alert: it fires once, ends once, and neither gaps nor clocks make it lie."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alerts import State, furthest, moved_most, step, topmost
from analytics.change_rate import Trail
from config.alerts.rules import Rule


def rule(**more: Any) -> Rule:  # noqa: ANN401 - keys of a rule
    return Rule(**{"id": "r", "kind": "reading", "above": 100.0, "reason": "because", **more})


def told(one: Rule, values: list[float | None], *, every_s: float = 10.0, clock: list[int] | None = None) -> list[str]:
    """The words that a series of looks gives."""
    state, words = State(), list[str]()
    for at, value in enumerate(values):
        now = 1000 + 10 * at if clock is None else clock[at]
        state, word = step(state, one, value, elapsed_s=every_s, now=now)
        words += [word] if word else []
    return words


def test_it_fires_after_its_time_and_ends_at_its_recovery() -> None:
    one = rule(for_s=20.0, recover=90.0)
    assert told(one, [101.0, 101.0]) == []
    assert told(one, [101.0, 101.0, 101.0]) == ["firing"]
    assert told(one, [101.0, 99.0, 101.0, 101.0]) == [], "the count begins anew"
    assert told(one, [101.0, 101.0, 101.0, 99.0, 95.0]) == ["firing"], "below the limit is not yet recovered"
    assert told(one, [101.0, 101.0, 101.0, 90.0]) == ["firing", "resolved"]
    assert told(rule(), [101.0]) == ["firing"]
    low = rule(above=None, below=10.0, recover=12.0)
    assert told(low, [9.0, 11.0, 12.0]) == ["firing", "resolved"]
    assert told(rule(kind="silent", above=None), [1.0, 0.0]) == ["firing", "resolved"]


def test_only_time_between_readings_counts_towards_its_time() -> None:
    one, state = rule(for_s=30.0), State()
    ages = [0.0, 10.0, 20.0, 30.0, 0.0]  # looks each 10 s, one reading seen four times, then the next
    for value, age_s in zip([101.0] * 5, ages, strict=True):
        state, word = step(state, one, value, elapsed_s=10.0, now=1, age_s=age_s)
    assert (state.phase, word, state.passed_s) == ("firing", "firing", 40.0)
    held, _ = step(State("pending", 25.0, 20.0), one, None, elapsed_s=10.0, now=1)
    after, word = step(held, one, 101.0, elapsed_s=10.0, now=1)
    assert (after.passed_s, word) == (25.0, None), "none over a gap"
    assert step(State("pending", 18.5), one, 101.0, elapsed_s=10.0, now=1)[1] == "firing", "readings have whole seconds"


def test_it_reminds_and_knows_since_when() -> None:
    one = rule(remind_s=30.0)
    assert told(one, [101.0] * 8) == ["firing", "reminder", "reminder"]
    state, _ = step(State(), one, 101.0, elapsed_s=10.0, now=1234)
    acked = replace(state, acked_by="ada", told_s=100.0)
    assert step(acked, one, 101.0, elapsed_s=10.0, now=1300)[1] is None
    assert step(acked, one, 99.0, elapsed_s=10.0, now=1300)[1] == "resolved"
    assert (state.phase, state.since, state.value) == ("firing", 1234, 101.0)


def test_what_was_told_and_reminds_of_nothing_stands_as_it_is() -> None:
    told_once = State("firing", value=101.0, told="k")
    assert step(told_once, rule(), 101.0, elapsed_s=5.0, now=1) == (told_once, None)


def test_noise_around_the_limit_is_one_alert() -> None:
    noise = [99.0, 101.0] * 500
    assert told(rule(recover=90.0), [*noise, 80.0]) == ["firing", "resolved"]


@given(
    values=st.lists(st.none() | st.floats(0, 99.0), max_size=60),
    clock=st.lists(st.integers(-4000, 4000), min_size=60, max_size=60),
)
def test_neither_gaps_nor_clock_steps_raise_a_false_alarm(values: list[float | None], clock: list[int]) -> None:
    assert told(rule(for_s=20.0), values, clock=clock) == []


@given(st.lists(st.none() | st.floats(0, 200.0), max_size=80))
def test_firing_and_resolved_take_turns(values: list[float | None]) -> None:
    words = told(rule(recover=90.0, for_s=10.0), values)
    assert words == (["firing", "resolved"] * len(words))[: len(words)]


def test_a_dead_parent_speaks_for_what_it_feeds() -> None:
    above = {"pdu": frozenset[str](), "a": frozenset({"pdu"}), "b": frozenset({"other"})}
    assert topmost(["pdu", "a", "b"], above.__getitem__) == ["pdu", "b"]


def test_a_gap_while_firing_ends_nothing_and_is_marked() -> None:
    state, _ = step(State(), rule(), 101.0, elapsed_s=10.0, now=1)
    dark, word = step(state, rule(), None, elapsed_s=10.0, now=2)
    assert (dark.phase, dark.dark, word) == ("firing", True, None)


@pytest.mark.parametrize(("limit", "worst"), [({"above": 1.0}, "b"), ({"above": None, "below": 9.0}, "a")])
def test_the_furthest_is_named(limit: dict[str, Any], worst: str) -> None:
    assert furthest({"a": 2.0, "b": 5.0}, rule(**limit)) == worst
    assert furthest({}, rule(**limit)) is None


def test_a_change_needs_most_of_its_window_and_gaps_make_none() -> None:
    trail = Trail(100.0)
    assert trail.change(1.0, 0.0) is None
    assert trail.change(2.0, 0.5) is None, "too close to the last one to be kept"
    assert trail.change(None, 50.0) is None
    assert trail.change(4.0, 95.0) == 3.0
    assert trail.change(4.0, 300.0) is None, "all that was known is too old"


def test_the_child_that_moved_most_went_the_way_of_the_alarm() -> None:
    before, now = {"a": 5.0, "b": 5.0, "c": 5.0}, {"a": 6.0, "b": 1.0, "c": 5.0}
    assert moved_most(before, now, up=True) == ("a", 1.0)
    assert moved_most(before, now, up=False) == ("b", -4.0)
    assert moved_most({"c": 5.0}, now, up=True) is None
