"""Location-based emissions by hand: by the year's factor, and cell by cell."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.carbon import emissions_location_hourly_kgco2e, emissions_location_kgco2e
from analytics.energy import energy_kwh
from analytics.intervals import PointRule
from collectors.ledger_row import LEDGER_SCHEMA
from config.errors import FactorMissing
from config.factors.lookup import Factor
from tests.analytics.build import approx, era, ledger, ledger_row, run, state, steady

if TYPE_CHECKING:
    from analytics.kpi import Kpi

UTILITY = state("utility", "utility", max_w=8000.0, accuracy_pct=1.0)
GERMANY = Factor(
    id="uba:DEU:2024",
    zone="DEU",
    year=2024,
    value=363.0,
    unit="gCO2e/kWh",
    basis="average",
    scope="direct",
    source="example",
    licence="example",
    verified=True,
)


def bought(table: pa.Table, hours: int = 10) -> Kpi:
    return energy_kwh(
        table, era(UTILITY, end=hours * 3600), pick=lambda tree: tree.purchased, name="facility_energy_kwh", site="s"
    )


def intensity(values: dict[int, float | None]) -> pa.Table:
    rows = [
        ledger_row("s/grid", cell, 0.0, metric="grid_intensity", value=value, unit="gCO2e/kWh", energy_kwh=None)
        for cell, value in values.items()
    ]
    return pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA)


def hourly(table: pa.Table, known: pa.Table, hours: int = 1, **more: Any) -> Kpi:  # noqa: ANN401 - arguments
    return emissions_location_hourly_kgco2e(
        table,
        era(UTILITY, end=hours * 3600),
        pick=lambda tree: tree.purchased,
        intensity=known,
        zone="DEU",
        site="s",
        **more,
    )


def test_energy_times_the_years_factor() -> None:
    """100 kWh at 363 gCO2e/kWh are 36.3 kgCO2e."""
    kpi = emissions_location_kgco2e(energy=bought(steady({"s/utility": 10.0}, 10)), factor=GERMANY, note="latest: 2024")
    assert (kpi.value, kpi.value_measured) == (approx(36.3), approx(36.3))
    assert (kpi.low, kpi.high) == (approx(36.3 * 0.9 * 0.9905), approx(36.3 * 1.1 * 1.0095))
    assert (kpi.name, kpi.unit, kpi.measured) == ("emissions_location_kgco2e", "kgCO2e", 1.0)
    (used,) = kpi.factors
    assert (used.id, used.value, used.year, used.basis, used.note) == (
        "uba:DEU:2024",
        363.0,
        2024,
        "average, direct",
        "latest: 2024",
    )
    assert kpi.method == "bought electricity (one point) x grid factor of DEU 2024"


def test_energy_that_is_not_known_emits_nothing_that_is_known() -> None:
    energy = bought(steady({"s/utility": 10.0}, 5))
    kpi = emissions_location_kgco2e(energy=energy, factor=GERMANY)
    assert (kpi.value, kpi.low, kpi.high, kpi.reason) == (None, None, None, energy.reason)
    assert kpi.value_measured == approx(18.15)


@pytest.mark.parametrize("more", [{"scope": "life_cycle"}, {"basis": "residual"}])
def test_other_factors_never_fill_scope_2(more: dict[str, Any]) -> None:
    with pytest.raises(FactorMissing, match="location-based scope 2 needs average, direct"):
        emissions_location_kgco2e(energy=bought(steady({"s/utility": 1.0})), factor=replace(GERMANY, **more))


def test_each_cell_takes_the_intensity_of_its_time() -> None:
    """1 kWh at 100, 2 kWh at 200, 3 kWh at 300 and 4 kWh at 400 gCO2e/kWh: 3 kg."""
    table = ledger([("s/utility", cell, cell + 1.0, 1.0) for cell in range(4)])
    kpi = hourly(table, intensity({cell: 100.0 * (cell + 1) for cell in (3, 1, 0, 2)}), config_hash="abc")
    assert (kpi.value, kpi.value_measured, kpi.unit, kpi.config_hash) == (
        approx(3),
        approx(3),
        "kgCO2e",
        "abc",
    )
    assert (kpi.low, kpi.high) == (approx(2.7 * 0.9905), approx(3.3 * 1.0095))
    (used,) = kpi.factors
    assert (used.value, used.unit, used.year, used.zone) == (approx(300.0), "gCO2e/kWh", 2026, "DEU")
    assert used.basis == "average, direct, hourly"
    assert kpi.method == "bought electricity (one point) x grid_intensity of s/grid cell by cell"


def test_cells_without_an_intensity_take_the_highest_of_the_period() -> None:
    """Forty cells of 1 kWh: one without an intensity, one at 500, the others at 100: 38 x 0.1 + 2 x 0.5 kg."""
    table = steady({"s/utility": 4.0}, 10)
    known = intensity({cell: 500.0 if cell == 3 else 100.0 for cell in range(40) if cell != 9} | {9: None})
    kpi = hourly(table, known, 10)
    assert kpi.value == approx(4.8)
    assert kpi.method.endswith(
        "; 2.50% of the energy at the period's highest, 500 gCO2e/kWh, at least at the period's lowest, 100"
    )
    assert kpi.low == approx(0.9 * 4.4 * 0.9905), "... which for the unknown cell is 100"
    assert (kpi.measured, kpi.missing) == (approx(39 / 40), approx(1 / 40))


def test_a_year_s_factor_above_the_highest_values_what_is_unknown() -> None:
    """One of forty cells of 1 kWh at the year's 700, the others at 100."""
    known = intensity(dict.fromkeys(range(1, 40), 100.0))
    kpi = hourly(steady({"s/utility": 4.0}, 10), known, 10, yearly_gco2e_per_kwh=700.0)
    assert kpi.value == approx(3.9 + 0.7)
    assert "2.50% of the energy at the year's factor, 700 gCO2e/kWh" in kpi.method


