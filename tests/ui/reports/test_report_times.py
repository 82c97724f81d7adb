"""Reports of odd calendars: zones far east, a day that was skipped, a site that opened late in the month."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.ui.company import HEAD, START, TREE, Company, instant
from ui.exports.layout import layout
from ui.figures.auditing import cuts
from ui.figures.days import local_midnights
from ui.figures.eed import eed_rows
from ui.phrases import phrase
from ui.reports.content import report_content
from ui.reports.period import period

if TYPE_CHECKING:
    from pathlib import Path

APIA = ZoneInfo("Pacific/Apia")


def test_a_day_that_a_zone_skipped_is_none() -> None:
    end = int(datetime(2012, 1, 1, tzinfo=APIA).timestamp())
    edges = local_midnights(end, 31, APIA)
    assert [last - first for first, last in pairwise(edges)] == [86_400] * 30
    assert [last - first for first, last in cuts(edges[0], end, APIA, by="day")] == [86_400] * 30


def opened(folder: Path, zone: str, first: datetime, last: datetime) -> dict[str, Any]:
    """The content of a month's report of a site with readings over a part of it alone."""
    company = Company(folder, TREE.replace("power = 60", "power = 3600"), HEAD.replace("Europe/Berlin", zone))
    start, end = (int(at.replace(tzinfo=ZoneInfo(zone)).timestamp()) for at in (first, last))
    company.now = end + 40 * 86_400.0
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        company.steady(point, watts, start=start - START, end=end - START, step=3600)
    company.keep()
    return report_content(company.service, "s", period(f"{first:%Y-%m}"))


def test_a_day_of_the_course_has_the_date_of_its_site(tmp_path: Path) -> None:
    content = opened(tmp_path, "Pacific/Kiritimati", datetime(2026, 3, 30), datetime(2026, 4, 1))  # noqa: DTZ001 - local, as is said
    (site,) = layout(content, None, "en")["sites"]
    assert site["course"]["labels"] == [f"{day:02d}" for day in range(1, 32)]
    assert "by local day" in site["course"]["title"], "few days with readings make no months of them"
    assert site["course"]["bars"] == [[None, None]] * 29 + [[pytest.approx(36.0), pytest.approx(24.0)]] * 2


GENSET = """
[[points]]
id = "s/genset"
role = "genset"
max_w = 9000.0
zero_ok = true
interval_s = { power = 60 }
"""


def test_what_generators_made_is_a_part_of_the_facility_and_none_where_there_is_none(tmp_path: Path) -> None:
    company = Company(tmp_path, now=START + 7200.0)
    company.steady("s/utility", 1500.0)
    company.keep()
    asked: dict[str, Any] = {
        "site": "s",
        "start": START,
        "end": START + 3600,
        "names": ["genset_energy_kwh", "facility_energy_kwh"],
    }
    made, _ = company.service.kpis(**asked)
    assert (made.value, made.missing, made.method) == (0.0, 0.0, "no generator is a point of the site")
    company.points += GENSET
    company.steady("s/genset", 3000.0)
    company.keep()
    made, facility = company.service.kpis(**asked)
    assert (made.value, facility.value) == (pytest.approx(3.0), pytest.approx(4.5))


OPENED = "2026-04-21T22:00:00Z"  # 22 April, 00:00 in Berlin
CLOSED = "2026-04-10T22:00:00Z"  # 11 April, 00:00 in Berlin
MONTH = (instant("2026-03-31T22:00:00Z"), instant("2026-04-30T22:00:00Z"))
WATER = """
[[points]]
id = "s/water"
role = "water"
interval_s = { water = 3600 }
"""


def late(folder: Path, *dates: str) -> Company:
    """A site read from 22 April on alone, of which each point begins at its date; one without a date always was."""
    tree = (TREE + WATER).replace("power = 60", "power = 3600").split("[[points]]")[1:]
    begun = [f"[[points]]{one}" + (f"valid_from = {at}\n" if at else "") for one, at in zip(tree, dates, strict=True)]
    company = Company(folder, "".join(begun), now=MONTH[1] + 40 * 86_400.0)
    start, end = instant(OPENED) - START, MONTH[1] - START
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        company.steady(point, watts, start=start, end=end, step=3600)
    company.read("s/water", [(at, 2.0) for at in range(start, end + 1, 3600)], "water")
    company.keep()
    return company


def test_a_month_begins_for_a_site_where_its_points_begin(tmp_path: Path) -> None:
    company = late(tmp_path, OPENED, OPENED, OPENED)
    names = ["pue", "wue", "cue", "losses_energy_kwh", "pue_12_months"]
    asked: dict[str, Any] = {"site": "s", "start": MONTH[0], "end": MONTH[1], "names": names}
    pue, wue, cue, losses, year = company.service.kpis(**asked)
    assert [one.value for one in (pue, wue, losses)] == [pytest.approx(one) for one in (1.5, 2.0, 108.0)]
    assert cue.value is not None
    for one in (pue, wue, cue, losses):
        assert one.method.endswith("since 2026-04-22 00:00, when the site opened")
        assert (one.start, one.missing) == (instant(OPENED), 0.0)
    assert "interim: 9 days" in pue.method
    assert (year.value, year.reason) == (
        None,
        "the site is open for 9 days: twelve months are not over, pue is of what there is",
    )
    assert phrase(pue.method, "zh").endswith("自 2026-04-22 00:00 站点启用起")
    (day,) = company.service.days("s", end=instant(OPENED) + 86_400, count=1)
    assert day.pue.value == pytest.approx(1.5)


