"""What pages keep is kept under what it was made of: whatever changes a figure changes the key at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.ui.company import START, TREE, Company
from tests.ui.pages.pages import cells, draw, words
from ui.records.entering import add_record, approve_records
from ui.standing import standing
from ui.views import reading

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FUEL = {
    "kind": "fuel",
    "site": "s",
    "subject": "eu-mrr-per-litre:diesel:CO2",
    "from": "2026-03-14",
    "to": "2026-03-14",
    "value": "12",
    "unit": "L",
    "evidence": "",
    "comment": "tank",
}


def test_books_records_site_file_and_clock_each_change_it_and_nothing_else_does(tmp_path: Path) -> None:
    company = Company(tmp_path, TREE)
    service = company.service
    path, seen = service.settings.path, [""]

    def changed(at: int = 1) -> bool:
        os.utime(path, (at, at))  # the company writes its site file anew for each service
        seen.append(standing(service))
        return seen[-1] not in seen[:-1]

    assert changed()
    assert not changed()
    company.steady("s/ups", 1000.0)
    assert not changed(), "a reading in the spool is in no booked figure"
    company.keep()
    assert changed()
    (record,) = add_record(service, FUEL, tmp_path, who="ann")
    assert changed()
    approve_records(service, [record.id], who="bob")
    assert changed()
    path.write_text(path.read_text() + "# a note\n")
    assert changed(2)
    company.now += 900
    assert changed(2)
    assert not changed(2)
    assert reading.place(service) == (str(service.settings.store.data), standing(service))


def test_bookkeeping_without_rows_leaves_what_pages_keep(tmp_path: Path) -> None:
    """A collector books each minute: a draft of longer would never be shown, and each minute all be made anew."""
    company = Company(tmp_path, TREE, now=START + 2 * 3600.0)
    service = company.service
    books = service.stores.books.ledger
    company.steady("s/ups", 1000.0)
    company.keep()
    before, stood = books.snapshot().version, books.changed()
    assert stood
    company.now += 60
    company.keep()
    assert books.snapshot().version > before, "its marks are committed"
    assert books.changed() == stood
    assert company.service.stores.books.ledger.changed() == stood, "nor is it another in another process"
    company.steady("s/utility", 1500.0)
    company.keep()
    assert books.changed() > stood


def test_a_page_shows_what_was_approved_a_moment_ago_at_its_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(tmp_path, TREE)
    service = company.service
    app = draw(monkeypatch, service, "records", month="2026-03")
    add_record(service, FUEL, tmp_path, who="ann")
    app.run()
    assert "diesel" in words(app) + str(list(cells(app)))
