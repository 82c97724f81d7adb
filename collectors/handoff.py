"""Where the runner's readings go: `accept` on the loop, `flush` in a thread, and what is said when they refuse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from config.errors import WattlasError

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.reading import Reading

FLUSH_S = 1.0


class Tell(Protocol):
    """How a change of state is made known."""

    def __call__(self, word: str, *, bad: bool = False, **fields: str | float) -> None:
        """Tell one event."""
        ...


class Handoff:
    """Hands readings on; refusals (`WattlasError`) are said once, and losses counted until it works again.

    Any other error of `accept` or `flush` is a bug in keeping readings: it ends the run, for nothing would be kept.
    """

    def __init__(
        self, accept: Callable[[list[Reading], str], None], flush: Callable[[], None] | None, tell: Tell
    ) -> None:
        """Take both calls; without a `flush`, `accept` keeps readings itself."""
        self._accept = accept
        self._flush = flush
        self._tell = tell
        self._flushing: asyncio.Task[None] | None = None
        self._lost: dict[str, int] = {}

    def give(self, readings: list[Reading], origin: str) -> None:
        """Hand on the very list that a poll made, if there is anything in it."""
        if not readings:
            return
        try:
            self._accept(readings, origin)
        except WattlasError as error:
            self._refused("accept", str(error), lost=len(readings))
        else:
            self._works("accept")

    def flush_due(self, _: float, now: float) -> float:
        """Start a flush unless the last one still runs; due again in a second."""
        if self._flush and (self._flushing is None or self._flushing.done()):
            if self._flushing:
                self._flushing.result()
            self._flushing = asyncio.get_running_loop().create_task(self._flush_once(self._flush))
        return now + FLUSH_S

    async def finish(self) -> None:
        """Flush what is left."""
        if self._flushing:
            await self._flushing
        if self._flush:
            await self._flush_once(self._flush)

    async def _flush_once(self, flush: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(flush)
        except WattlasError as error:
            self._refused("flush", str(error))
        else:
            self._works("flush")

    def _refused(self, what: str, reason: str, *, lost: int = 0) -> None:
        if what not in self._lost:
            self._tell(f"{what} failed", bad=True, reason=reason)
        self._lost[what] = self._lost.get(what, 0) + lost

    def _works(self, what: str) -> None:
        if what in self._lost:
            self._tell(f"{what} works", lost=self._lost.pop(what))
