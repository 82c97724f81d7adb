"""Drivers: a planned step of IT load and the season of a climate are foreseen, which no own past shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.planning.drivers import Drivers, driven, planned, usual_by_day, usual_excess
from analytics.planning.forecast import by_days
from tests.analytics.build import approx

KNOWN, AHEAD = 300, 60
PLAN = np.where(np.arange(KNOWN + AHEAD) < 150, 1000.0, np.where(np.arange(KNOWN + AHEAD) < KNOWN + 20, 1200.0, 1500.0))
USUAL = usual_by_day([0, 1, 4, 8, 13, 16, 18, 18, 14, 9, 4, 1], np.arange(KNOWN + AHEAD) / 365)
RANDOM = np.random.default_rng(4)
IT = PLAN[:KNOWN] * 0.9 + RANDOM.normal(0, 5, KNOWN)
AIR = USUAL[:KNOWN] + RANDOM.normal(0, 3, KNOWN)
BOTH = Drivers(it_kwh=IT, plan_kwh=PLAN, wet_bulb_degc=AIR, usual_degc=USUAL)
FACILITY = 200 + 1.1 * IT + 0.01 * IT * np.maximum(0.0, AIR - 10)


def test_it_follows_its_plan_as_far_as_it_did() -> None:
    model = planned(BOTH)
    assert model is not None
    ahead = model(IT, AHEAD)
    assert (ahead[0], ahead[-1]) == approx((1080.0, 1350.0), rel=0.01)
    found = by_days(IT, AHEAD, {"planned IT load": model})
    assert found is not None
    assert 0.05 < found.weights["planned IT load"] < 0.9, "one step at two of twelve origins: a gain, not a clear one"
    assert found.by_drivers is not None
    assert found.by_drivers == approx(ahead)
    fresh = planned(replace(BOTH, plan_kwh=np.where(np.arange(KNOWN + AHEAD) < KNOWN, 0.0, 50.0)))
    assert fresh is not None
    assert fresh(IT, 1) == approx([50.0]), "a plan without a past is taken as it stands"


def test_without_a_plan_for_each_day_there_is_no_model() -> None:
    assert planned(replace(BOTH, plan_kwh=None)) is None
    assert planned(replace(BOTH, plan_kwh=np.where(PLAN > 1200, np.nan, PLAN))) is None
    assert driven(Drivers(it_kwh=IT), ratio=False) is None


def test_energy_and_pue_follow_load_and_climate() -> None:
    to_come = IT[-1] / 1200 * PLAN[KNOWN:]
    energy, ratio = driven(BOTH, ratio=False), driven(BOTH, ratio=True)
    assert energy is not None
    assert ratio is not None
    heat = usual_excess(USUAL[KNOWN:], AIR - USUAL[:KNOWN], 10.0)
    truth = 200 + 1.1 * to_come + 0.01 * to_come * heat
    assert energy(FACILITY, AHEAD) == approx(truth, rel=0.01)
    assert ratio(FACILITY / IT, AHEAD) == approx(truth / to_come, rel=0.01)


def test_days_on_which_the_air_was_not_read_have_the_usual_one() -> None:
    holes = replace(BOTH, plan_kwh=None, wet_bulb_degc=np.where(np.arange(KNOWN) % 50 == 0, np.nan, AIR))
    model, whole = driven(holes, ratio=False), driven(replace(BOTH, plan_kwh=None), ratio=False)
    assert model is not None
    assert whole is not None
    assert model(FACILITY, 20) == approx(whole(FACILITY, 20), rel=0.01)
    assert usual_excess(np.array([12.0]), np.zeros(0), 10.0) == approx([2.0])
    only_plan = driven(replace(BOTH, wet_bulb_degc=None), ratio=False)
    assert only_plan is not None
    assert only_plan(FACILITY, AHEAD)[-1] > only_plan(FACILITY, AHEAD)[0] * 1.15
