"""Racks: which points stand in which, what of them draws power of its own, and how much of a rack is seen.

A rack's power is that of its topmost loads: what hangs below another load of the same rack is in that one already, and
components are inside their equipment. A load that is silent leaves the rack without a total: it is unknown, not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analytics.boundary import NOT_LOADS, Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from analytics.boundary import Tree
    from config.points import PointState

TEMPERATURE: Final = "temperature"
WARM_C: Final = 27.0  # ASHRAE's recommended limit at the inlet
_INSIDE: Final = NOT_LOADS | {"feed"}


@dataclass(frozen=True, slots=True)
class Rack:
    """A rack of a room: the loads that make up its power, all of its points, and its sensors of inlet temperature.

    `rating_w` is the sum of the loads' `max_w`; None where one has none.
    """

    room: str
    name: str
    units: tuple[Unit, ...]
    points: tuple[str, ...]
    sensors: tuple[str, ...]
    rating_w: float | None


@dataclass(frozen=True, slots=True)
class RackLoad:
    """Power of a rack [W]: `watts` is None unless every load is seen; `seen_w` is the sum of those that are."""

    watts: float | None
    seen_w: float
    seen: int
    loads: int
    share: float | None  # of the rating


def racks(tree: Tree) -> tuple[Rack, ...]:
    """Return the racks that the points of a tree name, by room and name."""
    found: dict[tuple[str, str], list[PointState]] = {}
    for point in tree.points:
        if point.rack is not None:
            found.setdefault((point.room or "", point.rack), []).append(point)
    return tuple(_rack(tree, *place, members) for place, members in sorted(found.items()))


def _rack(tree: Tree, room: str, name: str, members: Sequence[PointState]) -> Rack:
    loads = {one.id for one in members if one.role not in _INSIDE and _draws(tree, one)}
    units = tree.units(one.id for one in members if one.id in loads and not loads & tree.ancestors(one.id))
    ratings = [unit.max_w for unit in units if unit.max_w is not None]
    return Rack(
        room=room,
        name=name,
        units=units,
        points=tuple(one.id for one in members),
        sensors=tuple(one.id for one in members if TEMPERATURE in one.interval_s and one.role != "component"),
        rating_w=sum(ratings) if ratings and len(ratings) == len(units) else None,
    )


def _draws(tree: Tree, point: PointState) -> bool:
    """Whether a point tells its power, itself or by its feeds."""
    feeds = (tree.by_id[feed] for feed in point.feeds if feed in tree.by_id)
    return any("power" in one.interval_s for one in (point, *feeds))


def rack_load(rack: Rack, watts: Mapping[str, float | None]) -> RackLoad:
    """Return the power of a rack from that of its points [W]; what is silent is None there, or absent.

    >>> pair = Rack("Hall 1", "A01", (Unit("s/a"), Unit("s/b")), ("s/a", "s/b"), (), 2000.0)
    >>> rack_load(pair, {"s/a": 600.0, "s/b": 400.0}).share
    0.5
    >>> rack_load(pair, {"s/a": 600.0, "s/b": None})
    RackLoad(watts=None, seen_w=600.0, seen=1, loads=2, share=None)
    """
    known = [power for unit in rack.units if (power := _power(unit, watts)) is not None]
    total, whole = sum(known), bool(known) and len(known) == len(rack.units)
    share = total / rack.rating_w if whole and rack.rating_w else None
    return RackLoad(total if whole else None, total, len(known), len(rack.units), share)


def _power(unit: Unit, watts: Mapping[str, float | None]) -> float | None:
    """Power of a unit: its own meter's, or while that is silent the sum of its feeds where all of them are seen."""
    if watts.get(unit.id) is not None:
        return watts[unit.id]
    legs = [watts.get(feed) for feed in unit.feeds]
    seen = [leg for leg in legs if leg is not None]
    return sum(seen) if legs and len(seen) == len(legs) else None


def warmest(celsius: Collection[float | None]) -> float | None:
    """Return the highest inlet temperature [degC]; None where one is not known and those that are known are not warm.

    >>> warmest([22.0, 25.5]), warmest([22.0, None]), warmest([28.0, None])
    (25.5, None, 28.0)
    """
    known = [value for value in celsius if value is not None]
    highest = max(known, default=None)
    return highest if highest is None or len(known) == len(celsius) or highest > WARM_C else None
