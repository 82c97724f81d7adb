"""The `sparkplug` source: what edge nodes publish by Sparkplug B, under the names of their births."""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from json import dumps
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from collectors.plugins.local import decoded, full_id, metric_of, repeated
from collectors.plugins.mqtt.broker import BrokerSource
from collectors.plugins.mqtt.listener import Waiting
from collectors.plugins.sparkplug.nodes import NODE, Nodes
from collectors.plugins.sparkplug.wire import rebirth
from collectors.reading import Quality, Reading
from config.catalogue import metrics
from config.errors import PartlyUnreadable, UnitError
from config.reading.fields import Flag, Table
from config.reading.wording import listed
from config.units import convert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.plugins.sparkplug.nodes import Told

LARGEST_MESSAGE = 1 << 20  # a birth names all metrics of a node
OLD_S = 300.0  # a value whose own time is that far back, and three intervals, is a repetition
REBIRTH_AGAIN_S = 60.0
GOOD = 192
Level = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/+#]+$")]


class Value(Table):
    """One metric of a node or of a device behind it, whose point it is, and what it measures."""

    node: Level
    device: Annotated[str, Field(max_length=200, pattern=r"^[^/+#]*$")] = NODE
    name: Annotated[str, Field(min_length=1)]
    point: str | None = None
    metric: Annotated[str, AfterValidator(metric_of)] = "power"
    unit: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _unit_fits(self) -> Self:
        try:
            convert(1.0, self.unit, metrics()[self.metric].unit)
        except UnitError as error:
            raise ValueError(str(error).rstrip(".")) from None
        return self


class Message(BaseModel):
    """One message: its body in base64, at UTC seconds of this host."""

    model_config = ConfigDict(frozen=True)

    topic: str
    body: str
    retained: bool
    at: float


class Payload(BaseModel):
    """What came since the last poll, and before it the births that stand, and group, name and state of each node."""

    births: list[tuple[str, str]] = []
    nodes: list[tuple[str, str, int | None, int | None, bool]] = []
    messages: list[Message]


