"""From the books and the table of jobs to sums by subject, a piece of the period at a time: it has to fit in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analytics.attribution.idle import DAY_S
from analytics.attribution.inside import (
    inside_of,
    is_behind,
    less_inside,
    metered_units,
    sees,
)
from analytics.attribution.nodes import NodeSpec
from analytics.attribution.sums import Sums
from analytics.attribution.work import called, work_of
from analytics.legs import LastKnown, leaves, resolved, unbounded
from analytics.sheets import stretches
from collectors.ledger_row import INTERVAL_S
from collectors.store.order import pick, text_mask
from ui.attribution.finer import finer_of
from ui.attribution.idle import IdlePower, pieces
from ui.attribution.leg import Leg
from ui.attribution.period import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.attribution.work import Work
    from analytics.boundary import Tree, Unit
    from analytics.sheets import Sheet
    from config.attribution.clusters import Cluster, Node
    from ui.attribution.amounts import SiteAmounts
    from ui.attribution.finer import Finer
    from ui.attribution.leg import Shared
    from ui.figures.site import Question

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gathered:
    """One site over one period, shared out by one kind of subject."""

    question: Question
    by: str
    idle: str | None = None  # a rule in place of the clusters' own
    every_s: int | None = None  # cells shorter than the ledger's, from raw readings
    whole: Gathered | None = None  # of which this is a part, in which the nodes of the clusters stay the same

    @cached_property
    def clusters(self) -> list[Cluster]:
        """The clusters of the site that stand at some time of the period; of a part of it at its end."""
        question, end = self.question, self.question.end
        ours = (one for one in question.service.settings.clusters if one.site == question.site.id)
        return [one for one in ours if one.touches(question.start if self.whole is None else end - 1, end)]

    @cached_property
    def nodes(self) -> Mapping[str, tuple[Cluster, Node]]:
        """Nodes of the clusters by point."""
        return {node.point: (one, node) for one in self.clusters for node in one.every_node.values()}

    @cached_property
    def finer(self) -> Finer | None:
        """The finer cells that are asked for."""
        if self.whole is not None:
            return self.whole.finer
        return None if self.every_s is None else finer_of(self, self.every_s)

    @property
    def rule(self) -> str:
        """The rules for idle power that are in use, in words."""
        return self.idle or "+".join(dict.fromkeys(one.idle for one in self.clusters)) or "reservation"

    @cached_property
    def jobs(self) -> pa.Table:
        """Records of the site's clusters that ran in the period."""
        found = self.question.service.stores.jobs.rows(self.question.start, self.question.end)
        return pick(found, text_mask(found["cluster"], {one.id for one in self.clusters}))

    @cached_property
    def work(self) -> Work:
        """The jobs' placements under their subjects."""
        return self.whole.work if self.whole is not None else work_of(self.jobs, by=self.by)

    def units(self, tree: Tree) -> tuple[Unit, ...]:
        """What IT is made of: metered equipment and nodes in it, or else the points at which the site measures IT."""
        return metered_units(tree, self.nodes) or tree.units(tree.it(self.question.site.pue_category))

    def own(self, tree: Tree, sheet: Sheet) -> Sheet:
        """One row a unit of IT: what it took, without the units that lie in it."""
        units = self.units(tree)
        return less_inside(resolved(sheet, units), units, inside_of(tree, units))

    def beside(self, tree: Tree) -> tuple[Unit, ...]:
        """Points at which all IT is measured, where some equipment has no meter: what is left of them is nobody's."""
        equipment, metered = tree.units(tree.it(3)), {*self.units(tree)}
        if metered.issuperset(equipment):
            return ()
        own, *finer = (tree.units(tree.it(one)) for one in (self.question.site.pue_category, 2, 1))
        over_all = [one for one in finer if sees(tree, one, equipment)]
        return next((one for one in (own, *over_all) if one and metered.isdisjoint(one)), ())

    def spec(self, tree: Tree, point: str) -> NodeSpec:
        """A unit of IT as it is shared out; the tenant that its point names holds what is left of it."""
        cluster, node = self.nodes.get(point, (None, None))
        stand = node is not None and all(is_behind(tree, gpu, point) for gpu in node.gpu_points)
        gpus = node.gpu_points if node is not None and stand else ()
        rule = self.idle or (cluster.idle if cluster else "reservation")
        declared = {"idle_declared": node.idle_w, "gpu_idle_declared": node.gpu_idle_w} if node else {}
        told = {key: watts is not None for key, watts in declared.items()}
        return NodeSpec(point=point, gpus=gpus, rule=rule, rest=self.holder(tree, point), **told)

    def held_by(self, subject: str) -> set[str]:
        """Units of IT that are a subject's at some time of the period where no job holds them; of "" nobody's."""
        trees = [era.tree for era in self.question.eras]
        return {unit.id for tree in trees for unit in self.units(tree) if self.holder(tree, unit.id) == subject}

    def holder(self, tree: Tree, point: str) -> str:
        """Whose a point is where no job holds it: of the tenant that it names, or the model that it serves alone."""
        if self.by == "tenant":
            tenant = tree.by_id[point].tenant
            return called(tenant) if tenant else ""
        return self._served.get(point, "") if self.by == "model" else ""

    @cached_property
    def _served(self) -> dict[str, str]:
        return {point: called(one.id) for one in self.question.service.settings.models for point in one.points}

    def sums(self, site: SiteAmounts) -> Sums:
        """Sums of every subject, with the site's amounts of every interval."""
        found = Sums()
        for leg in self.legs(site):
            found.enter(leg.it, leg.portions, self.work, leg.cells, leg.spans, leg.rates)
        return found

    def legs(self, site: SiteAmounts) -> Iterator[Shared]:
        """Walk over the period: all IT, who had what of it, and the site's amounts of the same intervals."""
        spans = [*cut(self.clusters, self.question.start, self.question.end)]
        for start, end in spans if len(spans) > 1 else ():
            part = replace(self.question, start=start, end=end, whole=None)
            yield from replace(self, question=part, whole=self).legs(site)
        if len(spans) > 1:
            return
        memory, idle = self._memory(), IdlePower(self)
        finer, start, end = self.finer, self.question.start, self.question.end
        for first, last in pieces(start, end, self.rows_a_day) if finer is None else finer.pieces(start, end):
            for tree, booked in self.sheets(first - INTERVAL_S, last + INTERVAL_S):
                wide = booked if finer is None else finer.sheet(tree, booked)
                begin, stop = np.searchsorted(wide.starts, [first, last]).tolist()
                if begin < stop:
                    yield Leg(self, tree, wide, booked, (begin, stop)).shared(memory, idle, site)

    def _memory(self) -> LastKnown:
        """The last known power of all IT when the period begins, from the day before: no question begins blind."""
        memory, start = LastKnown(), self.question.start
        for tree, sheet in self.sheets(start - DAY_S, start):
            memory.lost_kwh(self.own(tree, sheet), self.units(tree))
            gpus = self.gpus(tree)
            memory.lost_kwh(sheet.of([gpu.id for gpu in gpus]), unbounded(gpus))
        return memory

    def sheets(self, start: int, end: int) -> Iterator[tuple[Tree, Sheet]]:
        """Matrices of all points that bear on IT, in pieces over which one tree holds."""
        part = replace(self.question, start=start, end=end, whole=None)
        for era, sheet in stretches(part.tables(self._points), part.eras, self._points, length_s=INTERVAL_S):
            yield era.tree, sheet

    def lift(self, spec: NodeSpec) -> float:
        """From behind a node's power supply, where GPUs are counted, to before it, where the node is."""
        return 1 / self.nodes[spec.point][1].supply_efficiency if spec.point in self.nodes else 1.0

    def gpus(self, tree: Tree) -> tuple[Unit, ...]:
        """The GPUs of all units of IT, one after another."""
        return tree.units(gpu for unit in self.units(tree) for gpu in self.spec(tree, unit.id).gpus)

    def _points(self, tree: Tree) -> tuple[str, ...]:
        gpus = (gpu.id for gpu in self.gpus(tree))
        return (*leaves(self.units(tree)), *leaves(self.beside(tree)), *gpus)

    @property
    def rows_a_day(self) -> int:
        """How many rows of the ledger a day has."""
        points = max(len(self._points(era.tree)) for era in self.question.eras)
        return max(points, 1) * (DAY_S // INTERVAL_S)
