"""Order and choice among rows: sort by series and time; of one second the highest sequence stands (design 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.arrays import arrow_of, numpy_of
from collectors.store.layout import READINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from collectors.store.layout import Layout

BLOCK = 1 << 16
FIRST_S, END_S = -62_135_596_800, 253_402_300_800  # the years 1 to 9999, all that a calendar knows
TIME_BITS = (END_S - FIRST_S).bit_length()


def one_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a text column as one dictionary array, whatever its chunks and encoding."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if column.num_chunks > 1:
        column = column.unify_dictionaries()
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _places(column: pa.ChunkedArray) -> NDArray[np.int32]:
    """Return, by code of a column with one dictionary, the place of its text in sorted order."""
    texts = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    return np.unique(np.array(texts, str), return_inverse=True)[1].astype(np.int32)


def ranks(column: pa.ChunkedArray) -> NDArray[np.int32]:
    """Return each row's place of its text in sorted order; no nulls allowed."""
    column = column.unify_dictionaries()
    codes = [numpy_of(chunk.indices) for chunk in column.chunks]
    ranked: NDArray[np.int32] = _places(column)[np.concatenate([np.zeros(0, np.int32), *codes])]
    return ranked


class Keys:
    """One integer per row that orders rows by (point, metric, time) and is equal where all three are.

    They have room for 16 million series over all years that a calendar knows (39 bits of seconds). They are made block
    by block: arrays as long as a day cost more than the work on them.
    """

    def __init__(self, table: pa.Table, time: str) -> None:
        """Look at the columns point, metric and `time` (UTC seconds) of a table."""
        table = table.select(["point", "metric", time]).unify_dictionaries()
        self._points, self._metrics = _places(table["point"]), _places(table["metric"])
        self._parts = table.to_batches()

    def blocks(self) -> Iterator[NDArray[np.int64]]:
        """Yield the keys of all rows in pieces."""
        series = self._metrics.max(initial=0) + 1
        for part in self._parts:
            points, metrics = (numpy_of(part.column(number).indices) for number in (0, 1))
            times = numpy_of(part.column(2))
            for first in range(0, len(times), BLOCK):
                rows = slice(first, first + BLOCK)
                keys = self._points[points[rows]].astype(np.int64)
                keys *= series
                keys += self._metrics[metrics[rows]]
                keys <<= TIME_BITS
                keys += times[rows]
                keys -= FIRST_S
                yield keys

    def every(self) -> NDArray[np.int64]:
        """Return the keys of all rows."""
        return np.concatenate([np.zeros(0, np.int64), *self.blocks()])

    def rising(self) -> bool:
        """Tell whether each key is greater than the one before: in order, and none twice."""
        last = -1
        for keys in self.blocks():
            if keys[0] <= last or not (keys[1:] > keys[:-1]).all():
                return False
            last = keys[-1]
        return True


def groups(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return an order that puts equal keys together, and where each group starts in it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    return order, np.flatnonzero(np.append([True], ordered[1:] != ordered[:-1])[: len(ordered)])


def in_order(table: pa.Table, layout: Layout) -> tuple[pa.Table, NDArray[np.int64] | None]:
    """Return `table` in the layout's order, and its keys where any may stand twice, else None."""
    found = Keys(table, layout.time)
    if found.rising():
        return table, None
    keys = found.every()
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
    """Return the rows of `table` where `mask` is true, without a copy where they stand together."""
    count = int(np.count_nonzero(mask))
    first = int(mask.argmax()) if count else 0
    if mask[first : first + count].all():
        return table.slice(first, count)
    return table.filter(arrow_of(mask))


def text_mask(column: pa.ChunkedArray, wanted: Collection[str]) -> NDArray[np.bool_]:
    """Return which rows of a dictionary column without nulls hold a wanted text."""
    parts = [np.zeros(0, bool)]
    for chunk in column.chunks:
        hits = np.array([text in wanted for text in chunk.dictionary.to_pylist()], bool)
        mixed = hits.any() and not hits.all()  # else all rows are told by one
        parts.append(hits[numpy_of(chunk.indices)] if mixed else np.full(len(chunk), hits.any()))
    return np.concatenate(parts)


def has_text(column: pa.ChunkedArray, text: str) -> bool:
    """Tell whether a dictionary column may hold a text."""
    return any(text in chunk.dictionary.to_pylist() for chunk in column.chunks)


def standing(table: pa.Table) -> pa.Table:
    """Return readings sorted by (point, metric, time), of each second only the one with the highest sequence.

    `table` holds the columns point, metric, time and seq at least and no rejected rows: a rejected reading never
    shadows a good one.
    """
    table, keys = in_order(table, READINGS)
    return table if keys is None else pick(table, np.append(keys[1:] != keys[:-1], [True])[: len(keys)])


def series_keys(table: pa.Table) -> NDArray[np.int64]:
    """Return one integer per row that orders rows as (point, metric) do, and is equal where both are."""
    metrics = ranks(table.column("metric")).astype(np.int64)
    keys: NDArray[np.int64] = ranks(table.column("point")) * (metrics.max(initial=0) + 1) + metrics
    return keys


def row_keys(table: pa.Table, time: str) -> NDArray[np.int64]:
    """Return the `Keys` of all rows."""
    return Keys(table, time).every()
