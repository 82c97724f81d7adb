"""2,000 devices every 10 s, a tenth of them hanging (design 8.6), with time run ten times as fast.

Intervals, deadlines, patience and rests are a tenth; so is nothing else, and one second here asks ten times as much
of the processor as it would in the field.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow.compute as pc
import pytest
import uvloop
from pydantic import PrivateAttr

from collectors import breaker, lanes
from collectors.agenda import spread
from collectors.clock import SystemClock
from collectors.contract import Collector
from collectors.intake import Intake
from collectors.judge import Judge
from collectors.reading import Reading
from collectors.run import Runner
from collectors.store.spool import Spool
from config.site import Company, Point, Settings, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

DEVICES = 2000
HANGING = 10  # every tenth
FASTER = 10
SECONDS = 12
INTERVAL_S = 10 / FASTER

pytestmark = pytest.mark.bench


class Device(Collector):
    """Answers after 20 ms, as a BMC does, or never."""

    kind: Literal["device"] = "device"
    hangs: bool

    _answers: int = PrivateAttr(default=0)

    async def fetch(self) -> bytes:
        if self.hangs:
            await asyncio.get_running_loop().create_future()
        await asyncio.sleep(0.02)
        self._answers += 1
        return b"417.0"

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        yield Reading(self.point, "power", at, float(payload))


def devices() -> list[Device]:
    keys = {"interval_s": INTERVAL_S, "deadline_s": INTERVAL_S}
    return [Device(id=f"d{n}", point=f"hall/d{n}", hangs=n % HANGING == 0, **keys) for n in range(DEVICES)]


def site() -> Settings:
    hall = Site(id="hall", name="Hall", zone="DE", time_zone="UTC", currency="EUR")
    points = tuple(Point(id=one.point, site="hall", name=one.id, role="server", max_w=2000.0) for one in devices())
    company = Company(name="A", currency="EUR")
    return Settings(company=company, sites=(hall,), points=points, path=Path("wattlas.toml"))


@pytest.fixture(autouse=True)
def _ten_times_as_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "PATIENCE_S", lanes.PATIENCE_S / FASTER)
    monkeypatch.setattr(breaker, "FIRST_WAIT_S", breaker.FIRST_WAIT_S / FASTER)
    monkeypatch.setattr(breaker, "LONGEST_WAIT_S", breaker.LONGEST_WAIT_S / FASTER)


async def run_for(seconds: float, runner: Runner) -> None:
    run = asyncio.ensure_future(runner.run())
    await asyncio.sleep(seconds)
    runner.stop()
    await run


async def plain(seconds: float, polled: list[Device], taken: list[list[Reading]]) -> None:
    """What anyone would write first: a task per device with the same awaits, and nothing else."""

    async def loop(device: Device) -> None:
        await asyncio.sleep(spread(device.id) * INTERVAL_S)
        while True:
            due = time.monotonic() + INTERVAL_S
            try:
                async with asyncio.timeout(device.deadline_s):
                    taken.append(list(device.parse(await device.fetch(), datetime.now(UTC))))
            except TimeoutError:
                pass
            await asyncio.sleep(due - time.monotonic())

    tasks = [asyncio.ensure_future(loop(device)) for device in polled]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def cost_s(play: Callable[[list[Device]], Coroutine[object, object, None]]) -> tuple[float, list[Device]]:
    """Seconds of processor per answered poll."""
    polled = devices()
    before = time.process_time()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(play(polled))
    return (time.process_time() - before) / sum(device._answers for device in polled), polled


def test_few_polls_are_missed_in_little_memory_down_to_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.db")
    intake = Intake(Judge(site()), spool.accept, SystemClock())
    each_s, polled = cost_s(lambda some: run_for(SECONDS, Runner(some, intake.accept, flush=intake.flush)))
    well = [device for device in polled if not device.hangs]
    due = len(well) * (SECONDS / INTERVAL_S - 1)  # the first poll comes anywhere in the first interval
    missed = max(0.0, 1 - sum(device._answers for device in well) / due)
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = spool.after(0)
    skipped = pc.sum(rows.filter(pc.equal(rows["metric"].cast("string"), "collector_missed"))["value"]).as_py()
    sys.stdout.write(f"\n{each_s * 1e6:.0f} us a poll down to the spool, {missed:.3%} missed, {memory_mb:.0f} MB\n")
    assert missed < 0.005
    assert skipped / due < 0.005
    assert memory_mb <= 512
    assert rows.num_rows >= sum(device._answers for device in well)


def test_the_runner_costs_little_more_than_the_bare_awaits() -> None:
    taken: list[list[Reading]] = []
    mine_s, _ = cost_s(lambda some: run_for(SECONDS, Runner(some, lambda readings, _: taken.append(readings))))
    plain_s, _ = cost_s(lambda some: plain(SECONDS, some, taken))
    ratio = mine_s / plain_s
    sys.stdout.write(f"\nrunner {mine_s * 1e6:.0f} us a poll, plain loop {plain_s * 1e6:.0f} us: ratio {ratio:.2f}\n")
    assert ratio <= 2.5
