"""Water that a site took: what its topmost meters saw, and nothing where too little was read."""

from __future__ import annotations

import pyarrow as pa
import pytest

from analytics.water_taken import water_of_period
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.build import HOUR, era, ledger_row, state


def rows(*litres: tuple[str, int, float]) -> pa.Table:
    made = [
        ledger_row(point, cell, 0.0, metric="water", energy_kwh=None, value=amount) for point, cell, amount in litres
    ]
    return pa.Table.from_pylist(made, schema=LEDGER_SCHEMA)


METER = state("w", "water", interval_s={"water": 900}, accuracy_pct=2.0)


def test_litres_of_all_meters() -> None:
    table = rows(*((point, cell, 2.0) for point in ("s/w", "s/v") for cell in range(4)))
    trees = era(METER, state("v", "water", interval_s={"water": 900}))
    figure, starts, litres = water_of_period([table], trees, site="s")
    assert (figure.value, figure.low, figure.high) == (16.0, pytest.approx(15.68), pytest.approx(16.32))
    assert (figure.measured, figure.missing, starts.size, litres.tolist()) == (1.0, 0.0, 4, [4.0] * 4)


def test_nothing_bounds_water_that_no_meter_saw() -> None:
    table = rows(*(("s/w", cell, 2.0) for cell in range(39)))
    little, *_ = water_of_period([table], era(METER, end=36_000), site="s")
    assert (little.value, little.high, little.missing) == (78.0, None, pytest.approx(0.025))
    much, *_ = water_of_period([rows(("s/w", 0, 2.0))], era(METER), site="s")
    assert (much.value, much.value_measured) == (None, 2.0)
    assert much.reason == "75.0% of the time no water was read (limit 5%)"


def test_time_before_a_meter_came_and_after_it_went_is_missing() -> None:
    without = era(state("u", "utility"))[0]
    with_meter = era(METER, state("u", "utility"), start=HOUR, end=40 * HOUR)[0]
    table = rows(*(("s/w", 4 + cell, 2.0) for cell in range(39 * 4)))
    late, *_ = water_of_period([table], (without, with_meter), site="s")
    assert (late.value, late.high, late.measured, late.missing) == (312.0, None, 0.975, pytest.approx(0.025))
    all_of_it, *_ = water_of_period([table], (without, with_meter), site="s", limit=0.0)
    assert (all_of_it.value, all_of_it.value_measured) == (None, 312.0)
    assert all_of_it.reason == "2.5% of the time no water was read (limit 0%)"


def test_an_amount_counts_where_no_register_was_read() -> None:
    """The meter was read by amounts, later by register, and for a while by both."""
    register = [
        ledger_row("s/w", cell, 0.0, metric="water_counter", energy_kwh=None, value=4.0, missing=missing)
        for cell, missing in ((1, 1.0), (2, 0.0), (3, 0.0))
    ]
    table = pa.concat_tables(
        [rows(("s/w", 0, 2.0), ("s/w", 1, 2.0), ("s/w", 2, 2.0)), pa.Table.from_pylist(register, schema=LEDGER_SCHEMA)]
    )
    figure, _, litres = water_of_period([table], era(METER), site="s")
    assert (figure.value, figure.missing, litres.tolist()) == (12.0, 0.0, [2.0, 2.0, 4.0, 4.0])


def test_a_site_without_a_meter() -> None:
    figure, starts, litres = water_of_period([], era(state("u", "utility")), site="s")
    assert (figure.value, figure.value_measured, litres.sum(), starts.size) == (None, None, 0.0, 4)
    assert "role water" in (figure.reason or "")
