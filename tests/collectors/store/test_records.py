"""Records: versions are only ever added, another person approves, and the log knows of each change."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.store.backup import backup, restore
from collectors.store.doctor import examine
from collectors.store.evidence import FOLDER, evidence_files, keep
from collectors.store.open import Stores
from collectors.store.records import record_id
from collectors.store.reports import Report, Step
from collectors.store.state import State
from config.errors import InputError
from config.records.rows import Entry
from tests.collectors.store.tables import DAY, tick

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_773_446_400
MARCH = Entry(
    kind="fuel",
    site="t",
    subject="diesel",
    start=date(2026, 3, 1),
    end=date(2026, 4, 1),
    value=1.2,
    unit="m3",
    amount=1200.0,
)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.sqlite")


def amounts(state: State, *, approved: bool = True) -> list[float | None]:
    return [one.entry.amount for one in state.records.standing(approved=approved)]


def test_a_record_counts_once_another_person_approved_it(state: State) -> None:
    (one,) = state.records.add([MARCH], who="ana", at=AT)
    assert (one.version, one.entry, one.approved) == (1, MARCH, False)
    assert (amounts(state), amounts(state, approved=False)) == ([], [1200.0])
    assert [w.id for w in state.records.waiting()] == [one.id]
    with pytest.raises(InputError, match="ana entered it, so another person must approve it"):
        state.records.approve([one.id], who="ana", at=AT + 1, solo=False)
    (approved,) = state.records.approve([one.id, one.id], who="ben", at=AT + 2, solo=False)
    assert (approved.approved_by, approved.approved_at, approved.solo) == ("ben", AT + 2, False)
    assert amounts(state) == [1200.0]
    assert state.records.approve([one.id], who="ben", at=AT + 3, solo=False) == []
    with pytest.raises(InputError, match='"nope" is no record'):
        state.records.approve(["nope"], who="ben", at=AT, solo=False)


def test_one_person_alone_may_approve_and_that_is_said(state: State) -> None:
    (one,) = state.records.add([MARCH], who="ana", at=AT)
    (approved,) = state.records.approve([one.id], who="ana", at=AT, solo=True)
    assert approved.solo
    assert state.audit.entries()[-1].why == "solo: entered and approved by one person"


def test_a_correction_is_a_new_version_that_waits_with_its_reason(state: State) -> None:
    (one,) = state.records.add([MARCH], who="ana", at=AT)
    state.records.approve([one.id], who="ben", at=AT, solo=False)
    assert state.records.add([MARCH], who="ana", at=AT) == [], "nothing is new"
    other = replace(MARCH, value=1.3, amount=1300.0)
    with pytest.raises(InputError, match="give the reason of the correction"):
        state.records.add([other], who="ana", at=AT + 1)
    with pytest.raises(InputError, match="give the reason of the correction"):
        state.records.add([other], who="ana", at=AT + 1, reason=" ")
    (second,) = state.records.add([other], who="ana", at=AT + 1, reason="misread")
    with pytest.raises(InputError, match="version 2 is the newest, not 1: look at it first"):
        state.records.approve([f"{one.id}@1"], who="ben", at=AT + 2, solo=False)
    assert (second.id, second.version, second.reason) == (one.id, 2, "misread")
    assert amounts(state) == [1200.0], "what was approved stands until the correction is"
    state.records.approve([f"{one.id}@2"], who="ben", at=AT + 2, solo=False)
    assert amounts(state) == [1300.0]


def test_all_of_a_file_or_none_and_never_two_of_the_same_days(state: State) -> None:
    state.records.add([MARCH], who="ana", at=AT)
    april = replace(MARCH, start=date(2026, 4, 1), end=date(2026, 5, 1))
    late = replace(MARCH, start=date(2026, 3, 20), end=date(2026, 4, 1))
    with pytest.raises(InputError, match="speak of 2026-03-20"):
        state.records.add([april, late], who="ana", at=AT)
    assert len(state.records.standing(approved=False)) == 1
    state.records.add([april], who="ana", at=AT)
    assert len(state.records.standing(approved=False, start=date(2026, 4, 1), end=date(2026, 4, 2))) == 1
    assert state.records.standing(approved=False, kind="water") == []
    assert len(state.records.standing(approved=False, kind="fuel", site="t")) == 2


def test_a_record_of_a_wrong_period_is_withdrawn_and_the_right_one_takes_its_days(state: State) -> None:
    (one,) = state.records.add([MARCH], who="ana", at=AT)
    state.records.approve([one.id], who="ben", at=AT, solo=False)
    (gone,) = state.records.withdraw([one.id], who="ana", at=AT + 1, reason="period was wrong")
    assert (gone.version, gone.withdrawn, gone.approved, gone.reason) == (2, True, False, "period was wrong")
    assert (amounts(state), amounts(state, approved=False)) == ([1200.0], []), "it counts until that is approved"
    with pytest.raises(InputError, match="is withdrawn already"):
        state.records.withdraw([one.id], who="ana", at=AT + 2, reason="again")
    with pytest.raises(InputError, match="the reason is blank"):
        state.records.withdraw([one.id], who="ana", at=AT + 2, reason=" ")
    with pytest.raises(InputError, match='"nope" is no record'):
        state.records.withdraw(["nope"], who="ana", at=AT + 2, reason="again")
    (right,) = state.records.add([replace(MARCH, end=date(2026, 3, 30), amount=5.0)], who="ana", at=AT + 2)
    assert {w.id for w in state.records.waiting()} == {one.id, right.id}
    with pytest.raises(InputError, match="leave one out, or withdraw one that stands"):
        state.records.approve([right.id], who="ben", at=AT + 3, solo=False)
    with pytest.raises(InputError, match="ana entered it"):
        state.records.approve([one.id], who="ana", at=AT + 3, solo=False)
    state.records.approve([right.id, one.id], who="ben", at=AT + 3, solo=False)
    assert (amounts(state), state.records.waiting()) == ([5.0], [])
    assert [(r.id == one.id, r.withdrawn) for r in state.records.newest()].count((True, True)) == 1
    with pytest.raises(InputError, match="was withdrawn: give the reason why it is entered again"):
        state.records.add([MARCH], who="ana", at=AT + 4)
    assert state.log_fault() is None
    assert state.audit.entries()[2].what == f"record {one.id} v2 withdrawn"


def test_what_nobody_approved_is_withdrawn_at_once(state: State) -> None:
    (one,) = state.records.add([MARCH], who="ana", at=AT)
    state.records.withdraw([one.id], who="ana", at=AT + 1, reason="typing error")
    assert state.records.waiting() == []
    (again,) = state.records.add([MARCH], who="ben", at=AT + 2, reason="it was right")
    assert (again.version, again.withdrawn, again.reason) == (3, False, "it was right")
    assert [w.id for w in state.records.waiting()] == [one.id]
    assert state.log_fault() is None


def test_nothing_can_be_changed_behind_our_back(state: State) -> None:
    (one,) = state.records.add([MARCH], who="ana", at=AT)
    state.records.approve([one.id], who="ben", at=AT, solo=False)
    for statement in ("UPDATE record SET amount = 1", "DELETE FROM record", "DELETE FROM record_approval"):
        with closing(sqlite3.connect(str(state.where))) as connection, pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
    assert [entry.what for entry in state.audit.entries()] == [f"record {one.id} v1", f"record {one.id} v1 approved"]
    assert state.audit.verify() is None


def test_the_head_of_the_log_proves_what_came_before(state: State) -> None:
    assert state.audit.head() is None
    state.records.add([MARCH], who="ana", at=AT)
    head = state.audit.head()
    assert head is not None
    assert head[1] == state.audit.entries()[-1].hash


def test_evidence_is_kept_once_and_goes_into_the_backup(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert evidence_files(data) == []
    digest = keep(data, b"bill")
    assert keep(data, b"bill") == digest
    Stores(data).spool.accept(tick(DAY))
    backup(data, tmp_path / "b.tar", now=DAY)
    restore(tmp_path / "b.tar", tmp_path / "new")
    (file,) = evidence_files(tmp_path / "new")
    assert (file.name, file.read_bytes()) == (digest, b"bill")


def test_the_doctor_misses_evidence_that_is_gone(tmp_path: Path) -> None:
    stores = Stores(tmp_path / "data")
    digests = [keep(stores.data, text) for text in (b"bill", b"report")]
    manifest = keep(stores.data, json.dumps({"files": {"report.json": digests[1]}}).encode())
    stores.state.records.add([replace(MARCH, evidence="bill.pdf", sha256=digests[0])], who="ana", at=AT)
    step = Step(name="prepared", who="ana", at=AT, solo=False, why="", manifest=manifest)
    report = Report(id="r", subject="t", label="m", start=0, end=1, content=digests[1], restates="", steps=(step,))
    stores.state.reports.prepare(report, why="")
    assert examine(stores.data) == []
    (stores.data / FOLDER / digests[0]).unlink()
    (stores.data / FOLDER / digests[1]).write_bytes(b"forged")
    told = [(one.store, one.then, one.sentence) for one in examine(stores.data)]
    assert [one[:2] for one in told] == [("evidence", "restore")] * 2
    assert "cannot be read" in next(text for *_, text in told if digests[0] in text)
    assert "was changed after it was kept" in next(text for *_, text in told if digests[1] in text)
    (stores.data / FOLDER / manifest).unlink()
    assert any(manifest in one.sentence for one in examine(stores.data))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.booleans()), min_size=1, max_size=8))
def test_only_what_somebody_else_approved_ever_counts(moves: list[tuple[str, int, bool]]) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder) / "state.sqlite")
        stands: float | None = None
        newest: tuple[str, float] | None = None  # author and amount, until somebody approved it
        for at, (who, amount, approves) in enumerate(moves):
            if approves and newest is not None:
                author, value = newest
                try:
                    state.records.approve([record_id(MARCH)], who=who, at=at, solo=False)
                except InputError:
                    assert author == who
                else:
                    assert author != who
                    stands, newest = value, None
            elif not approves:
                entry = replace(MARCH, value=float(amount), amount=float(amount))
                if state.records.add([entry], who=who, at=at, reason="again"):
                    newest = who, float(amount)
            assert amounts(state) == ([] if stands is None else [stands])
