"""Days that are over are made once by an opened service, and anew as soon as anything that they rest on changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.ui.company import START, TREE, Company, instant
from ui.estimates.deciding import approve, propose
from ui.figures import days as days_module
from ui.figures import days_kept

if TYPE_CHECKING:
    from pathlib import Path

    from ui.figures.days import Day
    from ui.service import Service

HOUR, DAY_S = 3600, 86_400
LAST = 24  # days after START, in April
POINTS = TREE.replace("power = 60", "power = 3600")
DARK = range(6 * DAY_S + 1, 7 * DAY_S)  # of the UPS, in March
OUT = range(10 * DAY_S, 13 * DAY_S)  # of both


@pytest.fixture
def company(tmp_path: Path) -> Company:
    found = Company(tmp_path, points=POINTS, now=START + LAST * DAY_S)
    hours = [at for at in range(0, LAST * DAY_S, HOUR) if at not in OUT]
    found.read("s/utility", [(at, 2000.0 + at % 7) for at in hours])
    found.read("s/ups", [(at, 1500.0) for at in hours if at not in DARK])
    found.keep()
    return found


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The starts of the days that are made."""
    found: list[int] = []
    make = days_module._day

    def noted(held: days_module.Held, start: int, end: int, *, whole: bool) -> Day:
        found.append(start)
        return make(held, start, end, whole=whole)

    monkeypatch.setattr(days_module, "_day", noted)
    return found


def asked(service: Service, count: int = 400) -> list[Day]:
    os.utime(service.settings.path, (1, 1))  # the company writes its site file anew for each service
    return service.days("s", end=START + LAST * DAY_S, count=count)


def test_a_day_is_made_once_for_all_questions_and_the_open_ones_each_time(company: Company, made: list[int]) -> None:
    service = company.service
    days = asked(service)
    assert made == [day.start for day in days], "nothing is made of days before the first reading"
    assert sum(day.metered.coverage == 0 for day in days[:-1]) == 3, "a day in the dark is a day"
    made.clear()
    assert asked(service) == days
    assert asked(service, 20) == days[-20:]
    assert service.acting_as(None).days("s", end=days[20].end, count=5) == days[16:21]
    assert set(made) == {day.start for day in days[-2:]}, "the last two days may still change by the clock alone"


def test_late_readings_change_their_day_and_leave_other_months_alone(company: Company, made: list[int]) -> None:
    service = company.service
    before = asked(service)
    made.clear()
    company.read("s/ups", [(at, 1400.0) for at in range(6 * DAY_S + HOUR, 7 * DAY_S, HOUR)])
    company.keep()
    after = asked(service)
    assert after == asked(company.service)
    changed = {day.start for day, other in zip(after, before, strict=True) if day != other}
    assert changed == {instant(f"2026-03-{day}T00:00:00+01:00") for day in (19, 20, 21)}, "with its neighbours' bounds"
    assert not {day.start for day in before[20:-3]} & set(made[: len(made) - len(after)])


def test_an_estimate_that_is_approved_changes_its_day(company: Company, made: list[int]) -> None:
    service = company.service
    before = asked(service)
    made.clear()
    span = (START + 6 * DAY_S, START + 7 * DAY_S)
    found, _ = propose(service, service.settings.site("s"), *span, points=None, who="ann")
    approve(service, [one.id for one in found], who="bob", sign_off="a day of a month")
    after = asked(service)
    assert set(made) == {day.start for day in (*before[6:8], *before[-2:])}
    assert after != before
    assert after == asked(company.service)


def test_a_time_past_knows_what_is_over_then_alone(company: Company) -> None:
    service = company.service
    days = asked(service)
    then = START + 20 * DAY_S + 7 * HOUR
    past = service.at(then).days("s", end=then, count=8)
    assert [day.whole for day in past] == [True] * 7 + [False]
    assert past[:5] == [day for day in days if day.start in {one.start for one in past[:5]}]
    now, company.now = company.now, then
    fresh = company.service.days("s", end=then, count=8)
    company.now = now
    assert past == fresh
    assert asked(service) == days, "what a time past left behind is not taken for what is known now"


def test_no_more_days_are_kept_than_fit(company: Company, made: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days_kept, "MOST_DAYS", 10)
    service = company.service
    days = asked(service)
    made.clear()
    assert asked(service) == days
    assert len(made) == len(days) - 10
