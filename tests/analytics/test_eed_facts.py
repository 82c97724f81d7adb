"""Indicators that people enter, by hand: months add up, averages weigh by day, capacities are of the last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from analytics.eed_facts import Fact, told
from analytics.recorded import Days
from tests.analytics.build import approx

if TYPE_CHECKING:
    from config.reports.eed import Over

QUARTER = Days(first=date(2026, 1, 1), end=date(2026, 4, 1), start_s=0, end_s=90 * 86_400)
EDGES = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]
MONTHS = [
    Fact(id=str(at), start=EDGES[at], end=EDGES[at + 1], amount=amount)
    for at, amount in enumerate((100.0, 50.0, 300.0))
]


def test_months_of_a_total_add_up_and_of_an_average_weigh_by_day() -> None:
    found = told(MONTHS, over="sum", unit="m3", days=QUARTER)
    assert (found.value, found.method, found.coverage) == (approx(450.0), "sum of records 0, 1, 2", 1.0)
    mean = told(MONTHS, over="mean", unit="kW", days=QUARTER)
    assert mean.value == approx((31 * 100 + 28 * 50 + 31 * 300) / 90)
    assert mean.method == "mean by day of records 0, 1, 2"


@pytest.mark.parametrize("over", ["sum", "mean"])
def test_days_without_a_record_leave_no_value(over: Over) -> None:
    found = told(MONTHS[1:], over=over, unit="m3", days=QUARTER)
    assert (found.value, found.coverage) == (None, approx(59 / 90))
    assert found.reason == "records 1, 2 speak of 59 of 90 days: enter the others, or 0 where there was none"


def test_what_lies_outside_the_period_is_not_of_it() -> None:
    across = Fact(id="a", start=date(2025, 12, 1), end=date(2026, 2, 1), amount=62.0)
    found = told([across, *MONTHS[1:]], over="sum", unit="m3", days=QUARTER)
    assert found.value == approx(31 + 350)  # 31 of 62 days
    assert found.method == "sum of records a, 1, 2; record a spread by day"
    assert told([across, *MONTHS[1:]], over="mean", unit="kW", days=QUARTER).value == approx(
        (62 * 31 + 1400 + 9300) / 90
    )


def test_a_capacity_is_that_of_the_last_day() -> None:
    found = told(MONTHS, over="last", unit="PB", days=QUARTER)
    assert (found.value, found.method) == (300.0, "record 2 on 2026-03-31")
    ended = told(MONTHS[:2], over="last", unit="PB", days=QUARTER)
    assert (ended.value, ended.coverage) == (None, 0.0)
    assert ended.reason == "no record speaks of 2026-03-31, the day that counts: enter one that does"


def test_a_text_is_the_newest_and_an_amount_without_its_unit_is_none() -> None:
    old = Fact(id="a", start=EDGES[0], end=EDGES[1], amount=None, text="DE71")
    texts = [replace(old, id="b", start=EDGES[1], end=EDGES[2], text="DE72"), old]
    assert told(texts, over="text", unit="LAU code", days=QUARTER).value == "DE72"
    bare = told([*MONTHS, Fact(id="x", start=EDGES[0], end=EDGES[1], amount=None)], over="sum", unit="EB", days=QUARTER)
    assert bare.reason == "no amount in EB is known of record x: correct it with its unit, or withdraw it"
