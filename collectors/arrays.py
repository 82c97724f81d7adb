"""Between numpy and Arrow without pandas.

pyarrow's usual doors (`pa.array`, `pa.scalar`, `pa.repeat`, `to_numpy`, `empty_table`, comparisons with a Python
value) import pandas on their first use, about a second that `wattlas kpi` must not pay. These doors do not, and do
not copy where one chunk of plain numbers is given. What they return may be read-only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def numpy_of(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """Return a column of integers, floats or booleans as numpy; nulls of a float column become NaN.

    Raises:
        ValueError: a column that is not of floats holds nulls.
    """
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    parts = [_part(chunk) for chunk in chunks]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.empty(0, column.type.to_pandas_dtype())


def _part(chunk: pa.Array) -> NDArray[Any]:
    if pa.types.is_boolean(chunk.type):
        return numpy_of(chunk.cast(pa.uint8())).astype(bool)
    if not chunk.null_count:
        return np.from_dlpack(chunk)
    if not pa.types.is_floating(chunk.type):
        message = f"{chunk.null_count} nulls in a column of {chunk.type}"
        raise ValueError(message)
    _, values = chunk.buffers()
    plain = np.frombuffer(values, chunk.type.to_pandas_dtype())[chunk.offset : chunk.offset + len(chunk)]
    return np.where(numpy_of(chunk.is_valid()), plain, np.nan)


def arrow_of(values: NDArray[Any]) -> pa.Array:
    """Return a one-dimensional numpy array of numbers or booleans as an Arrow array without nulls."""
    if values.dtype == bool:
        bits = np.packbits(values, bitorder="little")
        return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])
    kind = pa.from_numpy_dtype(values.dtype)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def text_array(texts: Iterable[str | None]) -> pa.Array:
    """Return texts as a plain Arrow string array."""
    builder = pa.lib.StringBuilder()
    builder.append_values(list(texts))
    return builder.finish()


def one_text(text: str, rows: int) -> pa.DictionaryArray:
    """Return a dictionary column that says the same text `rows` times."""
    return pa.DictionaryArray.from_arrays(arrow_of(np.zeros(rows, np.int32)), text_array([text]))


def empty_table(schema: pa.Schema) -> pa.Table:
    """Return a table of `schema` without rows."""
    return pa.Table.from_batches([], schema=schema)
