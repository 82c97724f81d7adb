"""Titles say what the figures say, and nothing where these are missing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ui import findings
from ui.figures import Use
from ui.format import SPACE
from ui.live import Freshness
from ui.series import PowerSeries

BERLIN = ZoneInfo("Europe/Berlin")


def power(*watts: float | None) -> str:
    series = PowerSeries([1_781_604_000 + 900 * i for i in range(len(watts))], 900, {"it": list(watts)})
    return findings.power(series, zone=BERLIN, lang="en").replace(SPACE, " ")


def test_power_is_steady_bounded_peaked_or_unnamed() -> None:
    assert power(None, None) == "Power by use"
    assert power(1e6, 1.01e6) == "Power held steady near 1.00 MW"
    assert power(1e6, 1.2e6, None) == "Power stayed between 1.00 MW and 1.20 MW"
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
    assert uses(it=1.0) == "100 % of the energy reached IT"
    assert uses(it=None, cooling=1.0) == "Energy by use"
    assert uses() == "Energy by use"


def fresh(points: int, *silent: str, age_s: float | None = 8.0, share: float | None = 0.92) -> str:
    return findings.freshness(Freshness(points, silent, age_s, share), "en").replace(SPACE, " ")


def test_silent_meters_are_counted_with_what_is_still_seen() -> None:
    assert fresh(22) == "All 22 meters report"
    assert fresh(22, "a") == "1 of 22 meters is silent; 92 % of IT power seen"
    assert fresh(22, "a", "b") == "2 of 22 meters are silent; 92 % of IT power seen"
    assert fresh(22, "a", share=None) == "1 of 22 meters is silent"
    assert fresh(22, age_s=None) == "No meter has reported yet"
    assert fresh(0, age_s=None) == "No meter has reported yet"
