"""Jobs by the monotonic clock: again and again, failures said once, a stop begins nothing any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from collectors.steady import Steady
from config.errors import StoreUnavailable
from tests.collectors.waiting import until

if TYPE_CHECKING:
    from collectors.events import Event


def test_a_job_comes_at_once_and_again_until_it_is_stopped() -> None:
    events: list[Event] = []
    calls: list[int] = []
    steady = Steady(record=events.append)
    steady.every("alerts", lambda: 0.01, lambda: calls.append(1))
    assert until(lambda: len(calls) > 3)
    steady.stop()
    count = len(calls)
    time.sleep(0.05)
    assert (len(calls), events) == (count, [])


def test_a_failing_job_is_said_once_and_goes_on() -> None:
    events: list[Event] = []
    calls: list[int] = []

    def flaky() -> None:
        calls.append(1)
        if len(calls) < 4:
            msg = "state store x is locked: wait."
            raise StoreUnavailable(msg)

    steady = Steady(record=events.append)
    steady.every("alerts", lambda: 0.01, flaky)
    assert until(lambda: len(events) == 2)
    steady.stop()
    assert [str(event) for event in events] == [
        'job failed job=alerts reason="state store x is locked: wait."',
        "job works job=alerts",
    ]
