"""The planner on simulated sites of known truth: bands, early warnings, errors, verified savings.

Each of 50 sites has five years of months (growth, season and errors of its own, each error like the one before) and is
forecast from every month of its fifth year. Not the sites on which OVERLAP was set: another seed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analytics.planning import forecast as planner
from analytics.planning.forecast import by_months, chance
from analytics.planning.models import MONTHLY
from analytics.planning.savings import savings

if TYPE_CHECKING:
    from collections.abc import Callable

    Array = np.ndarray[Any, Any]

SITES, YEARS, SEASON = 50, 6, 12
FIRST, LAST = 48, 60
BEHIND = 1.1  # error against the naive model, above which no site may lie
WEEKS_A_MONTH = 365.25 / 12 / 7


def _remembered(model: Callable[[Array, int], Array]) -> Callable[[Array, int], Array]:
    """Return a model that is fitted once for each series: forecasts from neighbouring months share their past."""

    @cache
    def twelve(content: bytes) -> Array:
        return model(np.frombuffer(content, dtype=np.float64), SEASON)

    return lambda series, months: twelve(np.ascontiguousarray(series).tobytes())[:months]


def _months(draw: np.random.Generator) -> Array:
    month = np.arange(YEARS * SEASON)
    growth, season, phase = draw.normal(0.006, 0.006), draw.uniform(0.02, 0.12), draw.uniform(0, SEASON)
    memory, noise = draw.uniform(0.3, 0.8), draw.uniform(0.01, 0.03)
    errors = np.zeros(len(month))
    for at in range(1, len(month)):
        errors[at] = memory * errors[at - 1] + draw.normal(0, noise)
    return np.asarray(1e6 * np.exp(growth * month + season * np.sin(2 * np.pi * (month + phase) / SEASON) + errors))


@pytest.mark.bench
def test_forecasts_of_fifty_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "MONTHLY", {name: _remembered(model) for name, model in MONTHLY.items()})
    draw = np.random.default_rng(2026)
    within: list[bool] = []
    against_naive, mase, leads, false_alarms, kept = [], [], [], 0, 0
    for _ in range(SITES):
        truth = _months(draw)
        limit = truth[FIRST - SEASON : FIRST].sum() * 1.05
        own, naive, alarms = [], [], []
        for origin in range(FIRST, LAST):
            found = by_months(truth[:origin], SEASON)
            assert found is not None
            after = truth[origin : origin + SEASON]
            bands = [found.band(month, 0.8) for month in range(SEASON)]
            within += [band[0] <= value <= band[1] for band, value in zip(bands, after, strict=True) if band]
            own += np.abs(after - found.values).tolist()
            naive += np.abs(after - truth[origin - SEASON : origin]).tolist()
            left = LAST - origin
            end = truth[FIRST:origin].sum() + sum(found.values[:left])
            chances = chance(end, found.total_errors(left), limit, higher_is_better=False)
            alarms.append(chances is not None and chances < 0.5)
        against_naive.append(np.mean(own) / np.mean(naive))
        mase.append(np.mean(own) / np.mean(np.abs(truth[SEASON:FIRST] - truth[: FIRST - SEASON])))
        last_quiet = max((number for number, alarm in enumerate(alarms) if not alarm), default=-1)
        if truth[FIRST:LAST].sum() > limit:
            leads.append((SEASON - 1 - last_quiet) * WEEKS_A_MONTH)
        else:
            kept, false_alarms = kept + 1, false_alarms + alarms[SEASON // 2]
    worse = np.array(against_naive) > BEHIND
    print(
        f"\n{SITES} sites: 80 % bands held {np.mean(within):.1%} of {len(within)} months; {len(leads)} missed their "
        f"year, flagged a median {np.median(leads):.0f} weeks ahead (least {min(leads):.0f}); of {kept} that made it "
        f"{false_alarms} had an alarm at mid-year; error against seasonal naive: median "
        f"{np.median(against_naive):.2f}, worst {max(against_naive):.2f} (wished: 1.1), "
        f"{np.mean(worse):.0%} of sites above 1.1; MASE scaled within the sample: median "
        f"{np.median(mase):.2f}, worst {max(mase):.2f}"
    )
    assert 0.75 <= np.mean(within) <= 0.85
    assert np.median(leads) >= 6
    assert np.median(against_naive) <= 1
    assert not worse.any()


@pytest.mark.bench
def test_verified_savings_hold_the_truth() -> None:
    draw = np.random.default_rng(2026)
    held = []
    for _ in range(600):
        memory, noise, days = draw.uniform(0.2, 0.8), draw.uniform(50, 200), int(draw.integers(60, 200))
        share = draw.uniform(0, 0.1)
        drivers = np.column_stack([draw.uniform(9e3, 11e3, 365 + days), 12 + 12 * draw.uniform(-1, 1, 365 + days)])
        errors = np.zeros(365 + days)
        for day in range(1, 365 + days):
            errors[day] = memory * errors[day - 1] + draw.normal(0, noise)
        energy = 500 + 1.1 * drivers[:, 0] + 30 * drivers[:, 1] + errors
        found = savings(
            baseline_drivers=drivers[:365],
            baseline_kwh=energy[:365],
            drivers=drivers[365:],
            used_kwh=energy[365:] * (1 - share),
            names=("IT energy", "outdoor temperature"),
            level=0.9,
        )
        assert found.low_kwh is not None
        assert found.high_kwh is not None
        held.append(found.low_kwh <= share * energy[365:].sum() <= found.high_kwh)
    print(f"\n{len(held)} verified savings: the 90 % interval held the truth in {np.mean(held):.1%}")
    assert 0.88 <= np.mean(held) <= 0.96
