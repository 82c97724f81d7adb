"""Lanes and threads: neither waits for what hangs. Real time, because threads know no other."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, ClassVar, Literal

import pytest
from pydantic import PrivateAttr

from collectors.contract import Collector
from collectors.lanes import PATIENCE_S, Lane, Threads
from collectors.reading import Reading
from collectors.run import Runner
from config.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


class Blocking(Collector):
    """Blocks until `_end`, if it has one."""

    blocking: ClassVar[bool] = True
    in_flight: ClassVar[int] = 4
    kind: Literal["blocking"] = "blocking"

    _end: threading.Event | None = PrivateAttr(default=None)
    _asked: int = PrivateAttr(default=0)

    def fetch(self) -> bytes:
        self._asked += 1
        if self._end:
            self._end.wait()
        return b"7"

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        yield Reading(self.point, "power", at, float(payload))


def test_hung_threads_block_no_other_source_and_are_never_doubled() -> None:
    end = threading.Event()
    made = [Blocking(id=f"b{n}", point=f"fra1/b{n}", interval_s=1, deadline_s=0.3) for n in range(16)]
    for hung in made[:8]:
        hung._end = end
    readings: list[Reading] = []
    runner = Runner(made, lambda some, _: readings.extend(some))

    async def play() -> None:
        run = asyncio.ensure_future(runner.run())
        await asyncio.sleep(3.2)
        runner.stop()
        await run

    before = time.monotonic()
    asyncio.run(play())
    assert time.monotonic() - before < 6
    end.set()
    assert [hung._asked for hung in made[:8]] == [1] * 8
    assert all(2 <= well._asked <= 4 for well in made[8:])
    missed = {r.point: r.value for r in readings if r.metric == "collector_missed"}
    assert all(missed[f"fra1/b{n}"] >= 1 for n in range(8))


def test_a_thread_brings_back_result_or_error() -> None:
    def broken() -> bytes:
        raise ValueError(1)

    async def play() -> tuple[bytes, BaseException | bytes]:
        threads = Threads()
        answer = await threads.call("a", lambda: b"x")
        error = (await asyncio.gather(threads.call("a", broken), return_exceptions=True))[0]
        assert not threads.hangs("a")
        return answer, error

    answer, error = asyncio.run(play())
    assert answer == b"x"
    assert isinstance(error, ValueError)


def test_threads_are_bounded() -> None:
    end = threading.Event()

    async def play() -> None:
        threads = Threads(limit=2)
        calls = [asyncio.ensure_future(threads.call(f"s{n}", lambda: bytes(end.wait()))) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(SourceUnreachable, match="no thread is left"):
            await threads.call("s3", lambda: b"")
        end.set()
        await asyncio.gather(*calls)

    asyncio.run(play())


def test_an_answer_that_comes_too_late_frees_its_owner() -> None:
    end = threading.Event()

    async def play() -> None:
        threads = Threads()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(threads.call("late", lambda: bytes(end.wait())), 0.05)
        assert threads.hangs("late")
        end.set()
        await asyncio.sleep(0.3)
        assert not threads.hangs("late")

    asyncio.run(play())


def test_a_thread_that_returns_after_the_loop_ended_hurts_nobody() -> None:
    end = threading.Event()

    async def play() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Threads().call("late", lambda: bytes(end.wait())), 0.05)

    asyncio.run(play())
    end.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "collect late"]:
        thread.join(2)


def test_a_place_is_given_back_once_by_patience_or_by_leaving() -> None:
    async def play() -> float:
        lane = Lane(1)
        loop = asyncio.get_running_loop()
        with await lane.enter():
            began = loop.time()
            with await lane.enter():
                waited = loop.time() - began
        with await lane.enter():
            assert lane._free.locked()
        return waited

    assert asyncio.run(play()) == pytest.approx(PATIENCE_S, abs=0.3)
