"""Fuels by factors of the company's own, from a bill to scope 1, biogenic CO2 beside it, their trace and the report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.records.office import DIESEL, MONTH, Office, fuel
from ui.reports.content import report_content
from ui.reports.period import period

OWN = """
[[factors.fuels]]
id = "gas"
fuel = "natural_gas"
value = 0.2
unit = "kgCO2e/kWh"
gas = "CO2e"
heating = "HHV"
biogenic = 0.01
year = 2026
zone = "US"
source = "supplier"
licence = "contract"
[[factors.fuels]]
id = "hvo"
fuel = "hvo"
value = 0.035
unit = "kgCO2e/L"
gas = "CO2e"
biogenic = 2.43
year = 2025
zone = "US"
source = "maker"
licence = "data sheet"
"""
GAS = {"kind": "fuel_energy", "subject": "gas", "unit": "MWh"}


@pytest.fixture
def burning(office: Office) -> Office:
    office.company.points += OWN
    _ = office.company.service
    return office


def booked(office: Office, *rows: list[str]) -> None:
    office.person("ana")
    office.run("records", "import", office.table("own.csv", *rows), "--reason", "corrected")
    office.person("ben")
    office.run("records", "approve", "all")


def figure(office: Office, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = office.run("kpi", *MONTH, "--name", name, "--json")
    return found[0]


def test_gas_in_mwh_and_hvo_in_litres_are_in_scope_1_and_their_biogenic_co2_beside_it(burning: Office) -> None:
    booked(burning, fuel("30", **GAS), fuel("1000", subject="hvo"))
    scope_1, beside = figure(burning, "emissions_scope_1_kgco2e"), figure(burning, "emissions_biogenic_kgco2")
    assert scope_1["value"] == pytest.approx(30_000 * 0.2 + 1000 * 0.035)
    assert (beside["value"], beside["unit"]) == (pytest.approx(30_000 * 0.01 + 1000 * 2.43), "kgCO2")
    notes = {one["id"]: one["note"] for one in scope_1["factors"]}
    assert notes == {"gas": "of energy by HHV", "hvo": "a factor of 2025 for fuel of 2026"}
    assert {one["unit"] for one in beside["factors"]} == {"kgCO2/kWh", "kgCO2/L"}
    trace = burning.run("trace", "emissions_biogenic_kgco2", "--site", "s", *MONTH, "--json")
    told = [(row["kind"], row["name"]) for row in trace if row["kind"] in {"record", "factor"}]
    assert [kind for kind, _ in told].count("record") == 2
    assert {name for kind, name in told if kind == "factor"} == {"gas", "hvo"}


def test_energy_of_fuel_takes_an_amount_of_its_own_heating_value_and_guesses_no_other(burning: Office) -> None:
    booked(burning, fuel("30", **GAS), fuel("100"))
    higher = figure(burning, "fuel_energy_hhv_kwh")
    assert higher["value"] == pytest.approx(30_000 + 100 * 38.6 / 3.6)
    lower = figure(burning, "fuel_energy_lhv_kwh")
    assert lower["value"] is None
    assert "no LHV heating value of natural_gas is known" in lower["reason"]


def test_gas_in_kwh_is_the_carrier_that_the_site_names(burning: Office) -> None:
    burning.company.head = burning.company.head.replace('id = "s"', 'id = "s"\ncarriers = ["natural_gas"]')
    _ = burning.company.service
    booked(burning, fuel("0"))
    assert "how much natural_gas was burnt" in burning.scope_1()["reason"]
    assert "how much natural_gas was burnt" in figure(burning, "fuel_energy_lhv_kwh")["reason"]
    booked(burning, fuel("1", **GAS))
    assert burning.scope_1()["value"] == pytest.approx(200.0)


def test_a_factor_that_left_the_site_file_leaves_no_figure_and_says_so(burning: Office) -> None:
    booked(burning, fuel("30", **GAS), fuel("0"))
    burning.company.points = burning.company.points.replace('id = "gas"', 'id = "gas-2"')
    _ = burning.company.service
    found = burning.scope_1()
    assert found["value"] is None
    assert "names the fuel gas, of which the site file has no factor per kWh: put it back" in found["reason"]
    for name in ("emissions_biogenic_kgco2", "fuel_energy_hhv_kwh"):
        assert "put it back" in figure(burning, name)["reason"]


def test_what_a_published_factor_does_not_state_is_no_0(burning: Office) -> None:
    booked(burning, fuel("10"), fuel("1000", subject="hvo"))
    found = figure(burning, "emissions_biogenic_kgco2")
    assert (found["value"], found["value_measured"]) == (None, pytest.approx(2430.0))
    assert f"biogenic CO2 is not stated by {DIESEL}" in found["reason"]


def test_fuels_are_listed_by_the_kind_of_record_that_they_are_for(burning: Office) -> None:
    rows = {row["id"]: row for row in burning_rows(burning)}
    assert (rows["gas"]["record_kind"], rows["gas"]["heating"], rows["gas"]["value"]) == ("fuel_energy", "HHV", 0.2)
    assert (rows["hvo"]["record_kind"], rows["hvo"]["biogenic"]) == ("fuel", 2.43)
    assert rows[DIESEL]["biogenic"] is None
    add = ["records", "add", "--kind", "fuel", "--site", "s", "--subject", "gas", "--value", "1", "--unit", "L"]
    assert 'subject "gas" is no fuel factor per litre' in burning.run(*add, *MONTH[:2], "--to", "2026-03-31", code=2)


def burning_rows(office: Office) -> Any:  # noqa: ANN401 - JSON
    return office.run_plain("records", "fuels", "--json", "--config", str(office.folder / "wattlas.toml"))


def test_the_report_has_biogenic_co2_where_a_fuel_has_any(burning: Office) -> None:
    def printed() -> tuple[dict[str, Any], dict[str, Any]]:
        (part,) = report_content(burning.company.service, "s", period("2026-03"))["sites"]
        figures = {row["name"]: row["value"] for row in part["figures"]}
        return figures, {row["code"]: (row["value"], row["unit"]) for row in part["frameworks"]}

    booked(burning, fuel("10"))
    figures, lines = printed()
    assert "emissions_biogenic_kgco2" not in figures
    assert "E1-6 biogenic" not in lines
    booked(burning, fuel("0"), fuel("1000", subject="hvo"))
    figures, lines = printed()
    assert (figures["emissions_scope_1_kgco2e"], figures["emissions_biogenic_kgco2"]) == (35.0, 2430.0)
    assert (lines["E1-6 scope 1"], lines["E1-6 biogenic"]) == ((0.035, "tCO2e"), (2.43, "tCO2"))
