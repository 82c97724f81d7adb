"""How well the readings themselves stand: what of each point was seen, what was refused, how the sources fare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analytics.boundary import ENERGY_METRICS
from collectors.reading import Quality
from collectors.store.order import pick, text_mask
from config.part import own_sources
from ui.figures.auditing import missing_shares
from ui.format import iso

if TYPE_CHECKING:
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
HOUR_S: Final = 3600
STALE_INTERVALS: Final = 3
STATES: Final = ("never", "silent", "reporting", "none")  # the last of a source that is not to be polled now
SEEN: Final = ("point", "metric", "time", "quality", "reason")


def coverage_rows(service: Service, site: Site, start: int, end: int) -> list[Row]:
    """Return each metered point of a site with the share of [start, end) in UTC seconds in which it was seen.

    The least seen stands first; a time without a row was not seen.
    """
    standing = service.settings.points_at(site.id, end - 1)
    states = [one for one in standing if not ENERGY_METRICS.isdisjoint(one.interval_s)]
    ids = [one.id for one in states]
    rows = [service.ledger(start=start, end=end, points=ids, metrics=["energy"])] if ids else []
    missing = missing_shares(rows, ids, start, end)
    found = [
        {
            "point": one.id,
            "name": one.name,
            "role": one.role,
            "site": site.id,
            "seen": 1.0 - missing[one.id],
            "missing_h": missing[one.id] * (end - start) / HOUR_S,
        }
        for one in states
    ]
    return sorted(found, key=lambda row: (row["seen"], row["point"]))


def quarantine_rows(service: Service, start: int, end: int) -> list[Row]:
    """Return what was refused over [start, end) in UTC seconds: by point and metric how many readings, and why last.

    Of points that the site file has no more, too, unless some sites alone are seen.

    Read hour by hour, so that a large site fits in memory.
    """
    found: dict[tuple[str, str], Row] = {}
    points = None if service.whole is None else [one.id for one in service.settings.points]
    for first in range(start, end, HOUR_S):
        last = min(first + HOUR_S, end)
        table = service.stores.archive.read(points, None, first, last, rejected=True, columns=SEEN)
        for row in pick(table, text_mask(table["quality"], {Quality.REJECTED})).to_pylist():
            key = (row["point"], row["metric"])
            former = found.get(key, {"readings": 0})
            found[key] = {
                "point": row["point"],
                "metric": row["metric"],
                "readings": former["readings"] + 1,
                "last": iso(row["time"]),
                "reason": row["reason"] or "",
            }
    return sorted(found.values(), key=lambda row: (-row["readings"], row["point"], row["metric"]))


def source_rows(service: Service) -> list[Row]:
    """Return each source of the site file with its newest reading, and what it last said of itself.

    `up` is the share of polls answered in the last minute that it reported. No address and no option is in it.
    """
    now = int(service.now())
    newest: dict[str, int] = {}
    series: dict[str, set[tuple[str, str]]] = {}
    up: dict[str, float] = {}
    for row in service.stores.spool.latest(now=now).to_pylist():
        origin = row["origin"]
        newest[origin] = max(newest.get(origin, 0), row["time"])
        if row["metric"] == "collector_up":
            up[origin] = row["value"]
        elif not row["metric"].startswith("collector_"):
            series.setdefault(origin, set()).add((row["point"], row["metric"]))
    found = []
    for one in own_sources(service.settings):
        time = newest.get(one.id)
        state = "none" if not one.covers(now) else _state(time, now, one.interval_s)
        found.append(
            {
                "source": one.id,
                "kind": one.kind,
                "point": one.point,
                "interval_s": one.interval_s,
                "series": len(series.get(one.id, ())),
                "newest": None if time is None else iso(time),
                "age_s": None if time is None else now - time,
                "up": up.get(one.id),
                "state": state,
            }
        )
    return sorted(found, key=lambda row: (STATES.index(row["state"]), row["source"]))


def _state(time: int | None, now: int, interval_s: float) -> str:
    if time is None:
        return "never"
    return "silent" if now - time > STALE_INTERVALS * max(interval_s, 60.0) else "reporting"
