"""The doctor: a last commit cut anywhere is set aside, and nothing accepted is lost or doubled (design 3)."""

from __future__ import annotations

import os
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from collectors.store.doctor import examine, repair
from collectors.store.log_check import commit_path, read_commit, versions
from collectors.store.open import Stores
from collectors.store.parquet import Where
from collectors.store.shipper import ship, undo_import
from collectors.store.state import ImportNote
from config.errors import StoreCorrupt
from tests.collectors.store.tables import DAY, DAY_S, ledger, plain, tick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collectors.store.delta import DeltaFolder

CUTS = 6


def shipped(data: Path, *, flushes: int = 3) -> Stores:
    """Stores with so many commits of readings; the last spans two days."""
    stores = Stores(data)
    for second in range(flushes):
        stores.spool.accept(tick(DAY + second))
        if second == flushes - 1:
            stores.spool.accept(tick(DAY + DAY_S))
        ship(stores.spool, stores.lake)
    return stores


def booked(data: Path) -> Stores:
    """Stores with three ledger commits, of which the second and third revise rows."""
    stores = Stores(data)
    for number in range(3):
        stores.books.write(
            ledger(3, 8, seed=number), watermark={"ledger:sequence": number}, cause="late", now=DAY + number
        )
    return stores


def last_files(folder: DeltaFolder) -> list[Path]:
    """The log file of the last commit and the data files it added."""
    log = commit_path(folder.root, versions(folder.root)[-1])
    return [log, *(folder.root / action["add"]["path"] for action in read_commit(log) if "add" in action)]


def truncated(file: Path, size: int) -> None:
    with file.open("r+b") as opened:
        opened.truncate(size)


def test_sound_or_absent_stores_have_no_findings(tmp_path: Path) -> None:
    assert examine(tmp_path / "none") == []
    assert not (tmp_path / "none").exists(), "examining creates nothing"
    stores = shipped(tmp_path)
    booked(tmp_path)
    stores.state.audit.append("ana", "x", 1, 2, "why", at=DAY)
    assert examine(tmp_path) == []
    assert repair(tmp_path) == []


@pytest.mark.parametrize("which", [0, 1, 2])
def test_readings_of_a_cut_commit_are_shipped_again(tmp_path: Path, which: int) -> None:
    chance = random.Random(which)  # noqa: S311 (repeatable cuts)
    for cut in range(CUTS):
        data = tmp_path / str(cut)
        stores = shipped(data)
        before = plain(stores.lake.read())
        file = last_files(stores.lake.table)[which]
        content = file.read_bytes()
        truncated(file, 0 if cut == 0 else chance.randrange(len(content.rstrip())))
        with pytest.raises(StoreCorrupt, match=r"doctor --repair"):
            Stores(data).lake.read()
        with pytest.raises(StoreCorrupt, match=r"doctor --repair"):
            ship(Stores(data).spool, stores.lake)
        assert [finding.then for finding in examine(data)] == ["repair"]
        found = repair(data)
        assert "40 rows were shipped again" in found[-1].sentence
        assert {finding.then for finding in found} == {""}
        again = Stores(data)
        assert plain(again.lake.read()) == before
        assert sum(table.num_rows for table in again.lake.table.snapshot().read(Where())) == len(before)
        assert examine(data) == []


def test_a_cut_between_two_lines_of_the_log_is_seen_too(tmp_path: Path) -> None:
    lines = commit_lines(shipped(tmp_path / "a"))
    for kept in range(len(lines)):
        data = tmp_path / f"cut{kept}"
        stores = shipped(data)
        lines = commit_lines(stores)
        last_files(stores.lake.table)[0].write_text("".join(f"{line}\n" for line in lines[:kept]))
        before = plain(shipped(tmp_path / f"whole{kept}").lake.read().drop_columns("seq"))
        assert [finding.then for finding in examine(data)] == ["repair"]
        repair(data)
        assert plain(Stores(data).lake.read().drop_columns("seq")) == before


def commit_lines(stores: Stores) -> list[str]:
    return last_files(stores.lake.table)[0].read_text().splitlines()


