"""The fleet: amounts are summed, PUE is given twice and labelled, and no site is left out in silence."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.kpi import Kpi
from ui.figures.fleet import fleet_figures


def figure(site: str, name: str, value: float | None, unit: str = "kWh", **more: Any) -> Kpi:  # noqa: ANN401
    return Kpi(
        name=name,
        unit=unit,
        site=site,
        start=0,
        end=900,
        value_reported=value,
        value_measured=value,
        low=value,
        high=value,
        measured=1.0,
        estimated=0.0,
        missing=0.0,
        method="m",
        reason=None if value is not None else "dark",
        **more,
    )


def sites(pue_b: float | None = 1.2) -> list[Kpi]:
    return [
        figure("a", "facility_energy_kwh", 150.0),
        figure("a", "pue", 1.5, "1", category=2),
        figure("b", "facility_energy_kwh", 1200.0),
        figure("b", "pue", pue_b, "1", category=1),
    ]


def test_pue_of_a_fleet_is_given_both_ways() -> None:
    found = {one.name: one for one in fleet_figures(sites())}
    assert found["facility_energy_kwh"].value == 1350.0
    assert found["pue"].value == pytest.approx(1350 / 1100)
    assert found["pue_edc_weighted"].value == pytest.approx((150 * 1.5 + 1200 * 1.2) / 1350)
    assert found["pue"].method.startswith("sum over sum of 2 sites")
    assert "EDC-weighted mean" in found["pue_edc_weighted"].method
    assert found["pue"].category == 1


def test_a_site_without_pue_leaves_the_fleet_without_one() -> None:
    found = {one.name: one for one in fleet_figures(sites(None))}
    assert found["pue"].value is None
    assert found["pue"].reason == "no PUE of b"


def test_ratios_alone_are_not_summed() -> None:
    assert fleet_figures([figure("a", "wue", 1.0, "L/kWh")]) == []
