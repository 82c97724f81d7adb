"""One stretch of time over which one tree holds: all IT of it, and who had what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analytics.attribution.cards import at_least, summed
from analytics.attribution.coarse import windows_s
from analytics.attribution.finer import with_row
from analytics.attribution.inside import inside_of, less_inside, open_kwh, unit_limits, unseen_units
from analytics.attribution.nodes import NodeSpec, Power, portions
from analytics.attribution.rest import REST, with_rest
from analytics.attribution.whole import It
from analytics.boundary import Unit
from analytics.legs import ceilings_kwh, fill_kwh, resolved, unbounded
from ui.attribution.handing import handed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analytics.attribution.nodes import Portions
    from analytics.boundary import Tree
    from analytics.legs import LastKnown
    from analytics.sheets import Sheet
    from ui.attribution.amounts import SiteAmounts
    from ui.attribution.gather import Gathered
    from ui.attribution.idle import IdlePower

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A stretch of time over which one tree holds: all IT, its GPUs, who had what, and the site's amounts."""

    it: It
    portions: Portions
    gpus: Sheet
    cells: Mapping[str, Floats]
    spans: Mapping[str, Floats]
    rates: Mapping[str, Floats]


@dataclass(frozen=True)
class Leg:
    """Cells of one tree: those that are shared out, those of the ledger (the same where no shorter ones are asked for).

    Both have an interval more at either end, which judges the edges; `span` are the positions in `wide` that count.
    """

    gathered: Gathered
    tree: Tree
    wide: Sheet
    booked: Sheet
    span: tuple[int, int]

    def shared(self, memory: LastKnown, idle: IdlePower, site: SiteAmounts) -> Shared:
        """Share it out; `memory` goes on from the stretch before."""
        host_idle, gpu_idle = idle.kwh(self.specs, self.whole)
        own, gpus = self._counted(self.whole), self._counted(self.gpus)
        lost, fill, unknown = self._open(memory, own)
        own, lost, fill = at_least(own, self._by_unit(gpus.energy), np.where(unknown, fill, lost), fill)
        found = portions(
            self.specs,
            self.gathered.work,
            nodes=self._nodes(host_idle, lost, fill),
            gpus=self._cards(memory, gpu_idle),
            sheet=self.whole,
        )
        it = It(
            specs=self.specs,
            sheet=own,
            lost=lost,
            fill=fill,
            idle=(host_idle + self._by_unit(gpu_idle))[:, slice(*self.span)],
            limit=self._limits(),
            window_s=windows_s(self.tree, self.units),
            unknown=unknown,
            dark=ceilings_kwh(unseen_units(self.tree, (*self.metered, *self.beside)), own),
            handed=tuple(handed(self.gathered.question.eras, self.gathered.holder, self.specs, own)),
        )
        weight = None if self.wide is self.booked else (own.energy + np.nan_to_num(lost)).sum(axis=0)
        return Shared(it=it, portions=found.cut(*self.span), gpus=gpus, **site.of_cells(own, weight))

    @cached_property
    def metered(self) -> tuple[Unit, ...]:
        """What IT is made of."""
        return self.gathered.units(self.tree)

    @cached_property
    def beside(self) -> tuple[Unit, ...]:
        """Points at which all IT is measured, where some equipment has no meter."""
        return self.gathered.beside(self.tree)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """One a row: what IT is made of, and the rest that no meter of equipment sees."""
        return (*self.metered, Unit(REST, metered=False)) if self.beside else self.metered

    @cached_property
    def specs(self) -> list[NodeSpec]:
        """How each row is shared out."""
        own = [self.gathered.spec(self.tree, unit.id) for unit in self.metered]
        return [*own, NodeSpec(point=REST, gpus=(), rule="reservation", rest="")] if self.beside else own

    @cached_property
    def whole(self) -> Sheet:
        """What each row took."""
        own = less_inside(self._raw, self.metered, self._inside)
        if not self.beside:
            return own
        if self.wide is self.booked:
            return with_rest(own, resolved(self.booked, self.beside))
        every = with_rest(self.gathered.own(self.tree, self.booked), resolved(self.booked, self.beside))
        return with_row(own, every, REST)

    @cached_property
    def cards(self) -> tuple[Unit, ...]:
        """The GPUs of all rows, one after another."""
        return self.gathered.gpus(self.tree)

    @cached_property
    def gpus(self) -> Sheet:
        """What each GPU took, behind its node's power supply."""
        return self.wide.of([card.id for card in self.cards])

    @cached_property
    def _raw(self) -> Sheet:
        return resolved(self.wide, self.metered)

    @cached_property
    def _inside(self) -> dict[str, tuple[str, ...]]:
        return inside_of(self.tree, self.metered)

    @cached_property
    def _lift(self) -> Floats:
        """Of each GPU, to before the power supply."""
        return np.array([self.gathered.lift(spec) for spec in self.specs for _ in spec.gpus])[:, None]

    def _counted(self, sheet: Sheet) -> Sheet:
        first, stop = self.span
        return sheet.between(int(self.wide.starts[first]), int(self.wide.starts[stop - 1]) + 1)

    def _by_unit(self, of_gpus: Floats) -> Floats:
        """What the GPUs of each row took, before its power supply."""
        rows = np.repeat(np.arange(len(self.specs)), [len(spec.gpus) for spec in self.specs])
        return summed(rows, of_gpus * self._lift, len(self.specs))

    def _open(self, memory: LastKnown, own: Sheet) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """What rows took unseen by their last known power and at most, and where nothing tells the former."""
        lost, fill = memory.lost_kwh(own, unbounded(self.units)), fill_kwh(own, self.units)
        unknown = np.isnan(lost)
        for row, most in open_kwh(self._raw, self.metered, self._inside).items():
            fill[row] = most[slice(*self.span)]
            lost[row] = np.fmin(lost[row], fill[row])
        return lost, fill, unknown

    def _limits(self) -> Floats:
        limits = unit_limits(self.metered, self._inside)
        return np.pad(limits, (0, len(self.units) - limits.size))

    def _nodes(self, idle: Floats, lost: Floats, fill: Floats) -> Power:
        edges = ((0, 0), (self.span[0], self.wide.starts.size - self.span[1]))
        return Power(
            energy=self.whole.energy,
            covered=self.whole.covered,
            idle=idle,
            lost=np.pad(lost, edges),
            most=np.pad(fill, edges),
            step_kwh=np.array([unit.step_kwh for unit in self.units]),
        )

    def _cards(self, memory: LastKnown, idle: Floats) -> Power:
        return Power(
            energy=self.gpus.energy * self._lift,
            covered=self.gpus.covered,
            idle=idle * self._lift,
            lost=memory.lost_kwh(self.gpus, unbounded(self.cards)) * self._lift,
            most=fill_kwh(self.gpus, self.cards) * self._lift,
            step_kwh=np.array([card.step_kwh for card in self.cards]) * self._lift[:, 0],
        )
