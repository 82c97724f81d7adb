"""Category 0, zones, utilisation, cooling, upstream, embodied, source water and other carriers: by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.boundary import Tree
from analytics.embodied import Hardware, emissions_embodied_kgco2e
from analytics.kpi import Kpi, without
from analytics.peaks import peak_points, pue_category_0_of_period
from analytics.ratios import cer_of, pue_mixed_of, wue_source_of
from analytics.relatives import GREEN_GRID_WEIGHTS, PLAIN_WEIGHTS
from analytics.upstream import emissions_upstream_kgco2e
from analytics.utilisation import iteusv_of_period
from config.factors.tables import Factor
from tests.analytics.build import HOUR, MIDNIGHT, era, ledger, ledger_row, state

YEAR_S = 365 * 86_400
GRID, UPS = state("grid", "utility", max_w=400_000.0), state("ups", "ups", "grid", max_w=300_000.0)


def figure(value: float | None = 100.0, **more: Any) -> Kpi:  # noqa: ANN401
    fields: dict[str, Any] = {
        "name": "e",
        "unit": "kWh",
        "site": "s",
        "start": 0,
        "end": HOUR,
        "value_reported": value,
        "value_measured": value,
        "low": value and value * 0.9,
        "high": value and value * 1.1,
        "measured": 1.0,
        "estimated": 0.0,
        "missing": 0.0,
        "method": "m",
    }
    return Kpi(**{**fields, **more})


def factor(scope: Any, value: float, unit: str) -> Factor:  # noqa: ANN401
    return Factor(
        id=f"f:{scope}",
        zone="XT",
        year=2026,
        value=value,
        unit=unit,
        basis="average",
        scope=scope,
        source="Office",
        licence="CC0",
        verified=True,
    )


def peaks(cells: list[tuple[str, int, float, float]], *, all_electric: bool = True, hours: int = 1) -> Kpi:
    return pue_category_0_of_period(
        [ledger(cells)], era(GRID, UPS, end=hours * HOUR), site="s", all_electric=all_electric, config_hash="h"
    )


def steady(kwh: list[float], point: str) -> list[tuple[str, int, float, float]]:
    return [(point, cell, amount, 1.0) for cell, amount in enumerate(kwh)]


def test_category_0_divides_peaks_that_need_not_fall_together() -> None:
    # quarters of 37.5 and 45 kWh are 150 and 180 kW; at the UPS 25 and 30 kWh are 100 and 120 kW
    found = peaks(steady([37.5, 45.0, 37.5, 37.5], "s/grid") + steady([25.0, 25.0, 25.0, 30.0], "s/ups"))
    assert (found.value, found.value_measured, found.category, found.config_hash) == (1.5, 1.5, 0, "h")
    assert found.low == pytest.approx(1.5 * 0.9 / 1.1)
    assert found.high == pytest.approx(1.5 * 1.1 / 0.9)
    assert "peak of the facility 180 kW / peak of UPS output 120 kW; means over 15 minutes; interim" in found.method
    assert peak_points(Tree((GRID, UPS))) == ("s/grid", "s/ups")


def test_category_0_is_refused_where_it_does_not_hold() -> None:
    whole = steady([40.0] * 4, "s/grid") + steady([25.0] * 4, "s/ups")
    assert "all-electric" in str(peaks(whole, all_electric=False).reason)
    assert "missing" in str(peaks(whole[4:]).reason)
    idle = peaks(steady([40.0] * 4, "s/grid") + steady([0.0] * 4, "s/ups"))
    assert (idle.value, idle.reason) == (None, "there is no IT energy in this period")
    year = pue_category_0_of_period([], era(GRID, UPS, end=YEAR_S), site="s", all_electric=True)
    assert "interim" not in year.method


@given(st.sets(st.integers(0, 95), min_size=1, max_size=4), st.booleans())
def test_a_gap_never_makes_category_0_smaller(silent: set[int], of_facility: bool) -> None:  # noqa: FBT001
    grid, ups = [30.0 + cell % 7 for cell in range(96)], [20.0 + cell % 5 for cell in range(96)]
    whole = peaks(steady(grid, "s/grid") + steady(ups, "s/ups"), hours=24)
    point = "s/grid" if of_facility else "s/ups"
    kept = [row for row in steady(grid, "s/grid") + steady(ups, "s/ups") if row[0] != point or row[1] not in silent]
    less = peaks(kept, hours=24)
    assert less.value is None or (whole.value is not None and less.value >= whole.value)


def test_a_zone_is_what_its_points_feed() -> None:
    hall, rack = state("hall", "pdu", "ups"), state("a", "server", "hall")
    tree = Tree((GRID, UPS, hall, rack, state("b", "server", "ups")))
    zone = tree.zone(["s/hall"])
    assert (zone.facility, zone.it(3), len(zone.points)) == (("s/hall",), ("s/a",), 2)
    assert tree.zone(["s/ups", "s/hall"]).facility == ("s/ups",)


def usage(cells: list[tuple[str, int, float]]) -> Any:  # noqa: ANN401
    import pyarrow as pa

    from collectors.ledger_row import LEDGER_SCHEMA

    made = [ledger_row(point, cell, 0.0, metric="utilisation", value=value) for point, cell, value in cells]
    return pa.Table.from_pylist(made, schema=LEDGER_SCHEMA)


def iteusv(cells: list[tuple[str, int, float]], servers: int) -> Kpi:
    return iteusv_of_period(usage(cells), servers=servers, start=MIDNIGHT, end=MIDNIGHT + HOUR, site="s")


def test_utilisation_is_the_mean_of_all_servers_in_operation() -> None:
    whole = [("s/a", cell, 0.25) for cell in range(4)] + [("s/b", cell, 0.75) for cell in range(4)]
    found = iteusv(whole, 2)
    assert (found.value, found.unit, found.measured) == (pytest.approx(50.0), "percent", pytest.approx(1.0))
    part = iteusv(whole[:4], 2)  # the other server was never read: idle at least, fully busy at most
    assert (part.value, part.value_measured, part.missing) == (None, pytest.approx(25.0), pytest.approx(0.5))
    assert "known for 50.0% of their time" in str(part.reason)
    assert "no server point" in str(iteusv([], 0).reason)
    assert iteusv([], 1).value_measured is None
    year = iteusv_of_period(usage([]), servers=1, start=0, end=YEAR_S, site="s")
    assert "interim" not in year.method


def test_upstream_and_losses() -> None:
    # 100 MWh: 50 g upstream 5,000 kg; 400 g x 0.05 / 0.95 over 100 MWh 2,105.263 kg
    found = emissions_upstream_kgco2e(
        energy=figure(100_000.0),
        upstream=factor("upstream", 50.0, "gCO2e/kWh"),
        loss=factor("grid_loss", 0.05, "1"),
        location=factor("direct", 400.0, "gCO2e/kWh"),
    )
    assert found.value == pytest.approx(5000 + 2105.263, abs=1e-3)
    assert [one.id for one in found.factors] == ["f:upstream", "f:grid_loss", "f:direct"]
    assert without(figure(), name="x", unit="u", reason="r").value is None


def test_embodied_emissions_are_spread_over_the_lifetime() -> None:
    # 1,000 kg over 4 years: 28.5388 g an hour; the second server went into service half an hour late
    servers = [Hardware(id="a", kgco2e=1000.0, since_s=0), Hardware(id="b", kgco2e=1000.0, since_s=5400)]
    found = emissions_embodied_kgco2e(hardware=servers, lifetime_years=4, start=HOUR, end=2 * HOUR, site="s", waiting=1)
    assert found.value == pytest.approx(0.0285388 * 1.5, rel=1e-5)
    assert "1 records wait" in found.method
    old = emissions_embodied_kgco2e(hardware=servers[:1], lifetime_years=1, start=2 * YEAR_S, end=3 * YEAR_S, site="s")
    assert old.value == 0.0
    for hardware, years, reason in ((servers, None, "hardware_lifetime_years"), ([], 4.0, "no approved record")):
        none = emissions_embodied_kgco2e(hardware=hardware, lifetime_years=years, start=0, end=HOUR, site="s")
        assert none.value is None
        assert reason in str(none.reason)


def test_cooling_ratio_counts_no_heat_that_nobody_saw() -> None:
    assert cer_of(heat=figure(400.0), cooling=figure(100.0)).value == 4.0
    gap = cer_of(heat=figure(410.0, value_measured=400.0, missing=0.02), cooling=figure(100.0))
    assert gap.value == 4.0, "the ceiling of a silent heat meter is no heat"
    assert "10.0% of the heat is missing" in str(cer_of(heat=figure(missing=0.1), cooling=figure()).reason)
    absent = figure(None, reason="the site has no heat_removed points")
    assert cer_of(heat=absent, cooling=figure()).reason == "the site has no heat_removed points"
    assert "no electricity was taken" in str(cer_of(heat=figure(), cooling=figure(0.0)).reason)


def test_source_water_comes_with_the_whole_facility_s_electricity() -> None:
    water = factor("water", 2.0, "L/kWh")
    found = wue_source_of(wue=figure(1.8), pue=figure(1.5), water=water, note="of 2025")
    assert found.value == pytest.approx(4.8)  # 1.8 + 1.5 x 2
    assert (found.low, found.high) == (pytest.approx(4.8 * 0.9), pytest.approx(4.8 * 1.1))
    assert found.factors[-1].note == "of 2025"


def test_other_carriers_make_a_pue_larger() -> None:
    pue, facility = figure(1.2), figure(1000.0)
    plain = pue_mixed_of(pue=pue, facility=facility, carriers={"chilled_water": 200.0}, weights=PLAIN_WEIGHTS)
    assert plain.value == pytest.approx(1.44)  # 1.2 x 1,200 / 1,000
    weighted = pue_mixed_of(pue=pue, facility=facility, carriers={"chilled_water": 200.0}, weights=GREEN_GRID_WEIGHTS)
    assert weighted.value == pytest.approx(1.296)  # 1.2 x 1,080 / 1,000
    assert "weighted, unverified basis" in weighted.method
    seen = replace(facility, value_measured=990.0)
    part = pue_mixed_of(pue=pue, facility=seen, carriers={"steam": 200.0}, weights=PLAIN_WEIGHTS)
    assert part.value == pytest.approx(1.2 * 1190 / 990)
    silent = figure(None, reason="no meter")
    assert pue_mixed_of(pue=pue, facility=silent, carriers={}, weights=PLAIN_WEIGHTS).value is None
    idle = pue_mixed_of(pue=pue, facility=figure(0.0), carriers={"steam": 1.0}, weights=PLAIN_WEIGHTS)
    assert idle.value is None
