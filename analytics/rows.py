"""Sums of the kernel to a table of ledger rows (design 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, one_text, text_array
from collectors.ledger_row import LEDGER_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.cells import Tally

WS_PER_KWH = 3.6e6
METHODS: Mapping[int, str] = {  # bits of Tally.parts
    1: "register",
    2: "energy",
    4: "power",
    8: "mean",
    16: "amount",
    32: "provider PUE",
}
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
    columns = (
        arrow_of(np.tile(grid.edges[:-1], tally.rows)),
        arrow_of(np.tile(grid.edges[1:], tally.rows)),
        texts([group.point for group in groups], each=cells),
        texts([group.metric for group in groups], each=cells),
        _known(integral, energy),
        _known(np.where(summed, tally.integral, mean), some),
        texts([group.unit for group in groups], each=cells),
        arrow_of(measured / seconds),
        arrow_of((covered - measured) / seconds),
        arrow_of((seconds - covered) / seconds),
        _quality(measured, covered, seconds),
        _method(tally.parts),
        arrow_of(np.zeros(seconds.size, dtype=np.int32)),
        one_text("", seconds.size),
        _known(np.minimum(tally.low / WS_PER_KWH, integral), energy),
        _known(np.maximum(tally.high / WS_PER_KWH, integral), energy),
    )
    return pa.Table.from_arrays(list(columns), schema=LEDGER_SCHEMA)


def texts(words: Sequence[str], *, each: int) -> pa.DictionaryArray:
    """Return a text column that repeats each word."""
    names = list(dict.fromkeys(words))
    number = {name: code for code, name in enumerate(names)}
    codes = np.repeat(np.array([number[word] for word in words], dtype=np.int32), each)
    return pa.DictionaryArray.from_arrays(arrow_of(codes), text_array(names))


def _known(values: NDArray[np.float64], known: NDArray[np.bool_]) -> pa.Array:
    """Return numbers with null where they are not known."""
    bits = np.packbits(known, bitorder="little")
    return pa.Array.from_buffers(pa.float64(), values.size, [pa.py_buffer(bits), pa.py_buffer(values)])


def _quality(measured: NDArray[Any], covered: NDArray[Any], seconds: NDArray[Any]) -> pa.DictionaryArray:
    codes = np.select([measured == seconds, covered == seconds, covered > 0], [0, 1, 2], 3).astype(np.int32)
    return pa.DictionaryArray.from_arrays(arrow_of(codes), text_array(QUALITIES))


def _method(parts: NDArray[np.uint8]) -> pa.DictionaryArray:
    bits, codes = np.unique(parts, return_inverse=True)
    names = ["+".join(name for bit, name in METHODS.items() if bit & used) or "none" for used in bits.tolist()]
    return pa.DictionaryArray.from_arrays(arrow_of(codes.astype(np.int32)), text_array(names))
