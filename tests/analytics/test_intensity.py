"""Means of spans hold only what was read, and the cleanest hours are found wherever they lie in the day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.intensity import INTENSITY, lowest_hours, mean_by_span
from collectors.ledger_row import LEDGER_SCHEMA
from config.errors import InputError
from tests.analytics.build import MIDNIGHT, approx, ledger_row

HOURLY = [MIDNIGHT + 3600 * hour for hour in range(5)]


def rows(*cells: tuple[int, float, float]) -> pa.Table:
    """Rows of intensity from (cell, value, missing share)."""
    made = [
        {**ledger_row("s/grid", cell, 0.0), "metric": INTENSITY, "value": value, "missing": missing}
        for cell, value, missing in cells
    ]
    return pa.Table.from_pylist(made, schema=LEDGER_SCHEMA)


def test_a_span_is_the_mean_over_the_time_that_was_read() -> None:
    found = mean_by_span(rows((0, 100.0, 0.0), (1, 300.0, 0.5), (5, 50.0, 0.0)), edges=HOURLY)
    assert found[0] == approx((100 * 900 + 300 * 450) / 1350)
    assert found[1] == 50.0
    assert np.isnan(found[2:]).all()


def test_a_span_that_is_read_too_little_is_not_known() -> None:
    table = rows((0, 100.0, 0.0), (1, 300.0, 0.5))
    assert mean_by_span(table, edges=HOURLY, least=0.375)[0] == approx((100 * 900 + 300 * 450) / 1350)
    assert np.isnan(mean_by_span(table, edges=HOURLY, least=0.376)[0])


def test_what_lies_outside_or_is_of_another_metric_or_empty_counts_nothing() -> None:
    table = rows((-1, 100.0, 0.0), (16, 100.0, 0.0), (2, 100.0, 1.0), (3, float("nan"), 0.0))
    assert np.isnan(mean_by_span(table, edges=HOURLY)).all()
    assert np.isnan(mean_by_span(rows((0, 1.0, 0.0)), edges=HOURLY, metric="temperature")).all()
    assert mean_by_span(rows(), edges=HOURLY).size == 4


def test_the_lowest_hours_may_pass_midnight() -> None:
    days = np.full((3, 24), 400.0)
    days[:, [23, 0, 1]] = 100.0
    found = lowest_hours(days, width=3)
    assert found is not None
    assert (found.first, found.mean, found.overall) == (23, 100.0, approx((21 * 400 + 300) / 24))
    assert found.below == approx(1 - 100 / 362.5)


def test_an_hour_that_is_never_known_leaves_no_finding() -> None:
    days = np.full((2, 24), 400.0)
    days[0, 5] = np.nan
    assert lowest_hours(days, width=4) is not None
    days[1, 5] = np.nan
    assert lowest_hours(days, width=4) is None
    assert lowest_hours(np.empty((0, 24)), width=4) is None
    with pytest.raises(InputError):
        lowest_hours(days, width=0)


def test_a_grid_without_carbon_has_nothing_lower() -> None:
    found = lowest_hours(np.zeros((1, 24)), width=2)
    assert found is not None
    assert found.below == 0


@given(st.lists(st.floats(1, 1000), min_size=24, max_size=24), st.integers(1, 24))
def test_no_hours_are_lower_than_the_lowest(hours: list[float], width: int) -> None:
    found = lowest_hours(np.array([hours]), width=width)
    assert found is not None
    others = [np.roll(hours, -first)[:width].mean() for first in range(24)]
    assert found.mean == approx(min(others))
    assert found.below >= -1e-9
