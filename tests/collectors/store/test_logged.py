"""What is written to the state store past Wattlas shows: every row that counts has its line in the audit log."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from collectors.store.estimates import Estimated
from collectors.store.reports import Report, Step
from collectors.store.state import State
from tests.collectors.store.test_records import AT, MARCH

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state store in which people did some of everything."""
    path = tmp_path_factory.mktemp("kept") / "state.sqlite"
    state = State(path)
    (record,) = state.records.add([MARCH], who="ana", at=AT)
    state.records.approve([record.id], who="ben", at=AT + 1, solo=False)
    cells = ((AT, 900.0, 1.5, 1.0, 2.0),)
    content = {"site": "t", "point": "t/a", "start": AT, "end": AT + 900, "method": "profile", "config_hash": "c"}
    estimate = Estimated(**content, inputs={"share": 0.5}, cells=cells)  # type: ignore[arg-type]
    state.estimates.propose([estimate], points=["t/a"], start=AT, end=AT + 900, who="ana", at=AT)
    state.estimates.approve([estimate.id], who="ben", at=AT + 1, solo=False)
    step = Step(name="prepared", who="ana", at=AT, solo=False, why="", manifest="")
    report = Report(id="r", subject="t", label="2026-03", start=0, end=1, content="f", restates="", steps=(step,))
    state.reports.prepare(report, why="")
    state.reports.take("r", "reviewed", who="ben", at=AT + 1, solo=False)
    state.progress.add("fans", state="started", cost=5.0, currency="EUR", note="", who="ana", at=AT)
    return path


def altered(kept: Path, folder: Path, *statements: str) -> State:
    path = folder / "state.sqlite"
    shutil.copy(kept, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return State(path)


def test_what_wattlas_wrote_has_its_lines(kept: Path) -> None:
    assert State(kept).log_fault() is None


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            ("INSERT INTO record SELECT id, 2, kind, site, subject, start, end, 9, unit, 9, text, evidence, sha256, "
            "comment, entered_by, entered_at, reason FROM record"),
            " v2 as it stands: it was written past Wattlas",
        ),
        ("INSERT INTO record_approval VALUES ('x', 1, 'ben', 1, 0)", "record x v1 approved as it stands"),
        ("INSERT INTO estimate_decision SELECT id, 2, state, who, at, reason, solo FROM estimate_decision", "approved"),
        ("INSERT INTO estimate SELECT 'y', site, point, start, end, method, inputs, cells, '', 'z', 1 FROM estimate",
         "estimate y as it stands"),
        ("INSERT INTO report_step VALUES ('r', 3, 'approved', 'cyd', 1, 0, '', '')", "report r approved as it stands"),
        ("INSERT INTO measure_progress VALUES ('fans', 2, 'done', 0, 'EUR', '', 'ana', 1)", "measure fans v2"),
    ],
)  # fmt: skip
def test_a_row_without_its_line_is_a_fault(kept: Path, tmp_path: Path, statement: str, said: str) -> None:
    state = altered(kept, tmp_path, statement)
    assert state.audit.verify() is None, "the chain itself is whole"
    assert said in (state.log_fault() or "")
    assert state.fault() == state.log_fault()


def test_a_row_that_was_changed_or_taken_out_is_a_fault(kept: Path, tmp_path: Path) -> None:
    drops = [f"DROP TRIGGER record_{verb}" for verb in ("update", "delete", "approval_delete")]
    assert "the audit log does not tell of record" in (
        altered(kept, tmp_path, *drops, "UPDATE record SET amount = 1").log_fault() or ""
    )
    found = altered(kept, tmp_path, *drops, "DELETE FROM record_approval").log_fault() or ""
    assert "approved is not as line 2 of the audit log tells: it was taken out" in found
