"""Matched shares of a period from ledger rows: annual and hourly side by side, gaps never green."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.energy import energy_kwh
from analytics.entered import entered
from analytics.green import (
    Supply,
    cfe_of_period,
    matched_by_hour,
    matched_share_annual,
    matched_share_hourly,
    unseen_kwh,
)
from analytics.instruments import Claim
from analytics.intervals import PointRule
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.build import HOUR, era, ledger, ledger_row, run, state

if TYPE_CHECKING:
    from analytics.kpi import Kpi

GRID = state("grid", "utility", max_w=200_000.0)
DAY = 24


def load(*, without: set[int] | None = None, kwh: float = 25.0) -> pa.Table:
    return ledger([("s/grid", cell, kwh, 1.0) for cell in range(DAY * 4) if cell not in (without or set())])


def wind(hours: range, kwh: float = 50.0) -> pa.Table:
    return ledger([("w/wind", cell, kwh, 1.0) for cell in range(DAY * 4) if cell // 4 in hours])


def hourly(rows: pa.Table, *supplies: Supply) -> Any:  # noqa: ANN401
    whole = entered(rows, era(GRID, end=DAY * HOUR))
    energy = whole.energy(pick=lambda tree: tree.purchased, name="e", site="s", config_hash="h")
    return matched_share_hourly(energy=energy, hours=whole.hours, supplies=supplies)


def supply(rows: pa.Table, *, share: float = 1.0, claimable_kwh: float = 1e9, unseen_kwh: float | None = 0.0) -> Supply:
    return Supply(contract="wind", rows=rows, share=share, claimable_kwh=claimable_kwh, unseen_kwh=unseen_kwh)


def annual(energy: Kpi, claims: list[Claim]) -> Kpi:
    return matched_share_annual(energy=energy, years=[(energy, claims)])


def claim(kwh: float, **more: Any) -> Claim:  # noqa: ANN401
    fields: dict[str, Any] = {"kind": "ppa", "carbon_free": True, "share": 0.0, **more}
    return Claim(contract="c", certificate="g", kwh=kwh, gco2e_per_kwh=0.0, renewable=True, **fields)


def bought(rows: pa.Table) -> Any:  # noqa: ANN401
    return energy_kwh(rows, era(GRID, end=DAY * HOUR), pick=lambda tree: tree.purchased, name="e", site="s")


def test_each_hour_has_its_own_share_and_a_dark_one_none() -> None:
    rows = ledger([("s/grid", cell, 0.0 if cell < 4 else 25.0, 1.0) for cell in range(DAY * 4) if cell != 9])
    found = entered(rows, era(GRID, end=DAY * HOUR))
    share = matched_by_hour(hours=found.hours, supplies=[supply(wind(range(12), kwh=20.0))])
    assert share[3:].tolist() == pytest.approx([0.8] * 9 + [0.0] * 12)
    assert np.isnan(share[[0, 2]]).all()  # nothing bought; not fully seen


def test_hours_are_those_of_the_clock_wherever_a_period_begins() -> None:
    """From a quarter past on: what the wind made before the full hour covers the three quarters of that hour alone."""
    rows = ledger([("s/grid", cell, 25.0, 1.0) for cell in range(1, DAY * 4)])
    eras = era(GRID, start=HOUR // 4, end=DAY * HOUR)
    whole = entered(rows, eras, edges=[eras[0].start, *range(eras[0].start + HOUR * 3 // 4, eras[-1].end + 1, HOUR)])
    energy = whole.energy(pick=lambda tree: tree.purchased, name="e", site="s", config_hash="h")
    burst = supply(ledger([("w/wind", 3, 200.0, 1.0)]))
    found = matched_share_hourly(energy=energy, hours=whole.hours, supplies=[burst])
    assert found.value_reported == pytest.approx(75.0 / (25.0 * (DAY * 4 - 1)))


def test_wind_at_night_does_not_cover_the_day() -> None:
    found = hourly(load(), supply(wind(range(12))))
    assert found.value == pytest.approx(0.5)
    assert annual(bought(load()), [claim(2400.0)]).value == pytest.approx(1.0)
    assert "surplus of 1200 kWh not carried" in found.method
    assert (found.low, found.high, found.config_hash) == (found.value, found.value, "h")


def test_only_the_sites_share_and_retired_certificates_count() -> None:
    assert hourly(load(), supply(wind(range(24)), share=0.25)).value == pytest.approx(0.5)
    assert hourly(load(), supply(wind(range(24)), claimable_kwh=1200.0)).value == pytest.approx(0.5)
    assert hourly(load(), supply(wind(range(24)), claimable_kwh=0.0)).value == 0.0


def test_supply_outside_the_period_and_silent_supply_are_none() -> None:
    later = ledger([("w/wind", 1000, 50.0, 1.0)])
    assert hourly(load(), supply(later)).value == 0.0
    assert hourly(load()).method.startswith("hour by hour: no metered contract")


def test_a_gap_of_the_plant_moves_no_certificate_to_an_hour_that_was_read() -> None:
    """1 kW by night, 9 kW by day, 240 kWh of wind of which 100 are certified: by night 12 x 1, by day 12 x 4.17."""
    rows = ledger([("s/grid", cell, 0.25 if cell < 48 else 2.25, 1.0) for cell in range(96)])
    whole = [("w/wind", cell, 2.5, 1.0) for cell in range(96)]
    seen = hourly(rows, supply(ledger(whole), claimable_kwh=100.0))
    assert seen.value == pytest.approx((12 + 12 * 100 / 24) / 120)
    by_day = ledger(whole[48:])
    # 12 h of 10 kW at most were not read: 100 of 240 kWh are certified, as before
    unseen = unseen_kwh(by_day, start=0, end=DAY * HOUR, max_w=10_000.0)
    assert unseen == pytest.approx(120.0)
    holed = hourly(rows, supply(by_day, claimable_kwh=100.0, unseen_kwh=unseen))
    assert holed.value == pytest.approx(12 * 100 / 24 / 120)
    boundless = hourly(rows, supply(by_day, claimable_kwh=100.0, unseen_kwh=None))
    assert boundless.value == 0.0
    assert "wind not counted (its meter has gaps and no max_w that bounds them)" in boundless.method
    assert unseen_kwh(by_day, start=0, end=DAY * HOUR, max_w=None) is None
    assert unseen_kwh(ledger(whole), start=0, end=DAY * HOUR, max_w=None) == 0.0


@given(gone=st.sets(st.integers(0, 95)), claimable=st.floats(1, 400), kwh=st.lists(st.floats(0, 2.5), min_size=24))
def test_deleting_readings_of_a_plant_never_raises_the_hourly_share(
    gone: set[int], claimable: float, kwh: list[float]
) -> None:
    rows = ledger([("s/grid", cell, 0.25 if cell < 48 else 2.25, 1.0) for cell in range(96)])
    made = {cell: kwh[cell // 4] for cell in range(96)}
    kept = {cell: value for cell, value in made.items() if cell not in gone}

    def share(cells: dict[int, float]) -> float:
        seen = ledger([("w/wind", cell, value, 1.0) for cell, value in cells.items()] or [("w/wind", 999, 1.0, 1.0)])
        unseen = (96 - len(cells)) * 2.5
        return float(hourly(rows, supply(seen, claimable_kwh=claimable, unseen_kwh=unseen)).value)

    assert share(kept) <= share(made) + 1e-9


def within(rows: pa.Table, error: float) -> pa.Table:
    """The same rows of a meter that errs by so much at most."""
    for name, factor in (("low_kwh", 1 - error), ("high_kwh", 1 + error)):
        rows = rows.set_column(rows.schema.get_field_index(name), name, pc.multiply(rows["energy_kwh"], factor))
    return rows


def test_both_meters_may_err_at_their_limits() -> None:
    rows = within(ledger([("s/grid", cell, 0.25 if cell < 48 else 2.25, 1.0) for cell in range(96)]), 0.05)
    plant = supply(within(wind(range(24), kwh=0.625), 0.05))
    found = hourly(rows, plant)
    assert found.value == pytest.approx(0.35)  # 12 h x 1 kWh and 12 h x 2.5 kWh of 120 kWh
    assert found.low <= (12 * 1.05 + 12 * 2.5 * 0.95) / (120 * 1.05) + 1e-12
    assert found.high >= (12 * 0.95 + 12 * 2.5 * 1.05) / (120 * 0.95) - 1e-12
    shares = cfe(rows, grid(dict.fromkeys(range(24), 0.5)), plant)
    assert shares.value == pytest.approx(0.35 + 0.65 * 0.5)
    assert shares.low < shares.value < shares.high


def test_nuclear_energy_is_carbon_free_and_not_renewable() -> None:
    energy = bought(load())
    held = [claim(1200.0, carbon_free=True), claim(600.0, carbon_free=False)]
    nuclear = [replace(held[0], renewable=False), held[1]]
    assert matched_share_annual(energy=energy, years=[(energy, nuclear)]).value == pytest.approx(0.5)
    renewable = matched_share_annual(energy=energy, years=[(energy, nuclear)], renewable=True)
    assert (renewable.value, renewable.name) == (pytest.approx(0.25), "matched_share_renewable")


def test_the_surplus_of_a_year_is_not_carried_into_another() -> None:
    energy = bought(load())
    old, new = (replace(energy, value_reported=1200.0, value_measured=1200.0) for _ in range(2))
    found = matched_share_annual(energy=energy, years=[(old, [claim(2400.0)]), (new, [])])
    assert found.value == pytest.approx(0.5)


def test_hours_of_a_zone_half_an_hour_off_are_whole() -> None:
    begin = 1800
    cells = [("s/grid", cell + 2, 25.0, 1.0) for cell in range(96)]
    whole = entered(ledger(cells), era(GRID, start=begin, end=begin + DAY * HOUR))
    assert (whole.hours.load.tolist(), whole.hours.dark.any()) == ([100.0] * 24, False)


def test_a_missing_quarter_darkens_its_hour() -> None:
    found = hourly(load(without={5}), supply(wind(range(24))))
    assert found.value < 23 / 24
    assert found.high > found.value
    assert "1 of 24 hours not fully seen" in found.method


def test_too_much_missing_leaves_no_figure() -> None:
    found = hourly(load(without=set(range(20))), supply(wind(range(24))))
    assert found.value is None
    assert "missing" in found.reason


def test_without_load_there_is_no_share() -> None:
    found = hourly(load(kwh=0.0), supply(wind(range(24))))
    assert (found.value, found.reason) == (None, "no electricity was bought in this period")


def test_annual_share_counts_carbon_free_claims_on_what_was_bought() -> None:
    energy = bought(load())
    claims = [claim(600.0), claim(600.0, carbon_free=False), claim(600.0, kind="on_site")]
    found = annual(energy, claims)
    assert found.value == pytest.approx(0.25)
    assert found.low is not None
    assert found.low < 0.25
    none = replace(energy, value_reported=None, low=None, high=None, reason="dark")
    assert annual(none, claims).value is None


@given(
    gone=st.sets(st.integers(0, 95), max_size=4),
    hours=st.sets(st.integers(0, 23)),
    claimable=st.floats(0, 5000),
)
def test_deleting_rows_of_the_load_never_raises_a_green_share(
    gone: set[int], hours: set[int], claimable: float
) -> None:
    made = ledger(
        [("w/wind", cell, 40.0, 1.0) for cell in range(96) if cell // 4 in hours] or [("w/wind", 999, 1.0, 1.0)]
    )
    one = supply(made, claimable_kwh=claimable)
    whole, holed = hourly(load(), one), hourly(load(without=gone), one)
    assert holed.value is None or holed.value <= whole.value + 1e-9
    claims = [claim(claimable)]
    before = annual(bought(load()), claims)
    after = annual(bought(load(without=gone)), claims)
    assert after.value is None or (before.value is not None and after.value <= before.value + 1e-9)


def grid(shares: dict[int, float], *, measured: float = 1.0) -> pa.Table:
    """The grid's carbon-free share by hour of the day."""
    rows = [
        ledger_row("g/grid", hour * 4 + quarter, 0.0, metric="grid_carbon_free", value=share, measured=measured)
        for hour, share in shares.items()
        for quarter in range(4)
    ]
    return pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA)


