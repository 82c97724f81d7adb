"""Shares of whole nodes: each node's GPUs where counters see all of them, and what is left, split and put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.attribution.cards import cards_of, summed
from analytics.attribution.gpus import of_gpus
from analytics.attribution.split import RULES, Shares, Stays, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analytics.attribution.cards import Cards
    from analytics.attribution.work import Work
    from analytics.sheets import Sheet

    Columns = tuple[NDArray[Any], ...]

OF_NODES: Final = ("by_gpu", "guessed", "rest_low", "rest_high", "held", "rest_loose")  # matrices of nodes by cells


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSpec:
    """A node as the site file has it: its point, those of its GPUs, the rule for its idle power, whose the rest is."""

    point: str
    gpus: tuple[str, ...] = ()
    rule: str = RULES[0]
    rest: str = ""  # a tenant that holds the node, empty where nobody does
    idle_declared: bool = True  # else its idle power was inferred, and so may be anything
    gpu_idle_declared: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Matrices of nodes (or GPUs) by cells: energy seen [kWh], share of time covered, energy at idle power [kWh].

    Also what their silence hides [kWh]: at the last known power, and at most; nan where nobody can tell; and the step
    in which the register of each row counts [kWh], 0 where that is not known.
    """

    energy: NDArray[np.float64]
    covered: NDArray[np.float64]
    idle: NDArray[np.float64]
    lost: NDArray[np.float64] | None = None
    most: NDArray[np.float64] | None = None
    step_kwh: NDArray[np.float64] | None = None

    @property
    def steps(self) -> NDArray[np.float64]:
        """The step of each row."""
        return np.zeros(len(self.energy)) if self.step_kwh is None else self.step_kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class Portions:
    """What placements have of nodes: `value` of the energy of (`node`, `cell`), between `low` and `high`.

    `by_gpu` says of each node and cell whether its GPUs were told apart, `guessed` whether the counter of one was
    silent, or a job there whose part of the node nobody told. What is nobody's lies between `rest_low` and `rest_high`.
    `held` is the share of time in which anybody had reserved anything of a node, more than 1 where several had;
    who stands on it with it aside. `loose`
    is how far one step of all registers of a node would move a portion, `rest_loose` what is nobody's [kWh].
    """

    node: NDArray[np.int64]
    cell: NDArray[np.int64]
    row: NDArray[np.int64]
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    by_gpu: NDArray[np.bool_]
    guessed: NDArray[np.bool_]
    rest_low: NDArray[np.float64]
    rest_high: NDArray[np.float64]
    held: NDArray[np.float64]
    loose: NDArray[np.float64]
    rest_loose: NDArray[np.float64]

    def cut(self, first: int, stop: int) -> Portions:
        """Return the portions in cells [first, stop), counted from there."""
        ours = (self.cell >= first) & (self.cell < stop)
        columns = {name: getattr(self, name)[ours] for name in ("node", "row", "value", "low", "high", "loose")}
        columns |= {name: getattr(self, name)[:, first:stop] for name in OF_NODES}
        return Portions(cell=self.cell[ours] - first, **columns)

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

    Where the GPUs of a node are all covered, or their last power is known, each is a part of its own, split among those
    that had it, and the rest of the node is split by CPU; together they never exceed the node. Else all of the node is
    split by the greater of the CPU and GPU shares.
    """
    owner = np.repeat(np.arange(len(specs)), [len(spec.gpus) for spec in specs])
    rule = np.array([RULES.index(spec.rule) for spec in specs], np.int64)
    cards, pieces = cards_of(owner, nodes, gpus), _pieces(specs, work, sheet)
    part = _host_stays(pieces, work, cards.seen)
    told = _slots(pieces, part, work.guessed, cards.seen.shape)
    holds = ((np.maximum(work.cpu, work.gpu) > 0) | np.isin(np.arange(work.start.size), work.named_row))[pieces.row]
    gpu_idle = summed(owner, gpus.idle, len(specs))
    found = _host_shares(specs, part, nodes, cards, gpu_idle=gpu_idle, rule=rule, seconds=sheet.seconds)
    found = _blind(found, part, ((cards.guessed & ~cards.seen) | told).ravel(), holds)
    slope = np.minimum(found.slope, 1.0)
    on_gpu = of_gpus(specs, work, pieces, gpus, cards=cards, owner=owner, rule=rule, sheet=sheet, host=slope)

    least, value, most = (_ratio(one, nodes.energy, cards.seen) for one in cards.host)
    gpu_weight = np.divide(cards.scale, nodes.energy, out=np.zeros_like(cards.scale), where=cards.seen).ravel()
    steps = nodes.steps[:, None] + np.where(cards.seen, np.bincount(owner, gpus.steps, len(specs))[:, None], 0.0)
    host = (
        pieces.row,
        part.slot,
        value[part.slot] * found.value,
        least[part.slot] * found.low,
        most[part.slot] * found.high,
        slope * steps.ravel()[part.slot],
    )
    rest_low = least * found.rest_low + gpu_weight * on_gpu.rest[0].ravel()
    rest_high = most * found.rest_high + gpu_weight * on_gpu.rest[1].ravel()
    there = np.where(holds & ~work.standing[pieces.row], part.seconds, 0.0)
    held = np.bincount(part.slot, there, cards.seen.size).reshape(cards.seen.shape) / sheet.seconds
    cards = replace(cards, guessed=cards.guessed | told)
    return _joined(host, on_gpu.stays, gpu_weight, cards, (rest_low, rest_high, held, steps))


def _host_shares(
    specs: Sequence[NodeSpec],
    part: Stays,
    nodes: Power,
    cards: Cards,
    *,
    gpu_idle: NDArray[np.float64],
    rule: NDArray[np.int64],
    seconds: NDArray[np.float64],
) -> Shares:
    """Return the shares in what is no GPU, or in the whole node where its GPUs are not told apart."""
    return shares(
        part,
        energy=np.where(cards.seen, cards.host[1], nodes.energy).ravel(),
        idle=np.where(cards.seen, nodes.idle, nodes.idle + gpu_idle).ravel(),
        seconds=np.tile(seconds, len(specs)),
        rule=np.repeat(rule, seconds.size),
        inferred=(_inferred(specs, cards.seen) | cards.guessed).ravel(),
        silent=_silent(nodes),
    )


def _ratio(
    host_kwh: NDArray[np.float64], node_kwh: NDArray[np.float64], seen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the share of what is no GPU in each node's energy; 1 where that is not told apart, or is nothing."""
    kwh = np.where(seen, host_kwh, node_kwh)
    return np.divide(kwh, node_kwh, out=np.ones_like(kwh), where=node_kwh > 0).ravel()


