"""A month completed from templates: filled in, imported, approved, in the figures; bad files change nothing."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.company import START, Company, instant
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DIESEL = "eu-mrr-per-litre:diesel:CO2"
HEAD = ["kind", "site", "subject", "from", "to", "value", "unit", "text", "evidence", "sha256", "comment"]
MONTH = ["--from", "2026-03-01", "--to", "2026-04-01"]


class Office:
    """One folder in which people fill in tables; `run` is a command of theirs."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self.capsys, self.patch = folder, capsys, patch
        self.company = Company(folder)
        self.person("ana")
        _ = self.company.service

    def person(self, name: str) -> None:
        self.patch.setattr("ui.commands.records.caller", lambda: name)

    def run(self, *argv: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON, or what was said
        self.capsys.readouterr()
        path = str(self.folder / "wattlas.toml")
        assert main([*argv, "--config", path, "--data", str(self.folder / "data")]) == code
        out, err = self.capsys.readouterr()
        return json.loads(out) if "--json" in argv else out + err

    def run_plain(self, *argv: str) -> Any:  # noqa: ANN401 - JSON
        """A command that needs no site file."""
        self.capsys.readouterr()
        assert main(list(argv)) == 0
        return json.loads(self.capsys.readouterr().out)

    def table(self, name: str, *rows: list[str]) -> str:
        path = self.folder / name
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([HEAD, *rows])
        return str(path)

    def scope_1(self) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.run("kpi", *MONTH, "--name", "emissions_scope_1_kgco2e", "--json")
        return found[0]


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, capsys, monkeypatch)


def fuel(value: str, **more: str) -> list[str]:
    row = {"kind": "fuel", "site": "s", "subject": DIESEL, "from": "2026-03-01", "to": "2026-03-31", "unit": "L"}
    return [(row | {"value": value} | more).get(name, "") for name in HEAD]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_month_is_completed_from_a_template(office: Office, ending: str) -> None:
    template = office.folder / f"march.{ending}"
    assert "rows to fill in" in office.run("records", "template", str(template), "--kind", "fuel")
    if ending == "csv":
        header, row = list(csv.reader(template.read_text(encoding="utf-8-sig").splitlines()))
    else:
        from openpyxl import load_workbook

        book = load_workbook(template)
        header, row = ([cell.value for cell in line] for line in book["records"].iter_rows())
        assert "Fuel burnt" in [line[1].value for line in book["kinds"].iter_rows()]
    assert header == HEAD
    filled = dict(zip(header, row, strict=True)) | {
        "subject": DIESEL,
        "value": 100,
        "from": "2026-03-01",
        "to": "2026-03-31",
    }
    if ending == "csv":
        with template.open("w", newline="") as file:
            csv.writer(file).writerows([header, [filled[name] for name in header]])
    else:
        for cell, name in zip(book["records"][2], header, strict=True):
            cell.value = filled[name]
        book.save(template)
    (record,) = office.run("records", "import", str(template), "--json")
    assert office.run("records", "import", str(template), "--json") == [], "a second time adds nothing"
    assert "wait for approval" in office.scope_1()["method"]
    assert office.scope_1()["value"] is None
    assert "another person must approve" in office.run("records", "approve", record["id"], code=2)
    office.person("ben")
    office.run("records", "approve", "all")
    assert office.scope_1()["value"] == pytest.approx(265.1)
    (factor,) = office.scope_1()["factors"]
    assert (factor["id"], factor["year"], factor["zone"]) == (DIESEL, None, "EU"), "no year is made up"
    assert office.run("records", "approve", "all", "--json") == []


def test_evidence_is_kept_by_its_hash_and_must_be_there(office: Office) -> None:
    file = office.table("a.csv", fuel("1", evidence="bill.pdf"))
    assert "evidence cannot be read" in office.run("records", "import", file, code=2)
    (office.folder / "bill.pdf").write_bytes(b"bill")
    (record,) = office.run("records", "import", file, "--json")
    assert (office.folder / "data" / "evidence" / record["sha256"]).read_bytes() == b"bill"
    wrong = office.table("b.csv", fuel("2", evidence="bill.pdf", sha256="0" * 64))
    assert "another file stands there" in office.run("records", "import", wrong, "--reason", "x", code=2)


def test_one_bad_row_leaves_nothing_behind(office: Office) -> None:
    file = office.table("a.csv", fuel("1"), fuel("2", **{"from": "2026-04-01", "to": "2026-04-31"}), fuel("-1"))
    told = office.run("records", "import", file, code=2)
    assert len(told.splitlines()) == 2
    assert "a.csv line 3" in told
    assert "There is no such record" in office.run("records", "list")
    (office.folder / "odd.csv").write_bytes(b"\xff\xfe\x00\xd8")
    assert "neither UTF-8 nor GBK" in office.run("records", "import", str(office.folder / "odd.csv"), code=2)
    assert "cannot be read" in office.run("records", "import", str(office.folder / "none.csv"), code=2)
    gbk = office.folder / "gbk.csv"
    gbk.write_text(",".join(HEAD) + "\n" + ",".join(fuel("1", comment="柴油")) + "\n", encoding="gbk")
    assert office.run("records", "import", str(gbk), "--json")[0]["comment"] == "柴油"


