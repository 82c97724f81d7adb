"""What reading a file gives, chunk by chunk: readings as understood, and lines set aside with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from collectors.reading import TEXT

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
    ],
)


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
