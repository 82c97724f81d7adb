"""The `mqtt` source: a poll takes what the broker sent since the last one."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import asdict
from datetime import UTC, datetime
from json import dumps
from pathlib import Path  # noqa: TC003 - pydantic needs the class
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from collectors.contract import Collector
from collectors.plugins.local import decoded, file_of, full_id, repeated
from collectors.plugins.mqtt.listener import Listener, Waiting
from collectors.plugins.mqtt.topics import POINT, Topic, decoded_message
from collectors.plugins.trust import trusting
from collectors.reading import Quality, Reading
from config.errors import ConfigError, PayloadUnreadable, SourceRefused, SourceUnreachable
from config.secrets import Secret  # noqa: TC001 - pydantic needs the class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiomqtt import Client

SHARE_OF_DEADLINE = 0.8  # a poll that opens a connection waits so long, and the runner must not end it
OLD_S = 300.0  # a value whose own time is that far back, and three intervals, is a repetition
SHARE_OF_HELLO = 0.4  # the library ends its own wait cleanly, and must not be cancelled within it
PORT, TLS_PORT = 1883, 8883


class Message(BaseModel):
    """One message as it came, at UTC seconds of this host."""

    model_config = ConfigDict(frozen=True)

    topic: str
    body: str
    retained: bool
    at: float


class Payload(BaseModel):
    """What came since the last poll."""

    messages: list[Message]


class Mqtt(Collector):
    """One broker and the topics that are read from it; see the package's manual."""

    in_flight: ClassVar[int] = 100

    kind: Literal["mqtt"] = "mqtt"
    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    topics: tuple[Topic, ...]
    tls: bool = False
    ca: Annotated[Path | None, BeforeValidator(file_of)] = None
    user: str | None = None
    password: Secret | None = None

    _listener: Listener | None = PrivateAttr(default=None)
    _waiting: Waiting = PrivateAttr(default_factory=Waiting)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.password is not None and self.user is None:
            msg = "password needs user: write both or none"
            raise ValueError(msg)
        if self.ca is not None and not self.tls:
            msg = "ca needs tls = true"
            raise ValueError(msg)
        if not self.topics:
            msg = "topics is empty: name at least one"
            raise ValueError(msg)
        if twice := repeated(topic.subscription for topic in self.topics):
            msg = f'topics has "{twice}" twice: put its values into one'
            raise ValueError(msg)
        return self

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        return frozenset(
            (full_id(topic.point or self.point, beside=self.point), metric)
            for topic in self.topics
            if POINT not in topic.topic
            for metric in topic.values
        )

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(metric for topic in self.topics for metric in topic.values)

    async def fetch(self) -> bytes:
        """Take what came; open the connection where there is none.

        Raises:
            SourceUnreachable: no broker within the deadline.
            SourceRefused: the login, the certificate or a topic.
            PayloadUnreadable: more came than one poll takes.
        """
        if self._listener is None or self._listener.ended:
            await self._connect()
        taken = self._waiting.take(self._label)
        return dumps({"messages": [asdict(message) for message in taken]}).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each metric of each live message, at the second in which it came.

        Raises:
            PayloadUnreadable: no message can be read, or two topics give one metric of a point.
        """
        del at
        live = [each for each in decoded(Payload, payload, what="An MQTT payload").messages if not each.retained]
        origins: dict[tuple[str, str], str] = {}
        unreadable = 0
        for message in live:
            try:
                told = decoded_message(message.body)
            except ValueError:
                unreadable += 1
                continue
            for reading in self._readings(message, told):
                origin = origins.setdefault((reading.point, reading.metric), message.topic)
                if origin != message.topic:
                    msg = f"{reading.point} has {reading.metric} from {origin} and {message.topic}: choose one topic."
                    raise PayloadUnreadable(msg)
                yield reading
        if live and unreadable == len(live):
            msg = f"No message on {live[0].topic} is JSON or a number: {live[0].body[:80]!r}"
            raise PayloadUnreadable(msg)

    async def close(self) -> None:
        """Disconnect from the broker."""
        listener, self._listener = self._listener, None
        if listener:
            await listener.close()

    async def _connect(self) -> None:
        former, self._listener = self._listener, None
        if former:
            await former.close()
        listener = Listener(self._client(), [each.subscription for each in self.topics], self._label, self._waiting)
        try:
            async with asyncio.timeout(self.deadline_s * SHARE_OF_DEADLINE):
                await listener.ready()
                self._listener = listener
                await listener.first()
        except TimeoutError as error:
            if self._listener is None:
                msg = f"{self._label} gave no answer within {self.deadline_s:g} s: check power, network and address."
                raise SourceUnreachable(msg) from error
        finally:
            if self._listener is None:
                await listener.close()

    def _client(self) -> Client:
        import aiomqtt

        try:
            password = self.password.resolve().get_secret_value() if self.password else None
        except ConfigError as error:
            raise SourceRefused(str(error)) from error
        context = (trusting(self.ca) if self.ca else ssl.create_default_context()) if self.tls else None
        return aiomqtt.Client(
            self.host,
            self.port or (TLS_PORT if self.tls else PORT),
            username=self.user,
            password=password,
            tls_context=context,
            timeout=self.deadline_s * SHARE_OF_HELLO,
        )

    def _readings(self, message: Message, told: object) -> Iterator[Reading]:
        time = datetime.fromtimestamp(message.at, UTC)
        for topic in self.topics:
            point = topic.point_of(message.topic, default=self.point)
            if point is None:
                continue
            measured = topic.device_time(told)
            age_s = (time - measured).total_seconds() if measured else 0.0
            reason = f"repeats a value of {age_s:.0f} s ago" if age_s > max(OLD_S, 3 * self.interval_s) else None
            quality = Quality.REJECTED if reason else Quality.MEASURED
            for metric, value in topic.numbers(told):
                if metric != "energy_counter" or value != 0:
                    id_ = full_id(point, beside=self.point)
                    yield Reading(id_, metric, time, value, quality, reason=reason, device_time=measured)

    @property
    def _label(self) -> str:
        return f"MQTT broker {self.host}:{self.port or (TLS_PORT if self.tls else PORT)}"
