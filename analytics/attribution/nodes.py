"""Shares of whole nodes: each node's GPUs where counters see all of them, and what is left, split and put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.attribution.gpus import of_gpus
from analytics.attribution.split import RULES, Stays, shares
from analytics.sheets import FULL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.attribution.work import Work
    from analytics.sheets import Sheet

    Columns = tuple[NDArray[Any], ...]

LEAST_KWH = 1e-9  # a node that drew less drew nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """A node as the site file has it: its point, those of its GPUs, the rule for its idle power, whose the rest is."""

    point: str
    gpus: tuple[str, ...] = ()
    rule: str = RULES[0]
    rest: str = ""  # a tenant that holds the node, empty where nobody does


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Matrices of nodes (or GPUs) by cells: energy seen [kWh], share of time covered, energy at idle power [kWh]."""

    energy: NDArray[np.float64]
    covered: NDArray[np.float64]
    idle: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portions:
    """What placements have of nodes: `value` of the energy of (`node`, `cell`), between `low` and `high`.

    `by_gpu` says of each node and cell whether GPU counters were used.
    """

    node: NDArray[np.int64]
    cell: NDArray[np.int64]
    row: NDArray[np.int64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    by_gpu: NDArray[np.bool_]

    def cut(self, first: int, stop: int) -> Portions:
        """Return the portions in cells [first, stop), counted from there."""
        ours = (self.cell >= first) & (self.cell < stop)
        columns = {name: getattr(self, name)[ours] for name in ("node", "row", "value", "low", "high")}
        return Portions(cell=self.cell[ours] - first, by_gpu=self.by_gpu[:, first:stop], **columns)

    def rest(self) -> NDArray[np.float64]:
        """Return what is left of each node and cell: nobody's."""
        taken = np.bincount(self.node * self.by_gpu.shape[1] + self.cell, self.value, self.by_gpu.size)
        return np.maximum(1 - taken.reshape(self.by_gpu.shape), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Placements cut at the edges of cells: the row of each piece, its node, cell, start and end."""

    row: NDArray[np.int64]
    node: NDArray[np.int64]
    cell: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def portions(specs: Sequence[NodeSpec], work: Work, *, nodes: Power, gpus: Power, sheet: Sheet) -> Portions:
    """Return the portion of each placement in the energy of each node and cell.

    Args:
        specs: the nodes; the rows of `nodes` are theirs, those of `gpus` all their GPUs, one node after another.
        work: placements; those of other points are left out.
        nodes: of whole nodes, GPUs included; `idle` of what is not a GPU.
        gpus: of the GPUs.
        sheet: whose cells these are.

    Where the GPUs of a node are all covered, each is a part of its own, split among those that had it, and the rest of
    the node is split by CPU; together they never exceed the node. Else all of the node is split by the greater of the
    CPU and GPU shares.
    """
    cells = sheet.starts.size
    owner = np.repeat(np.arange(len(specs)), [len(spec.gpus) for spec in specs])
    seen = _seen(owner, len(specs), nodes, gpus)
    pieces = _pieces(specs, work, sheet)
    rule = np.array([RULES.index(spec.rule) for spec in specs], np.int64)
    gpu_kwh = _summed(owner, gpus.energy, len(specs)) * seen
    scale = np.divide(nodes.energy, gpu_kwh, out=np.ones_like(gpu_kwh), where=gpu_kwh > nodes.energy)
    host_kwh = np.maximum(nodes.energy - gpu_kwh, 0.0)
    idle = np.where(seen, nodes.idle, nodes.idle + _summed(owner, gpus.idle, len(specs)))
    part = _host_stays(pieces, work, seen)
    found = shares(
        part,
        energy=host_kwh.ravel(),
        idle=idle.ravel(),
        seconds=np.tile(sheet.seconds, len(specs)),
        rule=np.repeat(rule, cells),
    )
    of_node = np.divide(host_kwh, nodes.energy, out=np.ones_like(host_kwh), where=nodes.energy > 0).ravel()[part.slot]
    host = (pieces.row, part.slot, *(of_node * column for column in (found.value, found.low, found.high)))
    on_gpu = of_gpus(specs, work, pieces, gpus, seen=seen, owner=owner, rule=rule, sheet=sheet)
    weight = np.divide(scale, nodes.energy, out=np.zeros_like(scale), where=seen).ravel()
    return _joined(host, on_gpu, weight, seen)


def _seen(owner: NDArray[np.int64], count: int, nodes: Power, gpus: Power) -> NDArray[np.bool_]:
    """Return whether all GPUs of a node are covered, and the node drew anything: only then are its parts told apart."""
    least = np.full(nodes.energy.shape, np.inf)
    np.minimum.at(least, owner, gpus.covered)
    some = np.bincount(owner, minlength=count) > 0
    return some[:, None] & (least >= FULL) & (nodes.covered >= FULL) & (nodes.energy > LEAST_KWH)


def _summed(owner: NDArray[np.int64], column: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    total = np.zeros((count, column.shape[1]))
    np.add.at(total, owner, column)
    return total


def _pieces(specs: Sequence[NodeSpec], work: Work, sheet: Sheet) -> Pieces:
    """Cut the placements on these nodes at the cells of a sheet."""
    at = {spec.point: number for number, spec in enumerate(specs)}
    node_of = np.array([at.get(point, -1) for point in work.points] or [-1], np.int64)
    node = node_of[work.point] if work.point.size else np.empty(0, np.int64)
    edges = np.append(sheet.starts, int(sheet.starts[-1] + sheet.seconds[-1]))
    start, end = np.maximum(work.start, edges[0]), np.minimum(work.end, edges[-1])
    row = np.flatnonzero((node >= 0) & (start < end))
    first = np.searchsorted(edges, start[row], side="right") - 1
    count = np.searchsorted(edges, end[row], side="left") - first
    which = np.repeat(row, count)
    cell = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return Pieces(
        row=which,
        node=node[which],
        cell=cell,
        start=np.maximum(start[which], edges[cell]),
        end=np.minimum(end[which], edges[cell + 1]),
    )


def _host_stays(pieces: Pieces, work: Work, seen: NDArray[np.bool_]) -> Stays:
    """Return the stays on what is no GPU, or on the whole node where its GPUs are not told apart."""
    slot = pieces.node * seen.shape[1] + pieces.cell
    row, apart = pieces.row, seen.ravel()[slot]
    gpu_use = np.where(work.gpu > 0, work.gpu * work.gpu_use, 0.0)
    greater_use = np.maximum(work.cpu_use, gpu_use)  # nan where either is not known
    return Stays(
        slot=slot,
        start=pieces.start,
        end=pieces.end,
        share=np.where(apart, work.cpu[row], np.maximum(work.cpu, work.gpu)[row]),
        use=np.where(apart, work.cpu_use[row], greater_use[row]),
        owner=work.subject[row].astype(np.int64),
    )


def _joined(
    host: Columns,
    on_gpu: Columns,
    weight: NDArray[np.float64],
    seen: NDArray[np.bool_],
) -> Portions:
    """Add up what one placement has of one node and cell."""
    rows = np.concatenate([host[0], on_gpu[0]])
    slots = np.concatenate([host[1], on_gpu[1]])
    keys, at = np.unique(rows * seen.size + slots, return_inverse=True)
    columns: list[NDArray[np.float64]] = [
        np.bincount(at, np.concatenate([one, other * weight[on_gpu[1]]]), keys.size).astype(np.float64)
        for one, other in zip(host[2:], on_gpu[2:], strict=True)
    ]
    slot = keys % seen.size if seen.size else keys
    return Portions(
        node=slot // seen.shape[1],
        cell=slot % seen.shape[1],
        row=keys // max(seen.size, 1),
        value=columns[0],
        low=np.minimum(columns[1], columns[0]),
        high=np.maximum(columns[2], columns[0]),
        by_gpu=seen,
    )
