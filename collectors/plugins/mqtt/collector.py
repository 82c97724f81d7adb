"""The `mqtt` source: a poll takes what the broker sent since the last one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from json import dumps
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from collectors.plugins.local import decoded, full_id, repeated
from collectors.plugins.mqtt.broker import BrokerSource
from collectors.plugins.mqtt.topics import POINT, Topic, decoded_message
from collectors.reading import Quality, Reading
from config.errors import PayloadUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD_S = 300.0  # a value whose own time is that far back, and three intervals, is a repetition


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


class Mqtt(BrokerSource):
    """One broker and the topics that are read from it; see the package's manual."""

    kind: Literal["mqtt"] = "mqtt"
    topics: tuple[Topic, ...]

    @model_validator(mode="after")
    def _one_topic_each(self) -> Self:
        if not self.topics:
            msg = "topics is empty: name at least one"
            raise ValueError(msg)
        if twice := repeated(topic.subscription for topic in self.topics):
            msg = f'topics has "{twice}" twice: put its values into one'
            raise ValueError(msg)
        return self

    @property
    def subscriptions(self) -> list[str]:
        """See the base."""
        return [topic.subscription for topic in self.topics]

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
        return dumps({"messages": [asdict(message) for message in await self.taken()]}).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each metric of each live message, at the second in which it came.

        Raises:
            PayloadUnreadable: no message can be read, or two topics give one metric of a point.
        """
        del at
        live = [each for each in decoded(Payload, payload, what="An MQTT payload").messages if not each.retained]
        origins: dict[tuple[str, str], tuple[str, str]] = {}
        unreadable = 0
        for message in live:
            try:
                told = decoded_message(message.body)
            except ValueError:
                unreadable += 1
                continue
            for pattern, reading in self._readings(message, told):
                here = message.topic, pattern
                first = origins.setdefault((reading.point, reading.metric), here)
                if first != here:
                    both = zip(first, here, strict=True)
                    one, other = next((a, b) for a, b in both if a != b)  # of one topic that two patterns fit: these
                    msg = f"{reading.point} has {reading.metric} from {one} and {other}: choose one topic."
                    raise PayloadUnreadable(msg)
                yield reading
        if live and unreadable == len(live):
            msg = f"No message on {live[0].topic} is JSON or a number: {live[0].body[:80]!r}"
            raise PayloadUnreadable(msg)

    def _readings(self, message: Message, told: object) -> Iterator[tuple[str, Reading]]:
        """Yield what a message gives, each with the topic of the site file that it fits."""
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
                    reading = Reading(id_, metric, time, value, quality, reason=reason, device_time=measured)
                    yield topic.topic, reading
