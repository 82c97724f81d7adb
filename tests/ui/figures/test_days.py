"""Days, hours and flows of a small company: the same figures as for any period, cut at local midnights."""

from __future__ import annotations

import gc
import weakref
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from collectors.arrays import numpy_of
from config.loading import load_settings
from tests.ui.company import START, TREE, Company, instant
from ui.books.ledger import _earlier, _month_before
from ui.demo.mark import is_demo, marked
from ui.figures.days import local_hours, local_midnights
from ui.figures.site import Question

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
DAY_S = 86_400
INTENSITY = TREE.replace("interval_s = { power = 60 }", "interval_s = { power = 60, grid_intensity = 900 }", 1)


def test_midnights_are_local_and_a_day_of_the_clock_has_23_or_25_hours() -> None:
    edges = local_midnights(instant("2026-03-29T12:00:00Z"), 2, BERLIN)
    assert [last - first for first, last in pairwise(edges)] == [DAY_S, 23 * 3600]
    edges = local_midnights(instant("2026-10-25T12:00:00Z"), 1, BERLIN)
    assert edges[1] - edges[0] == 25 * 3600
    assert local_midnights(edges[1], 1, BERLIN) == edges  # a period that ends at midnight does not begin a new day


def test_a_doubled_hour_is_one_cell_of_two_hours_and_a_skipped_one_is_absent() -> None:
    autumn = local_hours(local_midnights(instant("2026-10-25T12:00:00Z"), 1, BERLIN), BERLIN)
    assert [hour for _, _, hour in autumn] == list(range(24))
    assert autumn[3][0] - autumn[2][0] == 2 * 3600
    spring = local_hours(local_midnights(instant("2026-03-29T12:00:00Z"), 1, BERLIN), BERLIN)
    assert [hour for _, _, hour in spring] == [0, 1, *range(3, 24)]
    india = ZoneInfo("Asia/Kolkata")  # its hours begin at half past
    assert len(local_hours(local_midnights(instant("2026-03-29T12:00:00Z"), 1, india), india)) == 24


@pytest.fixture
def company(tmp_path: Path) -> Company:
    """Two days and a half of steady power; the UPS was away for three hours of the second day."""
    found = Company(tmp_path, points=INTENSITY)
    end = 60 * 3600
    found.steady("s/utility", 2000.0, end=end, step=300)
    found.read("s/ups", [(at, 1500.0) for at in range(0, end + 1, 300) if not 30 * 3600 < at < 33 * 3600])
    found.read("s/utility", [(at, 400.0) for at in range(0, 24 * 3600, 900)], metric="grid_intensity")
    found.now = START + end + 3600.0
    return found


def test_a_day_has_the_figures_of_its_period(company: Company) -> None:
    company.points = company.points.replace("power = 60", "power = 300")
    company.keep()
    service, end = company.service, START + 60 * 3600
    first, second, third = service.days("s", end=end, count=30)  # the days before the first reading are no gap
    assert (first.whole, second.whole, third.whole) == (True, True, False)
    assert (first.start, third.end) == (instant("2026-03-14T00:00:00+01:00"), end)
    for day in (first, second):
        for name, kpi in (("pue", day.pue), ("facility_energy_kwh", day.facility), ("it_energy_kwh", day.it)):
            assert service.kpis(site="s", start=day.start, end=day.end, names=[name]) == [kpi]
    assert "in 87.5% of the time" in second.pue.method  # cooling below the facility's meter is not taken for the UPS
    assert second.metered.missing > 0
    assert third.metered.measured == pytest.approx(1.0)


def test_hours_hold_what_was_read_and_nothing_else(company: Company) -> None:
    company.points = company.points.replace("power = 60", "power = 300")
    company.keep()
    service = company.service
    found = service.grid_hours("s", end=START + 60 * 3600, days=14)
    assert found is not None
    assert found.point == "s/utility"
    assert found.values[0][0] is None  # the books begin an hour after local midnight
    assert found.values[0][5] == found.values[1][0] == 400.0
    assert found.values[1][12] is None
    assert found.due[2][12]
    assert not found.due[2][13]
    assert found.lowest is None or found.lowest.below == pytest.approx(0.0)
    course = service.mean_intensity("s", start=START, end=START + 2 * DAY_S, step_s=DAY_S)
    assert course == [400.0, None]


def test_a_site_that_reads_no_intensity_has_no_hours(tmp_path: Path) -> None:
    service = Company(tmp_path).service
    assert service.grid_hours("s", end=START + DAY_S, days=2) is None
    assert service.mean_intensity("s", start=START, end=START + DAY_S, step_s=DAY_S // 2) == [None, None]


def test_a_flow_has_two_equal_sides_or_none(company: Company) -> None:
    company.points = company.points.replace("power = 60", "power = 300")
    company.keep()
    flow = company.service.energy_flow("s", START, START + DAY_S)
    assert sum(use.energy_kwh or 0 for use in flow.sources) == pytest.approx(48.0)
    assert sum(use.energy_kwh or 0 for use in flow.uses) == pytest.approx(48.0)
    nothing = company.service.energy_flow("s", START - DAY_S, START)
    assert {use.energy_kwh for use in (*nothing.sources, *nothing.uses)} == {None}


def test_demo_is_what_rests_on_simulated_readings_whatever_its_name(tmp_path: Path) -> None:
    company = Company(tmp_path)
    settings = company.service.settings
    assert not is_demo(settings)
    assert marked("Report", settings) == "Report"
    settings.store.data.mkdir(exist_ok=True)
    (settings.store.data / "demo_history.json").write_text("{}")
    assert is_demo(settings)
    assert marked("Report", settings) == marked("DEMO - Report", settings) == "DEMO - Report"


def test_the_shipped_demo_is_marked_by_its_sources() -> None:
    from collectors.plugins.simulated.company import DEMO_SITE_FILE

    settings = load_settings(DEMO_SITE_FILE)
    assert is_demo(settings)
    assert not is_demo(settings.model_copy(update={"sources": ()}))
    renamed = settings.company.model_copy(update={"name": "Real AI"})
    assert is_demo(settings.model_copy(update={"company": renamed}))


def test_days_leave_nothing_behind(company: Company) -> None:
    """A question that holds the rows of a month must go with its day, not with the next run of the collector."""
    company.points = company.points.replace("power = 60", "power = 300")
    company.keep()
    gc.collect()
    gc.disable()
    try:
        assert company.service.days("s", end=START + 60 * 3600, count=3)
        assert not [one for one in gc.get_objects() if isinstance(one, Question)]
    finally:
        gc.enable()


def test_months_go_by_one_at_a_time_and_the_last_is_joined_with_what_is_open() -> None:
    months = [_month(at) for at in (0, 40 * DAY_S, 70 * DAY_S)]
    held = [weakref.ref(one) for one in months]
    rest: list[pa.Table] = []
    given = _earlier(iter([months.pop(0) for _ in range(3)]), 59 * DAY_S, rest)
    assert [numpy_of(one["start"]).tolist() for one in given] == [[0], [40 * DAY_S]]
    assert [numpy_of(one["start"]).tolist() for one in rest] == [[70 * DAY_S]]
    assert held[2]() is rest[0]
    assert _month_before(31 * DAY_S) == 0
    assert _month_before(31 * DAY_S + 1) == 31 * DAY_S


def _month(start: int) -> pa.Table:
    return pa.table({"start": [start]})
