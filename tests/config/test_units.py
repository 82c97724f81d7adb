"""Units: exact where they are the same, refused where they measure different things."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalogue import metric, metrics
from config.errors import InputError, UnitError
from config.units import convert, linear_factor, registry, split_quantity


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1.5, "kW", "W", 1500.0),
        (3.6e6, "J", "kWh", 1.0),
        (262143.328, "J", "kWh", 0.0728175911111111),
        (68.0, "degF", "degC", 20.0),
        (293.15, "kelvin", "degC", 20.0),
        (55.0, "%", "ratio", 0.55),
        (0.55, "ratio", "percent", 55.0),
        (1.0, "m³", "L", 1000.0),
        (0.4419, "kgCO2e/kWh", "gCO2e/kWh", 441.9),
        (0.4419, "tCO2e/MWh", "gCO2e/kWh", 441.9),
        (2.0, "kVA", "VA", 2000.0),
        (1.0, "month", "h", 730.5),
    ],
)
def test_a_value_is_converted(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-12)


@given(st.floats(-1e9, 1e9), st.sampled_from([("degF", "degC"), ("kW", "W"), ("kWh", "J"), ("%", "ratio")]))
def test_a_value_comes_back_from_the_other_unit(value: float, units: tuple[str, str]) -> None:
    source, target = units
    assert convert(convert(value, source, target), target, source) == pytest.approx(value, rel=1e-9, abs=1e-6)


def test_an_array_is_converted_as_its_values_are() -> None:
    values = np.array([32.0, 68.0, np.nan])
    np.testing.assert_allclose(convert(values, "degF", "degC"), [0.0, 20.0, np.nan], atol=1e-12)


def test_the_same_unit_gives_the_same_object() -> None:
    values = np.array([1.0])
    assert convert(values, "℃", "degC") is values


@pytest.mark.parametrize(
    ("source", "target"),
    [("kgCO2e", "kg"), ("VA", "W"), ("kW", "kWh"), ("gCO2e/kWh", "W"), ("ratio", "W")],
)
def test_what_measures_different_things_is_refused(source: str, target: str) -> None:
    with pytest.raises(UnitError, match=r"measure different things: correct the unit\.$"):
        convert(1.0, source, target)


@pytest.mark.parametrize(("source", "target"), [("degF", "degC"), ("kelvin", "degC")])
def test_no_factor_leads_to_a_unit_with_another_zero(source: str, target: str) -> None:
    with pytest.raises(UnitError, match="has another zero"):
        linear_factor(source, target)


def test_a_logarithmic_unit_is_refused() -> None:
    with pytest.raises(UnitError, match="no linear unit"):
        convert(1.0, "dBm", "W")


def test_a_factor_multiplies() -> None:
    assert linear_factor("MWh", "kWh") == pytest.approx(1000.0)
    assert linear_factor("kWh", "kWh") == 1.0


@pytest.mark.parametrize(
    ("unit", "hint"), [("KWH", 'did you mean "kWh"?'), ("wat t", "is no known unit; write one like W")]
)
def test_an_unknown_unit_names_the_near_one(unit: str, hint: str) -> None:
    with pytest.raises(UnitError) as raised:
        convert(1.0, unit, "W")
    assert hint in str(raised.value)


@pytest.mark.parametrize(
    "unit",
    [
        "W*9**9**9",
        "W**99",
        "9^9^9",
        "kW^2^9",
        "W*" * 40,
        '__import__("os").system("x")',
        "m**-1.5",
        "W(",
        "W[",
        "{",
        '"""W',
        "W\n(",
        "W\x00",
    ],
)
def test_a_unit_that_is_arithmetic_is_refused(unit: str) -> None:
    with pytest.raises(UnitError, match="is no known unit"):
        convert(1.0, unit, "W")


def test_powers_of_names_are_units() -> None:
    assert convert(1.0, "m^3", "L") == pytest.approx(1000)
    assert convert(1.0, "kg*m**2/s**3", "W") == pytest.approx(1)


def test_a_missing_unit_says_so() -> None:
    with pytest.raises(UnitError, match="a unit is missing"):
        convert(1.0, " ", "W")


def test_emissions_are_a_dimension_of_their_own() -> None:
    units = registry()
    emissions = units.Quantity(2.0, "kgCO2e/kWh") * units.Quantity(3.0, "MWh")
    assert emissions.to("tCO2e").magnitude == pytest.approx(6.0)


def test_a_quantity_is_split_without_pint() -> None:
    assert split_quantity("262143.328 J") == (262143.328, "J")
    assert split_quantity("1e6kWh") == (1e6, "kWh")
    with pytest.raises(UnitError, match="write a number and a unit"):
        split_quantity("kWh")


def test_every_metric_has_a_unit_that_the_registry_knows() -> None:
    for entry in metrics().values():
        assert entry.low < entry.high
        registry().parse_units(entry.unit)


def test_metrics_are_named_without_their_unit() -> None:
    for name, entry in metrics().items():
        assert not name.endswith(f"_{entry.unit.lower()}")
        assert metric(name) is entry


def test_an_unknown_metric_names_the_near_one() -> None:
    with pytest.raises(InputError, match=r'"powr" is no metric; did you mean "power"\?'):
        metric("powr")
