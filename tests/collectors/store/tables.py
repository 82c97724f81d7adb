"""Readings and ledger rows for the tests of the stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, one_text
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.reading import READING_SCHEMA, Quality
from collectors.store.parquet import Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collectors.store.lake import Lake

DAY = 1_773_446_400  # 2026-03-14T00:00:00Z
MARCH = 1_772_323_200  # 2026-03-01T00:00:00Z
DAY_S = 86_400

Row = tuple[str, str, int, float]


def readings(
    rows: Iterable[Row], *, quality: str = Quality.MEASURED, reason: str | None = None, origin: str = "bmc-1"
) -> pa.Table:
    """Make a table of (point, metric, time, value)."""
    point, metric, time, value = list(zip(*rows, strict=True)) or ((), (), (), ())
    count = len(point)
    columns = [point, metric, time, value, [quality] * count, [reason] * count, [origin] * count, [None] * count]
    columns.append([0] * count)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, READING_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=READING_SCHEMA)


def tick(time: int, *, points: int = 20, value: float | None = None, origin: str = "bmc-1") -> pa.Table:
    """One power reading of each of so many points at one second; the value tells point and time apart."""
    values = [time % 1000 + point / 1000 if value is None else value for point in range(points)]
    return readings([(f"fra1/srv-{p:04}", "power", time, values[p]) for p in range(points)], origin=origin)


def many(points: int, samples: int, *, start: int = DAY, step: int = 10, origin: str = "bmc-1") -> pa.Table:
    """Many points, many samples, in order of time as a runner brings them; values are rounded noise."""
    rows = points * samples
    names = pa.array([f"fra1/srv-{point:04}" for point in range(points)])
    noise = np.random.default_rng(start + points)
    columns = [
        pa.DictionaryArray.from_arrays(arrow_of(np.tile(np.arange(points, dtype=np.int32), samples)), names),
        one_text("power", rows),
        arrow_of(start + step * np.repeat(np.arange(samples, dtype=np.int64), points)),
        arrow_of(np.round(noise.uniform(100, 900, rows), 1)),
        one_text("measured", rows),
        pa.nulls(rows, READING_SCHEMA.field("reason").type),
        one_text(origin, rows),
        pa.nulls(rows, pa.int64()),
        arrow_of(np.zeros(rows, np.int64)),
    ]
    return pa.Table.from_arrays(columns, schema=READING_SCHEMA)


def ledger(points: int, cells: int, *, start: int = MARCH, seed: int = 0, **columns: Any) -> pa.Table:  # noqa: ANN401
    """Ledger rows of so many points over so many quarter hours; `columns` replace whole columns by one value."""
    rows = points * cells
    begin = np.tile(start + 900 * np.arange(cells, dtype=np.int64), points)
    energy = np.round(np.random.default_rng(seed).uniform(0.05, 0.3, rows), 6)
    names = pa.array([f"fra1/srv-{point:04}" for point in range(points)])
    filled: dict[str, Any] = {
        "start": arrow_of(begin),
        "end": arrow_of(begin + 900),
        "point": pa.DictionaryArray.from_arrays(arrow_of(np.repeat(np.arange(points, dtype=np.int32), cells)), names),
        "metric": one_text("energy", rows),
        "energy_kwh": arrow_of(energy),
        "value": arrow_of(energy * 4000),
        "unit": one_text("W", rows),
        "measured": arrow_of(np.ones(rows)),
        "estimated": arrow_of(np.zeros(rows)),
        "missing": arrow_of(np.zeros(rows)),
        "quality": one_text("measured", rows),
        "method": one_text("register", rows),
        "revision": arrow_of(np.zeros(rows, np.int32)),
        "config_hash": one_text("0" * 16, rows),
        "low_kwh": arrow_of(energy),
        "high_kwh": arrow_of(energy),
    }
    for name, value in columns.items():
        filled[name] = pa.array([value] * rows, LEDGER_SCHEMA.field(name).type)
    return pa.Table.from_arrays([filled[name] for name in LEDGER_SCHEMA.names], schema=LEDGER_SCHEMA)


def plain(table: pa.Table, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Rows as dictionaries, for comparing tables whose dictionaries differ."""
    return (table if columns is None else table.select(columns)).to_pylist()  # type: ignore[no-any-return]


def values(table: pa.Table) -> list[tuple[str, int, float]]:
    """(point, time, value) of each row."""
    return [(row["point"], row["time"], row["value"]) for row in table.to_pylist()]


def every_row(lake: Lake) -> pa.Table:
    """All rows in the lake, none chosen or left out."""
    tables = lake.table.snapshot().read(Where())
    return pa.concat_tables([READING_SCHEMA.empty_table(), *tables])