def cfe(rows: pa.Table, shares: pa.Table, *supplies: Supply) -> Any:  # noqa: ANN401
    whole = entered(rows, era(GRID, end=DAY * HOUR))
    energy = whole.energy(pick=lambda tree: tree.purchased, name="e", site="s")
    return cfe_of_period(energy=energy, hours=whole.hours, supplies=supplies, grid=shares)


def test_carbon_free_is_what_contracts_gave_and_of_the_rest_the_grid_s_share() -> None:
    found = cfe(load(), grid(dict.fromkeys(range(24), 0.4)), supply(wind(range(12))))
    assert found.value == pytest.approx(0.5 + 0.5 * 0.4)
    assert (found.low, found.high, found.name) == (found.value, pytest.approx(found.value), "cfe")
    assert "contracts 0.5, grid 0.2" in found.method


def test_hours_without_a_measured_share_count_as_none_and_may_have_been_all() -> None:
    found = cfe(load(), grid(dict.fromkeys(range(12), 0.5)))
    assert found.value == pytest.approx(0.25)
    assert found.high == pytest.approx(0.75)
    assert "12 of 24 hours without a measured grid share" in found.method
    assert cfe(load(), grid(dict.fromkeys(range(24), 0.5), measured=0.5)).value == 0.0, "a bridge is no measurement"
    dark = cfe(load(without={0}), grid(dict.fromkeys(range(24), 0.5)))
    assert dark.value < 0.5 < dark.high
    nothing = cfe(load(kwh=0.0), grid({}))
    assert (nothing.value, nothing.reason) == (None, "no electricity was bought in this period")


