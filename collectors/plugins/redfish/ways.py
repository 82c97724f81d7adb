"""Which resource of a chassis, PDU or outlet gives its power: the first that answers, found once and remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collectors.plugins.redfish.service import NotServed, link, local, within
from collectors.plugins.redfish.values import COMPONENTS, READING_TYPES, WAYS, objects, present
from config.errors import SourceRefused
from config.reading.wording import listed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from collectors.plugins.redfish.service import Service
    from collectors.plugins.redfish.values import Body

LINKED = ("EnvironmentMetrics", "Metrics", "Sensors", "Power", "PowerSubsystem")
"""Properties of a resource in the order in which they are asked (collectors note 3.1)."""

TOLD = ("ReadingType", "Reading", "ReadingUnits", "PhysicalContext", "PhysicalSubContext", "ElectricalContext")
MOST_MEMBERS = 1000  # of one collection; a rack of GPUs has hundreds of sensors
MOST_PAGES = 100
EXPAND = "?$expand=.($levels=1)"


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the power of one resource: what is asked at every poll, and where its `PowerState` stands."""

    name: str
    uris: tuple[str, ...]
    states: tuple[str, ...] = ()


@dataclass(slots=True)
class Search:
    """Looks for the way to one resource; what it has walked is kept, for a poll may end before the walk does."""

    service: Service
    sensors: Sequence[str]
    walked: dict[str, Any]
    doubts: list[str] = field(default_factory=list)

    async def way(self, uri: str) -> tuple[Way, bool]:
        """Return the first way that gives a value, and whether to remember it.

        A value of nothing but zeros is no reason to stop looking, nor to keep the way for good.

        Raises:
            SourceRefused: there is no such resource, or nothing in it gives power.
        """
        body = await self.service.get(uri)
        if not isinstance(body, dict):
            msg = f"{self.service.label} has no resource {uri}: write one that it lists."
            raise SourceRefused(msg)
        states, silent = _states(body, uri), None
        async for name, uris in self._offered(body, uri):
            bodies = [await self.service.get(each) for each in uris]
            if not all(isinstance(each, dict) for each in bodies):
                continue
            sample = WAYS[name](bodies)
            if not sample.answers:
                continue
            if sample.watts or sample.kwh:
                return Way(name, uris, states), True
            silent = silent or Way(name, uris, states)
        if silent:
            return silent, False
        told = self.doubts[0] if self.doubts else "read this device at its PDU"
        msg = f"{self.service.label} gives no power in {uri}: {told}."
        raise SourceRefused(msg)

    async def _offered(self, body: Body, uri: str) -> AsyncIterator[tuple[str, tuple[str, ...]]]:
        for name in LINKED:
            found = link(body, name)
            if found is None:
                continue
            if name == "Sensors":
                uris = await self._chosen(found)
            elif name == "PowerSubsystem":
                uris = await self._supplies(found)
            else:
                uris = (found,)
            if uris:
                yield name, uris
        if "PowerWatts" in body or "EnergykWh" in body:
            yield "resource", (uri,)

    async def _chosen(self, collection: str) -> tuple[str, ...]:
        """Return the sensors of the whole: the named ones, or those that can be no other."""
        for each in await members(self.service, collection, EXPAND * self.service.expands):
            uri = local(each.get("@odata.id"))
            if uri and uri not in self.walked and (not self.sensors or _id(uri) in self.sensors):
                body = each if "ReadingType" in each else await self.service.get(uri)
                self.walked[uri] = {key: body[key] for key in TOLD if key in body} if isinstance(body, dict) else None
        mine = {uri: body for uri, body in self.walked.items() if uri.startswith(collection) and isinstance(body, dict)}
        if self.sensors:
            return tuple(uri for uri in mine if _id(uri) in self.sensors)
        chosen = [self._root(mine, ("Power",)), self._root(mine, ("EnergykWh", "EnergyJoules"))]
        return tuple(uri for uri in chosen if uri)

    def _root(self, sensors: Mapping[str, Body], kinds: Sequence[str]) -> str | None:
        """Return the one sensor that speaks of the whole chassis; of several none is guessed."""
        for kind in kinds:
            of_kind = {uri: body for uri, body in sensors.items() if body.get("ReadingType") == kind}
            whole = {uri: body for uri, body in of_kind.items() if _whole(body)}
            total = [uri for uri, body in whole.items() if body.get("ElectricalContext") == "Total"]
            for some in (total, list(whole)):
                if len(some) == 1:
                    return some[0]
            if len(of_kind) == 1 and not _part(next(iter(of_kind.values()))):
                return next(iter(of_kind))
            if of_kind:
                names = listed(sorted(_id(uri) for uri in of_kind))
                what = "several sensors" if len(of_kind) > 1 else "a sensor of a part alone"
                self.doubts.append(f"it has {what} ({names}): name the one of the whole in sensors")
        return None

    async def _supplies(self, subsystem: str) -> tuple[str, ...]:
        body = await self.service.get(subsystem)
        collection = link(body, "PowerSupplies") if isinstance(body, dict) else None
        found: list[str] = []
        for each in await members(self.service, collection) if collection else []:
            uri = local(each.get("@odata.id")) or ""
            supply = await self.service.get(uri) if uri else None
            supply = supply if isinstance(supply, dict) else {}
            if not present(supply):
                continue
            metrics = link(supply, "Metrics")
            if metrics is None:
                self.doubts.append(f"its power supply {_id(uri)} tells no power, and the others are a part")
                return ()
            found.append(metrics)
        return tuple(found)


