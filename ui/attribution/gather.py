"""From the books and the table of jobs to sums by subject, a piece of the period at a time: it has to fit in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analytics.attribution.idle import DAY_S, DAYS, KWH_PER_W_S, idle_w, lowest_w
from analytics.attribution.inside import inside_of, is_behind, less_inside, metered_units, open_kwh, unit_limits
from analytics.attribution.nodes import NodeSpec, Power, portions
from analytics.attribution.rest import REST, with_rest
from analytics.attribution.sums import It, Sums
from analytics.attribution.work import work_of
from analytics.boundary import Unit
from analytics.legs import LastKnown, fill_kwh, leaves, resolved
from analytics.sheets import FULL, stretches
from collectors.ledger_row import INTERVAL_S
from collectors.store.order import pick, text_mask
from config.errors import InputError
from ui.figures import Question
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.attribution.nodes import Portions
    from analytics.attribution.work import Work
    from analytics.boundary import Tree
    from analytics.sheets import Sheet
    from config.clusters import Cluster, Node
    from config.site import Site
    from ui.attribution.amounts import SiteAmounts
    from ui.service import Service

    Floats = NDArray[np.float64]

ROWS_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A stretch of time over which one tree holds: all IT, its GPUs, who had what, and the site's amounts."""

    it: It
    portions: Portions
    gpus: Sheet
    cells: Mapping[str, Floats]


def asked(service: Service, site: Site, start: int, end: int) -> Question:
    """Return the question of a period that is cut at whole intervals; one that ends now ends at the last of them.

    Raises:
        InputError: the period begins or ends within an interval: nobody's part of it is known.
    """
    if service.now() - end < INTERVAL_S:
        end -= end % INTERVAL_S
    if start % INTERVAL_S or end % INTERVAL_S or start >= end:
        msg = f"{iso(start)} to {iso(end)} is not cut at quarter hours: who used what is known by the quarter hour"
        raise InputError(msg)
    return Question(service, site, start, end, site.pue_category)


