"""Jobs by the clock: never twice at once, failures said once, a stop waits for what runs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from collectors.schedule import Schedule
from config.errors import StoreUnavailable
from tests.collectors.waiting import until

if TYPE_CHECKING:
    from collectors.events import Event


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def schedule(events: list[Event]) -> Schedule:
    return Schedule(record=events.append)


def test_a_job_comes_soon_and_again(schedule: Schedule, events: list[Event]) -> None:
    calls: list[float] = []
    schedule.every("ship", 0.2, lambda: calls.append(time.monotonic()))
    schedule.start()
    assert until(lambda: len(calls) >= 4)
    schedule.stop()
    assert events == []
    count = len(calls)
    time.sleep(0.4)
    assert len(calls) == count


def test_a_job_never_runs_twice_at_once(schedule: Schedule, events: list[Event]) -> None:
    running, most = [0], [0]
    enough = threading.Event()

    def slow() -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        enough.wait(5)
        running[0] -= 1

    schedule.every("ledger", 0.1, slow)
    schedule.start()
    assert until(lambda: bool(events))
    enough.set()
    schedule.stop()
    assert most == [1]
    assert str(events[0]) == "job overruns job=ledger"


def test_a_failing_job_is_said_once_and_goes_on(schedule: Schedule, events: list[Event]) -> None:
    calls: list[int] = []

    def flaky() -> None:
        calls.append(1)
        if len(calls) < 4:
            msg = "spool x is locked: wait."
            raise StoreUnavailable(msg)

    schedule.every("ship", 0.1, flaky)
    schedule.start()
    assert until(lambda: len(events) == 2)
    schedule.stop()
    assert [str(event) for event in events] == [
        'job failed job=ship reason="spool x is locked: wait."',
        "job works job=ship",
    ]
    assert [event.bad for event in events] == [True, False]


def test_a_bug_in_a_job_tells_its_place_and_no_text(schedule: Schedule, events: list[Event]) -> None:
    def buggy() -> None:
        msg = "postgresql://root:calvin@db"
        raise ValueError(msg)

    schedule.every("ship", 0.1, buggy)
    schedule.start()
    assert until(lambda: bool(events))
    schedule.stop()
    assert "ValueError in test_schedule.py" in str(events[0])
    assert "calvin" not in str(events[0])


def test_a_stop_waits_for_the_job_that_runs(schedule: Schedule) -> None:
    began, ended = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        time.sleep(0.3)
        ended.set()

    schedule.every("compact", 0.1, work)
    schedule.start()
    assert began.wait(5)
    schedule.stop()
    assert ended.is_set()


def test_runs_slept_through_become_one_and_may_be_late_by_the_interval(schedule: Schedule) -> None:
    schedule.start()
    schedule.every("ledger", 60, lambda: None)
    schedule.every("ledger", 120, lambda: None)
    (job,) = schedule._scheduler.get_jobs()
    schedule.stop()
    assert (job.max_instances, job.coalesce, job.misfire_grace_time) == (1, True, 120)