def moved(way: Way, bodies: Sequence[object]) -> bool:
    """Whether a sensor that was the whole is now one of a part, or of another kind: firmware numbers them anew."""
    told = [body for body in bodies if isinstance(body, dict)] if way.name == "Sensors" else []
    return any(str(body.get("ReadingType")) not in READING_TYPES or _part(body) for body in told)


async def members(service: Service, uri: str, query: str = "") -> list[Body]:
    """Return the members of a collection, of all its pages: links, or whole resources where it was expanded.

    One that is listed twice, by firmware or by pages that overlap, is one.

    Raises:
        NotServed: it is given in part only, and a part is never taken for the whole; or its pages lead in a circle.
    """
    found: dict[str, Body] = {}
    page: str | None = uri + query
    asked: set[str] = set()
    while page is not None and page not in asked and len(asked) < MOST_PAGES:
        body = await service.get(page)
        if asked and not isinstance(body, dict):
            break
        asked.add(page)
        for each in objects(within(body, "Members")):
            found.setdefault(str(each.get("@odata.id")).rstrip("/"), each)
        more = within(body, "Members@odata.nextLink")
        if more is None or len(found) >= MOST_MEMBERS:
            return list(found.values())[:MOST_MEMBERS]
        page = local(more)
    msg = f"{service.label} gives {uri} in part only, and not what follows."
    raise NotServed(msg)


async def chassis(service: Service) -> list[str]:
    """Return the chassis that a service lists.

    Raises:
        SourceRefused: it lists none.
    """
    found = await members(service, "/redfish/v1/Chassis")
    uris = [uri for each in found if (uri := local(each.get("@odata.id")))]
    if not uris:
        msg = f"{service.label} lists no chassis: write the resource to be read."
        raise SourceRefused(msg)
    return uris


def only(service: Service, answering: Sequence[str]) -> str:
    """Return the only chassis that gives power; which of several is meant is never guessed.

    Raises:
        SourceRefused: none does, or several do.
    """
    if len(answering) == 1:
        return answering[0]
    if not answering:
        msg = f"{service.label} gives no power in any chassis: read this device at its PDU."
        raise SourceRefused(msg)
    msg = f"{service.label} gives power in several chassis: write one of {listed(answering)} as resource."
    raise SourceRefused(msg)


def _states(body: Body, uri: str) -> tuple[str, ...]:
    """Return where it stands whether the host is on: its computer systems, else the chassis."""
    links = body.get("Links")
    systems = links.get("ComputerSystems") if isinstance(links, dict) else None
    found = [local(each.get("@odata.id")) for each in objects(systems)]
    return tuple(each for each in found if each) or ((uri,) if "PowerState" in body else ())


def _part(body: Body) -> bool:
    return str(body.get("PhysicalContext")) in COMPONENTS


def _whole(body: Body) -> bool:
    return body.get("PhysicalContext") == "Chassis" and body.get("PhysicalSubContext") != "Output"


def _id(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]