def test_a_correction_needs_its_reason_and_lists_show_who(office: Office) -> None:
    add = ["records", "add", "--kind", "fuel", "--site", "s", "--subject", DIESEL, *MONTH[:2], "--to", "2026-03-31"]
    office.run(*add, "--value", "1", "--unit", "L")
    assert "give the reason" in office.run(*add, "--value", "2", "--unit", "L", code=2)
    (second,) = office.run(*add, "--value", "2", "--unit", "L", "--reason", "misread", "--json")
    assert (second["version"], second["reason"], second["entered_by"]) == (2, "misread", "ana")
    assert len(office.run("records", "list", "--waiting", "--kind", "fuel", "--json")) == 1
    assert office.run("records", "list", "--csv").startswith("id,version,kind")
    assert "It stands already" in office.run(*add, "--value", "2", "--unit", "L")


def test_a_record_of_a_wrong_period_can_be_put_right(office: Office) -> None:
    add = ["records", "add", "--kind", "fuel", "--site", "s", "--subject", DIESEL, "--unit", "L", "--value", "9"]
    (wrong,) = office.run(*add, *MONTH[:2], "--to", "2026-04-02", "--json")
    office.person("ben")
    office.run("records", "approve", "all")
    assert "withdraw one that stands" in office.run(*add, *MONTH[:2], "--to", "2026-03-31", code=2)
    (gone,) = office.run("records", "withdraw", wrong["id"], "--reason", "period was wrong", "--json")
    assert (gone["withdrawn"], gone["reason"]) == (True, "period was wrong")
    assert office.scope_1()["value"] is not None, "it stands until another person approves"
    assert "withdrew it" in office.run("records", "todo", "--month", "2026-03")
    office.run(*add, *MONTH[:2], "--to", "2026-03-31")
    office.person("ana")
    office.run("records", "approve", "all")
    assert office.scope_1()["value"] == pytest.approx(9 * 2.651)
    assert len(office.run("records", "list", "--json")) == 2
    assert office.run("records", "list", "--waiting", "--json") == []


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
    assert "how much natural_gas was burnt: enter its volume" in office.scope_1()["reason"]
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
    assert "says on all days how much petrol_avg_biofuel_blend was burnt: enter its volume, or 0" in found["reason"]
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


def test_templates_overwrite_nothing_and_lists_are_printed(office: Office) -> None:
    assert "give it that ending" in office.run("records", "template", str(office.folder / "a.txt"), code=2)
    (office.folder / "a.csv").write_text("mine")
    assert "is there already" in office.run("records", "template", str(office.folder / "a.csv"), code=2)
    assert "is no kind of record" in office.run("records", "template", "x.csv", "--kind", "feul", code=2)
    assert {row["kind"] for row in office.run_plain("records", "kinds", "--json")} >= {"fuel", "water"}
    assert DIESEL in {row["id"] for row in office.run_plain("records", "fuels", "--json")}


def test_an_invoice_that_differs_from_its_meter_is_a_finding(office: Office) -> None:
    office.company.read("s/utility", [(at, 1000.0) for at in range(-3600, 86_400 + 3600, 60)])
    office.company.keep()
    days = {
        "kind": "invoice_electricity",
        "subject": "utility",
        "from": "2026-03-14",
        "to": "2026-03-14",
        "unit": "kWh",
    }
    office.run("records", "import", office.table("a.csv", fuel("23.9", **days)))
    (row,) = office.run("records", "check", "--json")
    assert row["metered_kwh"] == pytest.approx(24.0, rel=1e-3)
    assert (row["finding"], row["text"]) == (False, "within 2%")
    assert office.run("records", "check", "--findings", "--json") == []
    office.run("records", "import", office.table("b.csv", fuel("30", **days)), "--reason", "second bill")
    (row,) = office.run("records", "check", "--findings", "--json")
    assert row["difference"] == pytest.approx(0.25, abs=0.01)
    assert "above the meter: explain" in row["text"]
    later = days | {"from": "2026-03-20", "to": "2026-03-21"}
    office.run("records", "import", office.table("c.csv", fuel("30", **later)))
    assert "the meter gives no figure" in office.run("records", "check", "--findings")


def test_the_to_do_list_of_a_month_shrinks_as_records_come(office: Office) -> None:
    office.company.points += '[[points]]\nid = "s/genset"\nrole = "genset"\n'
    _ = office.company.service

    def left() -> set[tuple[str, str, str]]:
        found = office.run("records", "todo", "--month", "2026-03", "--json")
        return {(row["do"], row["kind"], row["subject"]) for row in found}

    bill = ("enter", "invoice_electricity", "s/utility")
    assert left() == {bill, ("enter", "fuel", ""), ("enter", "genset_hours", "s/genset")}
    hours = fuel("3", kind="genset_hours", subject="genset", unit="h")
    office.run("records", "import", office.table("a.csv", fuel("0"), hours))
    assert left() == {bill, ("approve", "fuel", DIESEL), ("approve", "genset_hours", "s/genset")}
    office.person("ben")
    office.run("records", "approve", "all")
    office.run(
        "records", "import", office.table("b.csv", fuel("9", kind="invoice_electricity", subject="utility", unit="kWh"))
    )
    assert left() == {("approve", bill[1], bill[2]), ("explain", bill[1], bill[2])}
    explained = fuel("9", kind="invoice_electricity", subject="utility", unit="kWh", comment="meter exchanged")
    office.run("records", "import", office.table("c.csv", explained), "--reason", "explained")
    office.person("ana")
    office.run("records", "approve", "all")
    assert "Nothing is left to do" in office.run("records", "todo", "--month", "2026-03")
    assert "is no month" in office.run("records", "todo", "--month", "2026-13", code=2)


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
