"""Numbers written the way people write them."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.importing.mapping import Mapping
from collectors.importing.texts import numbers

POINT = Mapping()
COMMA = Mapping(decimal=",", delimiter=";")
GROUPED = Mapping(thousands=",", delimiter=";")
GERMAN = Mapping(decimal=",", thousands=".", delimiter=";")
SWISS = Mapping(thousands="'")


@pytest.mark.parametrize(
    ("mapping", "text", "value"),
    [
        (POINT, "12.5", 12.5), (POINT, " -1 ", -1.0), (POINT, "+.5e3", 500.0), (POINT, "65535", 65535.0),
        (POINT, "7.", 7.0),
        (COMMA, "12,5", 12.5), (COMMA, "-0,25", -0.25), (COMMA, "3", 3.0),
        (GROUPED, "1,234.5", 1234.5), (GROUPED, "1234.5", 1234.5), (GROUPED, "1,234,567", 1234567.0),
        (GERMAN, "1.234,5", 1234.5), (GERMAN, "12.345.678", 12345678.0), (SWISS, "1'234.5", 1234.5),
    ],
)  # fmt: skip
def test_a_number_is_read_with_its_own_signs(mapping: Mapping, text: str, value: float) -> None:
    values, bad = numbers(pa.array([text]), mapping)
    assert (values.tolist(), bad) == ([value], {})


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        (POINT, "1,5"), (POINT, "12 W"), (POINT, "0x10"), (POINT, "1_000"), (POINT, "١٢"), (POINT, "-"),
        (POINT, "true"),
        (COMMA, "1.5"), (COMMA, "1,5,5"), (GROUPED, "1,5"), (GROUPED, "12,34,567"), (GROUPED, "1.234,5"),
        (GERMAN, "1.5"), (GERMAN, "1,234.5"), (SWISS, "12'34"),
    ],
)  # fmt: skip
def test_a_number_in_other_signs_is_refused_not_misread(mapping: Mapping, text: str) -> None:
    values, bad = numbers(pa.array([text]), mapping)
    assert math.isnan(values[0])
    assert f'"{text}" is no number' in bad[0]


@pytest.mark.parametrize("text", ["", "  ", "nan", "NaN", "NULL", "n/a", "#N/A", "None"])
@pytest.mark.parametrize("mapping", [POINT, COMMA, GERMAN])
def test_no_value_is_nan_and_no_mistake(mapping: Mapping, text: str) -> None:
    values, bad = numbers(pa.array([text, "1"]), mapping)
    assert math.isnan(values[0])
    assert (values[1], bad) == (1.0, {})


def test_infinity_is_kept_for_the_judge() -> None:
    assert numbers(pa.array(["inf", "-Infinity"]), POINT)[0].tolist() == [math.inf, -math.inf]


@settings(deadline=None)
@given(
    cells=st.lists(st.sampled_from(["1.5", "-3", "", "nan", "abc", "1,5", "1e3"]), max_size=300),
)
def test_a_bad_cell_changes_no_other_cell(cells: list[str]) -> None:
    values, bad = numbers(pa.array(cells, pa.string()), POINT)
    assert set(bad) == {row for row, cell in enumerate(cells) if cell in {"abc", "1,5"}}
    expected = {"1.5": 1.5, "-3": -3.0, "1e3": 1000.0}
    np.testing.assert_array_equal(values, [expected.get(cell, math.nan) for cell in cells])


def test_numbers_of_parquet_need_no_reading() -> None:
    values, bad = numbers(pa.array([1, None, 3], pa.int16()), POINT)
    assert (values[0], values[2], bad) == (1.0, 3.0, {})
    assert math.isnan(values[1])