@given(st.lists(st.floats(0, 1), min_size=24, max_size=24), st.sets(st.integers(0, 23)), st.sets(st.integers(0, 95)))
def test_no_gap_makes_a_day_more_carbon_free(shares: list[float], lost: set[int], dark: set[int]) -> None:
    known = dict(enumerate(shares))
    before = cfe(load(), grid(known))
    after = cfe(load(without=dark), grid({hour: share for hour, share in known.items() if hour not in lost}))
    assert before.high is not None
    assert after.value_measured is None or after.value is None or after.value <= before.high + 1e-9


def register(point: str, kwh: list[float], kept: list[bool]) -> pa.Table:
    """Rows of a register that is read every quarter hour and counted `kwh` between; some readings are deleted."""
    sums = np.concatenate([[0.0], np.cumsum(kwh)])
    samples = [(at * 900, 1000.0 + float(sums[at])) for at in range(len(sums)) if at in {0, len(kwh)} or kept[at]]
    rule = PointRule(interval_s={"energy_counter": 900}, max_w=200_000.0)
    return run({(point, "energy_counter"): samples}, {point: rule}, 0, 900 * len(kwh)).rows


QUARTERS = st.lists(st.sampled_from([0.0, 1.0, 5.0, 40.0]), min_size=32, max_size=32)
KEPT = st.lists(st.booleans(), min_size=32, max_size=32)