def test_the_uncovered_share_of_a_cell_s_intensity_is_unknown() -> None:
    """Forty cells of 1 kWh: of one, at 100, half is not covered and counts as 200: 39 x 0.2 + 0.05 + 0.1 kg."""
    table = intensity(dict.fromkeys(range(40), 200.0)).to_pylist()
    table[7] |= {"value": 100.0, "measured": 0.5, "missing": 0.5}
    kpi = hourly(steady({"s/utility": 4.0}, 10), pa.Table.from_pylist(table, schema=LEDGER_SCHEMA), 10)
    assert kpi.value == approx(7.95)
    assert kpi.low == approx(0.9 * (7.8 + 0.1) * 0.9905)
    assert (kpi.measured, kpi.missing) == (approx(1 - 0.5 / 40), approx(0.5 / 40))
    assert "1.25% of the energy at the period's highest, 200" in kpi.method


def test_a_bridged_intensity_is_estimated_and_bounded_by_the_period_s() -> None:
    """Two cells of 1 kWh: 100 measured, 300 bridged; the latter may have been 100 as well."""
    table = intensity({0: 100.0, 1: 300.0, 2: 300.0, 3: 100.0}).to_pylist()
    table[1] |= {"measured": 0.0, "estimated": 1.0}
    kpi = hourly(steady({"s/utility": 4.0}), pa.Table.from_pylist(table, schema=LEDGER_SCHEMA))
    assert (kpi.value, kpi.measured, kpi.estimated) == (approx(0.8), approx(0.75), approx(0.25))
    assert (kpi.low, kpi.high) == (approx(0.9 * 0.6 * 0.9905), approx(1.1 * 0.8 * 1.0095))


def test_too_much_energy_without_an_intensity_gives_no_figure() -> None:
    kpi = hourly(steady({"s/utility": 4.0}), intensity({0: 100.0, 1: 100.0, 2: 100.0}))
    assert (kpi.value, kpi.value_measured) == (None, approx(0.4))
    assert kpi.reason == "25.0% of the energy has no grid_intensity of s/grid (limit 5%): import it"


