"""The step of a register: what divides its rises, whatever the pieces in which they are looked at."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.register_steps import Shown, shown, step_kwh
from analytics.rows import WS_PER_KWH
from analytics.segments import level

if TYPE_CHECKING:
    from analytics.segments import Segments

EACH_S = 60
MARCH, APRIL = 1_772_323_200, 1_775_001_600  # 2026-03-01 and 2026-04-01


def rises_of(kwh: list[float], *, start: int = MARCH, measured: list[bool] | None = None) -> Segments:
    at = start + EACH_S * np.arange(len(kwh), dtype=np.int64)
    return level(
        row=np.zeros(len(kwh), dtype=np.int64),
        start=at,
        end=at + EACH_S,
        rate=np.array(kwh, dtype=np.float64) * WS_PER_KWH / EACH_S,
        measured=np.array([True] * len(kwh) if measured is None else measured, dtype=np.bool_),
    )


def whole(rises: Segments) -> dict[tuple[int, int], Shown]:
    return shown(rises, start=0, end=1 << 40, rows=[0], exchanges={})


@given(
    step_j=st.integers(2, 50_000_000),
    counts=st.lists(st.integers(0, 50), min_size=2, max_size=40),
    cuts=st.lists(st.integers(1, 39), max_size=6),
)
def test_pieces_in_any_order_and_twice_show_what_all_shows(step_j: int, counts: list[int], cuts: list[int]) -> None:
    rises = rises_of([count * step_j / WS_PER_KWH for count in counts])
    (told,) = whole(rises).values()
    edges = [MARCH + EACH_S * cut for cut in sorted({0, len(counts), *(min(cut, len(counts)) for cut in cuts)})]
    pieces = [shown(rises, start=a, end=b, rows=[0], exchanges={}) for a, b in pairwise(edges)]
    joined: Shown | None = None
    for piece in [*pieces[::-1], *pieces]:
        for one in piece.values():
            joined = one if joined is None else joined.joined(one)
    assert joined == told
    assert told.joules % step_j == 0  # the step, or a multiple of it where few rises are known
    assert told.alike == (len(set(counts)) == 1)
    if not told.alike:
        assert step_kwh(told.joules) >= step_j / WS_PER_KWH


def test_an_even_load_tells_no_step() -> None:
    assert whole(rises_of([0.25] * 4)) == {(0, MARCH): Shown(900_000, alike=True)}


def test_what_counts_finely_has_none() -> None:
    (told,) = whole(rises_of([0.0123457, 0.0117531, 0.0119903])).values()
    assert not told.alike
    assert step_kwh(told.joules) == 0


def test_each_month_and_each_meter_tells_its_own() -> None:
    rises = rises_of([0.2, 0.3, 5.0, 10.0, 1.0, 2.0], start=APRIL - 2 * EACH_S)
    came = APRIL + 2 * EACH_S
    found = shown(rises, start=0, end=1 << 40, rows=[0], exchanges={0: (1, came)})
    assert found == {
        (0, MARCH): Shown(360_000, alike=False),
        (0, APRIL): Shown(18_000_000, alike=False),
        (0, came): Shown(3_600_000, alike=False),
    }


def test_a_meter_that_comes_later_changes_nothing_before() -> None:
    rises = rises_of([0.2, 0.3])
    assert shown(rises, start=0, end=1 << 40, rows=[0], exchanges={0: (APRIL,)}) == whole(rises)


def test_rows_that_nobody_asks_for_are_left_out() -> None:
    rises = rises_of([0.2, 0.3])
    assert shown(rises, rows=[1], start=0, end=1 << 40, exchanges={}) == {}
    assert shown(rises_of([]), rows=[0], start=0, end=1 << 40, exchanges={}) == {}


def test_bridges_and_estimates_tell_nothing() -> None:
    assert whole(rises_of([0.1, 0.05], measured=[True, False])) == {(0, MARCH): Shown(360_000, alike=True)}
    assert whole(rises_of([0.1], measured=[False])) == {}
