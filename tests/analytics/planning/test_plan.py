"""Targets over the years: what each may be, and when a year's budget is used up."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.planning.targets import allowed, budget, goal, required_mean, status
from config.plan.targets import Target
from tests.analytics.build import approx

FIELDS: dict[str, Any] = {
    "id": "t",
    "metric": "emissions_location_kgco2e",
    "site": "s",
    "baseline_year": 2025,
    "target_year": 2035,
}


def target(**more: Any) -> Target:  # noqa: ANN401 - keys of a target
    return Target(**(FIELDS | ({} if "target_value" in more else {"reduction": 0.42}) | more))


def test_a_line_contracts_by_a_share_of_the_base_and_a_rate_by_a_share_of_what_is_left() -> None:
    assert goal(target(), baseline=100.0) == approx(58.0)
    assert [allowed(target(), baseline=100.0, year=year) for year in (2024, 2025, 2026, 2035, 2040)] == approx(
        [100.0, 100.0, 95.8, 58.0, 58.0]
    )
    rate = target(path="rate", target_value=25.0)
    assert allowed(rate, baseline=100.0, year=2030) == approx(50.0)  # a quarter in ten years: half in five
    assert allowed(rate, baseline=0.0, year=2030) == approx(12.5), "no rate leads from 0: a line does"
    step = target(path="step")
    assert [allowed(step, baseline=100.0, year=year) for year in (2034, 2035)] == approx([100.0, 58.0])


def test_a_budget_of_years_is_one_amount() -> None:
    both = {"baseline_year": None, "path": "budget", "budget_from_year": 2026, "target_value": 900.0}
    assert allowed(target(**both), baseline=0.0, year=2028) == goal(target(**both), baseline=0.0) == 900.0


def test_a_chance_has_a_word() -> None:
    assert [status(chance) for chance in (0.9, 0.6, 0.1)] == ["on track", "at risk", "off track"]


def test_a_budget_that_lasts_and_one_that_does_not() -> None:
    days = np.cumsum(np.full(10, 5.0))
    lasts = budget(allowance=100.0, used=40.0, days=10.0, totals=days, highs=days * 2, lows=days)
    assert (lasts.runs_out, lasts.earliest, lasts.latest) == (None, 6, None)
    gone = budget(allowance=100.0, used=120.0, days=10.0, totals=days, highs=days, lows=days)
    assert (gone.runs_out, gone.per_day) == (0, 0.0)
    none = np.zeros(0)
    assert budget(allowance=100.0, used=40.0, days=0.0, totals=none, highs=none, lows=none).per_day is None
    assert required_mean(limit=1.3, so_far=1.4, days_gone=365, days_left=0) is None


@given(baseline=st.floats(1, 1e6), reduction=st.floats(0.01, 0.99), path=st.sampled_from(["linear", "rate", "step"]))
def test_what_is_allowed_never_rises_and_ends_at_the_goal(baseline: float, reduction: float, path: str) -> None:
    one = target(reduction=reduction, path=path)
    years = [allowed(one, baseline=baseline, year=year) for year in range(2024, 2040)]
    assert all(later <= former * (1 + 1e-9) for former, later in pairwise(years))
    assert years[-1] == approx(goal(one, baseline=baseline), rel=1e-6)