class Sparkplug(BrokerSource):
    """One broker, one group of edge nodes; see the package's manual."""

    kind: Literal["sparkplug"] = "sparkplug"
    group: Level
    values: tuple[Value, ...] = Field(min_length=1)
    rebirth: Flag = False

    _waiting: Waiting = PrivateAttr(default_factory=lambda: Waiting(as_text=_base64, largest=LARGEST_MESSAGE))
    _births: list[tuple[str, str]] = PrivateAttr(default_factory=list)
    _nodes: list[tuple[str, str, int | None, int | None, bool]] = PrivateAttr(default_factory=list)
    _asked: dict[str, float] = PrivateAttr(default_factory=dict)  # when for births, monotonic seconds

    @model_validator(mode="after")
    def _one_value_each(self) -> Self:
        series = [f"{full_id(each.point or self.point, beside=self.point)} {each.metric}" for each in self.values]
        if twice := repeated(series):
            msg = f"values has {twice} twice: give each a point of its own"
            raise ValueError(msg)
        if twice := repeated(f"{each.node}/{each.device}/{each.name}" for each in self.values):
            msg = f"values has {twice} twice: one point has it"
            raise ValueError(msg)
        return self

    @property
    def subscriptions(self) -> list[str]:
        """See the base."""
        return [f"spBv1.0/{self.group}/+/{node}/#" for node in sorted({each.node for each in self.values})]

    @property
    def named(self) -> frozenset[tuple[str, str]]:
        """What its points have; see the contract."""
        return frozenset((full_id(each.point or self.point, beside=self.point), each.metric) for each in self.values)

    @property
    def gives(self) -> frozenset[str]:
        """See the contract."""
        return frozenset(each.metric for each in self.values)

    async def fetch(self) -> bytes:
        """Take what came; open the connection where there is none.

        Raises:
            SourceUnreachable: no broker within the deadline.
            SourceRefused: the login, the certificate or a topic.
            PayloadUnreadable: more came than one poll takes.
        """
        came = await self.taken()
        messages = [Message(topic=one.topic, body=one.body, retained=one.retained, at=one.at) for one in came]
        payload = Payload(births=self._births, nodes=self._nodes, messages=messages)
        nodes = _nodes(payload)
        for message in messages:
            list(_heard(nodes, message))
        self._births = [(topic, _base64(body)) for node in nodes.nodes.values() for topic, body in node.births.values()]
        self._nodes = [(*name, node.seq, node.session, node.dead) for name, node in nodes.nodes.items()]
        await self._ask_for_births(nodes)
        return dumps(payload.model_dump()).encode()

    def parse(self, payload: bytes, at: datetime) -> Iterator[Reading]:
        """One reading for each value that a live message tells, at the second in which it came.

        Raises:
            PartlyUnreadable: some messages are none, or speak by aliases that no birth has named.
            PayloadUnreadable: the payload makes no sense.
        """
        del at
        told = decoded(Payload, payload, what="A Sparkplug payload")
        nodes = _nodes(told)
        wanted = {(each.node, each.device, each.name): each for each in self.values}
        for message in told.messages:
            for one in _heard(nodes, message):
                value = wanted.get((one.place.node, one.place.device, one.name))
                if value is not None and one.place.group == self.group:
                    yield from self._reading(value, one, datetime.fromtimestamp(message.at, UTC))
        if nodes.unreadable:
            msg = f"{self._label} sent {nodes.unreadable} messages that are no Sparkplug B; the others count."
            raise PartlyUnreadable(msg)
        if unknown := self._unknown(nodes):
            remedy = "restart the node" if self.rebirth else "restart the node, or write rebirth = true"
            how = "by aliases that no birth has named, or after its death"
            msg = f"{listed(unknown)} speaks {how}, and its values are missing: {remedy}."
            raise PartlyUnreadable(msg)

    def _unknown(self, nodes: Nodes) -> list[str]:
        """The nodes of which something that is wanted may be nameless."""
        wanted = {(self.group, each.node, each.device) for each in self.values}
        return sorted({node for _, node, _ in nodes.nameless & wanted})

    def _reading(self, value: Value, told: Told, time_: datetime) -> Iterator[Reading]:
        number = told.metric.number(told.datatype)
        if number is None or told.metric.quality not in {None, GOOD}:
            return
        if value.metric == "energy_counter" and number == 0:
            return  # as of every register: one that counts nothing yet
        measured = _moment(told.metric.time_ms)
        age_s = (time_ - measured).total_seconds() if measured else 0.0
        reason = None
        if told.metric.historical or age_s > max(OLD_S, 3 * self.interval_s):
            reason = f"repeats a value of {age_s:.0f} s ago"
        quality = Quality.REJECTED if reason else Quality.MEASURED
        amount = convert(float(number), value.unit, metrics()[value.metric].unit)
        point = full_id(value.point or self.point, beside=self.point)
        yield Reading(point, value.metric, time_, amount, quality, reason=reason, device_time=measured)

    async def _ask_for_births(self, nodes: Nodes) -> None:
        """Where the site file allows it, ask nodes that speak by unknown aliases for their births."""
        now = time.monotonic()
        for node in self._unknown(nodes) if self.rebirth else ():
            if self._listener and now - self._asked.get(node, -REBIRTH_AGAIN_S) >= REBIRTH_AGAIN_S:
                self._asked[node] = now
                await self._listener.publish(f"spBv1.0/{self.group}/NCMD/{node}", rebirth(int(time.time() * 1000)))


def _base64(body: bytes) -> str:
    return b64encode(body).decode()


def _nodes(payload: Payload) -> Nodes:
    """The nodes as they were before this poll's messages."""
    nodes = Nodes()
    for topic, body in payload.births:
        nodes.remember(topic, b64decode(body))
    for group, name, seq, session, dead in payload.nodes:
        node = nodes.at(group, name)
        node.seq, node.session, node.dead = seq, session, dead
    return nodes


def _heard(nodes: Nodes, message: Message) -> Iterator[Told]:
    """A retained message is as old as nobody knows, and is no birth either."""
    return iter(()) if message.retained else nodes.hear(message.topic, b64decode(message.body))


def _moment(time_ms: int | None) -> datetime | None:
    try:
        return None if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
