"""One connected UDP socket to one BMC, which gives each reply to the request that waits for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from collectors.plugins.ipmi.packets import read_plain
from config.errors import PayloadUnreadable, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

RETRANSMIT_S = 1.0  # doubled at each repetition


class Link(asyncio.DatagramProtocol):
    """The socket of a login and of the session that follows; late, repeated and forged replies are ignored."""

    def __init__(self, label: str) -> None:
        """`label` names the BMC in error sentences."""
        self.label = label
        self.read: Callable[[bytes], tuple[Hashable, bytes]] = read_login_reply
        self.strange = 0  # datagrams that could not be read: what answers there may be no BMC
        self._waiting: dict[Hashable, asyncio.Future[bytes]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, host: str, port: int, *, label: str) -> Self:
        """Open a socket that hears this host and port alone.

        Raises:
            SourceUnreachable: the name does not resolve, or there is no route.
        """
        loop = asyncio.get_running_loop()
        try:
            _, link = await loop.create_datagram_endpoint(lambda: cls(label), remote_addr=(host, port))
        except (OSError, UnicodeError) as error:
            why = (error.strerror or error) if isinstance(error, OSError) else "no host can be named so"
            msg = f"{label} cannot be addressed ({why}): check host, name service and route."
            raise SourceUnreachable(msg) from error
        return link

    async def exchange(self, key: Hashable, packet: Callable[[], bytes], *, repeat: bool = True) -> bytes:
        """Send, with `repeat` again and again with growing pauses, until this key's reply comes or the caller cancels.

        Raises:
            SourceUnreachable: the host says that nobody listens on this port.
        """
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[bytes] = loop.create_future()
        timer: asyncio.TimerHandle | None = None

        def transmit(pause_s: float) -> None:
            nonlocal timer
            if repeat:
                timer = loop.call_later(pause_s, transmit, pause_s * 2)
            self.send(packet())

        self._waiting[key] = reply
        try:
            transmit(RETRANSMIT_S)
            return await reply
        finally:
            if timer:
                timer.cancel()
            del self._waiting[key]

    def send(self, packet: bytes) -> None:
        """Send once, expecting nothing."""
        if self._transport and not self._transport.is_closing():
            self._transport.sendto(packet)

    def close(self) -> None:
        """Close the socket."""
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # of datagrams
        """Keep the transport (asyncio calls this)."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | None, int]) -> None:  # noqa: ARG002 - asyncio's signature
        """Wake whoever waits for this reply (asyncio calls this)."""
        try:
            key, reply = self.read(data)
        except PayloadUnreadable:
            self.strange += 1
            return
        waiting = self._waiting.get(key)
        if waiting and not waiting.done():
            waiting.set_result(reply)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002 - asyncio's signature
        """Stop waiting: the network reports that nobody listens there (asyncio calls this)."""
        for waiting in self._waiting.values():
            if not waiting.done():
                msg = f"{self.label} does not listen: check its address and that IPMI over LAN is enabled."
                waiting.set_exception(SourceUnreachable(msg))


def read_login_reply(datagram: bytes) -> tuple[Hashable, bytes]:
    """Key and payload of a packet outside a session: payload type and message tag make the key.

    Raises:
        PayloadUnreadable: this is no such packet.
    """
    payload_type, payload = read_plain(datagram)
    if not payload:
        msg = "A login message is empty."
        raise PayloadUnreadable(msg)
    return (payload_type, payload[0]), payload
