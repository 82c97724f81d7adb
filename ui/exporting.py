"""Readings and ledger rows as files: CSV for people, Parquet for programs; whole or not at all."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from config.catalogue import metrics
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from config.site import Settings
    from ui.service import Service

TIMES = ("time", "start", "end", "device_time")
FORMATS = (".csv", ".parquet")


def readings_between(
    service: Service,
    points: Collection[str],
    metrics: Collection[str] | None,
    start: int,
    end: int,
    *,
    rejected: bool = False,
) -> pa.Table:
    """Readings of some points over [start, end) UTC seconds as `readings_for_people`; `rejected`: quarantine too."""
    from collectors.arrays import empty_table
    from collectors.reading import READING_SCHEMA

    table = empty_table(READING_SCHEMA)
    if points:
        table = service.stores.archive.read(points, metrics, start, end, rejected=rejected)
    return readings_for_people(table, service.settings)


def readings_for_people(table: pa.Table, settings: Settings) -> pa.Table:
    """Readings with their unit and without what only the stores need; the columns that `wattlas import` understands.

    Values are as the meters gave them: an import applies the ratio of a point's current transformer, so it must not be
    in them already.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from collectors.judge import Judge

    table = Judge(settings).given(table)
    names = table["metric"].cast(pa.string())
    units = {name: metric.unit for name, metric in metrics().items()}
    known = pa.array(list(units), pa.string())
    unit = pa.array(list(units.values()), pa.string()).take(pc.index_in(names, value_set=known))
    kept = table.select([name for name in table.column_names if name not in {"seq", "device_time"}])
    return kept.add_column(kept.schema.get_field_index("value") + 1, "unit", unit)


def write(tables: Iterable[pa.Table], schema_of: pa.Table, out: Path | None) -> int:
    """Write tables of one schema to `out` by its ending, or as CSV to stdout, and return the number of rows.

    Args:
        tables: the rows, in order.
        schema_of: a table without rows, for the header of an empty export.
        out: a `.csv` or `.parquet` file; it appears whole at the end.

    Raises:
        InputError: another ending.
    """
    if out is not None and out.suffix not in FORMATS:
        message = f"--out {out}: name a file that ends in {' or '.join(FORMATS)}."
        raise InputError(message)
    rows = 0
    with _whole(out) as file:
        sink = _parquet(file, schema_of) if out is not None and out.suffix == ".parquet" else _csv(file, schema_of)
        with sink as writer:
            for table in tables:
                writer.write_table(_printable(table))
                rows += table.num_rows
    return rows


@contextmanager
def _whole(out: Path | None) -> Iterator[BinaryIO]:
    """Stdout, or a file that takes its place when all is written."""
    if out is None:
        yield sys.stdout.buffer
        return
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            yield file
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _csv(file: BinaryIO, schema_of: pa.Table) -> pa.csv.CSVWriter:
    import pyarrow.csv

    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    return pyarrow.csv.CSVWriter(file, _printable(schema_of).schema, write_options=options)


def _parquet(file: BinaryIO, schema_of: pa.Table) -> pa.parquet.ParquetWriter:
    import pyarrow.parquet

    return pyarrow.parquet.ParquetWriter(file, _printable(schema_of).schema, compression="zstd")


def _printable(table: pa.Table) -> pa.Table:
    """Times as ISO 8601 with `Z`, words as plain text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for index, field in enumerate(table.schema):
        column = table[field.name]
        if field.name in TIMES:
            column = pc.strftime(column.cast(pa.timestamp("s", "UTC")), format="%Y-%m-%dT%H:%M:%SZ")
        elif pa.types.is_dictionary(field.type):
            column = column.cast(pa.string())
        table = table.set_column(index, field.name, column)
    return table
