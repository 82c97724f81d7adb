"""The store of job records: late and corrected ones replace, versions stay, and it is backed up and examined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.store.backup import backup, restore
from collectors.store.doctor import examine, repair
from collectors.store.jobs import Added, JobBook
from collectors.store.open import Stores
from config.errors import InputError
from tests.collectors.jobs.alpha import T0, job

if TYPE_CHECKING:
    from pathlib import Path


def test_late_and_corrected_records_replace(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    assert book.rows(T0, T0 + 1).num_rows == 0
    assert book.add([job("7"), job("8")], origin="a", now=1) == Added(2, 0, 0)
    assert book.add([job("7"), job("8")], origin="a", now=2) == Added(0, 0, 2)
    moved = job("7", start=T0 + 86_400 * 40, end=T0 + 86_400 * 41)
    assert book.add([moved], origin="b", now=3) == Added(0, 1, 0)
    assert book.rows(T0, T0 + 3600)["id"].to_pylist() == ["8"]  # what stood at the former time stands no more
    later = book.rows(T0 + 86_400 * 40, T0 + 86_400 * 42)
    assert (later["id"].to_pylist(), later["version"].to_pylist()) == (["7"], [2])
    assert book.versions("alpha", "7")["origin"].to_pylist() == ["a", "b"]
    assert later["gpus"].to_pylist() == ["s/gpu1-gpu-0:0.5"]


def test_versions_of_the_source(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    book.add([job(version=5)], origin="a", now=1)
    assert book.add([job(version=4, state="FAILED")], origin="a", now=2) == Added(0, 0, 1)
    with pytest.raises(InputError, match="higher version"):
        book.add([job(version=5, state="FAILED")], origin="a", now=2)
    assert book.add([job(version=9, placements=())], origin="a", now=2) == Added(0, 1, 0)
    assert book.rows()["point"].to_pylist() == [""]
    with pytest.raises(InputError, match="twice"):
        book.add([job(), job(state="X")], origin="a", now=3)
    assert book.add([job("9"), job("9")], origin="a", now=3) == Added(1, 0, 0)


def test_glances_at_running_jobs_go_when_files_are_merged(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    for hours in (1, 2, 3):
        book.add([job(end=T0 + hours * 3600, running=True)], origin="a", now=hours)
    book.add([job("8", state="A")], origin="a", now=4)
    book.add([job("8", state="B")], origin="a", now=5)
    before = sorted(book.rows().to_pylist(), key=str)
    assert book.compact(before=T0 + 86_400 * 60) == 1
    assert book.compact(before=T0 + 86_400 * 60) == 0
    assert sorted(book.rows().to_pylist(), key=str) == before
    assert book.versions("alpha", "7")["version"].to_pylist() == [3]
    assert book.versions("alpha", "8")["version"].to_pylist() == [1, 2]
    assert book.vacuum() >= 0


def test_job_records_are_backed_up_and_examined(tmp_path: Path) -> None:
    stores = Stores(tmp_path / "data")
    stores.jobs.add([job("7"), job("8")], origin="a", now=1)
    backup(tmp_path / "data", tmp_path / "all.tar", now=T0)
    restore(tmp_path / "all.tar", tmp_path / "again")
    assert Stores(tmp_path / "again").jobs.rows().to_pylist() == stores.jobs.rows().to_pylist()
    stores.jobs.add([job("9")], origin="a", now=2)
    (log,) = (tmp_path / "data" / "jobs" / "jobs" / "_delta_log").glob("*2.json")
    log.write_bytes(log.read_bytes()[:40])
    assert [one.store for one in examine(tmp_path / "data")] == ["jobs"]
    done = repair(tmp_path / "data")
    assert "import the newest job records again" in done[0].sentence
    assert sorted(Stores(tmp_path / "data").jobs.rows()["id"].to_pylist()) == ["7", "8"]


def test_a_look_that_saw_nothing_is_known_too(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    assert book.add([], origin="a", now=5) == Added(0, 0, 0)
    assert book.looked("alpha") == -1
    assert book.add([], origin="source:slurm", now=10, looked="alpha") == Added(0, 0, 0)
    book.add([job()], origin="source:slurm", now=20, looked="alpha")
    book.add([job()], origin="source:slurm", now=15, looked="alpha")  # an older look that came late
    assert (book.looked("alpha"), book.looked("beta"), book.rows().num_rows) == (20, -1, 1)