@dataclass(frozen=True)
class Gathered:
    """One site over one period, shared out by one kind of subject."""

    question: Question
    by: str
    idle: str | None = None  # a rule in place of the clusters' own

    @cached_property
    def clusters(self) -> list[Cluster]:
        """The clusters of the site."""
        return [one for one in self.question.service.settings.clusters if one.site == self.question.site.id]

    @cached_property
    def nodes(self) -> Mapping[str, tuple[Cluster, Node]]:
        """Nodes of the clusters by point."""
        return {node.point: (one, node) for one in self.clusters for node in one.every_node.values()}

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
        return work_of(self.jobs, by=self.by)

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
        whole = tree.units(tree.it(self.question.site.pue_category))
        return whole if not metered.issuperset(equipment) and metered.isdisjoint(whole) else ()

    def spec(self, tree: Tree, point: str) -> NodeSpec:
        """A unit of IT as it is shared out; the tenant that its point names holds what is left of it."""
        cluster, node = self.nodes.get(point, (None, None))
        stand = node is not None and all(is_behind(tree, gpu, point) for gpu in node.gpu_points)
        gpus = node.gpu_points if node is not None and stand else ()
        rule = self.idle or (cluster.idle if cluster else "reservation")
        return NodeSpec(point=point, gpus=gpus, rule=rule, rest=self._holder(tree, point))

    def _holder(self, tree: Tree, point: str) -> str:
        """Whose a point is where no job holds it: of the tenant that it names, or the model that it serves alone."""
        if self.by == "tenant":
            return tree.by_id[point].tenant or ""
        return self._served.get(point, "") if self.by == "model" else ""

    @cached_property
    def _served(self) -> dict[str, str]:
        return {point: one.id for one in self.question.service.settings.models for point in one.points}

    def sums(self, site: SiteAmounts) -> Sums:
        """Sums of every subject, with the site's amounts of every interval."""
        found = Sums()
        for leg in self.legs(site):
            found.enter(leg.it, leg.portions, self.work, leg.cells)
        return found

    def legs(self, site: SiteAmounts) -> Iterator[Shared]:
        """Walk over the period: all IT, who had what of it, and the site's amounts of the same intervals."""
        memory, idle = self._memory(), _Idle(self)
        for first, last in _pieces(self.question.start, self.question.end, self._rows_a_day):
            for tree, wide in self.sheets(first - INTERVAL_S, last + INTERVAL_S):
                begin, stop = np.searchsorted(wide.starts, [first, last]).tolist()
                if begin < stop:
                    yield self._leg(memory, idle, tree, wide, (begin, stop), site)

    def _memory(self) -> LastKnown:
        """The last known power of all IT when the period begins, from the day before: no question begins blind."""
        memory, start = LastKnown(), self.question.start
        for tree, sheet in self.sheets(start - DAY_S, start):
            memory.lost_kwh(self.own(tree, sheet), self.units(tree))
        return memory

    def sheets(self, start: int, end: int) -> Iterator[tuple[Tree, Sheet]]:
        """Matrices of all points that bear on IT, in pieces over which one tree holds."""
        part = replace(self.question, start=start, end=end, whole=None)
        for era, sheet in stretches(part.tables(self._points), part.eras, self._points, length_s=INTERVAL_S):
            yield era.tree, sheet

    def _lift(self, spec: NodeSpec) -> float:
        """From behind a node's power supply, where GPUs are counted, to before it, where the node is."""
        return 1 / self.nodes[spec.point][1].supply_efficiency if spec.point in self.nodes else 1.0

    def _points(self, tree: Tree) -> tuple[str, ...]:
        units = self.units(tree)
        gpus = (gpu for unit in units for gpu in self.spec(tree, unit.id).gpus)
        return (*leaves(units), *leaves(self.beside(tree)), *gpus)

    @property
    def _rows_a_day(self) -> int:
        points = max(len(self._points(era.tree)) for era in self.question.eras)
        return max(points, 1) * (DAY_S // INTERVAL_S)

    def _leg(
        self, memory: LastKnown, idle: _Idle, tree: Tree, wide: Sheet, span: tuple[int, int], site: SiteAmounts
    ) -> Shared:
        """Share out one stretch; `wide` has an interval more at either end, by which its edges are judged."""
        units, beside = self.units(tree), self.beside(tree)
        specs = [self.spec(tree, unit.id) for unit in units]
        inside, every_gpu = inside_of(tree, units), wide.of([gpu for spec in specs for gpu in spec.gpus])
        raw = resolved(wide, units)
        whole, hidden, limits = (
            less_inside(raw, units, inside),
            open_kwh(raw, units, inside),
            unit_limits(units, inside),
        )
        if beside:
            whole, units = with_rest(whole, resolved(wide, beside)), (*units, Unit(REST, metered=False))
            specs.append(NodeSpec(point=REST, gpus=(), rule="reservation", rest=""))
        host_idle, gpu_idle = idle.kwh(specs, whole)
        lift = np.array([self._lift(spec) for spec in specs for _ in spec.gpus])[:, None]
        found = portions(
            specs,
            self.work,
            nodes=Power(energy=whole.energy, covered=whole.covered, idle=host_idle),
            gpus=Power(energy=every_gpu.energy * lift, covered=every_gpu.covered, idle=gpu_idle * lift),
            sheet=whole,
        ).cut(*span)
        start, end = int(wide.starts[span[0]]), int(wide.starts[span[1] - 1]) + 1
        own, gpus = whole.between(start, end), every_gpu.between(start, end)
        lost, fill = memory.lost_kwh(own, units), fill_kwh(own, units)
        for row, most in hidden.items():
            fill[row] = most[slice(*span)]
            lost[row] = np.fmin(lost[row], fill[row])
        it = It(specs=specs, sheet=own, lost=lost, fill=fill, limit=np.pad(limits, (0, len(units) - limits.size)))
        at = site.grid.cell(own.starts)
        cells = {name: amounts[at] for name, amounts in site.cells.items()}
        return Shared(it=it, portions=found, gpus=gpus, cells=cells)


class _Idle:
    """What nodes and GPUs draw idle: declared, else the lowest of the week up to each day."""

    def __init__(self, of: Gathered) -> None:
        """Read the energy of the days that bear on the period, where anything is not declared."""
        self._of = of
        self._days = np.empty(0, np.int64)
        self._lowest: dict[str, dict[int, float]] = {}
        known = (node.idle_w and (node.gpu_idle_w or not node.gpu_points) for _, node in of.nodes.values())
        undeclared = not all(known)
        if undeclared and len(of.jobs):
            self._read()

    def _read(self) -> None:
        of = self._of
        first = of.question.start // DAY_S - DAYS + 1
        last = -(-of.question.end // DAY_S)
        for start, end in _pieces(first * DAY_S, last * DAY_S, of._rows_a_day):  # noqa: SLF001 - its own class
            for tree, sheet in of.sheets(start, end):
                self._note(tree, sheet)
        self._days = np.arange(first, last)

    def _note(self, tree: Tree, sheet: Sheet) -> None:
        of = self._of
        own = of.own(tree, sheet)
        for row, unit in enumerate(of.units(tree)):
            if unit.id not in of.nodes:
                continue
            gpus = sheet.of(of.spec(tree, unit.id).gpus)
            seen = gpus.covered.min(axis=0, initial=1.0) >= FULL
            lift = 1 / of.nodes[unit.id][1].supply_efficiency
            host = own.energy[row] - np.where(seen, gpus.energy.sum(axis=0) * lift, 0.0)
            energy = np.vstack([np.maximum(host, 0.0), gpus.energy[: len(gpus.index)]])
            apart = seen if (seen & (own.covered[row] >= FULL)).any() else np.ones_like(seen)
            covered = np.vstack([np.where(apart, own.covered[row], 0.0), gpus.covered[: len(gpus.index)]])
            days, lowest = lowest_w(energy=energy, covered=covered, starts=sheet.starts, seconds=sheet.seconds)
            for name, watts in zip((unit.id, *gpus.index), lowest, strict=True):
                known = self._lowest.setdefault(name, {})
                for day, one in zip(days.tolist(), watts.tolist(), strict=True):
                    known[day] = min(one, known.get(day, np.inf))

    def kwh(self, specs: Sequence[NodeSpec], sheet: Sheet) -> tuple[Floats, Floats]:
        """Energy at idle power of each node without its GPUs, and of each GPU, in the covered time of each cell."""
        nodes = [self._of.nodes.get(spec.point, (None, None))[1] for spec in specs]
        host = self._watts([spec.point for spec in specs], [node.idle_w if node else None for node in nodes], sheet)
        gpus = [gpu for spec in specs for gpu in spec.gpus]
        pairs = zip(specs, nodes, strict=True)
        declared = [node.gpu_idle_w if node else None for spec, node in pairs for _ in spec.gpus]
        seconds = sheet.seconds * KWH_PER_W_S
        return host * seconds * sheet.covered, self._watts(gpus, declared, sheet) * seconds

    def _watts(self, names: Sequence[str], declared: Sequence[float | None], sheet: Sheet) -> Floats:
        days, of_cell = np.unique(sheet.starts // DAY_S, return_inverse=True)
        lowest = np.full((len(names), self._days.size), np.inf)
        for row, name in enumerate(names):
            known = self._lowest.get(name, {})
            lowest[row] = [known.get(day, np.inf) for day in self._days.tolist()]
        found: Floats = idle_w(days=self._days, lowest=lowest, wanted=days, declared=declared)[:, of_cell]
        return found


def _pieces(start: int, end: int, rows_a_day: int) -> Iterator[tuple[int, int]]:
    """Cut [start, end) at UTC days into pieces of bounded size."""
    length = max(ROWS_AT_ONCE // rows_a_day, 1) * DAY_S
    first = start
    while first < end:
        last = min(first // DAY_S * DAY_S + length, end)
        yield first, last
        first = last
