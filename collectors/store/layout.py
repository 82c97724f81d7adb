"""How each Delta table lies on disk: partition, order, encodings. In memory times are int64 UTC seconds.

On disk times are `timestamp[us, UTC]` and texts plain strings, so that any Delta reader understands the tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from collectors.ledger_row import LEDGER_SCHEMA
from collectors.reading import READING_SCHEMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

US = 1_000_000
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Layout:
    """One table: its in-memory schema and how it is cut, sorted and encoded on disk."""

    name: str
    schema: pa.Schema
    partition: str  # "day" or "month" of the time column, UTC
    order: tuple[str, ...]  # sort order within each file; the last but `seq` is the time that partitions
    times: tuple[str, ...]  # columns stored as timestamps
    row_group_rows: int
    file_rows: int  # a larger partition is cut into files of at most so many rows
    judged_by: tuple[str, ...] = ()  # columns beside the order that get statistics for skipping files
    encodings: dict[str, str] = field(default_factory=dict)

    @property
    def time(self) -> str:
        """The column that partitions: `time` of a reading, `start` of a ledger row."""
        return self.times[0]

    @property
    def tie(self) -> str | None:
        """The column that orders rows of one point, metric and time, where there can be several."""
        return self.order[3] if len(self.order) > 3 else None  # noqa: PLR2004

    @property
    def texts(self) -> list[str]:
        """The dictionary-coded columns."""
        return [f.name for f in self.schema if pa.types.is_dictionary(f.type)]

    @property
    def disk_schema(self) -> pa.Schema:
        """The schema of the data files, without the partition column."""
        return pa.schema([(f.name, self._disk_type(f)) for f in self.schema])

    @property
    def table_schema(self) -> pa.Schema:
        """The schema of the Delta table: the data files' and the partition column."""
        return self.disk_schema.append(pa.field(self.partition, pa.string()))

    def _disk_type(self, column: pa.Field) -> pa.DataType:
        if column.name in self.times:
            return pa.timestamp("us", "UTC")
        return pa.string() if pa.types.is_dictionary(column.type) else column.type

    def labels(self, seconds: NDArray[np.int64]) -> NDArray[np.str_]:
        """Return the partition label of each UTC second: `2026-01-31` or `2026-01`."""
        return seconds.astype("datetime64[s]").astype(f"datetime64[{self.partition[0].upper()}]").astype(str)

    def label(self, second: int) -> str:
        """Return the partition label of one UTC second."""
        return str(self.labels(np.array([second], np.int64))[0])


READINGS = Layout(
    name="readings",
    schema=READING_SCHEMA,
    partition="day",
    order=("point", "metric", "time", "seq"),
    times=("time", "device_time"),
    row_group_rows=262_144,
    file_rows=1 << 22,
    judged_by=("origin",),
    encodings={
        "time": "DELTA_BINARY_PACKED",
        "value": "BYTE_STREAM_SPLIT",
        "device_time": "DELTA_BINARY_PACKED",
        "seq": "DELTA_BINARY_PACKED",
    },
)

LEDGER = Layout(
    name="ledger",
    schema=LEDGER_SCHEMA,
    partition="month",
    order=("point", "metric", "start"),
    times=("start", "end"),
    row_group_rows=32_768,
    file_rows=1 << 20,
    encodings={
        "start": "DELTA_BINARY_PACKED",
        "end": "DELTA_BINARY_PACKED",
        "energy_kwh": "BYTE_STREAM_SPLIT",
        "value": "BYTE_STREAM_SPLIT",
        "low_kwh": "BYTE_STREAM_SPLIT",
        "high_kwh": "BYTE_STREAM_SPLIT",
    },
)

HISTORY_SCHEMA = LEDGER_SCHEMA.append(pa.field("replaced_at", pa.int64(), nullable=False)).append(
    pa.field("cause", LEDGER_SCHEMA.field("unit").type, nullable=False)
)

HISTORY = Layout(
    name="ledger_history",
    schema=HISTORY_SCHEMA,
    partition="month",
    order=("point", "metric", "start", "revision"),
    times=("start", "end", "replaced_at"),
    row_group_rows=32_768,
    file_rows=1 << 20,
    encodings=LEDGER.encodings,
)
