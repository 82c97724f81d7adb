"""Old rows of devices by the day: 96 quarter hours that are alike in all but their energy become one row.

A day is thinned where it is whole and measured, by one method under one configuration; any other day stays. On reading
each day's row is cut into quarter hours again: its energy is known, how it lay within the day is not, so they are
estimated (design 4.4), and their sum over the day is what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import arrow_of, numpy_of, one_text
from collectors.ledger_row import INTERVAL_S
from collectors.store.layout import LEDGER
from collectors.store.order import in_order, pick, ranks, series_keys, take, text_mask
from config.catalogue import metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY_S = 86_400
CELLS = DAY_S // INTERVAL_S
SUMS = ("energy_kwh", "low_kwh", "high_kwh")
ALIKE = ("method", "config_hash", "unit")
MEANS = frozenset({"energy", *(name for name, metric in metrics().items() if metric.kind == "gauge")})


def thinned(rows: pa.Table) -> pa.Table | None:
    """Return rows in which whole measured days are one row each, in order; None where there is no such day.

    Args:
        rows: LEDGER_SCHEMA, in the ledger's order, of points whose days may be thinned.
    """
    starts, ends = numpy_of(rows["start"]), numpy_of(rows["end"])
    days = series_keys(rows) * (1 << 20) + starts // DAY_S
    firsts = np.flatnonzero(np.append([True], days[1:] != days[:-1])[: len(days)])
    counts = np.diff(np.append(firsts, len(days)))
    usable = (ends - starts == INTERVAL_S) & (numpy_of(rows["measured"]) == 1.0) & text_mask(rows["metric"], MEANS)
    whole = (counts == CELLS) & np.logical_and.reduceat(usable, firsts) if len(firsts) else np.zeros(0, bool)
    for name in ALIKE:
        codes = ranks(rows[name])
        whole &= np.minimum.reduceat(codes, firsts) == np.maximum.reduceat(codes, firsts) if len(firsts) else whole
    if not whole.any():
        return None
    kept = pick(rows, ~np.repeat(whole, counts))
    merged = pa.concat_tables([kept, _days(rows, firsts[whole])]).unify_dictionaries()
    return in_order(merged, LEDGER)[0]


def _days(rows: pa.Table, firsts: NDArray[np.int64]) -> pa.Table:
    """One row for each 96 rows from `firsts` on."""
    cells = firsts[:, None] + np.arange(CELLS)
    found = take(rows, firsts)
    columns = {"end": arrow_of(numpy_of(found["start"]) + DAY_S)}
    columns["revision"] = arrow_of(numpy_of(rows["revision"])[cells].max(axis=1))
    columns |= {name: _numbers(numpy_of(rows[name])[cells].sum(axis=1)) for name in SUMS}
    columns["value"] = _numbers(numpy_of(rows["value"])[cells].mean(axis=1))
    return _with(found, columns)


def quarter_hours(rows: pa.Table) -> pa.Table:
    """Return rows of which none is longer than a quarter hour; `start` and `end` are among their columns."""
    starts, ends = numpy_of(rows["start"]), numpy_of(rows["end"])
    long = ends - starts == DAY_S
    if not long.any():
        return rows
    times = np.where(long, CELLS, 1)
    source = np.repeat(np.arange(len(starts)), times)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(times) - times, times)
    cut = long[source]
    found = take(rows, source)
    begin = starts[source] + offset * INTERVAL_S * cut
    columns = {"start": arrow_of(begin), "end": arrow_of(np.where(cut, begin + INTERVAL_S, ends[source]))}
    shares = {"measured": 0.0, "estimated": 1.0}
    for name in (name for name in (*SUMS, *shares) if name in rows.column_names):
        values = numpy_of(found[name])
        columns[name] = _numbers(np.where(cut, shares.get(name, values / CELLS), values))
    if "quality" in rows.column_names:
        guessed = pa.chunked_array([one_text("estimated", len(source))])
        columns["quality"] = pc.if_else(arrow_of(cut), guessed.cast(pa.string()), found["quality"].cast(pa.string()))
    return _with(found, columns)


def _numbers(values: NDArray[np.float64]) -> pa.Array:
    """Numbers, null where nan: the value of a metric that is no energy has none."""
    known, numbers = np.packbits(~np.isnan(values), bitorder="little"), np.ascontiguousarray(values, np.float64)
    return pa.Array.from_buffers(pa.float64(), values.size, [pa.py_buffer(known), pa.py_buffer(numbers)])


def _with(table: pa.Table, columns: dict[str, pa.Array]) -> pa.Table:
    for name, column in columns.items():
        place = table.schema.get_field_index(name)
        field = table.schema.field(place)
        table = table.set_column(place, field, column.cast(field.type) if column.type != field.type else column)
    return table
