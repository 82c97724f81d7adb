"""A month completed from templates: filled in, imported, approved; bad files change nothing."""

from __future__ import annotations

import csv

import pytest

from tests.ui.records.office import DIESEL, HEAD, MONTH, Office, fuel


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
        assert "Fuel burnt, by volume" in [line[1].value for line in book["kinds"].iter_rows()]
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
