"""The demo's measure that is done: its saving is in the simulated readings, and verification finds it there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import psychrolib

from analytics.planning.savings import savings
from collectors.plugins.simulated.company import DEMO_SITE_FILE, simulated_company
from config.loading import load_settings
from tests.ui.company import Company, instant
from ui.demo.plan import DONE, MET, note_progress

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

DAY, STEP = 86_400, 21_600
SEA_LEVEL_PA = 101_325.0


def test_what_the_fans_saved_is_in_the_readings_and_in_the_interval() -> None:
    fra1 = simulated_company()["fra1"]
    (measure,) = [one for one in load_settings(DEMO_SITE_FILE).measures if one.id in DONE]
    assert measure.weather_from_degc is not None
    begun = measure.start // DAY * DAY
    times = np.arange(begun - 300 * DAY, begun + 90 * DAY, STEP)
    psychrolib.SetUnitSystem(psychrolib.SI)
    pairs = zip(fra1.temperature_degc(times), fra1.humidity_percent(times) / 100, strict=True)
    wet = np.array([psychrolib.GetTWetBulbFromRelHum(warm, share, SEA_LEVEL_PA) for warm, share in pairs])
    cooling = fra1.power_w("fra1/cooling", times)
    it = np.sum([fra1.power_w(f"fra1/{name}", times) for name in ("ups-a", "ups-b")], axis=0)

    def by_day(values: NDArray[np.float64]) -> NDArray[np.float64]:
        days: NDArray[np.float64] = values.reshape(-1, DAY // STEP).mean(axis=1)
        return days

    drivers = np.column_stack([by_day(it), by_day(np.maximum(wet, measure.weather_from_degc) - 8.0)])
    kwh = by_day(cooling) * 24 / 1000
    before = 299
    found = savings(
        baseline_drivers=drivers[:before],
        baseline_kwh=kwh[:before],
        drivers=drivers[before + 2 :],
        used_kwh=kwh[before + 2 :],
        names=("IT energy", "degrees"),
    )
    plant = fra1.spec.place.cooling
    wet_bulb = fra1.wet_bulb_degc(times)
    cop = np.clip(plant.cop - plant.cop_per_k * (wet_bulb - plant.cop_wet_bulb_degc), plant.cop_low, plant.cop_high)
    chillers = np.clip((wet_bulb - plant.free_below_degc) / (plant.chillers_above_degc - plant.free_below_degc), 0, 1)
    heat_kw = cooling / (plant.fans_ratio + chillers / cop) / 1000
    truth = float(by_day(heat_kw)[before + 2 :].sum() * 24 * (plant.fans_ratio_before - plant.fans_ratio))
    assert found.low_kwh is not None
    assert found.high_kwh is not None
    assert 0 < found.low_kwh <= truth <= found.high_kwh


def test_progress_is_noted_once_and_on_its_day(tmp_path: Path) -> None:
    now = float(instant("2026-11-29T00:00:00+00:00"))
    service = replace(Company(tmp_path, now=now).service, settings=load_settings(DEMO_SITE_FILE))
    for _ in range(2):
        note_progress(service, instant("2025-11-01T00:00:00+00:00"))
    noted = service.stores.state.progress.newest()
    assert set(noted) == {*DONE, *(f"milestone {one}" for one in MET)}
    assert {one.version for one in noted.values()} == {1}
    assert noted["fra1-fans"].at == instant("2026-09-01T00:00:00+02:00")
    note_progress(service, instant("2026-11-28T00:00:00+00:00"))
    assert len(service.stores.state.progress.newest()) == len(noted), "what was before the history is not told"
