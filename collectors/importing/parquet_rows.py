"""Parquet to columns: the same mapping as CSV; numbers, times and text keep the types that the file gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.importing.chunk import ROWS_PER_CHUNK, Chunk, Reject
from collectors.importing.texts import TEXT_SHOWN_MAX
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyarrow import parquet

    from collectors.importing.layout import Layout
    from collectors.importing.rows import Reader


def open_parquet(path: Path) -> parquet.ParquetFile:
    """Open a Parquet file.

    Raises:
        InputError: it cannot be opened or is no Parquet.
    """
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path)
    except OSError as error:
        msg = f"{path}: this file cannot be opened ({error.strerror or error}): correct its path."
        raise InputError(msg) from None
    except pa.ArrowInvalid:
        msg = f"{path.name}: this is no Parquet file: correct its name or the mapping's format."
        raise InputError(msg) from None


def parquet_header(path: Path) -> list[str]:
    """Column names of a Parquet file.

    Raises:
        InputError: it cannot be opened or is no Parquet.
    """
    with open_parquet(path) as file:
        return list(file.schema_arrow.names)


def parquet_chunks(path: Path, reader: Reader) -> Iterator[Chunk]:
    """Read a Parquet file chunk by chunk; a line is a row here, counted from 1."""
    layout = reader.layout
    rows_per_chunk = max(1, ROWS_PER_CHUNK // max(1, len(layout.wide)))
    size = path.stat().st_size
    with open_parquet(path) as file:
        first, rows = 1, max(1, file.metadata.num_rows)
        for table in _even(file, layout, rows_per_chunk):
            columns = {name: _plain(table.column(name), name, layout) for name in layout.columns}
            lines = np.arange(first, first + table.num_rows)
            readings, bad = reader.readings(columns, lines)
            rejects = [Reject(first + row, _shown(table, row), why) for row, why in sorted(bad.items())]
            first += table.num_rows
            yield Chunk(readings, rejects, size * (first - 1) // rows)


def _even(file: parquet.ParquetFile, layout: Layout, rows: int) -> Iterator[pa.Table]:
    """Tables of exactly `rows` rows (the last may be shorter), whatever the file's row groups are."""
    pending: pa.Table | None = None
    for batch in file.iter_batches(batch_size=rows, columns=list(layout.columns)):
        table = pa.Table.from_batches([batch])
        pending = table if pending is None else pa.concat_tables([pending, table])
        while pending.num_rows >= rows:
            yield pending.slice(0, rows)
            pending = pending.slice(rows)
    if pending is not None and pending.num_rows:
        yield pending


def _plain(column: pa.ChunkedArray, name: str, layout: Layout) -> pa.Array:
    """A column as text, numbers or, for the time, instants; anything else is no column of readings.

    Raises:
        InputError: the column holds something else.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_large_string(kind) or pa.types.is_string(kind) or pa.types.is_string_view(kind):
        whole = pc.cast(column, pa.string())
    elif (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or (name in layout.times and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)))
    ):
        whole = pc.cast(column, kind)
    else:
        msg = f'{layout.where}: column "{name}" holds {column.type}: only times may hold times, and no column lists.'
        raise InputError(msg)
    whole = whole.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _shown(table: pa.Table, row: int) -> str:
    return ",".join("" if cell is None else str(cell) for cell in table.slice(row, 1).to_pylist()[0].values())[
        :TEXT_SHOWN_MAX
    ]