@given(taken=QUARTERS, made=QUARTERS, load_kept=KEPT, plant_kept=KEPT, claimable=st.floats(1, 500))
def test_deleting_readings_of_registers_never_raises_a_green_share(
    taken: list[float], made: list[float], load_kept: list[bool], plant_kept: list[bool], claimable: float
) -> None:
    """The sum of a gap is known, the hour in which it was taken or made is not: spread evenly it would match better."""
    end = 8 * HOUR
    eras, whole = era(GRID, end=end), [True] * 32
    hours = dict.fromkeys(range(8), 0.5)

    def shares(load_kept: list[bool], plant_kept: list[bool]) -> Any:  # noqa: ANN401
        found = entered(register("s/grid", [*taken[:31], 1.0], load_kept), eras)
        energy = found.energy(pick=lambda tree: tree.purchased, name="e", site="s")
        plant = supply(register("w/wind", made, plant_kept), claimable_kwh=claimable)
        more: dict[str, Any] = {"energy": energy, "hours": found.hours, "supplies": [plant]}
        return [matched_share_hourly(**more), cfe_of_period(**more, grid=grid(hours))]

    for before, after in zip(shares(whole, whole), shares(load_kept, plant_kept), strict=True):
        assert after.value <= before.high + 1e-9
        assert after.low <= after.value <= after.high
        assert after.high >= before.value - 1e-9