def test_the_very_first_commits_may_be_cut(tmp_path: Path) -> None:
    stores = shipped(tmp_path, flushes=1)
    for file in (stores.lake.table.root / "_delta_log").iterdir():
        truncated(file, 0)
    assert [finding.then for finding in repair(tmp_path)] == ["", ""]
    assert Stores(tmp_path).lake.read().num_rows == 40


@pytest.mark.parametrize("table", ["ledger", "former"])
def test_a_cut_ledger_goes_back_with_its_watermark(tmp_path: Path, table: str) -> None:
    chance = random.Random(table)  # noqa: S311 (repeatable cuts)
    for cut in range(CUTS):
        data = tmp_path / str(cut)
        stores = booked(data)
        folder = getattr(stores.books, table)
        whole, past = plain(stores.books.rows()), plain(stores.books.history())
        file = last_files(folder)[cut % 2]
        truncated(file, chance.randrange(len(file.read_bytes().rstrip())))
        found = repair(data)
        assert "keep_books" in {finding.then for finding in found}
        books = Stores(data).books
        assert books.watermark("ledger:sequence") == 1
        assert set(books.rows()["revision"].to_pylist()) == {1}
        books.write(ledger(3, 8, seed=2), watermark={"ledger:sequence": 2}, cause="late", now=DAY + 2)
        assert plain(books.rows()) == whole
        assert plain(books.history()) == past
        assert examine(data) == []


def test_a_cut_compaction_is_forgotten(tmp_path: Path) -> None:
    stores = shipped(tmp_path)
    before = plain(stores.lake.read())
    stores.lake.compact(DAY + DAY_S)
    truncated(last_files(stores.lake.table)[1], 100)
    assert "0 rows were shipped again" in repair(tmp_path)[-1].sentence
    assert plain(Stores(tmp_path).lake.read()) == before


def test_a_cut_undo_is_undone_again(tmp_path: Path) -> None:
    stores = shipped(tmp_path)
    before = plain(stores.lake.read())
    stores.spool.accept(tick(DAY, value=1.0, origin="import:ff"), key="import:ff:0")
    undo_import(stores.spool, stores.lake, "import:ff")
    note = {"sha256": "ff", "file": "a.csv", "mapping": "", "rows": 20, "rejected": 0, "imported_at": DAY}
    stores.state.note_import(ImportNote(origin="import:ff", **note, undone_at=DAY))  # type: ignore[arg-type]
    truncated(last_files(stores.lake.table)[0], 50)
    found = repair(tmp_path)
    assert (found[-1].sentence, found[-1].then) == ("readings: a.csv (import:ff) was undone again.", "keep_books")
    assert plain(stores.lake.read()) == before


