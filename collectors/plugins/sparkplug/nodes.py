"""What edge nodes and their devices are: alive since a birth, with aliases of that birth, until a death; pure.

An alias is a number that a birth gives a name, and another birth may give it to another name. So it is believed from a
birth on, as long as no message of its node is missing: `seq` counts them all from 0 to 255 and begins anew. A gap may
have held a birth, and from there on aliases name nothing until the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.plugins.sparkplug.wire import payload_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.plugins.sparkplug.wire import Metric, Payload

SEQ = 256
KINDS = frozenset({"NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"})
NODE = ""  # the device of what a node itself measures
LEVELS = 4  # spBv1.0/group/kind/node, and the device behind it

Named = tuple[str, int | None]  # name and datatype of a metric, as its birth says


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message comes from: `spBv1.0/group/DDATA/node/device`."""

    kind: str
    group: str
    node: str
    device: str

    @classmethod
    def of(cls, topic: str) -> Place | None:
        """Read a topic; None where it is of no data, birth or death."""
        levels = topic.split("/")
        if not LEVELS <= len(levels) <= LEVELS + 1 or levels[0] != "spBv1.0" or levels[2] not in KINDS:
            return None
        if (levels[2][0] == "D") != (len(levels) == LEVELS + 1):
            return None
        return cls(levels[2], levels[1], levels[3], levels[4] if len(levels) > LEVELS else NODE)


@dataclass(frozen=True, slots=True)
class Told:
    """A metric that a message holds, under the name that its birth gave it."""

    place: Place
    name: str
    datatype: int
    metric: Metric


@dataclass(slots=True)
class Node:
    """One edge node."""

    seq: int | None = None  # of its last message
    session: int | None = None  # bdSeq of its birth: a death of another session is not its own
    dead: bool = False
    names: dict[str, dict[str, int | None]] = field(default_factory=dict)  # device -> name -> datatype
    aliases: dict[int, tuple[str, Named]] = field(default_factory=dict)  # alias -> device, and what it is there
    births: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # device -> topic and body of its birth

    def forget(self, device: str | None = None) -> None:
        """Let a device, or all of them, be unborn."""
        for one in list(self.births) if device is None else [device]:
            self.births.pop(one, None)
            self.names.pop(one, None)
            self.aliases = {alias: named for alias, named in self.aliases.items() if named[0] != one}

    def born(self, device: str, payload: Payload, topic: str, body: bytes) -> None:
        """Take the names, aliases and datatypes of a birth."""
        self.forget(None if device == NODE else device)
        self.births[device] = (topic, body)
        named = [metric for metric in payload.metrics if metric.name is not None]
        self.names[device] = {str(metric.name): metric.datatype for metric in named}
        self.aliases |= {m.alias: (device, (str(m.name), m.datatype)) for m in named if m.alias is not None}
        if device == NODE:
            self.dead, self.session = False, _session(payload)

    def died(self, payload: Payload) -> None:
        """Take a death of its session; where that is not known it may be of the one before."""
        if _session(payload) in {self.session, None} or self.session is None:
            self.forget()
            self.dead, self.seq = self.session is not None, None


@dataclass(slots=True)
class Nodes:
    """All nodes of one broker; `nameless` are the group, node and device that wait for a birth."""

    nodes: dict[tuple[str, str], Node] = field(default_factory=dict)
    nameless: set[tuple[str, str, str]] = field(default_factory=set)
    unreadable: int = 0

    def remember(self, topic: str, body: bytes) -> None:
        """Take a birth that came before, of which no value counts any more."""
        place = Place.of(topic)
        if place is not None:
            self._node(place).born(place.device, payload_of(body), topic, body)

    def hear(self, topic: str, body: bytes) -> Iterator[Told]:
        """Yield what a live message tells."""
        place = Place.of(topic)
        if place is None:
            return
        try:
            payload = payload_of(body)
        except ValueError:
            self.unreadable += 1
            return
        node = self._node(place)
        if place.kind == "NDEATH":
            node.died(payload)
            return
        self._follow(node, place, payload.seq)
        if place.kind == "DDEATH":
            node.forget(place.device)
        elif place.kind.endswith("BIRTH"):
            node.born(place.device, payload, topic, body)
        if node.dead and place.kind != "DDEATH":  # it outlived a will: what it says counts from its next birth on
            self.nameless.add((place.group, place.node, place.device))
        elif place.kind != "DDEATH":
            yield from self._told(node, place, payload)

    @staticmethod
    def _follow(node: Node, place: Place, seq: int | None) -> None:
        gap = seq is None or (node.seq is not None and seq != (node.seq + 1) % SEQ)
        if gap and place.kind != "NBIRTH":
            node.forget()
        node.seq = seq

    def _told(self, node: Node, place: Place, payload: Payload) -> Iterator[Told]:
        for metric in payload.metrics:
            known: Named | None = None
            if metric.name is not None:
                known = metric.name, node.names.get(place.device, {}).get(metric.name)
            elif metric.alias is not None:
                device, named = node.aliases.get(metric.alias, (None, None))
                known = named if device == place.device else None
            datatype = metric.datatype or (known and known[1])
            if known is None or datatype is None:
                self.nameless.add((place.group, place.node, place.device))
            else:
                yield Told(place, known[0], datatype, metric)

    def _node(self, place: Place) -> Node:
        return self.at(place.group, place.node)

    def at(self, group: str, name: str) -> Node:
        """Return a node, unborn where it was never heard of."""
        return self.nodes.setdefault((group, name), Node())


def _session(payload: Payload) -> int | None:
    found = next((metric.raw for metric in payload.metrics if metric.name == "bdSeq"), None)
    return None if found is None else int(found)
