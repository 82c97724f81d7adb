"""Usage to energy: what an hour of an instance, a GB-hour, a GB and a token take, by published coefficients.

All of it is estimated. What no table holds is a `problem`, never a zero: add the row that it names, and it has energy.
Formulas: Cloud Carbon Footprint methodology (power between idle and full load in proportion to utilisation).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from collectors.bills.line import ENERGY, INSTANCE, NETWORK, STORAGE, TOKENS
from collectors.load_model import watts_at
from config.usage.tables import FACILITY, IT, Coefficient

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from collectors.bills.line import Line
    from config.usage.bought import Usage
    from config.usage.tables import Instance, UsageTables

CPU, GPU = "cpu", "gpu"
DIRECTIONS = frozenset({"input", "output", "cached"})  # of tokens, behind the name of a model
ADD = "add its row to a file of [factors]"
KINDS = {INSTANCE: (CPU, GPU), STORAGE: (STORAGE,), NETWORK: (NETWORK,), TOKENS: (TOKENS,), ENERGY: (ENERGY,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one coefficient adds to a line: its value as used, in its unit, and the bounds of the coefficient."""

    coefficient: Coefficient
    value: float
    kwh: float
    low_kwh: float
    high_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """A line with its energy [kWh] and the parts that make it up; or with a `problem` and without any."""

    line: Line
    kinds: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    problem: str = ""

    @property
    def kwh(self) -> float:
        """The line's energy."""
        return sum(part.kwh for part in self.parts)


def valued(line: Line, usage: Usage, tables: UsageTables) -> Valued:
    """Return a line with its energy.

    Args:
        line: of kind instance, storage, network, tokens or energy.
        usage: says how much of the instances was used.
        tables: the coefficients.
    """
    if line.kind == INSTANCE:
        return _instance(line, usage, tables)
    if line.kind == TOKENS:
        return _tokens(line, tables)
    if line.kind == ENERGY:
        return _as_exported(line)
    return _stored_or_sent(line, tables)


def _instance(line: Line, usage: Usage, tables: UsageTables) -> Valued:
    found = tables.instance(line.provider, line.item)
    if found is None:
        words = f'instance type "{line.item}" of {line.provider} is in no table'
        return Valued(line=line, kinds=KINDS[INSTANCE], problem=f"{words}: {ADD} instances")
    kinds = (GPU,) if found.gpus else (CPU,)
    problem = _lacking(found, usage, tables)
    if problem:
        return Valued(line=line, kinds=kinds, problem=problem)
    cpus = [row for name in found.cpus if (row := tables.coefficient(line.provider, CPU, name))]
    share = found.vcpus / max(len(cpus), 1)
    parts = [_loaded(row, usage.cpu_utilisation or 0.0, line.amount * share) for row in cpus]
    gpu = tables.coefficient(line.provider, GPU, found.gpu) if found.gpus else None
    parts += [_loaded(gpu, usage.gpu_utilisation or 0.0, line.amount * found.gpus)] if gpu else []
    return Valued(line=line, kinds=kinds, parts=tuple(parts))


def _lacking(instance: Instance, usage: Usage, tables: UsageTables) -> str:
    """Say what an instance type cannot be valued without."""
    for kind, names in ((CPU, instance.cpus), (GPU, (instance.gpu,) if instance.gpus else ())):
        for name in names:
            row = tables.coefficient(instance.provider, kind, name)
            if row is None:
                return f'{kind} "{name}" of {instance.type} has no power: {ADD} coefficients'
            if row.low is not None and getattr(usage, f"{kind}_utilisation") is None:
                return f"{instance.type} needs {kind}_utilisation: add it to [[usage]] {usage.id} with its source"
    return "" if instance.cpus or instance.gpus else f"{instance.type} has neither processor nor GPU in its row: add it"


def _loaded(row: Coefficient, utilisation: float, unit_hours: float) -> Part:
    """Energy of so many hours of a vCPU or GPU; the bounds are those of an idle and of a busy one."""
    low = row.high if row.low is None else row.low
    watts = watts_at(row.low, row.high, utilisation)
    kwh, low_kwh, high_kwh = (unit_hours * one / 1000 for one in (watts, low, row.high))
    return Part(coefficient=row, value=watts, kwh=kwh, low_kwh=low_kwh, high_kwh=high_kwh)