def test_missing_energy_is_filled_cell_by_cell() -> None:
    """39 kWh at 100 gCO2e/kWh, and a quarter at 8 kW in the cell of 500: 3.9 + 1.0 kg."""
    table = steady({"s/utility": 4.0}, 10, without=[("s/utility", 3)])
    kpi = hourly(table, intensity({cell: 500.0 if cell == 3 else 100.0 for cell in range(40)}), 10)
    assert (kpi.value, kpi.value_measured) == (approx(4.9), approx(3.9))
    assert kpi.high == approx(3.9 * 1.1 * 1.0095 + 1.0)


def test_the_reason_of_missing_energy_comes_first() -> None:
    kpi = hourly(steady({"s/utility": 4.0}, without=[("s/utility", 1)]), intensity({0: 100.0}))
    assert kpi.reason is not None
    assert kpi.reason.startswith("25.0% of the energy by last known power is missing")


def test_no_energy_emits_nothing() -> None:
    """The mean intensity is then that of the time."""
    kpi = hourly(steady({"s/utility": 0.0}), intensity({0: 100.0, 1: 300.0}))
    assert (kpi.value, kpi.factors[0].value) == (0.0, 200.0)


def test_a_site_without_a_utility_has_no_emissions() -> None:
    kpi = emissions_location_hourly_kgco2e(
        steady({"s/pv": 1.0}),
        era(state("pv", "pv")),
        pick=lambda tree: tree.purchased,
        intensity=intensity({0: 100.0}),
        zone="DEU",
        site="s",
    )
    assert (kpi.value, kpi.value_measured) == (None, None)
    assert kpi.reason == "the site has no utility points: give at least one point that role in the site file"


@pytest.mark.parametrize("known", [intensity({}), intensity({0: None}), steady({"s/utility": 1.0})])
def test_no_intensity_at_all_is_a_missing_factor(known: pa.Table) -> None:
    with pytest.raises(FactorMissing, match="no grid_intensity of DEU is known"):
        hourly(steady({"s/utility": 4.0}), known)


def test_a_life_cycle_intensity_is_refused() -> None:
    with pytest.raises(FactorMissing, match="needs a direct one"):
        hourly(steady({"s/utility": 4.0}), intensity({0: 1.0}), basis="average, life_cycle")


@given(
    taken=st.lists(st.sampled_from([0.0, 0.1, 0.5, 2.0]), min_size=32, max_size=32),
    grams=st.lists(st.sampled_from([50.0, 300.0, 700.0]), min_size=32, max_size=32),
    kept=st.lists(st.booleans(), min_size=31, max_size=31),
)
def test_deleting_readings_of_a_register_never_lowers_what_is_reported_by_the_hour(
    taken: list[float], grams: list[float], kept: list[bool]
) -> None:
    """The sum of a gap is known, when it was taken is not: spread evenly it would leave the dirty hours."""
    sums = [0.0, *itertools.accumulate(taken)]
    rule = PointRule(interval_s={"energy_counter": 900}, max_w=8000.0)

    def emitted(keep: list[bool]) -> Any:  # noqa: ANN401
        samples = [(at * 900, 100.0 + sums[at]) for at in range(33) if at in {0, 32} or keep[at - 1]]
        rows = run({("s/utility", "energy_counter"): samples}, {"s/utility": rule}, 0, 8 * 3600).rows
        rows_of = [ledger_row("s/co2", at, 0.0, metric="grid_intensity", value=value) for at, value in enumerate(grams)]
        return emissions_location_hourly_kgco2e(
            rows,
            era(UTILITY, end=8 * 3600),
            pick=lambda tree: tree.purchased,
            intensity=pa.Table.from_pylist(rows_of, schema=LEDGER_SCHEMA),
            zone="DEU",
            site="s",
        )

    before, after = emitted([True] * 31), emitted(kept)
    assert after.value >= before.low - 1e-9
    assert after.low <= after.value <= after.high
    assert after.low <= before.value <= after.high
