"""Figures and ledger rows as plain rows: what `--json` and exports print. Times are ISO 8601 with `Z`."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from analytics.kpi import Kpi

Row = dict[str, Any]

# design 4.5, in its order, and the bounds of a row at the end
LEDGER_COLUMNS = (
    "start",
    "end",
    "point",
    "metric",
    "energy_kwh",
    "value",
    "unit",
    "measured",
    "estimated",
    "missing",
    "coverage",
    "quality",
    "method",
    "revision",
    "config_hash",
    "low_kwh",
    "high_kwh",
)
_ROWS_PER_BATCH = 10_000


def kpi_row(kpi: Kpi) -> Row:
    """One figure with its shares, bounds, method, reason and factors."""
    return {
        "name": kpi.name,
        "value": finite(kpi.value),
        "value_reported": finite(kpi.value_reported),
        "value_measured": finite(kpi.value_measured),
        "low": finite(kpi.low),
        "high": finite(kpi.high),
        "unit": kpi.unit,
        "site": kpi.site,
        "start": iso(kpi.start),
        "end": iso(kpi.end),
        "coverage": kpi.coverage,
        "measured": kpi.measured,
        "estimated": kpi.estimated,
        "missing": kpi.missing,
        "method": kpi.method,
        "category": kpi.category,
        "reason": kpi.reason,
        "factors": [asdict(factor) for factor in kpi.factors],
        "config_hash": kpi.config_hash,
    }


def finite(value: float | None) -> float | None:
    """Return a value, None where it is no number that JSON can say."""
    return value if value is not None and math.isfinite(value) else None


def ledger_rows(table: pa.Table, columns: tuple[str, ...] = LEDGER_COLUMNS) -> Iterator[Row]:
    """Rows of a ledger table with the columns of design 4.5 and `coverage`; bounded memory whatever its length."""
    for batch in table.to_batches(max_chunksize=_ROWS_PER_BATCH):
        for row in batch.to_pylist():
            row |= {
                "start": iso(row["start"]),
                "end": iso(row["end"]),
                "coverage": min(1.0, row["measured"] + row["estimated"]),
                "low_kwh": finite(row["low_kwh"]),
                "high_kwh": finite(row["high_kwh"]),
            }
            yield {column: row[column] for column in columns}


def history_rows(table: pa.Table) -> Iterator[Row]:
    """Former ledger rows with the time of their replacement and its cause."""
    for row in ledger_rows(table, (*LEDGER_COLUMNS, "replaced_at", "cause")):
        yield {**row, "replaced_at": iso(row["replaced_at"])}