def _stored_or_sent(line: Line, tables: UsageTables) -> Valued:
    item = tables.item(line.provider, line.item)
    if item is None:
        words = f'{line.kind} "{line.item}" of {line.provider} is in no table: {ADD} items'
        return Valued(line=line, kinds=KINDS[line.kind], problem=f"{words}, or to ignore of its [[usage]]")
    row = tables.coefficient(line.provider, line.kind, item.coefficient)
    if row is None:
        words = f'{line.kind} "{item.coefficient}" has no coefficient: {ADD} coefficients'
        return Valued(line=line, kinds=KINDS[line.kind], problem=words)
    per_unit = 1e-6 if line.kind == STORAGE else 1.0  # Wh/TB-h per GB-h; kWh/GB as it stands
    return Valued(line=line, kinds=KINDS[line.kind], parts=(_mean(row, line.amount * item.copies * per_unit),))


def _tokens(line: Line, tables: UsageTables) -> Valued:
    model, _, direction = line.item.rpartition(":")
    row = tables.coefficient(line.provider, TOKENS, line.item)
    if row is None and direction in DIRECTIONS:
        row = tables.coefficient(line.provider, TOKENS, model)
    if row is None:
        words = f'tokens of "{line.item}" ({line.provider}) have no coefficient, and none that is verified ships'
        add = "add your own in Wh/1000 tokens, with its source, to a file of [factors] coefficients"
        return Valued(line=line, kinds=KINDS[TOKENS], problem=f"{words}: {add}")
    return Valued(line=line, kinds=KINDS[TOKENS], parts=(_mean(row, line.amount * 1e-6),))


def _as_exported(line: Line) -> Valued:
    """Energy as another tool estimated it, at its word."""
    row = Coefficient(
        id=f"as exported: {line.source}",
        provider="",
        kind=ENERGY,
        name=line.item,
        low=1.0,
        high=1.0,
        unit="kWh/kWh",
        year=datetime.fromtimestamp(line.end, UTC).year,
        basis="energy as that tool estimated it",
        source=line.source,
        boundary=FACILITY if line.facility else IT,
    )
    return Valued(line=line, kinds=KINDS[ENERGY], parts=(_mean(row, line.amount),))


def _mean(row: Coefficient, amount: float) -> Part:
    """Energy of an amount at the middle of a coefficient's range, which is its bounds."""
    low = row.high if row.low is None else row.low
    value = (low + row.high) / 2
    return Part(coefficient=row, value=value, kwh=amount * value, low_kwh=amount * low, high_kwh=amount * row.high)


@dataclass(frozen=True, slots=True)
class Spread:
    """Energy [kWh] of cells of `length_s` from `start` [UTC s] on; where `unknown`, not all of it is known."""

    start: int
    length_s: int
    kwh: NDArray[np.float64]
    unknown: NDArray[np.bool_]

    @property
    def ends(self) -> NDArray[np.int64]:
        """End of each cell [UTC s]: where a reading of its energy is stamped."""
        return self.start + self.length_s * np.arange(1, self.kwh.size + 1)


def spread(lines: Iterable[Valued], *, start: int, end: int, length_s: int) -> Spread:
    """Spread lines evenly over their charge periods into the cells that [start, end) touches.

    The bill tells all that ran, so of a cell at its edge that it speaks of in part, nothing ran in the rest.

    Args:
        lines: of one point; one with a problem makes the energy of all cells that it touches unknown.
        start: of the bill [UTC s].
        end: of the bill [UTC s].
        length_s: of a cell; cells begin at multiples of it.
    """
    first, last = cells_of((start, end), length_s)
    size = last - first
    kwh, unknown = np.zeros(size), np.zeros(size, np.bool_)
    edges = (first + np.arange(size)) * length_s
    for one in lines:
        a = min(max(one.line.start // length_s - first, 0), size)
        b = min(max(-(-one.line.end // length_s) - first, 0), size)
        if one.problem:
            unknown[a:b] = True
            continue
        inside = np.minimum(edges[a:b] + length_s, one.line.end) - np.maximum(edges[a:b], one.line.start)
        kwh[a:b] += one.kwh * inside / (one.line.end - one.line.start)
    return Spread(first * length_s, length_s, kwh, unknown)


def span(lines: Sequence[Line]) -> tuple[int, int]:
    """Return the time [UTC s] that the lines of a bill speak of: from the first start to the last end."""
    return min(line.start for line in lines), max(line.end for line in lines)


def cells_of(when: tuple[int, int], length_s: int) -> tuple[int, int]:
    """Return the first cell that [start, end) [UTC s] touches and the one behind the last, in cells since 1970.

    >>> cells_of((1800, 7200), 3600), cells_of((7200, 7201), 3600)
    ((0, 2), (2, 3))
    """
    return when[0] // length_s, -(-when[1] // length_s)
