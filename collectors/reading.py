"""The reading: one value of one metric of one point at one whole second.

At the edge a reading is a `Reading`; in bulk readings are one Arrow table of `READING_SCHEMA`, in which the
pair (point, metric) is a series. Rules: design sections 3 (sequence), 4.2 (metrics) and 4.3 (three states).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Quality(StrEnum):
    """What a reading is worth: only `MEASURED` and `ESTIMATED` readings reach the books."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Reading:
    """One value as a source gave it, already in the catalogue's unit of its metric.

    `off` is True only where the source itself says that the host is switched off: it alone makes 0 W a
    measured zero (design 4.3). `device_time` is what the device's clock said; it is kept, never used.
    """

    point: str
    metric: str
    time: datetime
    value: float
    quality: Quality = Quality.MEASURED
    off: bool = False
    reason: str | None = None
    device_time: datetime | None = None


TEXT = pa.dictionary(pa.int32(), pa.string())

READING_SCHEMA = pa.schema(
    [
        pa.field("point", TEXT, nullable=False),
        pa.field("metric", TEXT, nullable=False),
        pa.field("time", pa.int64(), nullable=False),  # whole UTC seconds since 1970
        pa.field("value", pa.float64(), nullable=False),
        pa.field("quality", TEXT, nullable=False),
        pa.field("reason", TEXT),  # why a reading was rejected, else null
        pa.field("origin", TEXT, nullable=False),  # id of the source, or import:<sha256>
        pa.field("device_time", pa.int64()),
        pa.field("seq", pa.int64(), nullable=False),  # ingest sequence: the highest per (point, metric, second) stands
    ],
)


def reading_table(readings: Iterable[Reading], *, origin: str) -> pa.Table:
    """Turn readings into a table of `READING_SCHEMA` with `seq` 0; the spool sets the sequence.

    Times are cut to whole seconds (design 3). Order is kept: of two readings of one second the later stands.
    """
    rows = list(readings)
    columns = [
        [r.point for r in rows],
        [r.metric for r in rows],
        [int(r.time.timestamp()) for r in rows],
        [r.value for r in rows],
        [str(r.quality) for r in rows],
        [r.reason for r in rows],
        [origin] * len(rows),
        [None if r.device_time is None else int(r.device_time.timestamp()) for r in rows],
        [0] * len(rows),
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, READING_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=READING_SCHEMA)
