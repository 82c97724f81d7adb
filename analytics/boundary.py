"""The meter tree: which points make the facility, which make IT, and what must balance. Nothing is counted twice.

The facility is what enters it: the topmost `utility` points with `pv` and `genset`. IT depends on the category of
ISO/IEC 30134-2: 1 at the UPS output, 2 at the PDU output, 3 at the equipment. Equipment whose own meter is silent is
the sum of its feeds. A component lies inside equipment and is never added; a MIG slice repeats its GPU.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from config.errors import InputError
from config.site import EQUIPMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from config.site import PointState

EQUIPMENT_ROLES: Final = EQUIPMENT
NOT_LOADS: Final = frozenset({"component", "pv", "genset", "battery", "heat_export", "heat_removed", "water", "plant"})
ENERGY_METRICS: Final = frozenset({"energy_counter", "energy", "power"})
UNSEEN: Final = ""
USES: Final = ("cooling", "lighting", "overhead", "other")  # of a facility's energy, beside IT and losses
_BESIDE: Final = ("overhead", "other")  # below a point that stands for IT they are IT
_AT: Final = {1: ("ups", "UPS output"), 2: ("pdu", "PDU output")}


@dataclass(frozen=True, slots=True)
class Balance:
    """Metered parents and the metered children that they feed alone: over the same time the children add up to less.

    Children with two parents, such as equipment on two PDUs without meters on its feeds, join their parents into one.
    """

    parents: tuple[str, ...]
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """What counts once in a sum: a point, or the sum of its feeds while its own meter is silent.

    `step_kwh` is what its registers count in, 0 where nobody said: no sum over a time is known closer than one step.
    `sign` is -1 for what is taken off. `max_w` bounds it while it is silent; None where nobody said. `metered` is False
    for an overhead by the provider's PUE: it has no meter whose error could be stated.
    """

    id: str
    feeds: tuple[str, ...] = ()
    sign: int = 1
    max_w: float | None = None
    accuracy_pct: float | None = None
    metered: bool = True
    step_kwh: float = 0.0


@dataclass(frozen=True)
class Tree:
    """The points of one site as they stood at one time."""

    points: tuple[PointState, ...]
    by_id: dict[str, PointState] = field(init=False, repr=False, compare=False)
    _above: dict[str, frozenset[str]] = field(init=False, repr=False, compare=False, default_factory=dict)
    _units: dict[tuple[str, int], Unit] = field(init=False, repr=False, compare=False, default_factory=dict)
    _topmost: dict[tuple[str, ...], tuple[str, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Index the points by id."""
        object.__setattr__(self, "by_id", {point.id: point for point in self.points})

    @cached_property
    def facility(self) -> tuple[str, ...]:
        """Points whose sum is the energy that the facility takes: topmost `utility`, with `pv` and `genset`.

        In a building of somebody else it is what IT takes at the highest level that is metered, with the overhead by
        the provider's PUE, a row of its own (design 4.7).
        """
        own = self.topmost("utility") + self.topmost("pv") + self.topmost("genset")
        return own or self._hosted

    @cached_property
    def hosted_it(self) -> tuple[str, ...]:
        """IT at the highest level that is metered: what a provider's PUE speaks of."""
        return self.topmost("ups", "pdu", *EQUIPMENT)

    @cached_property
    def overheads(self) -> tuple[PointState, ...]:
        """Points that stand for the overhead of a building of somebody else, by the provider's PUE."""
        return tuple(point for point in self.points if point.provider_pue is not None)

    @cached_property
    def _hosted(self) -> tuple[str, ...]:
        return (*self.hosted_it, *(point.id for point in self.overheads)) if self.overheads else ()

    @cached_property
    def purchased(self) -> tuple[str, ...]:
        """Points whose sum is bought electricity: what scope 2 counts, or scope 3 in a building of somebody else."""
        return self.topmost("utility") or self._hosted

    def it(self, category: int) -> tuple[str, ...]:
        """Points whose sum is IT energy of a category, less `within_it`. Without any UPS category 1 is at the PDUs."""
        if category not in {1, 2, 3}:
            msg = f"PUE category {category} does not exist: choose 1 (UPS output), 2 (PDU output) or 3 (IT equipment)"
            raise InputError(msg)
        if category in _AT:
            role, _ = _AT[category]
            return self.topmost(role) or (self.topmost("pdu") if category == 1 else ())
        return self.topmost(*EQUIPMENT)

    def it_basis(self, category: int) -> str:
        """Say in words where IT is measured."""
        if category == 1 and not self.topmost("ups"):
            return "PDU output, for there is no UPS"
        return _AT[category][1] if category in _AT else "IT equipment"

    def within_it(self, category: int) -> tuple[str, ...]:
        """Cooling and lighting fed through the points that stand for IT: no part of IT energy, so to be taken off."""
        inside = set(self.it(category))
        uses = self.topmost("cooling", "lighting")
        return tuple(point for point in uses if inside & self.ancestors(point))

    def uses(self, category: int) -> dict[str, tuple[str, ...]]:
        """Points that are neither IT nor losses, by use; they overlap neither each other nor IT less `within_it`."""
        it = self.it(category)
        above_it = frozenset[str]().union(*(self.ancestors(point) for point in it))
        loads = self.topmost("cooling", "lighting", "other", "overhead")
        tops = [p for p in loads if p not in above_it and _known(self.by_id[p])]
        of_role = {role: tuple(p for p in tops if self.by_id[p].role == role) for role in ("cooling", "lighting")}
        beside = {p for p in tops if not self.ancestors(p) & set(it)}
        others = {role: tuple(p for p in tops if self.by_id[p].role == role and p in beside) for role in _BESIDE}
        return {**of_role, **others}

    def zone(self, points: Iterable[str]) -> Tree:
        """Return the tree of a zone: what those of these points that stand feed, they being all that enters it."""
        inside = {point for point in points if point in self.by_id}
        entering = inside - {point for point in inside if inside & self.ancestors(point)}
        kept = (one for one in self.points if one.id in entering or entering & self.ancestors(one.id))
        return Tree(tuple(one._replace(role="utility", parents=()) if one.id in entering else one for one in kept))

    def stepped(self, steps_kwh: Mapping[str, float]) -> Tree:
        """Return the tree with points whose registers count in these steps [kWh]; who feeds whom is known already."""
        told = (p._replace(register_step_kwh=steps_kwh[p.id]) if p.id in steps_kwh else p for p in self.points)
        found = Tree(tuple(told))
        same = {at: one for at, one in self._units.items() if steps_kwh.keys().isdisjoint((one.id, *one.feeds))}
        for name, known in (("_above", self._above), ("_topmost", self._topmost), ("_units", same)):
            object.__setattr__(found, name, known)
        return found

    def topmost(self, *roles: str) -> tuple[str, ...]:
        """Points of these roles that are neither below another of them nor below cooling, in the order of the file."""
        if roles not in self._topmost:
            above = {*roles, "cooling"}
            of_roles = sorted(place for role in set(roles) for place in self._of_role.get(role, ()))
            ids = [self.points[place].id for place in of_roles]
            tops = [id_ for id_ in ids if not any(self.by_id[up].role in above for up in self.ancestors(id_))]
            self._topmost[roles] = tuple(tops)
        return self._topmost[roles]

    @cached_property
    def _of_role(self) -> dict[str, list[int]]:
        """Places of the points of each role: figures of a site of 27,000 points ask for a few of them, often."""
        found: dict[str, list[int]] = {}
        for place, point in enumerate(self.points):
            found.setdefault(point.role, []).append(place)
        return found

    def ancestors(self, point: str) -> frozenset[str]:
        """All points above a point, by any of its parents; points that do not exist at this time are left out."""
        if point not in self._above:
            parents = [up for up in self.by_id[point].parents if up in self.by_id]
            self._above[point] = frozenset(parents).union(*(self.ancestors(up) for up in parents))
        return self._above[point]

    def units(self, points: Iterable[str], *, sign: int = 1) -> tuple[Unit, ...]:
        """Return what to add up for these points; one without a ceiling of its own has that of its feeds."""
        return tuple(self._units.get((point, sign)) or self._unit(self.by_id[point], sign) for point in points)

    def _unit(self, point: PointState, sign: int) -> Unit:
        found = self._units[point.id, sign] = self._made(point, sign)
        return found

    def _made(self, point: PointState, sign: int) -> Unit:
        if point.provider_pue is not None:
            return Unit(point.id, sign=sign, max_w=self._overhead_w(point.provider_pue), metered=False)
        feeds = [self.by_id[feed] for feed in point.feeds if feed in self.by_id]
        ceilings = [feed.max_w for feed in feeds if feed.max_w is not None]
        max_w = sum(ceilings) if point.max_w is None and ceilings and len(ceilings) == len(feeds) else point.max_w
        errors = [feed.accuracy_pct for feed in feeds if feed.accuracy_pct is not None]
        accuracy = max(errors, default=None) if point.accuracy_pct is None else point.accuracy_pct
        step_kwh = max(_step_kwh(point), sum(_step_kwh(feed) for feed in feeds))
        return Unit(point.id, tuple(feed.id for feed in feeds), sign, max_w, accuracy, step_kwh=step_kwh)

    def _overhead_w(self, provider_pue: float) -> float | None:
        ceilings = [unit.max_w for unit in self.units(self.hosted_it)]
        known = [watts for watts in ceilings if watts is not None]
        return (provider_pue - 1) * sum(known) if len(known) == len(ceilings) else None

    @cached_property
    def balances(self) -> tuple[Balance, ...]:
        """Every group of metered parents whose metered children are fed by nothing else."""
        group_of: dict[str, tuple[set[str], list[str]]] = {}
        for _, group in groupby(self._loads(), key=lambda load: self.by_id[load].parents):
            loads = list(group)
            above = self._suppliers(loads[0])
            touching = {id(group_of[parent][0]): group_of[parent] for parent in sorted(above) if parent in group_of}
            (parents, children), *others = touching.values() or [(set[str](), list[str]())]
            parents |= above.union(*(group[0] for group in others))
            children += [*(child for group in others for child in group[1]), *loads]
            group_of |= dict.fromkeys(parents if others else above, (parents, children))
        groups = {id(group[0]): group for group in group_of.values() if UNSEEN not in group[0]}
        return tuple(Balance(tuple(sorted(parents)), tuple(children)) for parents, children in groups.values())

    def _loads(self) -> list[str]:
        """Metered points that draw: equipment with metered feeds is seen through these."""
        return [
            point.id
            for point in self.points
            if point.role not in NOT_LOADS and _metered(point) and not any(self._meters(feed) for feed in point.feeds)
        ]

    def _meters(self, point: str) -> bool:
        return point in self.by_id and _metered(self.by_id[point])

    def _suppliers(self, point: str) -> set[str]:
        """The nearest metered points above a load; `UNSEEN` stands for one that no meter sees."""
        found: set[str] = set()
        for parent in self.by_id[point].parents:
            if self._meters(parent):
                found.add(parent)
            else:
                found |= (self._suppliers(parent) if parent in self.by_id else set()) or {UNSEEN}
        return found


