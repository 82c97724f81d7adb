"""What readings say of now: one and a gap prove no time, an old one says nothing, one of a fast clock does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from collectors.judge import judge_readings
from collectors.reading import Reading
from tests.ui.alerts.alert_site import Site
from tests.ui.company import HEAD, START, Company
from ui.alerts.evaluate import evaluate
from ui.alerts.hearing import Hearing
from ui.alerts.sight import Watch
from ui.figures.live import power_now

if TYPE_CHECKING:
    from pathlib import Path

A = ("s/a", "power")
POINT = '[[points]]\nid = "s/a"\nrole = "server"\nmax_w = 9000.0\ninterval_s = { power = 60 }\n'
HOT = '[alerting]\nevery_s = 10\n[[alerts]]\nid = "hot"\nkind = "reading"\nabove = 1000.0\nfor_s = 120\nreason = "x"\n'


def told(folder: Path, readings: dict[int, float], *, until: int) -> list[tuple[int, str]]:
    """What is told when, looking every 10 s, of readings by their second."""
    made = Company(folder, POINT, HEAD + HOT)
    service, watch, found = made.service, Watch(), []
    for at in range(0, until, 10):
        made.now = float(START + at)
        if at in readings:
            made.read("s/a", [(at, readings[at])])
        found += [(at, event.word) for event in evaluate(service, watch, monotonic_s=float(at))]
    return found


def test_one_reading_and_a_gap_do_not_fire_a_rule_that_waits(tmp_path: Path) -> None:
    assert told(tmp_path, {0: 500.0, 60: 1500.0}, until=600) == []


def test_readings_that_stay_beyond_the_limit_fire_when_the_last_of_its_time_comes(tmp_path: Path) -> None:
    high = dict.fromkeys((60, 600, 660, 720), 1500.0)
    assert told(tmp_path, {0: 500.0, **high}, until=900) == [(720, "firing")], "the gap before counts nothing"


def test_a_reading_that_comes_late_is_no_newer_one(tmp_path: Path) -> None:
    rule = '[[alerts]]\nid = "hot"\nkind = "reading"\nrole = "ups"\nabove = 1200.0\nreason = "x"\n'
    site = Site(tmp_path, "[alerting]\nevery_s = 60\n" + rule)
    site.minute(1000.0)
    site.minute(1000.0)
    site.company.read("s/ups", [(site.at - 30, 1900.0)])
    assert site.look() == []
    assert site.minute(1900.0) == ["hot firing"]
    site.company.read("s/ups", [(site.at - 30, 1000.0)])
    assert site.look() == [], "nor does an old one end anything"


def row(time: int, value: float) -> dict[str, Any]:
    return {"point": A[0], "metric": A[1], "time": time, "value": value, "quality": "measured", "origin": "poll"}


@pytest.mark.parametrize(("ahead_s", "value"), [(290, 7.0), (310, None), (-190, None)])
def test_a_source_whose_clock_is_fast_is_heard_as_far_as_the_judge_lets_it(ahead_s: int, value: float | None) -> None:
    hearing = Hearing()
    for minute in range(10):
        now = 1000 + 60 * minute
        hearing.take([row(now + ahead_s, 7.0)], {A: 60.0}, elapsed_s=60.0, now=now)
    assert hearing.value(A, 60.0) == value


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_after_a_step_of_the_clock_the_next_reading_is_the_newest(step_s: int) -> None:
    hearing = Hearing()
    hearing.take([row(10_000, 1.0)], {A: 60.0}, elapsed_s=0.0, now=10_000)
    rows = [row(10_020, 2.0), row(10_030 + step_s, 3.0)]
    hearing.take(rows, {A: 60.0}, elapsed_s=30.0, now=10_030 + step_s, stepped=True)
    assert hearing.value(A, 60.0) == 3.0
    hearing.take([row(10_090 + step_s, 4.0)], {A: 60.0}, elapsed_s=60.0, now=10_090 + step_s)
    assert hearing.value(A, 60.0) == 4.0
    assert hearing.age_s(A) == 0.0


def test_a_hall_whose_devices_are_polled_one_after_another_is_one_message(tmp_path: Path) -> None:
    site = Site(tmp_path, "[alerting]\nevery_s = 5\n")
    names = ["s/utility", *(f"s/srv-{n}" for n in range(20)), "s/ups"]
    service, words = site.service, list[str]()
    for second in range(0, 420, 5):
        site.company.now = float(START + second)
        turn = [name for at, name in enumerate(names) if (5 * at - second) % 60 == 0 and (second < 120 or at == 0)]
        when = datetime.fromtimestamp(START + second, UTC)
        found = [Reading(name, "power", when, 500.0) for name in turn]
        table, _ = judge_readings(found, service.settings, origin="test", now=START + second)
        service.stores.spool.accept(table)
        words += [one.rule for one in evaluate(service, site.watch, monotonic_s=float(second))]
    assert words == ["silent"]
    (event,) = service.stores.state.alerts.events()
    assert event.subjects == ("s/ups",)


def test_a_restart_ends_no_silence_that_lasts(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.minute(1000.0)
    assert [word for _ in range(4) for word in site.minute(1000.0, points=("s/utility",))] == ["silent firing"]
    for _ in range(3):
        site.watch = Watch()
        assert [word for _ in range(2) for word in site.minute(1000.0, points=("s/utility",))] == []
    assert site.minute(1000.0) == ["silent resolved"]


def test_after_a_clock_that_was_ahead_tile_source_and_a_fresh_watch_see_what_is_measured_now(tmp_path: Path) -> None:
    made = Company(tmp_path, POINT, HEAD + HOT)
    for at, watts in ((7200, 5000.0), (60, 500.0)):  # it was two hours ahead, and was set right
        made.now = float(START + at)
        made.read("s/a", [(at, watts)])
    service, hearing = made.service, Hearing()
    (tile,) = power_now(service, "s")
    assert (tile.watts, tile.age_s, tile.stale) == (500.0, 0, False)
    hearing.listen(service.stores.spool, {A: 60.0}, elapsed_s=0.0, now=START + 60)
    assert hearing.value(A, 60.0) == 500.0
    assert evaluate(service, Watch(), monotonic_s=0.0) == []
    made.now = float(START + 7230)
    (tile,) = power_now(made.service, "s")
    assert (tile.watts, tile.age_s) == (5000.0, 30), "nothing is lost: its time has come"
