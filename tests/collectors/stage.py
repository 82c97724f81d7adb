"""A stage for the runner: an event loop whose time jumps, and sources that do what a test tells them."""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PrivateAttr

from collectors.contract import Collector
from collectors.reading import Reading
from collectors.run import Runner

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from collectors.events import Event

START = datetime(2026, 3, 1, tzinfo=UTC)
HANG = "hang"


class _Jumping(selectors.SelectSelector):
    """Instead of waiting for the next timer, says that it has come."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None:
            self.now += max(timeout, 0.0)
            timeout = 0.0
        return super().select(timeout)


class QuickLoop(asyncio.SelectorEventLoop):
    """Hours pass in a moment, and always in the same way."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class LoopClock:
    """The clock of the running loop; `set_s` is by how much somebody set the wall clock."""

    def __init__(self) -> None:
        self.set_s = 0.0

    def monotonic(self) -> float:
        try:
            return asyncio.get_running_loop().time()
        except RuntimeError:
            return 0.0

    def utc(self) -> float:
        return START.timestamp() + self.monotonic() + self.set_s


class Scripted(Collector):
    """Answers, raises or hangs as `_script(poll number)` says; remembers when it was asked."""

    in_flight: ClassVar[int] = 4
    kind: Literal["scripted"] = "scripted"
    setting: str = ""

    _script: Callable[[int], bytes | Exception | str] = PrivateAttr(default_factory=lambda: lambda _: b"100")
    _asked: list[float] = PrivateAttr(default_factory=list)
    _closed: int = PrivateAttr(default=0)

    def doing(self, script: Callable[[int], bytes | Exception | str]) -> Scripted:
        self._script = script
        return self

    async def fetch(self) -> bytes:
        self._asked.append(asyncio.get_running_loop().time())
        what = self._script(len(self._asked) - 1)
        if isinstance(what, Exception):
            raise what
        if isinstance(what, str):
            await asyncio.get_running_loop().create_future()
        assert isinstance(what, bytes)
        return what

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        yield Reading(self.point, "power", at, float(payload))

    async def close(self) -> None:
        self._closed += 1


def source(id_: str, **keys: object) -> Scripted:
    """Make a source of its own point; 10 s interval and 5 s deadline unless told."""
    return Scripted.model_validate({"id": id_, "point": f"fra1/{id_}", "interval_s": 10, "deadline_s": 5, **keys})


class Stage:
    """A runner with everything around it remembered."""

    def __init__(self, *collectors: Collector, **keys: object) -> None:
        self.clock = LoopClock()
        self.readings: list[Reading] = []
        self.events: list[Event] = []
        self.runner = Runner(
            collectors,
            **{"accept": self.accept, "clock": self.clock, "record": self.events.append, **keys},  # type: ignore[arg-type]
        )

    def accept(self, readings: list[Reading], origin: str) -> None:
        assert origin
        self.readings += readings

    def play(self, seconds: float, then: Callable[[], Coroutine[object, object, object]] | None = None) -> None:
        """Run for some seconds of the loop's time, then do something more, then stop."""
        with asyncio.Runner(loop_factory=QuickLoop) as loop:
            loop.run(self._play(seconds, then))

    async def _play(self, seconds: float, then: Callable[[], Coroutine[object, object, object]] | None) -> None:
        run = asyncio.ensure_future(self.runner.run())
        await asyncio.sleep(seconds)
        if then:
            await then()
        self.runner.stop()
        await run

    def said(self, source_id: str) -> list[str]:
        """Events about one source, as lines without source and kind."""
        lines = [str(event) for event in self.events if event.fields.get("source") == source_id]
        return [line.replace(f"source={source_id} kind=scripted ", "") for line in lines]

    def values(self, metric: str, source_id: str) -> list[float]:
        return [r.value for r in self.readings if r.metric == metric and r.point == f"fra1/{source_id}"]
