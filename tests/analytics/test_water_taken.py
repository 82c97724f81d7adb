"""Water that a site took: what its topmost meters saw, and nothing where too little was read."""

from __future__ import annotations

import pyarrow as pa
import pytest

from analytics.water_taken import water_of_period
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.build import era, ledger_row, state


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


def test_a_site_without_a_meter() -> None:
    figure, starts, litres = water_of_period([], era(state("u", "utility")), site="s")
    assert (figure.value, figure.value_measured, litres.sum(), starts.size) == (None, None, 0.0, 4)
    assert "role water" in (figure.reason or "")
