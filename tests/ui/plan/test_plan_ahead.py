"""Planned IT load and the usual climate in the forecast of a site whose cooling follows the air."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analytics.planning import forecast
from analytics.planning.models import DAILY, NAIVE, mean_of_weeks
from tests.ui.company import HEAD, START, TREE, Company
from tests.ui.plan.test_plan import DAY, LAST, YEAR_BEGINS
from ui.plan.ahead import days_ahead

if TYPE_CHECKING:
    from analytics.planning.forecast import Forecast
    from ui.figures.days import Day

HOUR = 3600
WEATHER = """
[[points]]
id = "s/weather"
role = "other"
interval_s = { temperature = 3600, humidity = 3600 }
"""
YEAR = datetime(2025, 12, 31, 23, tzinfo=UTC).timestamp()  # 2026 in Berlin
PLANNED = "".join(
    f'[[planned_it]]\nsite = "s"\nstart = "{day}T00:00:00Z"\nit_kw = {power}\nsource = "plan"\n'
    for day, power in (("2025-12-01", 1.0), ("2026-07-01", 2.0))
)
JULY = datetime(2026, 7, 1, tzinfo=UTC).timestamp()


def usual_degc(at: float) -> float:
    """Wet-bulb temperature: coldest in the middle of January, warmest in that of July."""
    return 10 - 12 * math.cos(2 * math.pi * ((at - YEAR) / DAY - 15) / 365)


def swinging(at: float) -> float:
    return usual_degc(at) + 3 * math.sin((at - START) / DAY / 1.7)


def pue(degc: float) -> float:
    return 1.2 + 0.02 * max(0.0, degc)


HORIZON = 222
FIRST = START + LAST - 2 * HOUR  # the last day ends at 22 o'clock by UTC
TRUTH = np.array([pue(swinging(FIRST + at * HOUR)) for at in range(HORIZON * 24)])
CLIMATE = f"""
[[climate]]
site = "s"
point = "s/weather"
wet_bulb_by_month_degc = {[round(usual_degc(YEAR + (month + 0.5) * 365 / 12 * DAY), 2) for month in range(12)]}
source = "normals"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Five months in which the air, always moist, swings about the usual, and cooling with it."""
    tree = TREE.replace("power = 60", "power = 3600") + WEATHER
    found = Company(tmp_path_factory.mktemp("ahead"), tree, HEAD + "altitude_m = 0.0\n", START + LAST)
    air = {at: swinging(START + at) for at in range(YEAR_BEGINS - DAY, LAST, HOUR)}
    found.read("s/weather", air.items(), metric="temperature")
    found.read("s/weather", [(at, 100.0) for at in air], metric="humidity")
    found.read("s/ups", [(at, 1000.0) for at in air])
    found.read("s/utility", [(at, 1000.0 * pue(degc)) for at, degc in air.items()])
    found.keep()
    return found


@pytest.fixture(scope="module")
def days(made: Company) -> list[Day]:
    return made.service.days("s", end=int(made.now), count=150)


@pytest.fixture(autouse=True)
def _simple(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "DAILY", {NAIVE: DAILY[NAIVE], "mean of four weeks": mean_of_weeks})


def ahead(made: Company, days: list[Day], metric: str, *tables: str) -> tuple[Forecast, float]:
    """The days to come of a figure, and the true mean of them by the hour."""
    service = Company(made.folder, made.points + "".join(tables), made.head, made.now).service
    found, reason = days_ahead(service, service.settings.site("s"), metric, days, horizon=HORIZON)
    assert found is not None, reason
    return found, TRUTH.mean()


def test_days_to_come_have_the_season_of_the_climate(made: Company, days: list[Day]) -> None:
    (bare, truth), (climate, _) = ahead(made, days, "pue"), ahead(made, days, "pue", CLIMATE)
    assert bare.by_drivers is None
    assert bare.values.mean() > truth + 0.02, "the warm weeks before go on for ever"
    assert climate.by_drivers is not None
    assert climate.by_drivers.mean() == pytest.approx(truth, rel=0.01)
    assert climate.model == "wet-bulb temperature"
    assert abs(climate.values.mean() - truth) < abs(bare.values.mean() - truth)


def test_energy_follows_the_planned_load_and_the_air(made: Company, days: list[Day]) -> None:
    found, _ = ahead(made, days, "facility_energy_kwh", CLIMATE, PLANNED)
    load = np.where(FIRST + np.arange(len(TRUTH)) * HOUR < JULY, 1.0, 2.0)
    assert found.by_drivers is not None
    assert found.by_drivers.sum() == pytest.approx(float((TRUTH * load).sum()), rel=0.015)
    assert "planned IT load and wet-bulb temperature" in found.weights
    late = PLANNED.replace("2025-12-01", "2026-03-01")
    assert ahead(made, days, "facility_energy_kwh", late)[0].by_drivers is None, "before its first row nothing is known"
