"""One connection to a broker: it listens between polls, and what came waits until a poll takes it."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiomqtt import MqttCodeError, MqttError

from collectors.plugins.trust import distrusted
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aiomqtt import Client, Message

MOST_WAITING = 100_000
LARGEST_MESSAGE = 64 << 10
MOST_BYTES = 64 << 20
VERIFY_FAILED = re.compile(r"certificate verify failed: (.+?) \(_ssl")
CREDENTIALS = frozenset({134, 135})  # reason codes of MQTT 5, to which the library translates those of 3.1.1


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message as it came, at UTC seconds of this host."""

    topic: str
    body: str
    retained: bool
    at: float


def text_of(body: bytes) -> str:
    """Return a body as text, whatever it holds."""
    return body.decode("utf-8", errors="replace")


@dataclass(slots=True)
class Waiting:
    """Messages that no poll has taken yet; they outlive the connection that brought them."""

    as_text: Callable[[bytes], str] = text_of
    largest: int = LARGEST_MESSAGE  # bytes of one; the rest of a longer one is cut off

    messages: deque[Arrived] = field(default_factory=deque)
    lost: int = 0
    size: int = 0

    def keep(self, message: Message) -> bool:
        """Keep a message; return whether it is a live one."""
        body = self.as_text(message.payload[: self.largest])
        if len(self.messages) >= MOST_WAITING or self.size >= MOST_BYTES:
            self.lost += 1
        else:
            self.size += len(body)
            self.messages.append(Arrived(str(message.topic), body, bool(message.retain), time.time()))
        return not message.retain

    def take(self, label: str) -> list[Arrived]:
        """Return all that waits.

        Raises:
            PayloadUnreadable: there was more than one poll takes, so that what is left is not the whole.
        """
        taken, lost = list(self.messages), self.lost
        self.messages.clear()
        self.lost = self.size = 0
        if lost:
            most = f"{MOST_WAITING} messages or {MOST_BYTES >> 20} MiB"
            msg = f"{label} sent more than {most} between two polls: name fewer topics."
            raise PayloadUnreadable(msg)
        return taken


class Listener:
    """A connection with its subscriptions; `ended` once it broke."""

    def __init__(self, client: Client, topics: Iterable[str], label: str, waiting: Waiting) -> None:
        """Start to connect; to be called on a running loop."""
        loop = asyncio.get_running_loop()
        self._client = client
        self._label = label
        self._subscribed: asyncio.Future[None] = loop.create_future()
        self._live: asyncio.Future[None] = loop.create_future()
        self._task = loop.create_task(self._listen(client, list(topics), waiting))

    @property
    def ended(self) -> bool:
        """Whether it listens no more."""
        return self._task.done()

    async def ready(self) -> None:
        """Wait until the broker has granted every topic.

        Raises:
            SourceUnreachable: no connection.
            SourceRefused: the login, the certificate or a topic.
        """
        await asyncio.wait({self._task, self._subscribed}, return_when=asyncio.FIRST_COMPLETED)
        if not self._subscribed.done():
            try:
                await self._task
            except MqttError as error:
                raise self._told(error) from error

    async def first(self) -> None:
        """Wait for the first live message, or the end of the connection."""
        await asyncio.wait({self._task, self._live}, return_when=asyncio.FIRST_COMPLETED)

    async def publish(self, topic: str, body: bytes) -> None:
        """Publish once, on this connection; one that is gone publishes nothing."""
        with suppress(MqttError):
            await self._client.publish(topic, body)

    async def close(self) -> None:
        """Disconnect."""
        self._task.cancel()
        with suppress(asyncio.CancelledError, MqttError, SourceRefused):
            await self._task

    async def _listen(self, client: Client, topics: list[str], waiting: Waiting) -> None:
        try:
            async with client:
                await self._subscribe(client, topics)
                async for message in client.messages:
                    if waiting.keep(message) and not self._live.done():
                        self._live.set_result(None)
        finally:
            # the library keeps the socket of a broker that never said hello, and the loop would keep both
            client._client.disconnect()  # noqa: SLF001

    async def _subscribe(self, client: Client, topics: list[str]) -> None:
        granted = await client.subscribe([(topic, 0) for topic in topics])
        refused = [topic for topic, code in zip(topics, granted, strict=False) if _fails(code)]
        if refused:
            msg = f"{self._label} does not let this user subscribe to {refused[0]}: correct topics or its rights."
            raise SourceRefused(msg)
        self._subscribed.set_result(None)

    def _told(self, error: MqttError) -> SourceRefused | SourceUnreachable:
        code = error.rc if isinstance(error, MqttCodeError) else None
        if getattr(code, "value", code) in CREDENTIALS:
            return SourceRefused(f"{self._label} refuses the login: check user and password.")
        if found := VERIFY_FAILED.search(str(error)):
            return distrusted(self._label, found[1])
        reason = str(error).lower()
        return SourceUnreachable(f"{self._label} does not answer ({reason}): check that a broker listens there.")


def _fails(code: object) -> bool:
    value = getattr(code, "value", code)
    return isinstance(value, int) and value >= 128  # noqa: PLR2004 - failures of MQTT begin here
