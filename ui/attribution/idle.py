"""What nodes and GPUs of a site draw idle, read from the ledger of the week where nobody declared it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analytics.attribution.idle import DAY_S, DAYS, KWH_PER_W_S, idle_w, lowest_w
from analytics.sheets import FULL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from analytics.attribution.nodes import NodeSpec
    from analytics.boundary import Tree
    from analytics.sheets import Sheet
    from ui.attribution.gather import Gathered

    Floats = NDArray[np.float64]

ROWS_AT_ONCE = 4_000_000


class IdlePower:
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
        for start, end in pieces(first * DAY_S, last * DAY_S, of.rows_a_day):
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
        """Energy at idle power of each node without its GPUs, and of each GPU, over the whole of each cell."""
        nodes = [self._of.nodes.get(spec.point, (None, None))[1] for spec in specs]
        host = self._watts([spec.point for spec in specs], [node.idle_w if node else None for node in nodes], sheet)
        gpus = [gpu for spec in specs for gpu in spec.gpus]
        pairs = zip(specs, nodes, strict=True)
        declared = [node.gpu_idle_w if node else None for spec, node in pairs for _ in spec.gpus]
        seconds = sheet.seconds * KWH_PER_W_S
        return host * seconds, self._watts(gpus, declared, sheet) * seconds

    def _watts(self, names: Sequence[str], declared: Sequence[float | None], sheet: Sheet) -> Floats:
        days, of_cell = np.unique(sheet.starts // DAY_S, return_inverse=True)
        lowest = np.full((len(names), self._days.size), np.inf)
        for row, name in enumerate(names):
            known = self._lowest.get(name, {})
            lowest[row] = [known.get(day, np.inf) for day in self._days.tolist()]
        found: Floats = idle_w(days=self._days, lowest=lowest, wanted=days, declared=declared)[:, of_cell]
        return found


def pieces(start: int, end: int, rows_a_day: int) -> Iterator[tuple[int, int]]:
    """Cut [start, end) at UTC days into pieces of bounded size."""
    length = max(ROWS_AT_ONCE // rows_a_day, 1) * DAY_S
    first = start
    while first < end:
        last = min(first // DAY_S * DAY_S + length, end)
        yield first, last
        first = last
