"""What the live pages show after an import was undone: the newest reading that stands now, not the one withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from collectors.faults import EARLIEST_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from collectors.store.archive import Archive
    from collectors.store.influx.archive import InfluxArchive
    from collectors.store.spool import Spool

FIRST_LOOK_S = 86_400
WIDER = 4  # each look back is as many times longer: a year is seen after six


def renew_latest(spool: Spool, archive: Archive | InfluxArchive, origin: str) -> None:
    """Put, for each series whose newest value came from `origin`, what stands in the archive in its place.

    Done again by the same call where it was killed.

    Raises:
        StoreUnavailable, StoreCorrupt: the archive does not answer; call again.
    """
    stale = spool.latest_of(origin)
    if stale.num_rows:
        spool.replace_latest(origin, list(_newest(archive, stale)))


def _newest(archive: Archive | InfluxArchive, stale: pa.Table) -> Iterator[pa.Table]:
    """Look back in longer and longer stretches until every series has a reading or time is over."""
    wanted = _series(stale)
    end, width_s = pc.max(stale["time"]).as_py() + 1, FIRST_LOOK_S
    while wanted and end > EARLIEST_S:
        start = max(end - width_s, EARLIEST_S)
        points, metrics = (sorted({series[at] for series in wanted}) for at in (0, 1))
        rows = archive.read(points, metrics, start, end)
        yield rows
        wanted -= _series(rows)
        end, width_s = start, width_s * WIDER


def _series(rows: pa.Table) -> set[tuple[str, str]]:
    names = rows.select(["point", "metric"]).group_by(["point", "metric"]).aggregate([])
    return {(row["point"], row["metric"]) for row in names.to_pylist()}
