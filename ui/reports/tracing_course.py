"""A value of a report's course or trend found again: `pue@2026-04-03` of a month's days, `pue@2026-04` of months.

Of a sealed report what lies in its period is answered from the ledger rows that were sealed with it. Its trend reaches
further back, where the books still stand: the answer says if they say something else now.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from math import isclose
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from config.errors import InputError
from ui.reports.kept import seconds
from ui.tracing.figure import trace_rows
from ui.tracing.points import ledger_sums

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ui.service import Service

Row = dict[str, Any]
NAMED: Final = re.compile(r"(?P<figure>.+)@(?P<when>\d{4}-\d\d(-\d\d)?)")
KEPT: Final = frozenset({"formula", "factor", "estimate", "claim", "tariff", "record", "bill"})  # of the whole period
DAY_S: Final = 26 * 3600  # no local day is longer


def course_row(content: Row, subject: str, name: str, when: str) -> Row:
    """Return the printed row of a day or month of a site: figure, value, missing share, start and end.

    Raises:
        InputError: nothing of this name or time is printed.
    """
    parts = [one for one in content["sites"] if one["id"] == subject]  # none of the company: it has no course
    rows = {_when(row, ZoneInfo(part["time_zone"])): row for part in parts for row in _rows(part)}
    if when not in rows or name not in rows[when]:
        names = sorted(key.removesuffix("_missing") for row in rows.values() for key in row if key.endswith("_missing"))
        times = sorted(rows)
        said = f"{', '.join(dict.fromkeys(names))} of {times[0]} to {times[-1]}" if rows else "none"
        msg = f"the report prints no {subject}/{name} of {when}; by day or month it prints {said}"
        raise InputError(msg)
    row = rows[when]
    return {
        "name": name,
        "subject": subject,
        "value": row[name],
        "missing": row[f"{name}_missing"],
        "start": row["start"],
        "end": row["end"],
    }


def _rows(part: Row) -> list[Row]:
    return [*part.get("trend", ()), *part["course"]]


def _when(row: Row, zone: ZoneInfo) -> str:
    """The local day or month that a row means: that of its middle."""
    first, last = seconds(row["start"]), seconds(row["end"])
    middle = datetime.fromtimestamp((first + last) / 2, zone)
    return f"{middle:%Y-%m-%d}" if last - first <= DAY_S else f"{middle:%Y-%m}"


def course_names(content: Row) -> Iterator[str]:
    """Yield the name of every value by day or month that a report prints."""
    for part in content["sites"]:
        zone = ZoneInfo(part["time_zone"])
        for row in _rows(part):
            names = (key.removesuffix("_missing") for key in row if key.endswith("_missing"))
            yield from (f"{part['id']}/{name}@{_when(row, zone)}" for name in names)


def books_behind(service: Service, row: Row) -> Iterator[Row]:
    """Yield what the books hold behind a value of the course."""
    site = service.settings.site(row["subject"])
    found = list(trace_rows(service, site, row["name"], seconds(row["start"]), seconds(row["end"])))
    now = next(one["value"] for one in found if one["kind"] == "figure")
    if now != row["value"] and not (now and row["value"] and isclose(now, row["value"])):
        yield {"kind": "note", "name": "books", "value": now, "text": "what the books say now is another value"}
    yield from (one for one in found if one["kind"] != "figure")


def sealed_behind(ledger: bytes, whole: Sequence[Row], row: Row) -> Iterator[Row]:
    """Yield what was sealed behind a value of the course: formulas and points of the whole period, rows of its time.

    Args:
        ledger: the sealed ledger rows of the site's period, as Parquet.
        whole: what was sealed behind the figure of the whole period.
        row: of `course_row`.
    """
    start, end = seconds(row["start"]), seconds(row["end"])
    table = pq.read_table(io.BytesIO(ledger))
    inside = table.filter(pc.and_(pc.greater_equal(table["start"], pa.scalar(start)), pc.less(table["start"], end)))
    yield from (one for one in whole if one["kind"] in KEPT and _touches(one, row))
    for one in whole:
        if one["kind"] == "point":
            yield _point(one, ledger_sums(inside, one["name"]), row)


def _touches(one: Row, row: Row) -> bool:
    """Whether a term has no time of its own, or one in common with the row's."""
    if "from" not in one or one["kind"] not in {"estimate", "record"}:
        return True
    first, last = (date.fromisoformat(str(row[key])[:10]) for key in ("start", "end"))
    return date.fromisoformat(str(one["from"])[:10]) <= last and date.fromisoformat(str(one["to"])[:10]) >= first


def _point(one: Row, sums: Mapping[str, Any], row: Row) -> Row:
    length = seconds(row["end"]) - seconds(row["start"])
    shares = {name: sums[name] / length for name in ("measured", "estimated")}
    return {
        **{key: one[key] for key in ("kind", "name", "role")},
        "start": row["start"],
        "end": row["end"],
        "rows": sums["rows"],
        "energy_kwh": sums["energy_kwh"],
        **shares,
        "missing": max(0.0, 1.0 - sum(shares.values())),
        "text": f"{one['role']}: {sums['rows']:,} sealed ledger rows of this time",
    }
