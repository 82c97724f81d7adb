"""Racks of a site this minute: power against rating and inlet temperature, each with what of it is seen."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from analytics.boundary import Tree
from analytics.racks import TEMPERATURE, rack_load, racks, warmest
from ui.figures.live import STALE_INTERVALS, LivePoint, power_now

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analytics.racks import Rack, RackLoad
    from config.site import Site
    from ui.service import Service

PLACE: Final = re.compile(r"(.*?)[\s_.-]*(\d[^/]*)?")


@dataclass(frozen=True, slots=True)
class RackNow:
    """One rack: its load, its warmest inlet [degC], and its points with their newest power."""

    rack: Rack
    load: RackLoad
    inlet_c: float | None
    nodes: tuple[LivePoint, ...]

    @property
    def code(self) -> str:
        """What stands in a link for a rack: room and name, with `~1` for a slash of theirs (as RFC 6901 writes it)."""
        return "/".join(part.replace("~", "~0").replace("/", "~1") for part in (self.rack.room, self.rack.name))


def places(found: Sequence[RackNow]) -> list[tuple[str, str]]:
    """Row and number of each rack of a room, as its name says them: D07 is number 07 of row D.

    Names that would share a place, such as D07 and D-07, keep their whole name instead.
    """
    said = [_place(one.rack.name) for one in found]
    taken = Counter(said)
    return [("", one.rack.name) if taken[place] > 1 else place for one, place in zip(found, said, strict=True)]


def _place(name: str) -> tuple[str, str]:
    parts = PLACE.fullmatch(name)
    row, number = (parts[1], parts[2]) if parts else (name, None)
    return (row, number) if number is not None else ("", name)


def racks_now(service: Service, site: Site) -> list[RackNow]:
    """Every rack that the points of a site name, by room and name."""
    tree = Tree(service.settings.points_at(site.id, int(service.now())))
    found = racks(tree)
    live = {point.point: point for point in power_now(service, site.id)} if found else {}
    watts = {id_: None if point.stale else point.watts for id_, point in live.items()}
    inlets = _inlets(service, tree, [sensor for rack in found for sensor in rack.sensors])
    return [_now(rack, watts, live, inlets) for rack in found]


def _now(
    rack: Rack,
    watts: Mapping[str, float | None],
    live: Mapping[str, LivePoint],
    inlets: Mapping[str, float],
) -> RackNow:
    inlet_c = warmest([inlets.get(sensor) for sensor in rack.sensors])
    nodes = tuple(live[point] for point in rack.points if point in live)
    return RackNow(rack, rack_load(rack, watts), inlet_c, nodes)


def _inlets(service: Service, tree: Tree, sensors: Sequence[str]) -> dict[str, float]:
    """The newest temperature of each sensor that is not stale [degC]."""
    if not sensors:
        return {}
    now = int(service.now())
    rows = service.stores.spool.latest(points=sensors, metrics=(TEMPERATURE,), now=now).to_pylist()
    longest_s = {id_: STALE_INTERVALS * tree.by_id[id_].interval_s[TEMPERATURE] for id_ in sensors}
    return {row["point"]: float(row["value"]) for row in rows if now - row["time"] <= longest_s[row["point"]]}


def rack_rows(site: Site, found: Sequence[RackNow]) -> list[dict[str, Any]]:
    """The same as rows for commands: what is not known is None, and why stands in `text`."""
    return [
        {
            "site": site.id,
            "room": one.rack.room or None,
            "rack": one.rack.name,
            "power_w": one.load.watts,
            "rating_w": one.rack.rating_w,
            "share": one.load.share,
            "inlet_c": one.inlet_c,
            "seen": one.load.seen,
            "loads": one.load.loads,
            "sensors": len(one.rack.sensors),
            "text": _text(one),
        }
        for one in found
    ]


def _text(one: RackNow) -> str:
    if not one.load.loads:
        return "no point of this rack reads power"
    if one.load.watts is None:
        return f"{one.load.seen} of {one.load.loads} loads seen, {one.load.seen_w:.6g} W of them"
    return "" if one.rack.rating_w else "no rating: give every load of the rack its max_w"
