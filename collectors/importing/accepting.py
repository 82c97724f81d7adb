"""The second reading of a file: chunk by chunk judged and accepted, each exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.importing.chunk import Reject
from collectors.importing.survey import series_codes
from collectors.judge import Judge
from collectors.overlaps import overlaps_of
from collectors.reading import READING_SCHEMA
from config.catalogue import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.importing.chunk import Chunk
    from collectors.importing.survey import Series
    from collectors.store.open import Stores
    from config.site import Settings


@dataclass
class Acceptor:
    """Judges and accepts the chunks of one import in order, and counts."""

    stores: Stores
    settings: Settings
    origin: str
    left_out: set[Series]
    now: int
    rows: int = 0
    quarantined: int = 0
    rejected_lines: int = 0
    chunks: int = 0
    accepted: int = 0  # chunks that had not been accepted before
    first: int | None = None
    last: int | None = None

    def __post_init__(self) -> None:
        """Learn the rules of the site once."""
        self._judge = Judge(self.settings)
        self._overlaps = overlaps_of(self.settings, self.stores)

    def accept(self, chunk: Chunk) -> Sequence[Reject]:
        """Offer one chunk to the spool; return its lines set aside, those left out as unknown included."""
        table, unknown = self._known(chunk)
        rejects = [*chunk.rejects, *unknown]
        self.rejected_lines += len({reject.line for reject in rejects})
        if table.num_rows:
            judged, quarantined = self._judge.table(self._readings(table), now=self.now)
            judged, twice = self._overlaps.table(judged)
            self.accepted += self.stores.spool.accept(judged, key=f"{self.origin}:{self.chunks}") > 0
            self._count(judged, quarantined + twice)
        self.chunks += 1
        return rejects

    def _count(self, judged: pa.Table, quarantined: int) -> None:
        span = pc.min_max(judged["time"]).as_py()
        self.rows += judged.num_rows
        self.quarantined += quarantined
        self.first = span["min"] if self.first is None else min(self.first, span["min"])
        self.last = span["max"] if self.last is None else max(self.last, span["max"])

    def _known(self, chunk: Chunk) -> tuple[pa.Table, list[Reject]]:
        """The rows of a chunk without those left out, and these as lines set aside."""
        if not self.left_out or not chunk.table.num_rows:
            return chunk.table, []
        codes, points, names = series_codes(chunk)
        out = [(point, metric) in self.left_out for point in points for metric in names]
        mask = np.array(out, bool)[codes]
        rejects = [_left_out(row) for row in chunk.table.filter(pa.array(mask)).to_pylist()]
        return chunk.table.filter(pa.array(~mask)), rejects

    def _readings(self, table: pa.Table) -> pa.Table:
        """Readings of this origin, not yet judged."""
        rows = table.num_rows
        columns = {name: table[name] for name in ("point", "metric", "time", "value", "quality", "reason")}
        columns["origin"] = _same(self.origin, rows)
        columns["device_time"] = pa.nulls(rows, pa.int64())
        columns["seq"] = pa.array(np.zeros(rows, np.int64))
        return pa.Table.from_arrays([columns[field.name] for field in READING_SCHEMA], schema=READING_SCHEMA)


def _same(word: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([word]))


def _left_out(row: dict[str, Any]) -> Reject:
    text = f"{row['point']},{row['metric']},{row['time']},{row['value']}"
    known = row["metric"] in metrics()
    return Reject(
        row["line"], text, f"{'point ' + row['point'] if known else 'metric ' + row['metric']} is unknown and left out"
    )
