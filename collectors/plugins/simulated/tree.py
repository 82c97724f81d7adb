"""The tree of a site as the simulator walks it: who hangs beneath whom, and the tables that belong to each point."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from config.errors import ConfigError
from config.points import EQUIPMENT
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.plugins.simulated.spec import Machine, SiteSpec, Workload

Entry = TypeVar("Entry")

SOURCES = frozenset({"pv", "genset"})
"""Roles that bring energy in: named as parents beside the utility, they carry no loads of their own."""


def entry_of(tables: Mapping[str, Entry], point: str, kind: str) -> Entry:
    """Return the table of a point among those of a site and kind.

    Raises:
        ConfigError: the simulation file has no such table.
    """
    site, _, name = point.rpartition("/")
    found = tables.get(name)
    if found is None:
        msg = f"the simulation file has no table [sites.{site}.{kind}.{name}] for the point {point}: add it."
        raise ConfigError(msg)
    return found


class Tree:
    """Look-ups over the points of one site."""

    def __init__(self, spec: SiteSpec) -> None:
        """Keep the spec; nothing is walked yet."""
        self.spec = spec

    def role(self, point: str) -> str:
        """Return the role of a point."""
        return self.spec.points[point].role

    def of(self, *roles: str) -> tuple[str, ...]:
        """Return the points of some roles, in file order."""
        return tuple(point for point, each in self.spec.points.items() if each.role in roles)

    @cached_property
    def machines(self) -> tuple[str, ...]:
        """All IT equipment."""
        return self.of(*EQUIPMENT)

    @cached_property
    def utility(self) -> str | None:
        """The topmost utility point: the one that has no parent."""
        return next((point for point in self.of("utility") if not self.spec.points[point].parents), None)

    def carriers(self, point: str) -> tuple[str, ...]:
        """Return the parents that carry a point's load."""
        return tuple(parent for parent in self.spec.points[point].parents if self.role(parent) not in SOURCES)

    def children(self, point: str) -> tuple[str, ...]:
        """Return what loads a point; a machine with feeds loads through these, a component not at all."""
        return tuple(self._children.get(point, ()))

    @cached_property
    def _children(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for point, each in self.spec.points.items():
            if not each.feeds and each.role != "component":
                for parent in self.carriers(point):
                    found[parent].append(point)
        return found

    def owner(self, feed: str) -> str:
        """Return the machine of a feed."""
        found = next((point for point, each in self.spec.points.items() if feed in each.feeds), None)
        if found is None:
            msg = f"{feed} is a feed of no machine: name it in the feeds of one."
            raise ConfigError(msg)
        return found

    def host(self, point: str) -> str:
        """Return the machine that a component sits in; a machine is its own."""
        while self.role(point) == "component":
            parents = self.spec.points[point].parents
            if not parents:
                msg = f"{point} is a component of nothing: give it a parent."
                raise ConfigError(msg)
            point = parents[0]
        return point

    def machine(self, point: str) -> Machine:
        """Return the table of a machine or component."""
        return entry_of(self.spec.place.machines, point, "machines")

    def workload(self, machine: str) -> Workload:
        """Return what a machine is used for."""
        name = self.machine(machine).workload
        found = self.spec.workloads.get(name)
        if found is None:
            msg = f'{machine}: workload = "{name}" is unknown; {remedy(name, self.spec.workloads)}.'
            raise ConfigError(msg)
        return found
