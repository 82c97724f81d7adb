"""What is kept of a file is never older than the file."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from collectors.store.books import Books
from collectors.store.settled import Settled
from collectors.store.state import State
from config.errors import StoreCorrupt
from tests.collectors.store.tables import ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AT = 1_773_446_400


class Counted:
    """Reads a file, and counts how often."""

    def __init__(self, path: Path) -> None:
        self.path, self.reads = path, 0

    def __call__(self) -> str:
        self.reads += 1
        return self.path.read_text()


@pytest.fixture
def aged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let it be a minute later than the files were written."""
    real = time.time
    return lambda: monkeypatch.setattr(time, "time", lambda: real() + 60)


def test_a_file_that_rests_is_read_once_and_a_changed_one_at_once(tmp_path: Path, aged: Callable[[], None]) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    read, kept = Counted(path), Settled[str]()
    aged()
    assert [kept.of(read, path) for _ in range(3)] == ["one"] * 3
    assert read.reads == 1
    path.write_text("two")
    assert kept.of(read, path) == "two"


def test_two_changes_of_one_tick_are_both_seen(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    was = path.stat()
    read, kept = Counted(path), Settled[str]()
    assert kept.of(read, path) == "one"
    path.write_text("two")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    assert kept.of(read, path) == "two", "a file changed a moment ago is read each time"
    assert kept.of(read, path) == "two"
    assert read.reads == 3


def test_no_file_is_asked_each_time(tmp_path: Path) -> None:
    kept = Settled[int]()
    answers = iter((1, 2))
    assert [kept.of(lambda: next(answers), tmp_path / "none") for _ in range(2)] == [1, 2]


def test_the_head_of_the_log_is_that_of_the_newest_line(tmp_path: Path, aged: Callable[[], None]) -> None:
    state, other = State(tmp_path / "state.sqlite"), State(tmp_path / "state.sqlite")
    assert state.newest_line() is None
    state.audit.append("ana", "a", None, 1, "why", at=AT)
    aged()
    assert state.newest_line() == state.newest_line() == state.audit.head()
    for number in (2, 3):
        other.audit.append("bob", "b", None, number, "why", at=AT)
        found = state.newest_line()
        assert found is not None
        assert found[0] == number


def test_a_table_at_rest_is_opened_once_and_a_commit_of_another_shows_at_once(
    tmp_path: Path, aged: Callable[[], None]
) -> None:
    books, other = Books(tmp_path / "books"), Books(tmp_path / "books")
    mark = {"ledger:sequence": 1}
    books.write(ledger(2, 3), watermark=mark, cause="readings", now=AT)
    aged()
    assert books.ledger.snapshot() is books.ledger.snapshot()
    for number in (2, 3):
        other.write(ledger(2, 3 + number), watermark={"ledger:sequence": number}, cause="readings", now=AT)
        assert books.watermark("ledger:sequence") == number
        assert books.rows().num_rows == 2 * (3 + number)
    (books.ledger.root / "_delta_log" / f"{books.ledger.snapshot().version:020}.json").write_text("cut")
    with pytest.raises(StoreCorrupt):
        books.ledger.snapshot()
