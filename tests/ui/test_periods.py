"""Times as people type them: local to the site, half-open, and one sentence for everything else."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from ui.format import iso
from ui.periods import hour_edges, instant, span

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 13, 36, 40, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("now", "2026-11-23T13:36:40Z"),
        ("today", "2026-11-22T23:00:00Z"),
        ("-2h", "2026-11-23T11:36:40Z"),
        ("-90min", "2026-11-23T12:06:40Z"),
        ("-1w", "2026-11-16T13:36:40Z"),
        ("2026-03", "2026-02-28T23:00:00Z"),
        ("2026-06-16", "2026-06-15T22:00:00Z"),
        ("2026-06-16T14:30", "2026-06-16T12:30:00Z"),
        ("2026-06-16T14:30Z", "2026-06-16T14:30:00Z"),
        ("2026-06-16T14:30:15+08:00", "2026-06-16T06:30:15Z"),
        ("2026-10-25T02:30+02:00", "2026-10-25T00:30:00Z"),  # the hour that exists twice, made clear
    ],
)
def test_what_has_no_zone_is_local_to_the_site(text: str, utc: str) -> None:
    assert iso(instant(text, zone=BERLIN, now=NOW)) == utc


def test_a_midnight_that_the_clock_skips_is_the_first_moment_of_its_day() -> None:
    beirut = ZoneInfo("Asia/Beirut")  # 2022-03-27 began at 01:00
    assert iso(instant("2022-03-27", zone=beirut, now=NOW)) == "2022-03-26T22:00:00Z"


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13", "2026-02-30", "-h", "-99999999999999h", "12:00", "2026-06-16 25:00"]
)
def test_what_is_no_time_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(InputError, match="is no time: give an ISO 8601 date"):
        instant(text, zone=BERLIN, now=NOW)


@pytest.mark.parametrize("text", ["1999-12-31", "9999-01-01", "-999999999w", "0001-01-01"])
def test_what_no_reading_can_have_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"before 2000|is no time"):
        instant(text, zone=BERLIN, now=NOW)


@pytest.mark.parametrize(
    ("text", "says"), [("2026-03-29T02:30", "does not occur"), ("2026-10-25T02:30", "occurs twice")]
)
def test_a_local_time_that_is_not_one_moment_asks_for_its_offset(text: str, says: str) -> None:
    with pytest.raises(InputError, match=f"{says} in Europe/Berlin: add an offset"):
        instant(text, zone=BERLIN, now=NOW)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03", None, 31 * 24 - 1),  # the month of the short day
        ("2026-10", None, 31 * 24 + 1),
        ("2026-03-29", None, 23),
        ("2026-10-25", None, 25),
        ("2026-03", "2026-04", 31 * 24 - 1),
        ("-2h", None, 2),
    ],
)
def test_months_and_days_are_as_long_as_the_site_clock_makes_them(start: str, end: str | None, hours: int) -> None:
    first, last = span(start, end, zone=BERLIN, now=NOW)
    assert last - first == hours * 3600


def test_a_month_that_is_not_over_ends_now() -> None:
    assert span("2026-11", None, zone=BERLIN, now=NOW)[1] == int(NOW)


@pytest.mark.parametrize(("start", "end"), [("2026-03", "2026-03"), ("now", "-1h"), ("2026-06-17", "2026-06-16")])
def test_an_empty_period_is_refused(start: str, end: str) -> None:
    with pytest.raises(InputError, match="is not before --to"):
        span(start, end, zone=BERLIN, now=NOW)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_one_sentence(text: str) -> None:
    try:
        found: object = instant(text, zone=BERLIN, now=NOW)
    except InputError as error:
        found = len(str(error).splitlines())
    assert isinstance(found, int)


@pytest.mark.parametrize(
    ("first", "last", "zone", "minutes"),
    [
        ("2026-03-14T00:15Z", "2026-03-14T02:10Z", "Europe/Berlin", [45, 60, 10]),
        ("2026-03-14T00:00Z", "2026-03-14T02:00Z", "Asia/Kathmandu", [15, 60, 45]),
        ("2026-04-04T14:00Z", "2026-04-04T16:30Z", "Australia/Lord_Howe", [60, 30, 60]),  # half an hour is had twice
        ("2026-10-25T00:00Z", "2026-10-25T02:00Z", "Europe/Berlin", [60, 60]),  # an hour that is had twice is two
    ],
)
def test_hours_are_those_of_the_clock(first: str, last: str, zone: str, minutes: list[int]) -> None:
    start, end = (int(datetime.fromisoformat(text).timestamp()) for text in (first, last))
    edges = hour_edges(start, end, ZoneInfo(zone))
    assert (edges[0], edges[-1]) == (start, end)
    assert [(after - before) // 60 for before, after in pairwise(edges)] == minutes
