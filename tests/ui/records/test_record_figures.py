"""Records in the figures: fuel, refrigerants, facts of the EU sheet, and what is not known without them."""

from __future__ import annotations

import pytest

from tests.ui.company import START, instant
from tests.ui.records.office import MONTH, Office, fuel


def test_refrigerant_by_balance_where_stocks_are_known_else_by_what_was_topped_up(office: Office) -> None:
    def gas(kind: str, day: str, kg: str) -> list[str]:
        return fuel(kg, kind=f"refrigerant_{kind}", subject="R-32", **{"from": day, "to": "", "unit": "kg"})

    add = ["records", "add", "--kind", "refrigerant_topped_up", "--site", "s", "--subject", "R-32", "--unit", "kg"]
    add += ["--from", "2026-03-05", "--value", "1"]
    office.run(*add)
    assert "Say in --text which one this is" in office.run(*add)
    assert "or say in --text which one this is" in office.run(*add[:-1], "2", code=2)
    assert len(office.run(*add, "--text", "chiller 2", "--json")) == 1
    office.run("records", "import", office.table("a.csv", fuel("0")))
    office.person("ben")
    office.run("records", "approve", "all")
    assert office.scope_1()["value"] == pytest.approx(2 * 771)  # AR6
    office.person("ana")
    stocks = [gas("stock", "2026-03-01", "40"), gas("bought", "2026-03-09", "10"), gas("recovered", "2026-03-10", "1")]
    office.run("records", "import", office.table("b.csv", *stocks, gas("stock", "2026-04-01", "46")))
    office.person("ben")
    office.run("records", "approve", "all")
    assert office.scope_1()["value"] == pytest.approx(3 * 771)  # 40 + 10 - 1 - 46


def test_gas_that_a_site_burns_is_in_scope_1_or_there_is_no_figure(office: Office) -> None:
    office.company.head = office.company.head.replace('id = "s"', 'id = "s"\ncarriers = ["natural_gas", "steam"]')
    _ = office.company.service
    rows = [fuel("100000", kind="other_energy", subject=carrier, unit="kWh") for carrier in ("natural_gas", "steam")]
    office.run("records", "import", office.table("a.csv", fuel("0"), *rows))
    office.person("ben")
    office.run("records", "approve", "all")
    assert "how much natural_gas was burnt: enter it" in office.scope_1()["reason"]
    office.run("records", "import", office.table("b.csv", fuel("1000", subject="epa:natural_gas:CO2", unit="m3")))
    office.person("ana")
    office.run("records", "approve", "all")
    assert office.scope_1()["value"] == pytest.approx(1000 / 0.028316846592 * 0.05444)  # m3 in a cubic foot
    scope_2 = office.run("kpi", *MONTH, "--name", "emissions_location_kgco2e", "--json")[0]
    assert scope_2["method"].endswith("of electricity alone, steam is in no figure of emissions")


def test_the_absent_note_of_a_second_fuel_is_noticed(office: Office) -> None:
    petrol = {"subject": "desnz-2026:petrol_avg_biofuel_blend:CO2e"}
    before = {"from": "2026-02-01", "to": "2026-02-28"}
    rows = [fuel("100"), fuel("50", **petrol, **before), fuel("0", **before)]
    office.run("records", "import", office.table("a.csv", *rows))
    office.person("ben")
    office.run("records", "approve", "all")
    found = office.scope_1()
    assert found["value"] is None
    assert "says on all days how much petrol_avg_biofuel_blend was burnt: enter it, or 0" in found["reason"]
    office.run("records", "import", office.table("b.csv", fuel("0", **petrol)))
    office.person("ana")
    office.run("records", "approve", "all")
    assert office.scope_1()["value"] == pytest.approx(265.1, rel=0.01)


def test_a_factor_of_another_year_says_so(office: Office) -> None:
    blend = "desnz-2026:diesel_avg_biofuel_blend:CO2e"
    days = {"from": "2025-03-01", "to": "2025-03-31"}
    office.run("records", "import", office.table("a.csv", fuel("10", subject=blend, **days)))
    office.person("ben")
    office.run("records", "approve", "all")
    march = ["--from", "2025-03-01", "--to", "2025-04-01", "--name", "emissions_scope_1_kgco2e", "--json"]
    (factor,) = office.run("kpi", *march)[0]["factors"]
    assert (factor["year"], factor["zone"], factor["note"]) == (2026, "GB", "a factor of 2026 for fuel of 2025")


