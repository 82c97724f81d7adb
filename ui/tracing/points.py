"""The points behind a figure: sums of their ledger rows and counts of their readings, over the time that counts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from ui.figures.auditing import cuts
from ui.format import iso
from ui.rows import ledger_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
Spans = tuple[tuple[int, int], ...]
MANY: Final = 20  # points whose readings are read a day at a time, so that they fit in memory
ENERGY: Final = "energy"
SHARES: Final = ("measured", "estimated")


@dataclass(frozen=True, slots=True)
class Bearing:
    """A point that bears on a figure by some metrics, as what, and when [UTC s]: trees change meanwhile."""

    point: str
    role: str
    metrics: tuple[str, ...]
    spans: Spans


def point_rows(
    service: Service,
    site: Site,
    bearing: Sequence[Bearing],
    *,
    rows: bool = False,
    memo: dict[Bearing, Row] | None = None,
) -> Iterator[Row]:
    """Yield each point with sums of its ledger rows and counts of its readings, then its rows where asked for.

    `memo` keeps the points of one figure for the next one, which mostly rests on the same.
    """
    known: dict[Bearing, Row] = {} if memo is None else memo
    groups: dict[tuple[tuple[str, ...], Spans], list[Bearing]] = defaultdict(list)
    for one in bearing:
        if rows or one not in known:
            groups[one.metrics, one.spans].append(one)
    tables, sums, counts = {}, {}, {}
    for key, members in groups.items():
        points = [one.point for one in members]
        tables[key] = _ledger(service, points, *key)
        sums[key] = _sums(tables[key])
        counts[key] = _counts(service, site, points, key[1])
    for one in bearing:
        key = one.metrics, one.spans
        if key in tables:
            found = sums[key].get(one.point), counts[key].get(one.point, (0, 0))
            known[one] = _row(one, *found, now=int(service.now()))
        yield known[one]
        if rows:
            mine = tables[key].filter(pc.equal(pc.cast(tables[key]["point"], pa.string()), one.point))
            yield from ({"kind": "row", **row} for row in ledger_rows(mine))


def _ledger(service: Service, points: list[str], metrics: tuple[str, ...], spans: Spans) -> pa.Table:
    found = [service.ledger(start=first, end=last, points=points, metrics=metrics) for first, last in spans]
    return pa.concat_tables(found).unify_dictionaries()


def _sums(table: pa.Table) -> dict[str, Row]:
    """Sums by point; shares come weighed by their seconds."""
    seconds = pc.cast(pc.subtract(table["end"], table["start"]), pa.float64())
    columns = {
        "point": pc.cast(table["point"], pa.string()),
        "seconds": seconds,
        "energy_kwh": table["energy_kwh"],
        "revised": pc.cast(pc.greater(table["revision"], 0), pa.int64()),
        "method": pc.cast(table["method"], pa.string()),
        **{name: pc.multiply(seconds, pc.cast(table[name], pa.float64())) for name in SHARES},
    }
    sums = [(name, "sum") for name in ("seconds", "energy_kwh", "revised", *SHARES)]
    found = pa.table(columns).group_by("point").aggregate([*sums, ("method", "distinct"), ("seconds", "count")])
    return {row["point"]: row for row in found.to_pylist()}


def ledger_sums(table: pa.Table, point: str) -> Row:
    """Return of one point's rows how many they are, their energy [kWh], and seconds measured and estimated.

    Rows of energy where the point has some, else all of them: what reads the grid has no energy.
    """
    mine = table.filter(pc.equal(pc.cast(table["point"], pa.string()), point))
    energy = mine.filter(pc.equal(pc.cast(mine["metric"], pa.string()), ENERGY))
    found = _sums(energy if energy.num_rows else mine).get(point)
    if found is None:
        return {"rows": 0, "energy_kwh": None, "measured": 0.0, "estimated": 0.0}
    sums = {key: found[f"{key}_sum"] for key in ("energy_kwh", *SHARES)}
    return {"rows": found["seconds_count"], **sums}


def _counts(service: Service, site: Site, points: list[str], spans: Spans) -> dict[str, tuple[int, int]]:
    """How many readings of each point stand and how many were rejected, within the spans."""
    found: dict[str, tuple[int, int]] = {}
    by: Literal["day", "month"] = "month" if len(points) <= MANY else "day"
    for start, end in spans:
        for first, last in cuts(start, end, ZoneInfo(site.time_zone), by=by):
            table = service.stores.archive.read(points, None, first, last, rejected=True, columns=["point", "quality"])
            bad = pc.cast(pc.equal(pc.cast(table["quality"], pa.string()), "rejected"), pa.int64())
            named = pa.table({"point": pc.cast(table["point"], pa.string()), "bad": bad})
            for row in named.group_by("point").aggregate([("bad", "sum"), ("bad", "count")]).to_pylist():
                kept, rejected = found.get(row["point"], (0, 0))
                found[row["point"]] = (kept + row["bad_count"] - row["bad_sum"], rejected + row["bad_sum"])
    return found


def _row(one: Bearing, sums: Row | None, counts: tuple[int, int], *, now: int) -> Row:
    """A point as a row; what has no ledger row is missing, but for time that is not over yet."""
    booked = sums["seconds_sum"] if sums else 0.0
    over = sum(max(0, min(last, now) - first) for first, last in one.spans)
    whole = max(booked, float(over))
    shares = {name: sums[f"{name}_sum"] / whole if sums and whole else 0.0 for name in SHARES}
    rows, revised = (sums["seconds_count"], sums["revised_sum"]) if sums else (0, 0)
    kept, rejected = counts
    return {
        "kind": "point",
        "name": one.point,
        "role": one.role,
        "start": iso(one.spans[0][0]),
        "end": iso(one.spans[-1][1]),
        "rows": rows,
        "rows_revised": revised,
        "energy_kwh": sums["energy_kwh_sum"] if sums else None,
        **shares,
        "missing": max(0.0, 1.0 - sum(shares.values())),
        "readings": kept,
        "readings_rejected": rejected,
        "methods": sorted(set(sums["method_distinct"]) - {None}) if sums else [],
        "text": f"{one.role}: {rows:,} rows, {revised:,} revised; {kept:,} readings, {rejected:,} rejected",
    }
