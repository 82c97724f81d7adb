"""Looks at what lives: what was seen of the past stays, whatever a later look says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from collectors.jobs.job import Job, Placement, job_key
from collectors.jobs.looks import continued, reach
from collectors.store.jobs import JobBook
from tests.collectors.jobs.alpha import CLUSTER, T0

if TYPE_CHECKING:
    from pathlib import Path

LOOK_S, DAY_S = 900, 86_400
HELD = 0.25  # 16 of 64 CPUs


def server(end: int, point: str = "s/gpu1", **more: Any) -> Job:  # noqa: ANN401 - fields of Job
    place = Placement(point=point, cpu_share=more.pop("cpu_share", HELD), cpu_use=more.pop("cpu_use", None))
    fields = {"cluster": "alpha", "id": "v", "kind": "vm", "tenant": "red", "state": "ACTIVE", "running": True}
    return Job(**fields | {"start": T0, "end": T0 + end, "placements": (place,), "energy_kwh": None} | more)  # type: ignore[arg-type]


class Watch:
    """A table of jobs, and one look after the other at a server."""

    def __init__(self, folder: Path) -> None:
        self.book = JobBook(folder)

    def look(self, job: Job, *, now: int | None = None) -> None:
        at = job.end if now is None else T0 + now
        since = reach(self.book.looked("alpha"), now=at)
        known = self.book.standing("alpha", {job.id}, since)
        self.book.add(continued([job], known, CLUSTER, since=since), origin="source:x", now=at, looked="alpha")

    @property
    def seen(self) -> list[tuple[int, int, str]]:
        rows = sorted(self.book.rows().to_pylist(), key=lambda row: int(row["start"]))
        return [(row["start"] - T0, row["end"] - T0, row["point"]) for row in rows]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in sorted(self.book.rows().to_pylist(), key=lambda row: int(row["start"]))]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"point": "s/gpu2"}, "point"),
        ({"cpu_share": 0.5}, "cpu_share"),
        ({"tenant": "blue"}, "tenant"),
        ({"model": "llm"}, "model"),
    ],
)
def test_what_was_seen_of_the_past_stays(watch: Watch, change: dict[str, Any], column: str) -> None:
    for number in (1, 2, 3):
        watch.look(server(number * LOOK_S))
    before = watch.column(column)
    watch.look(server(4 * LOOK_S, **change))
    watch.look(server(5 * LOOK_S, **change))
    assert [(start, end) for start, end, _ in watch.seen] == [(0, 3 * LOOK_S), (3 * LOOK_S, 5 * LOOK_S)]
    assert watch.column(column) == [*before, next(iter(change.values()))]
    assert watch.column("running") == [False, True]
    history = watch.book.versions("alpha", "v")
    assert set(history["id"].to_pylist()) == {"v"}


def test_a_server_that_is_launched_anew_keeps_its_former_life(watch: Watch) -> None:
    watch.look(server(LOOK_S))
    watch.look(server(20 * LOOK_S, start=T0 + 18 * LOOK_S))
    assert watch.seen == [(0, LOOK_S, "s/gpu1"), (18 * LOOK_S, 20 * LOOK_S, "s/gpu1")]
    watch.look(server(9 * DAY_S, start=T0 + 8 * DAY_S), now=9 * DAY_S)
    watch.look(server(17 * DAY_S, start=T0 + 16 * DAY_S + 5), now=17 * DAY_S)
    assert len(watch.seen) == 4, "one that no look of the last week saw is no whole life either"


def test_an_end_that_is_told_late_corrects_what_it_speaks_of(watch: Watch) -> None:
    watch.look(server(LOOK_S))
    watch.look(server(2 * LOOK_S, "s/gpu2"))
    watch.look(server(3 * LOOK_S, "s/gpu3"))
    watch.look(server(LOOK_S + 60, "s/gpu3", running=False, state="DELETED"), now=4 * LOOK_S)
    assert watch.seen == [(0, LOOK_S, "s/gpu1"), (LOOK_S, LOOK_S + 60, "s/gpu2")]
    assert watch.column("state") == ["ACTIVE", "DELETED"]
    watch.look(server(LOOK_S + 60, "s/gpu3", running=False, state="DELETED"), now=5 * LOOK_S)
    watch.look(server(LOOK_S, "s/gpu3"), now=6 * LOOK_S)  # an answer older than the last one
    assert len(watch.seen) == 2
    watch.look(replace(server(LOOK_S, running=False), id="w"), now=30 * DAY_S)
    watch.look(replace(server(LOOK_S, running=False, state="X"), id="w"), now=40 * DAY_S)
    assert watch.column("state") == ["ACTIVE", "ACTIVE", "DELETED"], "what ended long before is told again for nothing"


def counted(end: int, busy_s: float | None, **more: Any) -> Job:  # noqa: ANN401 - fields of Job
    return server(end, cpu_use=None if busy_s is None else HELD, busy_s=busy_s, **more)


def test_use_is_what_the_counter_rose_day_by_day(watch: Watch) -> None:
    """64 CPUs: 6.4 busy on the first day, 3.2 on the second, 12.8 from noon on."""
    day = DAY_S * 6.4
    watch.look(counted(DAY_S // 2, day / 2))
    watch.look(counted(DAY_S - 900, day / DAY_S * (DAY_S - 900)))
    first = watch.column("cpu_use")
    assert first == [pytest.approx(0.1)]
    busy = day / DAY_S * (DAY_S - 900)
    watch.look(counted(DAY_S + DAY_S // 2, busy := busy + 3.2 * (DAY_S // 2 + 900)))
    assert watch.column("cpu_use") == [*first, pytest.approx(0.05)]
    watch.look(counted(2 * DAY_S - 900, busy := busy + 12.8 * (DAY_S // 2 - 900)))
    assert watch.column("cpu_use")[0] == first[0], "a day that has ended stays"
    assert watch.column("cpu_use")[1] == pytest.approx((3.2 * 44_100 + 12.8 * 42_300) / DAY_S / 64, rel=0.001)
    watch.look(counted(2 * DAY_S, None))  # the exporter is away for a look
    watch.look(counted(2 * DAY_S + 900, busy + 6.4 * 1800))
    assert watch.column("cpu_use")[2:] == [None, pytest.approx(0.1)]
    watch.look(counted(2 * DAY_S + 1800, 640.0))  # the counter began anew
    watch.look(counted(2 * DAY_S + 2700, 640.0 + 12.8 * 900))
    assert watch.column("cpu_use")[4:] == [pytest.approx((640 / 1800 + 6.4) / 64, rel=0.01)]
    assert watch.column("state")[4].startswith("ACTIVE (CPU counter 0 to ")
    watch.look(server(2 * DAY_S + 2760, running=False, state="DELETED"))
    assert watch.column("cpu_use")[4] == pytest.approx((640 / 1800 + 6.4) / 64, rel=0.01), "exporters forget it"


def test_a_counter_on_another_node_begins_anew_and_one_that_comes_late_is_a_mean(watch: Watch) -> None:
    watch.look(server(900))
    watch.look(counted(1800, 6.4 * 1800))
    assert watch.column("cpu_use") == [None, pytest.approx(0.1)]
    watch.look(counted(2700, 12.8 * 900, point="s/gpu2"))
    assert watch.column("cpu_use")[2] == pytest.approx(0.2)


def test_one_that_is_shut_off_for_a_while_was_not_before(watch: Watch) -> None:
    watch.look(server(900))
    watch.look(server(1800, cpu_use=0.0, state="SHUTOFF"))
    watch.look(server(2700))
    assert watch.column("cpu_use") == [None, 0.0, None]


def test_records_from_before_stretches_are_continued(watch: Watch) -> None:
    watch.book.add([server(900)], origin="old", now=T0 + 900, looked="alpha")
    watch.look(server(1800))
    watch.look(server(2700, "s/gpu2"))
    assert watch.seen == [(0, 1800, "s/gpu1"), (1800, 2700, "s/gpu2")]
    assert job_key(server(1)) != job_key(replace(server(1), stretch=T0))


def test_a_clock_that_was_ahead_for_one_look_is_set_right_by_the_next(watch: Watch) -> None:
    watch.look(server(LOOK_S))
    watch.look(server(30 * DAY_S))
    watch.look(server(2 * LOOK_S))
    assert watch.seen == [(0, 2 * LOOK_S, "s/gpu1")]


def test_a_clock_that_was_ahead_hides_no_new_owner_and_no_new_server(watch: Watch) -> None:
    watch.look(server(LOOK_S))
    watch.look(server(30 * DAY_S))
    watch.look(server(3 * LOOK_S, tenant="blue"))
    watch.look(server(4 * LOOK_S, tenant="blue"))
    watch.look(server(4 * LOOK_S, id="new", start=T0 + 3 * LOOK_S, tenant="green"))
    assert sorted(zip(watch.column("tenant"), watch.seen, strict=True)) == [
        ("blue", (3 * LOOK_S, 4 * LOOK_S, "s/gpu1")),
        ("green", (3 * LOOK_S, 4 * LOOK_S, "s/gpu1")),
        ("red", (0, 3 * LOOK_S, "s/gpu1")),
    ]


def test_what_was_seen_by_a_clock_ahead_alone_is_withdrawn(watch: Watch) -> None:
    watch.look(server(LOOK_S))
    watch.look(server(DAY_S))
    watch.look(server(DAY_S + LOOK_S, "s/gpu2"))
    for number in (2, 3, 4):
        watch.look(server(number * LOOK_S))
    assert watch.seen == [(0, 4 * LOOK_S, "s/gpu1")]


def test_a_look_a_moment_behind_another_changes_nothing(watch: Watch) -> None:
    watch.look(server(LOOK_S))
    watch.look(server(LOOK_S - 200, tenant="blue"))
    assert watch.seen == [(0, LOOK_S, "s/gpu1")]


def test_a_pod_may_use_more_than_it_requests(watch: Watch) -> None:
    watch.look(server(LOOK_S, kind="pod", cpu_share=0.0, busy_s=16.0 * LOOK_S))
    watch.look(server(2 * LOOK_S, kind="pod", cpu_share=0.0, busy_s=48.0 * LOOK_S))
    assert watch.column("cpu_use") == [pytest.approx(0.375)], "24 of 64 CPUs in the mean of both"
