"""One HTTP session for all sources of an event loop: thousands of hosts, one connection to each (collectors note 3.4).

A device gets one request at a time, cookies are not kept, and there are no time-outs here: a poll has its deadline.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import aiohttp

KEEP_ALIVE_S = 75.0  # longer than the usual interval, so that a poll finds its connection open

_OPEN: WeakKeyDictionary[asyncio.AbstractEventLoop, Web] = WeakKeyDictionary()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Web:
    """The session of one event loop, closed when the last of its users lets go."""

    session: aiohttp.ClientSession
    users: int = 0

    @staticmethod
    def enter() -> Web:
        """Return the session of the running loop, opened by the first who asks; each must `leave` once."""
        loop = asyncio.get_running_loop()
        if loop not in _OPEN:
            _OPEN[loop] = Web(_session())
        found = _OPEN[loop]
        found.users += 1
        return found

    async def leave(self) -> None:
        """Let go; the last one closes all connections."""
        self.users -= 1
        if self.users == 0:
            _OPEN.pop(asyncio.get_running_loop(), None)
            await self.session.close()


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, limit_per_host=1, keepalive_timeout=KEEP_ALIVE_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        trust_env=False,
    )
