"""Sums of the kernel to a table of ledger rows (design 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from collectors.ledger_row import LEDGER_SCHEMA
from collectors.reading import TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.cells import Tally

WS_PER_KWH = 3.6e6
METHODS: Mapping[int, str] = {1: "register", 2: "energy", 4: "power", 8: "mean", 16: "amount"}  # bits of Tally.parts
QUALITIES = ("measured", "estimated", "partial", "missing")


@dataclass(frozen=True, slots=True)
class Group:
    """What one row of the ledger speaks of: a metric of a point, its unit, and how the value comes from the sums."""

    point: str
    metric: str
    unit: str
    kind: str  # gauge: mean over the covered time; counter and delta: sum; the metric energy: sum and mean power


def ledger_rows(groups: Sequence[Group], tally: Tally) -> pa.Table:
    """Return one row a group and cell, ordered by group and time; revision 0 and no hash: the books set these."""
    grid, cells = tally.grid, tally.grid.count
    seconds = np.tile(grid.seconds, tally.rows).astype(np.float64)
    covered, measured = tally.covered_s, tally.measured_s
    energy = np.repeat(np.array([group.metric == "energy" for group in groups], dtype=np.bool_), cells)
    summed = np.repeat(np.array([group.kind != "gauge" for group in groups], dtype=np.bool_), cells) & ~energy
    some = covered > 0
    mean = np.divide(tally.integral, covered, out=np.zeros_like(covered), where=some)
    integral = tally.integral / WS_PER_KWH
    columns = {
        "start": np.tile(grid.edges[:-1], tally.rows),
        "end": np.tile(grid.edges[1:], tally.rows),
        "point": texts([group.point for group in groups], each=cells),
        "metric": texts([group.metric for group in groups], each=cells),
        "energy_kwh": pa.array(integral, mask=~energy),
        "value": pa.array(np.where(summed, tally.integral, mean), mask=~some),
        "unit": texts([group.unit for group in groups], each=cells),
        "measured": measured / seconds,
        "estimated": (covered - measured) / seconds,
        "missing": (seconds - covered) / seconds,
        "quality": _quality(measured, covered, seconds),
        "method": _method(tally.parts),
        "revision": np.zeros(seconds.size, dtype=np.int32),
        "config_hash": texts([""], each=seconds.size),
        "low_kwh": pa.array(np.minimum(tally.low / WS_PER_KWH, integral), mask=~energy),
        "high_kwh": pa.array(np.maximum(tally.high / WS_PER_KWH, integral), mask=~energy),
    }
    return pa.table([pa.array(columns[field.name], field.type) for field in LEDGER_SCHEMA], schema=LEDGER_SCHEMA)


def texts(words: Sequence[str], *, each: int) -> pa.DictionaryArray:
    """Return a text column that repeats each word."""
    names = list(dict.fromkeys(words))
    number = {name: code for code, name in enumerate(names)}
    codes = np.repeat(np.array([number[word] for word in words], dtype=np.int32), each)
    return pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string()))


def _quality(measured: NDArray[Any], covered: NDArray[Any], seconds: NDArray[Any]) -> pa.DictionaryArray:
    codes = np.select([measured == seconds, covered == seconds, covered > 0], [0, 1, 2], 3).astype(np.int32)
    return pa.DictionaryArray.from_arrays(codes, pa.array(QUALITIES))


def _method(parts: NDArray[np.uint8]) -> pa.DictionaryArray:
    bits, codes = np.unique(parts, return_inverse=True)
    names = ["+".join(name for bit, name in METHODS.items() if bit & used) or "none" for used in bits.tolist()]
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), pa.array(names, TEXT.value_type))
