"""Runs of one job that come in answers of their own: none takes another's place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from collectors.jobs.job import Job, Placement
from collectors.jobs.runs import beside
from collectors.store.jobs import JobBook
from tests.collectors.jobs.alpha import T0

if TYPE_CHECKING:
    from pathlib import Path

HOUR_S, DAY_S = 3600, 86_400
FIRST = Job(
    cluster="alpha",
    id="4",
    tenant="red",
    state="NODE_FAIL",
    start=T0,
    end=T0 + HOUR_S,
    energy_kwh=1.5,
    placements=(Placement(point="s/gpu1", cpu_share=0.25, gpus=(("s/gpu1-gpu-0", 1.0),), gpu_share=0.25),),
)
SECOND = replace(FIRST, state="COMPLETED", start=T0 + 4 * DAY_S, end=T0 + 4 * DAY_S + 2 * HOUR_S, energy_kwh=3.0)


def standing(folder: Path, *answers: Job) -> list[tuple[str, int, str]]:
    book = JobBook(folder)
    for at, job in enumerate(answers):
        book.add(beside([job], book.apart([job])), origin="source:slurm", now=T0 + at)
    rows = sorted(book.rows().to_pylist(), key=lambda row: int(row["start"]))
    return [(row["id"], row["start"] - T0, row["state"]) for row in rows]


def test_a_run_that_comes_alone_leaves_the_former_one(tmp_path: Path) -> None:
    both = [("4@2026-03-14T00:00:00Z", 0, "NODE_FAIL"), ("4", 4 * DAY_S, "COMPLETED")]
    assert standing(tmp_path / "rising", FIRST, SECOND) == both
    assert standing(tmp_path / "late", SECOND, FIRST) == both
    assert standing(tmp_path / "again", FIRST, SECOND, FIRST, SECOND) == both
    glance = replace(FIRST, running=True, state="RUNNING")
    assert standing(tmp_path / "glance", glance, SECOND) == [(both[0][0], 0, "RUNNING"), both[1]]


def test_a_record_that_is_moved_in_time_alone_is_a_correction(tmp_path: Path) -> None:
    moved = replace(FIRST, start=T0 + 8 * HOUR_S, end=T0 + 9 * HOUR_S)
    assert standing(tmp_path, FIRST, moved) == [("4", 8 * HOUR_S, "NODE_FAIL")]


def test_a_run_that_the_answer_holds_too_stands_as_it_says(tmp_path: Path) -> None:
    book = JobBook(tmp_path)
    book.add([FIRST], origin="a", now=T0)
    told = [replace(FIRST, id="4@2026-03-14T00:00:00Z", state="REQUEUED"), SECOND]
    assert list(beside(told, book.apart(told))) == told
    book.add(told, origin="b", now=T0)
    assert sorted(row["state"] for row in book.rows().to_pylist()) == ["COMPLETED", "REQUEUED"]