@dataclass(frozen=True, slots=True)
class Era:
    """A tree and the time [start, end) over which it held."""

    start: int
    end: int
    tree: Tree


def eras(tree_at: Callable[[int], Tree], changes: Iterable[int], *, start: int, end: int) -> tuple[Era, ...]:
    """Cut [start, end) at the instants where a site's tree changes. A ledger cell belongs to the era of its start."""
    cuts = [start, *sorted({change for change in changes if start < change < end}), end]
    return tuple(Era(first, last, tree_at(first)) for first, last in pairwise(cuts))


def seen_share(points: Sequence[tuple[float | None, bool]]) -> float | None:
    """Return the share of power that is seen now, from (last known W, silent) of each point; None if nothing is known.

    A point that was never read weighs as much as the mean of the others.
    """
    known = [watts for watts, _ in points if watts is not None]
    if not known:
        return None
    mean = sum(known) / len(known)
    total = sum(mean if watts is None else watts for watts, _ in points)
    seen = sum(watts for watts, silent in points if watts is not None and not silent)
    return seen / total if total else sum(not silent for _, silent in points) / len(points)


def _metered(point: PointState) -> bool:
    return not ENERGY_METRICS.isdisjoint(point.interval_s)


def _step_kwh(point: PointState) -> float:
    """Return the step of a point's register; 0 where nobody said one, or power alone is read."""
    return point.register_step_kwh or 0.0 if "energy_counter" in point.interval_s else 0.0


def _known(point: PointState) -> bool:
    return _metered(point) or point.provider_pue is not None
