"""Law: with faults off, parent = children + loss at every moment and over every span, to 0.1 % and in fact to dust."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collectors.simulated.plan import DAY, EPOCH, site

SEEDS = st.integers(0, 2**32)
SPANS = st.tuples(st.integers(0, 40 * DAY), st.integers(1, 30 * DAY))
DUST = 1e-9
MACHINES = ("t/srv", "t/two", "t/one")
LOSSY = ("t/grid", "t/in-a", "t/in-b", "t/pdu-a", "t/pdu-b")


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, at=st.lists(st.integers(0, 60 * DAY), min_size=1, max_size=20), scale=st.floats(0.01, 50))
def test_what_comes_in_is_what_is_used_and_lost_at_every_moment(seed: int, at: list[int], scale: float) -> None:
    plant, when = site(seed, scale=scale), EPOCH + np.array(at)
    sources = sum(plant.power_w(each, when) for each in ("t/grid", "t/pv", "t/genset"))
    used = sum(plant.power_w(each, when) for each in (*MACHINES, "t/cooling", "t/lighting"))
    lost = sum(plant.loss_w(each, when) for each in LOSSY)
    np.testing.assert_allclose(sources, used + lost, rtol=DUST)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, span=SPANS)
def test_registers_balance_over_any_span(seed: int, span: tuple[int, int]) -> None:
    plant, start, end = site(seed), EPOCH + span[0], EPOCH + span[0] + span[1]

    def kwh(*points: str) -> float:
        return sum(plant.truth_kwh(each, start, end) for each in points)

    sources = kwh("t/grid", "t/pv", "t/genset")
    lost = sum(plant.loss_kwh(each, start, end) for each in LOSSY)
    dust = 1e-6  # kWh: registers stand at tens of thousands
    assert sources == pytest.approx(kwh(*MACHINES, "t/cooling", "t/lighting") + lost, rel=1e-8, abs=dust)
    assert kwh("t/in-a") == pytest.approx(kwh("t/ups-a") + plant.loss_kwh("t/in-a", start, end), rel=1e-8, abs=dust)
    assert kwh("t/ups-b") == pytest.approx(kwh("t/pdu-b"), rel=1e-8, abs=dust)
    assert kwh("t/srv-a", "t/srv-b") == pytest.approx(kwh("t/srv"), rel=1e-8, abs=dust)
    assert kwh("t/mig") == pytest.approx(kwh("t/gpu"), rel=1e-8, abs=dust)
    carried = kwh("t/pdu-a", "t/pdu-b") - sum(plant.loss_kwh(each, start, end) for each in ("t/pdu-a", "t/pdu-b"))
    assert carried == pytest.approx(kwh("t/srv-a", "t/srv-b", "t/two", "t/one"), rel=1e-8, abs=dust)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_losses_follow_their_formulas(seed: int) -> None:
    plant = site(seed)
    knots = EPOCH + 300 * np.arange(0, 2000, 7)
    pdu = plant.power_w("t/pdu-a", knots)
    np.testing.assert_allclose(plant.loss_w("t/pdu-a", knots), pdu * 0.01 / 1.01, rtol=DUST)
    out = plant.power_w("t/ups-a", knots)
    formula = 0.006 * 90e3 + 0.015 * out + 0.014 / 90e3 * out**2  # a + bP + cP^2 of a 90 kW system
    np.testing.assert_allclose(plant.loss_w("t/in-a", knots), formula, rtol=DUST)
    assert not plant.loss_w("t/ups-a", knots).any()


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_every_part_is_smaller_than_its_whole(seed: int) -> None:
    plant, when = site(seed), EPOCH + np.arange(0, 12 * DAY, 97)
    whole = plant.power_w("t/srv", when)
    for part in ("t/srv-a", "t/srv-b", "t/gpu"):
        assert (plant.power_w(part, when) < whole).all()
        assert (plant.power_w(part, when) > 0).all()
    assert (plant.power_w("t/grid", when) > 0).all()
