"""A change stands only between two figures that can be compared."""

from __future__ import annotations

from dataclasses import replace

from analytics.change import Change, change, relative_change
from analytics.kpi import Kpi
from tests.analytics.build import approx

DAY_S = 86_400
KPI = Kpi(
    name="pue",
    unit="1",
    site="s",
    start=0,
    end=7 * DAY_S,
    value_reported=1.2,
    value_measured=1.2,
    low=None,
    high=None,
    measured=1.0,
    estimated=0.0,
    missing=0.0,
    method="",
    category=1,
)
BEFORE = replace(KPI, start=-7 * DAY_S, end=0, value_reported=1.5)


def test_a_change_is_signed_and_relative_to_the_former_value() -> None:
    assert change(KPI, BEFORE) == Change(approx(-0.3), approx(-0.2))
    assert change(KPI, KPI) == Change(0.0, 0.0)
    assert change(KPI, replace(BEFORE, value_reported=0.0)) == Change(1.2, None)


def test_what_has_no_value_is_not_compared() -> None:
    assert change(None, BEFORE) is None
    assert change(KPI, None) is None
    assert change(KPI, replace(BEFORE, value_reported=None)) is None
    assert change(replace(KPI, value_reported=None), BEFORE) is None


def test_figures_of_another_kind_or_length_are_not_compared() -> None:
    assert change(KPI, replace(BEFORE, category=3)) is None
    assert change(KPI, replace(BEFORE, name="dcie")) is None
    assert change(KPI, replace(BEFORE, start=-6 * DAY_S)) is None
    assert change(KPI, replace(BEFORE, start=-7 * DAY_S - 3600)) is not None  # the week of a clock change


def test_a_mean_changes_relative_to_a_former_one_that_is_known() -> None:
    assert relative_change(90.0, 100.0) == approx(-0.1)
    assert relative_change(None, 100.0) is relative_change(90.0, None) is relative_change(90.0, 0.0) is None
