"""The archive as readers want it: the lake and what the spool holds beyond it, as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pyarrow as pa

    from collectors.store.lake import Lake
    from collectors.store.spool import Spool


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything accepted so far, shipped or not; each call sees one moment of both."""

    lake: Lake
    spool: Spool

    def read(
        self,
        points: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
        start: int | None = None,
        end: int | None = None,
        *,
        rejected: bool = False,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return the readings that stand in [start, end), as `Lake.read`."""
        return self.lake.read(points, metrics, start, end, self.spool, rejected, columns)

    def complete_since(self) -> int:
        """Return from when on [UTC s] it has all that it ever took: 0, for a lake loses nothing without a word."""
        return 0

    def touched(self, after_seq: int) -> pa.Table:
        """Return what was accepted above a sequence, per series, as `Lake.touched`."""
        return self.lake.touched(after_seq, self.spool)

    def series(self, points: Collection[str] | None, metric: str, start: int, end: int, max_points: int) -> pa.Table:
        """Return mean, least and greatest value per bucket, as `Lake.series`."""
        return self.lake.series(points, metric, start, end, max_points, self.spool)
