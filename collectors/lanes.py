"""How many polls run at once, and threads for sources that block: neither ever waits for what hangs."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Self

from config.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PATIENCE_S = 1.0
THREADS = 256


class Lane:
    """At most `places` polls of one kind in their first second.

    The limit flattens bursts. A poll that still waits after `PATIENCE_S` burdens nobody any more and gives its place
    back, so however many devices hang, the others wait a second at most.
    """

    def __init__(self, places: int) -> None:
        """Open the lane."""
        self._free = asyncio.Semaphore(places)

    async def enter(self) -> Place:
        """Wait for a place; use it as a context."""
        await self._free.acquire()
        return Place(self._free)


class Place:
    """One place in a lane, given back exactly once."""

    __slots__ = ("_free", "_timer")

    def __init__(self, free: asyncio.Semaphore) -> None:
        """Hold the place and start the patience."""
        self._free: asyncio.Semaphore | None = free
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._give_back)

    def _give_back(self) -> None:
        if self._free is not None:
            self._free.release()
            self._free = None

    def __enter__(self) -> Self:
        """Nothing to do: the place is held since it was entered."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the place back if patience has not done so."""
        self._timer.cancel()
        self._give_back()


class Threads:
    """Runs blocking calls, each in a thread of its own, at most `limit` alive at once.

    A thread cannot be stopped. One that hangs past its deadline is left alone: it holds back nothing but its own
    owner (`hangs`), and being a daemon it does not hold back the end of the program either. A pool of the standard
    library would do both.
    """

    def __init__(self, limit: int = THREADS) -> None:
        """Start without any thread."""
        self._limit = limit
        self._alive: set[str] = set()

    def hangs(self, owner: str) -> bool:
        """Whether the last call of this owner has not returned yet."""
        return owner in self._alive

    async def call(self, owner: str, function: Callable[[], bytes]) -> bytes:
        """Return what `function` returns or raise what it raises.

        Raises:
            SourceUnreachable: too many calls hang already.
        """
        if len(self._alive) >= self._limit:
            msg = f"{self._limit} blocking sources hang already: no thread is left"
            raise SourceUnreachable(msg)
        done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._alive.add(owner)
        call = _Call(function, done, ended=lambda: self._alive.discard(owner))
        threading.Thread(target=call.run, name=f"collect {owner}", daemon=True).start()
        return await done


class _Call:
    """One call on its way through a thread: result or error go to the waiting future, unchanged."""

    def __init__(self, function: Callable[[], bytes], done: asyncio.Future[bytes], ended: Callable[[], None]) -> None:
        self._function = function
        self._done = done
        self._ended = ended
        self._answer = b""

    def run(self) -> None:
        with self:
            self._answer = self._function()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        """Carry the outcome to the loop, where the runner judges it; a closed loop wants it no more."""
        loop = self._done.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._deliver, error)
        return True

    def _deliver(self, error: BaseException | None) -> None:
        self._ended()
        if self._done.cancelled():
            return
        if error is None:
            self._done.set_result(self._answer)
        else:
            self._done.set_exception(error)