def _slots(pieces: Pieces, stays: Stays, rows: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the nodes and cells on which one of some placements is."""
    found: NDArray[np.bool_] = (np.bincount(stays.slot, rows[pieces.row], shape[0] * shape[1]) > 0).reshape(shape)
    return found


def _silent(nodes: Power) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return what the silence of whole nodes hides, of each node and cell, where that is told."""
    return None if nodes.lost is None or nodes.most is None else (nodes.lost.ravel(), nodes.most.ravel())


def _blind(found: Shares, stays: Stays, blind: NDArray[np.bool_], holds: NDArray[np.bool_]) -> Shares:
    """Return the shares with bounds that hold anything, where a counter is silent or a part is a guess."""
    at = blind[stays.slot]
    held = holds | (found.high > 0)
    return replace(
        found,
        low=np.where(at, 0.0, found.low),
        high=np.where(at & held, 1.0, found.high),
        rest_low=np.where(blind, 0.0, found.rest_low),
        rest_high=np.where(blind, 1.0, found.rest_high),
    )


def _inferred(specs: Sequence[NodeSpec], seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the nodes and cells of which some idle power was not declared: of the host, or of all where not apart."""
    host = np.array([not spec.idle_declared for spec in specs], np.bool_)[:, None]
    gpus = np.array([bool(spec.gpus) and not spec.gpu_idle_declared for spec in specs], np.bool_)[:, None]
    return np.where(seen, host, host | gpus)


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
    cards: Cards,
    of_nodes: Sequence[NDArray[np.float64]],
) -> Portions:
    """Add up what one placement has of one node and cell."""
    seen = cards.seen
    rows = np.concatenate([host[0], on_gpu[0]])
    slots = np.concatenate([host[1], on_gpu[1]])
    keys, at = np.unique(rows * seen.size + slots, return_inverse=True)
    scale = weight[on_gpu[1]]
    pairs = [(one, other * scale) for one, other in zip(host[2:5], on_gpu[2:5], strict=True)]
    columns: list[NDArray[np.float64]] = [
        np.bincount(at, np.concatenate(pair), keys.size).astype(np.float64) for pair in (*pairs, (host[5], on_gpu[5]))
    ]
    slot = keys % seen.size if seen.size else keys
    return Portions(
        node=slot // seen.shape[1],
        cell=slot % seen.shape[1],
        row=keys // max(seen.size, 1),
        value=columns[0],
        low=np.minimum(columns[1], columns[0]),
        high=np.maximum(np.minimum(columns[2], 1.0), columns[0]),
        by_gpu=seen,
        guessed=cards.guessed,
        rest_low=of_nodes[0].reshape(seen.shape),
        rest_high=of_nodes[1].reshape(seen.shape),
        held=of_nodes[2],
        loose=np.maximum(columns[3], 0.0),
        rest_loose=of_nodes[3] * np.minimum(of_nodes[1].reshape(seen.shape), 1.0),
    )
