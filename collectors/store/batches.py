"""Readings as bytes and back: one spool batch is one compressed Arrow IPC stream without the sequence column.

The sequence of a row is not stored: it is the batch number `n` shifted by 20 bits plus the row's index, so it
can neither be lost nor be given twice.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.arrays import arrow_of, empty_table
from collectors.reading import READING_SCHEMA
from collectors.store.order import END_S, FIRST_S
from config.errors import InputError, StoreCorrupt

ROW_BITS = 20
ROWS_MAX = 1 << ROW_BITS
SEAL = b"crc1"  # before the checksum; batches of versions before it have none
BROKEN = "its bytes are not those that were written"
STORED = pa.schema([field for field in READING_SCHEMA if field.name != "seq"])


@dataclass(frozen=True, slots=True)
class Batch:
    """One accepted batch: number, idempotency key (imports only) and its rows with their sequences."""

    n: int
    key: str | None
    rows: pa.Table


def checked(table: pa.Table) -> pa.Table:
    """Return `table` as one chunk of `READING_SCHEMA` without `seq`, with dictionaries no larger than the rows.

    Raises:
        InputError: a column is absent or cannot be cast, a required value is null, or there are over 2^20 rows.
    """
    if table.num_rows > ROWS_MAX:
        message = f"a batch of {table.num_rows} readings is too large for the spool: offer at most {ROWS_MAX} at once."
        raise InputError(message)
    columns = []
    for field in STORED:
        try:
            column = _compact(table.column(field.name), field)
        except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            message = f"column {field.name} of the readings offered is absent or not {field.type}: {error}."
            raise InputError(message) from error
        if column.null_count and not field.nullable:
            message = f"column {field.name} of the readings offered holds {column.null_count} nulls: leave them out."
            raise InputError(message)
        columns.append(column)
    _refuse_impossible_times(columns[STORED.get_field_index("time")])
    return pa.Table.from_arrays(columns, schema=STORED)


def _refuse_impossible_times(times: pa.Array) -> None:
    span = pc.min_max(times).as_py()
    if span["min"] is not None and not FIRST_S <= span["min"] <= span["max"] < END_S:
        message = f"readings offered are of {span['min']} to {span['max']} s: times must lie in the years 1 to 9999."
        raise InputError(message)


def _compact(column: pa.ChunkedArray, field: pa.Field) -> pa.Array:
    """One array of the field's type; a dictionary shared with a much larger table is cut to what is used."""
    if not pa.types.is_dictionary(field.type):
        return column.cast(field.type).combine_chunks()
    if not pa.types.is_dictionary(column.type):
        return column.cast(pa.string()).combine_chunks().dictionary_encode().cast(field.type)
    if column.num_chunks != 1:
        column = column.unify_dictionaries()
    array = column.combine_chunks()
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    if len(array.dictionary) > len(array) or array.type != field.type:
        return array.dictionary_decode().cast(pa.string()).dictionary_encode().cast(field.type)
    return array


def pack(table: pa.Table) -> bytes:
    """Turn a table of `STORED` into bytes and their checksum: a bit that flips on the disk must not be a value."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)  # a batch is too small for threads
    with pa.ipc.new_stream(sink, STORED, options=options) as writer:
        writer.write_table(table)
    payload: bytes = sink.getvalue().to_pybytes()
    return payload + SEAL + zlib.crc32(payload).to_bytes(4)


def unpack(payload: bytes, *, n: int, where: str) -> pa.Table:
    """Turn the bytes of batch `n` back into a table of `READING_SCHEMA` with its sequences.

    Raises:
        StoreCorrupt: the bytes cannot be read; the message names `where` and the batch.
    """
    body, seal, told = payload[:-8], payload[-8:-4], payload[-4:]
    try:
        if seal == SEAL and zlib.crc32(body) != int.from_bytes(told):
            raise pa.ArrowInvalid(BROKEN)
        table = pa.ipc.open_stream(payload, options=pa.ipc.IpcReadOptions(use_threads=False)).read_all()
    except (pa.ArrowException, OSError) as error:  # the latter of what does not decompress
        message = f"batch {n} of spool {where} cannot be read ({error}): run `wattlas doctor --repair`."
        raise StoreCorrupt(message) from error
    return table.append_column(READING_SCHEMA.field("seq"), sequences(n, table.num_rows))


def sequences(n: int, rows: int) -> pa.Array:
    """Return the sequences of the `rows` rows of batch `n`."""
    return arrow_of((n << ROW_BITS) + np.arange(rows, dtype=np.int64))


def empty_readings() -> pa.Table:
    """Return a table of `READING_SCHEMA` without rows."""
    return empty_table(READING_SCHEMA)
