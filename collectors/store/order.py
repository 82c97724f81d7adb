"""Order and choice among rows: sort by series and time; of one second the highest sequence stands (design 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, numpy_of
from collectors.store.layout import READINGS

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from collectors.store.layout import Layout


def one_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a text column as one dictionary array, whatever its chunks and encoding."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if column.num_chunks > 1:
        column = column.unify_dictionaries()
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def ranks(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], int]:
    """Return each row's place of its text in sorted order, and how many places there are; no nulls allowed."""
    array = one_dictionary(column)
    unique, place = np.unique(np.array(array.dictionary.to_pylist(), str), return_inverse=True)
    codes = numpy_of(array.indices)
    in_place = len(unique) == len(place) and (place == np.arange(len(place))).all()
    places: NDArray[np.int64] = (codes if in_place else place[codes]).astype(np.int64)
    return places, len(unique)


def series_keys(table: pa.Table) -> NDArray[np.int64]:
    """Return one integer per row that orders rows as (point, metric) do, and is equal where both are."""
    (points, _), (metrics, count) = ranks(table.column("point")), ranks(table.column("metric"))
    return points * max(count, 1) + metrics


def row_keys(table: pa.Table, time: str) -> NDArray[np.int64]:
    """Return one integer per row that orders rows by (point, metric, `time`) and is equal where all three are.

    It has room for 8 million series over all years that a calendar knows (39 bits of seconds).
    """
    series, times = series_keys(table), numpy_of(table.column(time))
    if not len(times):
        return series
    since: NDArray[np.int64] = times - times.min()
    return (series << int(since.max()).bit_length()) | since


def groups(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return an order that puts equal keys together, and where each group starts in it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    return order, np.flatnonzero(np.append([True], ordered[1:] != ordered[:-1])[: len(ordered)])


def in_order(table: pa.Table, layout: Layout) -> tuple[pa.Table, NDArray[np.int64]]:
    """Return `table` in the layout's order, and its `row_keys`; a table already in order is returned as it is."""
    keys = row_keys(table, layout.time)
    if (keys[1:] > keys[:-1]).all():
        return table, keys
    tie = np.zeros(len(keys), np.int8) if layout.tie is None else numpy_of(table.column(layout.tie))
    if ((keys[1:] > keys[:-1]) | ((keys[1:] == keys[:-1]) & (tie[1:] >= tie[:-1]))).all():
        return table, keys
    order = np.argsort(keys, kind="stable")  # merges runs that are already sorted
    ordered = keys[order]
    if layout.tie is not None and (ordered[1:] == ordered[:-1]).any():
        order = np.lexsort((tie, keys))
    return take(table, order), keys[order]


def take(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Return the rows of `table` at `rows`."""
    columns = [
        one_dictionary(column) if pa.types.is_dictionary(column.type) else column.combine_chunks()
        for column in table.columns  # one chunk each: Arrow takes from many chunks slowly
    ]
    indices = arrow_of(rows)
    return pa.Table.from_arrays([column.take(indices) for column in columns], schema=table.schema)


def pick(table: pa.Table, mask: NDArray[np.bool_]) -> pa.Table:
    """Return the rows of `table` where `mask` is true; the table itself where that is everywhere."""
    return table if mask.all() else table.filter(arrow_of(mask))


def text_mask(column: pa.ChunkedArray, wanted: Collection[str]) -> NDArray[np.bool_]:
    """Return which rows of a dictionary column without nulls hold a wanted text."""
    parts = [np.zeros(0, bool)]
    for chunk in column.chunks:
        hits = np.array([text in wanted for text in chunk.dictionary.to_pylist()], bool)
        parts.append(hits[numpy_of(chunk.indices)] if hits.any() else np.zeros(len(chunk), bool))
    return np.concatenate(parts)


def standing(table: pa.Table) -> pa.Table:
    """Return readings sorted by (point, metric, time), of each second only the one with the highest sequence.

    `table` holds the columns point, metric, time and seq at least and no rejected rows: a rejected reading never
    shadows a good one.
    """
    table, keys = in_order(table, READINGS)
    last = np.append(keys[1:] != keys[:-1], [True])[: len(keys)]
    return pick(table, last)
