"""Verified savings: a planted one lies within its interval; what cannot be carried is refused with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analytics.planning.savings import autocorrelation, savings

Drivers = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def site(days: int, *, seed: int, noise: float = 100.0, rho: float = 0.6) -> Drivers:
    """Drivers (IT energy, temperature) and energy of so many days, errors of one day like those of the next."""
    draw = np.random.default_rng(seed)
    drivers = np.column_stack([draw.uniform(9000, 11000, days), draw.uniform(-5, 30, days)])
    errors = np.zeros(days)
    for day in range(1, days):
        errors[day] = rho * errors[day - 1] + draw.normal(0, noise)
    return drivers, 500 + 1.1 * drivers[:, 0] + 40 * drivers[:, 1] + errors


def verified(*, factor: float = 0.95, **more: Any) -> Any:  # noqa: ANN401
    drivers, energy = site(365, seed=1)
    after, used = site(90, seed=2)
    given = {"baseline_drivers": drivers, "baseline_kwh": energy, "drivers": after, "used_kwh": used * factor}
    return savings(**{**given, "names": ("IT energy", "outdoor temperature"), **more})


def test_a_planted_saving_lies_within_its_interval() -> None:
    _, used = site(90, seed=2)
    found = verified()
    assert found.low_kwh < 0.05 * used.sum() < found.high_kwh
    assert found.share == pytest.approx(0.05, abs=0.01)
    assert found.cv_rmse < 0.02
    assert abs(found.nmbe) < 1e-9, "a line with a constant has no bias on its own days"
    assert 0.4 < found.autocorrelation < 0.8


def test_no_saving_is_none() -> None:
    found = verified(factor=1.0)
    assert found.low_kwh < 0 < found.high_kwh


def test_too_few_days_are_refused() -> None:
    drivers, energy = site(30, seed=1)
    found = verified(baseline_drivers=drivers, baseline_kwh=energy)
    assert found.saved_kwh is None
    assert found.share is None
    assert "30 days before the measure are known and 60 are needed" in found.reason
    assert "no day since" in verified(drivers=np.empty((0, 2)), used_kwh=np.empty(0)).reason


def test_meters_that_read_nothing_before_have_nothing_to_save() -> None:
    found = verified(baseline_kwh=np.zeros(365))
    assert (found.saved_kwh, found.baseline_days) == (None, 365)
    assert "nothing was used before the measure" in found.reason


def test_a_driver_beyond_what_the_baseline_saw_is_refused() -> None:
    after, used = site(90, seed=2)
    found = verified(drivers=after + np.array([0.0, 30.0]), used_kwh=used)
    assert found.saved_kwh is None
    assert "outdoor temperature was outside what the baseline saw" in found.reason


def test_a_loose_model_is_refused() -> None:
    drivers, _ = site(365, seed=1)
    found = verified(baseline_kwh=np.random.default_rng(3).uniform(0, 10_000, len(drivers)))
    assert found.saved_kwh is None
    assert "too loose" in found.reason


def test_correlation_is_never_below_0_and_exact_fits_have_none() -> None:
    assert autocorrelation(np.zeros(10)) == 0.0
    assert autocorrelation(np.array([1.0, -1.0] * 20)) == 0.0