@pytest.mark.parametrize("dates", [("", "", ""), ("", OPENED, OPENED), ("2026-04-10T00:00:00Z", OPENED, OPENED)])
def test_silence_before_a_point_was_read_opens_no_site(tmp_path: Path, dates: tuple[str, ...]) -> None:
    company = late(tmp_path, *dates)
    asked: dict[str, Any] = {"site": "s", "start": MONTH[0], "end": MONTH[1], "names": ["pue", "wue"]}
    pue, wue = company.service.kpis(**asked)
    assert (pue.value, wue.value) == (None, None)
    assert "of the time counts" in (pue.reason or "")
    assert "since" not in pue.method or "since 2026-04-10" in pue.method


def closing(folder: Path, *ends: str) -> Company:
    """A site read until 11 April alone, of which each point ends at its date; one without a date goes on."""
    tree = (TREE + WATER).replace("power = 60", "power = 3600").split("[[points]]")[1:]
    ended = [f"[[points]]{one}" + (f"valid_to = {at}\n" if at else "") for one, at in zip(tree, ends, strict=True)]
    company = Company(folder, "".join(ended), now=MONTH[1] + 40 * 86_400.0)
    start, end = MONTH[0] - START - 86_400, instant(CLOSED) - START
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        company.steady(point, watts, start=start, end=end, step=3600)
    company.read("s/water", [(at, 2.0) for at in range(start, end + 1, 3600)], "water")
    company.keep()
    return company


def test_a_month_ends_for_a_site_where_its_points_end(tmp_path: Path) -> None:
    company = closing(tmp_path, CLOSED, CLOSED, CLOSED)
    names = ["pue", "wue", "losses_energy_kwh", "facility_energy_kwh", "cue"]
    asked: dict[str, Any] = {"site": "s", "start": MONTH[0], "end": MONTH[1], "names": names}
    pue, wue, losses, facility, cue = company.service.kpis(**asked)
    # ten days of 1.5 and 1 kW; the last of 240 hours has no reading at its end, and counts at the 5 kW of max_w
    found = [one.value for one in (pue, wue, losses, facility)]
    assert found == [pytest.approx(one) for one in (1.5, 2.0, 119.5, 363.5)]
    assert cue.value is not None
    for one in (pue, wue, losses, cue):
        assert (one.end, one.missing) == (instant(CLOSED), pytest.approx(0.0, abs=0.005))
    for one in (pue, wue, losses, facility, cue):
        assert one.method.endswith("until 2026-04-11 00:00, when the site closed")
    assert phrase(pue.method, "zh").endswith("至 2026-04-11 00:00 站点关闭止")
    rows = eed_rows(company.service, company.service.settings.site("s"), 2026, edition="2024/1364")
    assert {one["end"] for one in rows} == {instant(CLOSED)}


@pytest.mark.parametrize("ends", [("", "", ""), ("", CLOSED, CLOSED)])
def test_silence_after_a_point_was_read_closes_no_site(tmp_path: Path, ends: tuple[str, ...]) -> None:
    asked: dict[str, Any] = {"site": "s", "start": MONTH[0], "end": MONTH[1], "names": ["pue"]}
    (pue,) = closing(tmp_path, *ends).service.kpis(**asked)
    assert pue.value is None
    assert "closed" not in pue.method


def test_water_of_a_month_is_that_of_its_meters_where_all_of_it_was_read(tmp_path: Path) -> None:
    company = late(tmp_path, OPENED, OPENED, OPENED)
    asked: dict[str, Any] = {"site": "s", "start": MONTH[0], "names": ["water_l"]}
    (water,) = company.service.kpis(**asked, end=MONTH[1])
    assert water.value == pytest.approx(2.0 * 9 * 24), "2 L of each hour of nine days"
    lines = report_content(company.service, "s", period("2026-04"))["sites"][0]["frameworks"]
    (withdrawn,) = [one for one in lines if one["code"] == "TC-SI-130a.2 (1)"]
    assert (withdrawn["value"], withdrawn["unit"]) == (pytest.approx(0.432), "m3")
    (dark,) = company.service.kpis(**asked, end=MONTH[1] + 86_400)
    assert dark.value is None
    assert "of the time no water was read (limit 0%)" in (dark.reason or "")


def test_energy_of_an_opening_month_says_since_when(tmp_path: Path) -> None:
    company = late(tmp_path, OPENED, OPENED, OPENED)
    asked: dict[str, Any] = {"site": "s", "start": MONTH[0], "end": MONTH[1], "names": ["facility_energy_kwh"]}
    (facility,) = company.service.kpis(**asked)
    assert facility.method.endswith("since 2026-04-22 00:00, when the site opened")
