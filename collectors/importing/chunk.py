"""What reading a file gives, chunk by chunk: readings as understood, and lines set aside with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.arrays import one_text
from collectors.reading import TEXT, Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_PER_CHUNK = 200_000  # part of an import's identity: see mapping.LAYOUT before changing it

UNDERSTOOD = pa.schema(
    [
        pa.field("line", pa.int64(), nullable=False),  # of the file, from 1; of Parquet the row
        pa.field("point", TEXT, nullable=False),
        pa.field("metric", TEXT, nullable=False),
        pa.field("time", pa.int64(), nullable=False),  # whole UTC seconds
        pa.field("value", pa.float64(), nullable=False),  # in the catalogue's unit; NaN where the file gives none
        pa.field("quality", TEXT, nullable=False),  # as the file says it, else measured
        pa.field("reason", TEXT),  # why it was rejected before
    ],
)


def understood(
    columns: Sequence[pa.Array], *, quality: pa.Array | None = None, reason: pa.Array | None = None
) -> pa.Table:
    """A table of `UNDERSTOOD` of its first five columns; what no file says is measured, without reason."""
    rows = len(columns[0])
    quality = one_text(Quality.MEASURED, rows) if quality is None else quality
    reason = pa.nulls(rows, TEXT) if reason is None else reason
    return pa.Table.from_arrays([*columns, quality, reason], schema=UNDERSTOOD)


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be understood."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a file: readings in the file's order, lines set aside, and how far the file is read [bytes]."""

    table: pa.Table
    rejects: Sequence[Reject]
    done: int
