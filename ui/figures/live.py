"""What is known this minute: the newest power of each point, and who is silent. Read from the spool's `latest`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.boundary import EQUIPMENT_ROLES, Tree, seen_share
from analytics.overhead import overhead_w

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.site import PointState
    from ui.service import Service

POWER = ("power",)
STALE_INTERVALS = 3  # a value older than so many polling intervals is stale


@dataclass(frozen=True, slots=True)
class LivePoint:
    """One point's newest power; `watts` and `time` are None where nothing was ever read."""

    point: str
    name: str
    role: str
    watts: float | None
    time: int | None
    age_s: float | None
    stale: bool
    metered: bool = True  # False for an overhead by the provider's PUE


@dataclass(frozen=True, slots=True)
class Freshness:
    """How much of a site is seen now: points that should report power, those silent, and the IT share seen."""

    points: int
    silent: tuple[str, ...]
    newest_age_s: float | None
    it_power_seen_share: float | None


def power_now(service: Service, site: str) -> list[LivePoint]:
    """The newest power of every point of a site that declares one, in the order of the site file.

    At their end stands the overhead of a building of somebody else, as the provider's PUE gives it.
    """
    now = int(service.now())
    tree = Tree(service.settings.points_at(site, now))
    states = [state for state in tree.points if "power" in state.interval_s]
    wanted = [state.id for state in states]
    newest = service.stores.spool.latest(points=wanted, metrics=POWER, now=now).to_pylist()
    found = {row["point"]: row for row in newest}
    points = [_live(state, found.get(state.id), now) for state in states]
    return points + [_overhead(state, tree, points) for state in tree.overheads]


def _overhead(state: PointState, tree: Tree, points: Sequence[LivePoint]) -> LivePoint:
    """A provider's overhead now: as old as the oldest power of the IT that it stands over, unknown where that is."""
    of_id = {point.point: point for point in points}
    units = tree.units(tree.hosted_it)
    below = [id_ for unit in units for id_ in ((unit.id,) if unit.id in of_id else unit.feeds) if id_ in of_id]
    known = [one for one in map(of_id.__getitem__, below) if one.watts is not None]
    if not known or len(known) < len(below):
        return LivePoint(state.id, state.name, state.role, None, None, None, stale=True, metered=False)
    watts = overhead_w(it_w=sum(one.watts or 0.0 for one in known), provider_pue=state.provider_pue or 1.0)
    oldest = min(known, key=lambda one: one.time or 0)
    stale = any(one.stale for one in known)
    return LivePoint(state.id, state.name, state.role, watts, oldest.time, oldest.age_s, stale=stale, metered=False)


def _live(state: PointState, row: dict[str, object] | None, now: int) -> LivePoint:
    if row is None:
        return LivePoint(state.id, state.name, state.role, None, None, None, stale=True)
    time = int(str(row["time"]))
    stale = now - time > STALE_INTERVALS * state.interval_s["power"]
    return LivePoint(state.id, state.name, state.role, float(str(row["value"])), time, now - time, stale=stale)


def freshness(service: Service, site: str) -> Freshness:
    """Who is silent at a site, and which share of its IT power (by last known power) is seen."""
    return freshness_of(power_now(service, site))


def freshness_of(points: Sequence[LivePoint]) -> Freshness:
    """Who of these points is silent, and which share of their IT power (by last known power) is seen."""
    points = [point for point in points if point.metered]
    ages = [point.age_s for point in points if point.age_s is not None]
    equipment = [point for point in points if point.role in EQUIPMENT_ROLES]
    return Freshness(
        points=len(points),
        silent=tuple(point.name for point in points if point.stale),
        newest_age_s=min(ages, default=None),
        it_power_seen_share=seen_share([(p.watts, p.stale) for p in equipment]),
    )