def test_half_a_balance_has_no_figure_and_its_other_half_is_told_to_wait(office: Office) -> None:
    def gas(kind: str, day: str, kg: str, name: str = "R-410A") -> list[str]:
        return fuel(kg, kind=f"refrigerant_{kind}", subject=name, **{"from": day, "to": "", "unit": "kg"})

    r22 = gas("topped_up", "2026-03-05", "10", "R-22")
    half = [gas("stock", "2026-03-01", "40"), gas("bought", "2026-03-10", "25")]
    office.run("records", "import", office.table("a.csv", fuel("0"), r22, *half))
    office.person("ben")
    office.run("records", "approve", "all")
    found = office.scope_1()
    assert found["value"] is None
    assert "R-410A leaked is not known without its approved stock at 2026-04-01" in found["reason"]
    office.run("records", "import", office.table("b.csv", gas("stock", "2026-04-01", "48")))
    assert "1 records wait for approval" in office.scope_1()["method"]
    office.person("ana")
    office.run("records", "approve", "all")
    found = office.scope_1()
    assert found["value"] == pytest.approx(17 * 2255.5)
    assert "19,600.0 kgCO2e of R-22 by records" in found["method"]


def test_facts_of_records_fill_the_eu_sheet_and_the_log_tells_all(office: Office) -> None:
    row = fuel("", kind="eed_fact", subject="LAU", text="DE71", unit="")
    months = [("2025-01-01", "2025-06-30", "100"), ("2025-07-01", "2025-12-31", "200")]
    water = [
        fuel(value, kind="eed_fact", subject="WIN-POT", unit="m3", **{"from": first, "to": last})
        for first, last, value in months
    ]
    office.run("records", "import", office.table("a.csv", row, *water))
    office.person("ben")
    office.run("records", "approve", "all")
    found = {one["code"]: one for one in office.run("eed", "--year", "2026", "--json")}
    assert (found["LAU"]["value"], found["LAU"]["method"][:7]) == ("DE71", "record ")
    former = {one["code"]: one for one in office.run("eed", "--year", "2025", "--json")}
    assert (former["WIN-POT"]["value"], former["WIN-POT"]["coverage"]) == (300.0, 1.0)
    assert (former["LAU"]["value"], found["WIN-POT"]["value"]) == ("N/A", "N/A")
    log = office.run("audit", "log", "--what", "record", "--json")
    assert [line["who"] for line in log] == ["ana"] * 3 + ["ben"] * 3
    assert "The log is whole" in office.run("audit", "verify", "--head", log[0]["hash"])
    assert "no line has the hash" in office.run("audit", "verify", "--head", "f" * 64, code=2)
    assert len(office.run("audit", "log", "--who", "ben", "--json")) == 3
    assert "--from is missing" in office.run("audit", code=2)


def test_a_bill_across_the_edge_follows_the_generators_meter(office: Office) -> None:
    genset = (
        '\n[[points]]\nid = "s/genset"\nrole = "genset"\nmax_w = 5000.0\nzero_ok = true\ninterval_s = { power = 900 }\n'
    )
    office.company.points += genset
    office.company.now = instant("2026-04-25T00:00:00+02:00")
    first = instant("2026-03-22T00:00:00+01:00")
    start, end = first - START, instant("2026-04-21T00:00:00+02:00") - START
    # 3 kW on one day of March, 1 kW on one of April, else off: three quarters of the diesel are March's
    on = {range(start + 86_400, start + 2 * 86_400): 3000.0, range(end - 2 * 86_400, end - 86_400): 1000.0}
    values = [(at, next((watts for span, watts in on.items() if at in span), 0.0)) for at in range(start, end + 1, 900)]
    dark = range(end - 6 * 3600, end)  # idle, and not read at first
    office.company.read("s/genset", [(at, watts) for at, watts in values if at not in dark])
    office.company.keep()
    bill = {"from": "2026-03-22", "to": "2026-04-20"}
    before = {"from": "2026-03-01", "to": "2026-03-21"}
    office.run("records", "import", office.table("bills.csv", fuel("300", **bill), fuel("0", **before)))
    office.person("bob")
    office.run("records", "approve", "all")
    found = office.scope_1()
    assert found["value"] == pytest.approx(100 * 2.651), "a gap of the meter in April moves nothing into April"
    assert (found["low"], found["high"]) == (0.0, pytest.approx(300 * 2.651))
    office.company.now += 86_400
    office.company.read("s/genset", [(at, 0.0) for at in dark if (at - start) % 900 == 0])
    office.company.keep()
    found = office.scope_1()
    assert found["value"] == pytest.approx(225 * 2.651, rel=0.01)
    assert "spread by the generators' meters" in found["method"]
