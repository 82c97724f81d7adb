"""The runner on the real loop: another thread stops it, its store may wait, its clocks are watched."""

from __future__ import annotations

import threading
import time

import pytest
import uvloop

from collectors.clock import STEP_S, StepWatch, SystemClock
from collectors.events import Event, log_event
from collectors.run import Runner
from config.errors import StoreUnavailable
from tests.collectors.stage import source

pytestmark = pytest.mark.alone


def play(runner: Runner, *, stop_after_s: float = 5.0) -> None:
    """Run on the real clock and loop until another thread stops it."""
    timer = threading.Timer(stop_after_s, runner.stop)
    timer.daemon = True
    timer.start()
    uvloop.run(runner.run())


def test_another_thread_stops_it_cleanly_on_uvloop() -> None:
    one, flushed = source("one", interval_s=1, deadline_s=1), []
    before = time.monotonic()
    play(Runner([one], lambda _, __: None, flush=lambda: flushed.append(threading.current_thread())), stop_after_s=0.5)
    assert time.monotonic() - before < 5
    assert one._closed == 1
    assert threading.main_thread() not in flushed
    assert len(flushed) >= 2


def test_a_store_that_waits_delays_no_poll_and_is_said_once() -> None:
    one, events, calls = source("one", interval_s=1, deadline_s=1), list[Event](), []

    def flush() -> None:
        calls.append(time.monotonic())
        if len(calls) == 1:
            time.sleep(1.5)
            msg = "the spool is locked: wait."
            raise StoreUnavailable(msg)

    play(Runner([one], lambda _, __: None, flush=flush, record=events.append), stop_after_s=3.2)
    assert len(one._asked) >= 3
    assert [event.word for event in events if event.word.startswith("flush")] == ["flush failed", "flush works"]


def test_a_bug_in_keeping_readings_ends_the_run() -> None:
    def bug(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        play(Runner([source("one")], lambda _, __: None, flush=bug))
    with pytest.raises(ZeroDivisionError):
        play(Runner([source("one", interval_s=1, deadline_s=1)], bug))


class Hands:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.since, self.wall = 0.0, 0.0

    def monotonic(self) -> float:
        return self.since

    def utc(self) -> float:
        return self.wall


@pytest.mark.parametrize(("set_s", "step_s"), [(0.0, None), (STEP_S, None), (2.5, 2.5), (-3600.0, -3600.0)])
def test_a_step_is_more_than_two_seconds_between_the_clocks(set_s: float, step_s: float | None) -> None:
    hands = Hands()
    watch = StepWatch(hands)
    hands.since, hands.wall = 10.0, 10.0 + set_s
    assert watch.step_s() == step_s
    assert watch.step_s() is None


def test_drift_is_no_step() -> None:
    hands = Hands()
    watch = StepWatch(hands)
    for _ in range(100):
        hands.since, hands.wall = hands.since + 10, hands.wall + 10.1
        assert watch.step_s() is None


def test_the_host_has_both_clocks() -> None:
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()
    assert abs(clock.utc() - time.time()) < 1


def test_a_device_cannot_forge_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    log_event(
        Event("collect failed", 0.0, {"source": "a", "reason": 'x"\ncollect answers source=b', "n": 2.0}, bad=True)
    )
    assert caplog.messages == ['collect failed source=a reason="x\\"\\ncollect answers source=b" n=2']
    assert caplog.records[0].levelname == "WARNING"
