"""A bad network: a UDP relay between one client and one server that loses, repeats and delays datagrams by plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

Plan = Callable[[int, bytes], Sequence[float]]
"""(number of the datagram in its direction, datagram) -> delay of each copy [s]; none at all loses it."""


def perfect(number: int, datagram: bytes) -> Sequence[float]:
    """Deliver once, at once."""
    return (0.0,)


class _Side(asyncio.DatagramProtocol):
    """One socket of the relay: what it hears, the other side sends on after the plan's delays."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.other: _Side | None = None
        self.transport: asyncio.DatagramTransport | None = None
        self.peer: tuple[str, int] | None = None
        self.heard = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.peer = addr
        self.heard += 1
        for delay_s in self.plan(self.heard, data):
            asyncio.get_running_loop().call_later(delay_s, self._pass_on, data)

    def _pass_on(self, data: bytes) -> None:
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.sendto(data, self.other.peer)


@asynccontextmanager
async def relay(port: int, *, requests: Plan = perfect, replies: Plan = perfect) -> AsyncIterator[int]:
    """The port to ask instead of `port`, for as long as the context lasts."""
    loop = asyncio.get_running_loop()
    towards_client, towards_server = _Side(requests), _Side(replies)
    towards_client.other, towards_server.other = towards_server, towards_client
    towards_server.peer = ("127.0.0.1", port)
    listening, _ = await loop.create_datagram_endpoint(lambda: towards_client, local_addr=("127.0.0.1", 0))
    asking, _ = await loop.create_datagram_endpoint(lambda: towards_server, local_addr=("127.0.0.1", 0))
    try:
        yield listening.get_extra_info("sockname")[1]
    finally:
        listening.close()
        asking.close()