@pytest.mark.parametrize("damage", ["checkpoint", "pointer"])
def test_a_cut_checkpoint_is_set_aside(tmp_path: Path, damage: str) -> None:
    stores = shipped(tmp_path)
    before = plain(stores.lake.read())
    stores.lake.vacuum()
    log = stores.lake.table.root / "_delta_log"
    (file,) = log.glob("*.checkpoint.parquet" if damage == "checkpoint" else "_last_checkpoint")
    truncated(file, file.stat().st_size // 2)
    assert [finding.then for finding in examine(tmp_path)] == ["repair"]
    assert "checkpoint" in repair(tmp_path)[0].sentence
    assert plain(Stores(tmp_path).lake.read()) == before
    assert examine(tmp_path) == []


def test_an_older_commit_is_mended_while_the_spool_has_its_rows(tmp_path: Path) -> None:
    stores = shipped(tmp_path)
    before = plain(stores.lake.read())
    truncated(commit_path(stores.lake.table.root, 2), 80)
    found = repair(tmp_path)
    assert "2 commit(s) from 2 on were set aside" in found[0].sentence
    assert plain(Stores(tmp_path).lake.read()) == before


def test_what_the_spool_no_longer_has_is_not_touched(tmp_path: Path) -> None:
    stores = shipped(tmp_path)
    stores.spool.mark_shipped(stores.spool.highest(), now=0)
    stores.spool.purge(stores.spool.highest(), 0, 2**40)
    truncated(commit_path(stores.lake.table.root, 2), 80)
    assert {finding.then for finding in repair(tmp_path)} == {"restore", "repair"}
    assert versions(stores.lake.table.root) == [0, 1, 2, 3]


def test_a_lost_data_file_needs_a_backup(tmp_path: Path) -> None:
    stores = shipped(tmp_path, flushes=25)
    actions = read_commit(commit_path(stores.lake.table.root, 1))
    lost = next(action["add"]["path"] for action in actions if "add" in action)
    (stores.lake.table.root / lost).unlink()
    assert (
        [finding.then for finding in examine(tmp_path)] == [finding.then for finding in repair(tmp_path)] == ["restore"]
    )
    assert lost in examine(tmp_path)[0].sentence
    with pytest.raises(StoreCorrupt, match="is gone"):
        stores.lake.read()


def test_damaged_databases_are_findings(tmp_path: Path) -> None:
    stores = shipped(tmp_path)
    stores.spool.close()
    stores.state.mapping_names()
    for file in (stores.spool_path, stores.state_path):
        file.write_bytes(b"nonsense" * 1000)
    for file in stores.spool_path.parent.glob("*-wal"):
        file.unlink()
    assert [(finding.store, finding.then) for finding in examine(tmp_path)] == [
        ("spool", "restore"),
        ("state", "restore"),
    ]


def test_a_batch_that_cannot_be_read_is_set_aside_and_the_others_are_shipped(tmp_path: Path) -> None:
    """A sector that went bad: pages of the file are whole, and nothing behind the batch was shipped any more."""
    stores = shipped(tmp_path, flushes=1)
    bad = stores.spool.accept(tick(DAY + 1))
    stores.spool.accept(tick(DAY + 2))
    with stores.spool._connections.transaction(write=True) as connection:
        connection.execute("UPDATE batch SET readings = substr(readings, 1, 100) WHERE n = ?", (bad,))
    with pytest.raises(StoreCorrupt, match="doctor --repair"):
        ship(stores.spool, stores.lake)
    (found,) = examine(tmp_path)
    what = f"spool: batch {bad} (20 readings of 2026-03-14T00:00:01Z to 2026-03-14T00:00:01Z)"
    assert (found.then, found.sentence) == ("repair", f"{what} cannot be read.")
    (done,) = repair(tmp_path)
    aside = stores.spool_path.parent / "set-aside" / f"batch-{bad}.arrow"
    assert done.sentence == f"{what} was set aside as {aside}: what the archive has not of it is lost."
    assert aside.stat().st_size == 100
    assert ship(stores.spool, stores.lake) == 20
    assert {row["time"] for row in plain(stores.lake.read())} == {DAY, DAY + 2, DAY + DAY_S}
    assert examine(tmp_path) == []


def test_what_was_set_aside_is_kept(tmp_path: Path) -> None:
    stores = shipped(tmp_path)
    for _ in range(2):
        truncated(last_files(stores.lake.table)[0], 10)
        repair(tmp_path)
    names = sorted(file.name for file in (tmp_path / "lake" / "set-aside").iterdir())
    assert names == ["readings-00000000000000000003.json", "readings-00000000000000000003.json.1"]


NOBODY = 65_534


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user without rights where the tests run as root, whom no mode of a file keeps out."""
    if os.getuid():
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.mark.parametrize("closed", [".", "spool", "lake/readings"])
def test_a_folder_that_the_process_may_not_write_is_no_case_for_a_backup(closed: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shipped(data)
    for path in (tmp_path, *tmp_path.parents[:3], data, *data.rglob("*")):
        path.chmod(0o777)
    (data / closed).chmod(0o555)
    with nobody():
        found = [*examine(data), *repair(data)]
    (data / closed).chmod(0o777)
    assert [(finding.store, finding.then) for finding in found] == [("folder", "permit")] * 2
    assert found[0].sentence.startswith(f"{data / closed}: this process may not write there: run it as the user that")
