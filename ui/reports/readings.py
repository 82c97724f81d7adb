"""What was read behind a report, as counts and hashes by day: they prove the raw readings as long as these are kept."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from ui.figures.auditing import cuts
from ui.format import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
COLUMNS: Final = ("point", "metric", "time", "value", "quality")


def readings_proof(service: Service, site: Site, points: Sequence[str], start: int, end: int) -> Row:
    """Return counts and SHA-256 of a site's readings over [start, end) UTC seconds, by local day.

    A hash is of the rows point, metric, time, value, quality in that order, tab-separated as CSV without quotes.
    """
    return {"columns": list(COLUMNS), "days": list(_days(service, site, points, start, end))}


def _days(service: Service, site: Site, points: Sequence[str], start: int, end: int) -> Iterator[Row]:
    for first, last in cuts(start, end, ZoneInfo(site.time_zone), by="day"):
        table = service.stores.archive.read(points, None, first, last, rejected=True, columns=list(COLUMNS))
        plain = pa.table({name: _plain(table[name]) for name in COLUMNS})
        rows = plain.sort_by([(name, "ascending") for name in COLUMNS])
        bad = pc.sum(pc.equal(rows["quality"], "rejected")).as_py() or 0
        day = {"start": iso(first), "end": iso(last), "readings": rows.num_rows - bad, "rejected": bad}
        yield {**day, "sha256": _digest(rows)}


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(column, pa.string()) if pa.types.is_dictionary(column.type) else column


def _digest(rows: pa.Table) -> str:
    import pyarrow.csv

    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    pyarrow.csv.write_csv(rows, sink, write_options=options)
    return sha256(sink.getvalue()).hexdigest()
