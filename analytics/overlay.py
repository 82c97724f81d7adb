"""Approved estimates laid over ledger rows: the books keep their gaps, figures read both (design 4.6).

An estimate fills the missing time that it was made for, in proportion where late readings left less of it; time that
went missing since stays missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from analytics.frame import coded, plain
from collectors.arrays import arrow_of, one_text, text_array
from collectors.ledger_row import INTERVAL_S, LEDGER_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FILLED = 1e-9  # of a cell's missing share: less is rounding


@dataclass(frozen=True, slots=True)
class Estimates:
    """Cells of approved estimates, one item each: point (number in `points`), start [UTC s], missing time [s], kWh."""

    points: Sequence[str]
    point: NDArray[np.int64]
    start: NDArray[np.int64]
    missing_s: Floats
    energy_kwh: Floats
    low_kwh: Floats
    high_kwh: Floats

    def take(self, at: NDArray[np.int64] | NDArray[np.bool_]) -> Estimates:
        """Return some of the cells."""
        return Estimates(
            self.points,
            self.point[at],
            self.start[at],
            self.missing_s[at],
            self.energy_kwh[at],
            self.low_kwh[at],
            self.high_kwh[at],
        )


def overlaid(tables: Iterable[pa.Table], estimates: Estimates, *, start: int, end: int) -> Iterator[pa.Table]:
    """Yield ledger rows of metric `energy` with the estimates entered, and rows of their own where none is booked.

    Args:
        tables: ledger rows over [start, end), each table of a later time; other metrics pass as they are.
        estimates: no cell twice.
        start: begin of the window [UTC s].
        end: its end.
    """
    inside = (estimates.start + INTERVAL_S > start) & (estimates.start < end)
    left = estimates.take(inside)
    waiting: pa.Table | None = None
    for table in tables:
        if not table.num_rows:
            continue
        if waiting is not None:
            until = int(plain(table["start"]).min())
            yield _with(waiting, left.take(left.start < until), start, end)
            left = left.take(left.start >= until)
        waiting = table
    if waiting is not None:
        yield _with(waiting, left, start, end)
    elif left.start.size:
        yield _rows(left, LEDGER_SCHEMA, start, end)


def _with(table: pa.Table, estimates: Estimates, start: int, end: int) -> pa.Table:
    if not estimates.start.size:
        return table
    keys = _keys(estimates.point, estimates.start)
    order = np.argsort(keys)
    rows = _keys(_numbers(table["point"], estimates.points), plain(table["start"]))
    at = order[np.clip(np.searchsorted(keys[order], rows), 0, keys.size - 1)]
    metrics, names = coded(table["metric"])
    energy = np.array([name == "energy" for name in names], dtype=np.bool_)[metrics]
    hit = np.flatnonzero((keys[at] == rows) & energy)
    entered = _entered(table, estimates, hit, at[hit])
    new = np.ones(keys.size, dtype=np.bool_)
    new[at[hit]] = False
    more = _rows(estimates.take(new), table.schema, start, end)
    if not more.num_rows:
        return entered
    return pa.concat_tables([entered, more], promote_options="default").unify_dictionaries()


def _keys(point: NDArray[np.int64], start: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(point < 0, -1, point * (1 << 40) + start // INTERVAL_S)


def _numbers(column: pa.ChunkedArray, points: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of each row's point among the estimated ones, -1 for others."""
    codes, names = coded(column)
    number = {point: at for at, point in enumerate(points)}
    return np.array([number.get(name, -1) for name in names], dtype=np.int64)[codes]


def _entered(table: pa.Table, estimates: Estimates, rows: NDArray[np.int64], at: NDArray[np.int64]) -> pa.Table:
    seconds = (plain(table["end"]) - plain(table["start"]))[rows].astype(np.float64)
    missing = np.array(plain(table["missing"]), dtype=np.float64)
    filled_s = np.minimum(missing[rows] * seconds, estimates.missing_s[at])
    share = filled_s / estimates.missing_s[at]
    rest = missing[rows] - filled_s / seconds
    missing[rows] = np.where(rest < FILLED, 0.0, rest)
    found = _put(table, "missing", missing)
    for name in ("energy_kwh", "low_kwh", "high_kwh"):
        amounts = np.nan_to_num(np.array(plain(table[name]), dtype=np.float64))
        amounts[rows] += getattr(estimates, name)[at] * share
        found = _put(found, name, amounts)
    return found


def _put(table: pa.Table, name: str, values: Floats) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), arrow_of(values))


def _rows(estimates: Estimates, schema: pa.Schema, start: int, end: int) -> pa.Table:
    """Return rows of cells that the books do not hold, cut at the window."""
    first = np.maximum(estimates.start, start)
    last = np.minimum(estimates.start + INTERVAL_S, end)
    share = (last - first) / INTERVAL_S
    covered = np.minimum(estimates.missing_s / INTERVAL_S, 1.0)
    count = first.size
    columns = {
        "start": arrow_of(first),
        "end": arrow_of(last),
        "point": pa.DictionaryArray.from_arrays(
            arrow_of(estimates.point.astype(np.int32)), text_array(list(estimates.points))
        ),
        "metric": one_text("energy", count),
        "energy_kwh": arrow_of(estimates.energy_kwh * share),
        "low_kwh": arrow_of(estimates.low_kwh * share),
        "high_kwh": arrow_of(estimates.high_kwh * share),
        "measured": arrow_of(np.zeros(count)),
        "missing": arrow_of(1 - covered),
    }
    absent = {name: pa.nulls(count, schema.field(name).type) for name in schema.names if name not in columns}
    fields = [field.with_nullable(field.nullable or field.name in absent) for field in schema]
    return pa.Table.from_arrays([(columns | absent)[field.name] for field in fields], schema=pa.schema(fields))
