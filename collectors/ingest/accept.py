"""From a request to the spool: welcome as a whole or refused as a whole, then judged as any reading (design 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.importing.survey import is_declared
from collectors.ingest.posted import Foreign, Posted, Refused
from config.catalogue import metrics
from config.reading.wording import remedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.judge import Judge
    from collectors.overlaps import Overlaps
    from collectors.store.spool import Spool
    from collectors.store.spool_marks import Numbered
    from config.site import Settings

SELF_METRICS = "collector_"  # of a collector about itself: no figure needs their interval


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a request: its readings, those in quarantine; `again` where it had been accepted before."""

    readings: int
    quarantined: int
    again: bool


def accept(
    posted: Posted,
    *,
    site: str,
    judge: Judge,
    overlaps: Overlaps,
    spool: Spool,
    now: int,
    key: str | None = None,
    numbered: Numbered | None = None,
) -> Accepted:
    """Check, judge and store a request; when this returns, it is on disk.

    Args:
        posted: what the request holds.
        site: the only site that it may write to.
        judge: of the site file that holds.
        overlaps: of the same.
        spool: where it goes.
        now: UTC seconds.
        key: makes a repeated request a no-op.
        numbered: which batch of an edge collector it is: one that was accepted before is a no-op.

    Raises:
        Foreign: a point is of another site.
        OutOfStep: `numbered` does not follow the last one.
        Refused: a point or metric is unknown, or a series has no declared interval.
        StoreUnavailable, StoreCorrupt: nothing was accepted.
    """
    refuse_unwelcome(posted, judge.settings, site)
    judged, quarantined = judge.table(posted.readings, now=now, off=posted.off)
    judged, twice = overlaps.table(judged)
    n = spool.accept(judged, key=key, numbered=numbered) if posted.rows else 0
    return Accepted(posted.rows, quarantined + twice, again=bool(posted.rows) and not n)


def refuse_unwelcome(posted: Posted, settings: Settings, site: str) -> None:
    """Refuse a request in which something must be settled first, naming the first reading concerned.

    Raises:
        Foreign, Refused: as `accept`.
    """
    known = {point.id for point in settings.points if point.site == site}
    series = list(_series(posted))
    for point, _, line, _, _ in series:  # first: whoever may not write there learns nothing of what is there
        if point.partition("/")[0] != site:
            msg = (
                f'point "{point}" is not of site "{site}", the only one that this token writes to: '
                "use a token of that site."
            )
            raise Foreign(msg, line=line, key="point", of=posted.of)
    for point, metric, line, first, last in series:
        if point not in known:
            hint = remedy(point, known, otherwise=f"add it to {settings.path.name} first, or correct its name")
            msg = f'"{point}" is no point of {settings.path.name}; {hint.rstrip(".")}'
            raise Refused(msg if msg.endswith("?") else f"{msg}.", line=line, key="point", of=posted.of)
        if metric not in metrics():
            msg = f'"{metric}" is no metric; {remedy(metric, metrics())}'
            raise Refused(msg, line=line, key="metric", of=posted.of)
        if not metric.startswith(SELF_METRICS) and not is_declared(settings, (point, metric), first, last):
            msg = (
                f"point {point} has no declared sampling interval for {metric}: write its seconds in "
                f"{settings.path.name}, such as interval_s = {{ {metric} = 10 }}."
            )
            raise Refused(msg, line=line, key="metric", of=posted.of)


def _series(posted: Posted) -> Iterator[tuple[str, str, int, int, int]]:
    """Each series of a request with its first line, first and last time, in order of first lines."""
    table = posted.readings.select(["point", "metric", "time"]).append_column("line", [posted.lines])
    found = table.group_by(["point", "metric"]).aggregate([("line", "min"), ("time", "min"), ("time", "max")])
    rows = sorted(found.to_pylist(), key=lambda row: int(row["line_min"]))
    for row in rows:
        yield row["point"], row["metric"], row["line_min"], row["time_min"], row["time_max"]
