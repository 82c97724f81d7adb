"""The page of records: what the month lacks, taken in with its evidence, approved by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, START, TREE, Company
from tests.ui.pages.pages import cells, draw, unfold, words
from ui import session
from ui.records.todo import todo_rows
from ui.text import t

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ui.service import Service

DIESEL = "eu-mrr-per-litre:diesel:CO2"
TABLE = "kind,site,subject,from,to,value,unit,text,evidence,sha256,comment\n"
FUEL = f"fuel,s,{DIESEL},2026-03-01,2026-03-31,120,L,,bill.pdf,,\n"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    made = Company(tmp_path, TREE + '[[points]]\nid = "s/gen"\nrole = "genset"\n', now=START + 20 * 86_400)
    return made.service


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Who runs the server."""
    return lambda name: monkeypatch.setattr(session, "actor", lambda: name)


def test_what_a_month_lacks_is_listed_as_the_command_lists_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = draw(monkeypatch, service, "records", month="2026-03")
    assert not app.exception
    text = words(app)
    left = list(todo_rows(service, service.settings.site("s"), "2026-03"))
    assert f"{len(left)} things are left for 2026-03: 3 to enter" in text
    assert all(row["text"] in text for row in left)
    assert "No record stands" in text
    assert not draw(monkeypatch, service, "records", month="<2026>").exception


def test_a_record_is_entered_with_evidence_and_approved_by_another(
    service: Service, monkeypatch: pytest.MonkeyPatch, person: Callable[[str], None]
) -> None:
    person("ana")
    app = draw(monkeypatch, service, "records", month="2026-03")
    app.selectbox(key="add_subject").set_value(DIESEL)
    app.text_input(key="add_value").set_value("many")
    app.button(key="add_go").click().run()
    assert "many" in app.error[0].value
    app.text_input(key="add_value").set_value("120")
    app.file_uploader(key="add_evidence").set_value(("../../bill.pdf", b"paid", "application/pdf"))
    app.button(key="add_go").click().run()
    assert not app.exception
    (one,) = service.stores.state.records.waiting()
    assert (one.entry.value, one.entry.evidence, one.entered_by) == (120.0, "bill.pdf", "ana")
    assert any("bill.pdf" in row and "nobody yet" in row for row in cells(app))
    app.button(key="approve_go").click().run()
    assert "another person" in app.error[0].value
    person("bo")
    app.button(key="approve_go").click().run()
    assert not service.stores.state.records.waiting()
    assert "1 records stand, 0 wait for approval" in words(app)
    unfold(app, "fold_withdraw_records")
    app.multiselect(key="record_withdraw_ids").set_value([one.id])
    app.button(key="record_withdraw_go").click().run()
    assert app.error, "it needs a reason"
    app.text_input(key="record_withdraw_reason").set_value("the truck never came")
    app.button(key="record_withdraw_go").click().run()
    assert not app.exception
    assert any("withdrawn, nobody yet" in row for row in cells(app))


def test_a_table_is_taken_in_whole_or_not_at_all(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "records")
    unfold(app, "fold_import")
    app.button(key="import_go").click().run()
    assert "Choose a table first" in app.error[0].value
    app.file_uploader(key="import_table").set_value(("march.csv", (TABLE + FUEL).encode(), "text/csv"))
    app.button(key="import_go").click().run()
    assert "evidence cannot be read" in app.error[0].value
    assert not service.stores.state.records.waiting()
    app.file_uploader(key="import_proofs").set_value([("bill.pdf", b"paid", "application/pdf")])
    app.button(key="import_go").click().run()
    assert not app.exception
    assert "1 records are new" in app.success[0].value
    app.button_group(key="choice_show").set_value("waiting").run()
    assert "1 records wait for approval" in words(app)


def test_solo_mode_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solo = HEAD.replace('currency = "EUR"', 'currency = "EUR"\nsolo = true', 1)
    service = Company(tmp_path, head=solo, now=START).service
    app = draw(monkeypatch, service, "records", lang="zh")
    unfold(app, "fold_import")
    app.file_uploader(key="import_table").set_value(
        ("march.csv", (TABLE + FUEL.replace("03-31", "03-10").replace("bill.pdf", "")).encode(), "text/csv")
    )
    app.button(key="import_go").click().run()
    assert t("records.solo", "zh") in words(app)
    app.button(key="approve_go").click().run()
    assert not app.exception
    assert any("单人" in cell for row in cells(app) for cell in row)


def test_a_broken_state_store_is_a_sentence(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.stores.data.mkdir(exist_ok=True)
    (service.stores.data / "state.sqlite").write_bytes(b"no database" * 500)
    app = draw(monkeypatch, service, "records")
    assert not app.exception
    assert any("cannot be drawn now" in error.value for error in app.error)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["bill.pdf", "bill.pdf"], '"bill.pdf" comes twice'),
        (["march.csv"], '"march.csv" comes twice'),
        ([".."], "is no name of a file"),
        ([f"{'x' * 300}.pdf"], "is no name of a file"),
    ],
)
def test_no_file_takes_anothers_place(
    service: Service, monkeypatch: pytest.MonkeyPatch, names: list[str], told: str
) -> None:
    """One proof went to the record of another, and nothing said so."""
    app = draw(monkeypatch, service, "records")
    unfold(app, "fold_import")
    app.file_uploader(key="import_table").set_value(("march.csv", (TABLE + FUEL).encode(), "text/csv"))
    app.file_uploader(key="import_proofs").set_value(
        [(name, str(at).encode(), "application/pdf") for at, name in enumerate(names)]
    )
    app.button(key="import_go").click().run()
    assert not app.exception
    assert told in app.error[0].value
    assert not service.stores.state.records.waiting()
