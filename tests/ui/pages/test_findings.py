"""Titles say what the figures say, and nothing where these are missing."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from analytics.change import Change
from analytics.intensity import HoursOfDay
from tests.analytics.test_change import KPI
from ui.figures.by_use import Use
from ui.figures.hours import GridHours
from ui.figures.live import Freshness
from ui.figures.series import PowerSeries
from ui.format import SPACE
from ui.titles import overview as findings

BERLIN = ZoneInfo("Europe/Berlin")


def power(*watts: float | None) -> str:
    series = PowerSeries([1_781_604_000 + 900 * i for i in range(len(watts))], 900, {"it": list(watts)})
    return findings.power(series, zone=BERLIN, lang="en").replace(SPACE, " ")


def test_power_is_steady_bounded_peaked_or_unnamed() -> None:
    assert power(None, None) == "Power by use"
    assert power(1e6, 1.01e6) == "Power held steady near 1.00 MW"
    assert power(1e6, 1.2e6, None) == "Power stayed between 1.00 MW and 1.20 MW"
    assert power(1e6, None, None) == "Power by use", "most of it is not known"
    assert power(1e6, 1e6, 2e6) == "Power peaked at 2.00 MW on 16 Jun, 12:30"


def test_pue_is_said_without_its_name_and_its_absence_too() -> None:
    assert findings.pue(1.354, "en") == "Every kWh of IT takes 1.35 kWh in all"
    assert findings.pue(None, "en") == "No PUE for this period"


def uses(**kwh: float | None) -> str:
    found = [Use(name, energy_kwh, 1.0) for name, energy_kwh in kwh.items()]
    return findings.uses(found, "en").replace(SPACE, " ")


def test_uses_name_the_share_that_reaches_it_and_the_largest_rest() -> None:
    assert uses(it=74.0, cooling=20.0, losses=6.0) == "74 % of the energy reached IT, 20 % went to cooling"
    assert uses(it=99.0, losses=1.0) == "99 % of the energy reached IT"
    unmetered = "80 % of the energy reached IT, 20 % went to unmetered rest"
    assert uses(it=80.0, losses=20.0) == unmetered, "without a meter of cooling most of it is cooling"
    assert uses(it=80.0, losses=20.0, overhead=0.0) == "80 % of the energy reached IT, 20 % went to power losses"
    assert uses(it=1.0) == "100 % of the energy reached IT"
    assert uses(it=None, cooling=1.0) == "Energy by use"
    assert uses() == "Energy by use"
    assert uses(it=800.0, losses=-300.0) == "The uses took more than the facility: meters contradict each other"


def fresh(points: int, *silent: str, age_s: float | None = 8.0, share: float | None = 0.92) -> str:
    return findings.freshness(Freshness(points, silent, age_s, share), "en").replace(SPACE, " ")


def test_silent_meters_are_counted_with_what_is_still_seen() -> None:
    assert fresh(22) == "All 22 meters report"
    assert fresh(22, "a") == "1 of 22 meters is silent; 92 % of IT power seen"
    assert fresh(22, "a", "b") == "2 of 22 meters are silent; 92 % of IT power seen"
    assert fresh(22, "a", share=None) == "1 of 22 meters is silent"
    assert fresh(22, age_s=None) == "No meter has reported its power yet"
    assert fresh(0, age_s=None) == "No meter has reported its power yet"


@pytest.mark.parametrize(
    ("relative", "words"),
    [
        (0.064, "60.9 tCO₂e in 7 d, 6 % more than in the 7 d before"),
        (-0.2, "60.9 tCO₂e in 7 d, 20 % less than in the 7 d before"),
        (0.001, "60.9 tCO₂e in 7 d, as in the 7 d before"),
        (None, "60.9 tCO₂e from bought electricity in 7 d"),
    ],
)
def test_emissions_are_compared_where_they_can_be(relative: float | None, words: str) -> None:
    kpi = replace(KPI, name="emissions_location_kgco2e", unit="kgCO2e", value_reported=60_900.0)
    changed = None if relative is None else Change(1.0, relative)
    assert findings.emissions(kpi, changed, period="7 d", lang="en").replace(SPACE, " ") == words
    assert findings.emissions(None, None, period="7 d", lang="en") == "No emissions figure for this period"


def grid_hours(lowest: HoursOfDay | None) -> str:
    found = GridHours("s/grid", [0], [[1.0, None, None]], [[True, True, False]], lowest)
    assert found.blank == 1
    return findings.hours(found, "en").replace(SPACE, " ")


def test_clean_hours_are_named_where_waiting_is_worth_it() -> None:
    night, noon = HoursOfDay(22, 4, 200.0, 300.0), HoursOfDay(10, 4, 297.0, 300.0)
    assert grid_hours(night) == "Power from 22 to 02 h is 33 % cleaner than the mean of the day"
    assert grid_hours(noon) == "No hours of the day are more than 5 % cleaner than the others"
    assert grid_hours(None) == "Carbon intensity of the grid"


def test_days_are_counted_by_what_they_lack() -> None:
    whole, guessed, holed, blank = (1.0, 0.0, 0.0), (0.9, 0.1, 0.0), (0.5, 0.2, 0.3), (0.0, 0.0, 1.0)
    dust = (1.0 - 1e-12, 1e-12, 0.0)
    assert findings.quality([whole, dust], "en") == "All of the last 2 days are measured throughout"
    assert findings.quality([whole, guessed], "en") == "Estimates on 1 of 2 days, no readings missing"
    assert findings.quality([whole, holed], "en") == "Readings missing on 1 of 2 days, estimates on 1"
    assert findings.quality([whole, (0.5, 0.0, 0.5)], "en") == "Readings missing on 1 of 2 days"
    assert findings.quality([blank], "en") == findings.quality([], "en") == "Nothing was measured in these days"


def test_the_largest_site_is_named_only_where_all_are_known() -> None:
    both = findings.company([("A", 82.0), ("B", 18.0)], "en").replace(SPACE, " ")
    assert both == "A takes 82 % of the company's IT energy"
    assert findings.company([("A", 82.0), ("B", None)], "en") == "The sites of the company"
    alike = findings.company([("Edge", 60.0), ("Edge", 30.0), ("Main", 10.0)], "en").replace(SPACE, " ")
    assert alike == "Edge takes 60 % of the company's IT energy", "sites may be called alike"
