"""Questions to InfluxDB: InfluxQL over `/query`, the one language that 1.6 to 3.x share.

The text of a statement is fixed in code but for names that were checked when they were configured; every value is
bound by `params`. Every statement has both time bounds, and its error is looked for, since an answer with status 200
may hold one. A long range is cut into slices, each asked by itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collectors.store.influx.failures import Refused, no_influxql
from config.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collectors.store.influx.client import Server

NS = 1_000_000_000
NAME = re.compile(r"[A-Za-z0-9_.:-]+")
POINTS_PER_QUERY = 60  # so that the address of a request stays below 8 kB, what proxies allow
CHUNK_ROWS = 20_000


@dataclass(slots=True)
class Series:
    """One series of an answer: its tags, the names of its columns (`time` first), its rows, what it is called."""

    tags: Mapping[str, str]
    columns: Sequence[str]
    rows: list[list[Any]] = field(default_factory=list)
    name: str = ""

    def column(self, name: str) -> list[Any]:
        """Return one column."""
        at = list(self.columns).index(name)
        return [row[at] for row in self.rows]


def select(
    server: Server,
    bucket: str,
    what: str,
    measurement: str,
    *,
    span: tuple[int, int],
    points: Sequence[str] | None = None,
    group: str = '"point"',
    also: tuple[str, Mapping[str, object]] = ("", {}),
) -> list[Series]:
    """Run `SELECT what FROM measurement` over a span and return the series of the answer.

    Args:
        server: whom to ask.
        bucket: the bucket, a database to servers before 2.0.
        what: fixed text of the fields.
        measurement: name of the metric.
        span: first second and the one after the last (UTC).
        points: only these points; None means all.
        group: fixed text of GROUP BY.
        also: fixed text of a further condition, and the values that it names.

    Raises:
        StoreUnavailable: no answer, an error in it, an answer that is cut, or one to another question.
    """
    found: list[Series] = []
    for some in _portions(points):
        names = [f"p{number}" for number in range(len(some or ()))]
        chosen = " OR ".join(f'"point" = ${name}' for name in names)
        text = (
            f"SELECT {what} FROM {_quoted(measurement)} WHERE time >= $start AND time < $end"  # noqa: S608 (see above)
            f"{f' AND ({chosen})' if chosen else ''}{f' AND {also[0]}' if also[0] else ''} GROUP BY {group}"
        )
        values = {"start": span[0] * NS, "end": span[1] * NS, **also[1], **dict(zip(names, some or (), strict=True))}
        found += run(server, bucket, text, values)
    if any("time" not in one.columns for one in found):
        raise no_influxql(server.url)
    return found


def run(server: Server, bucket: str, text: str, values: Mapping[str, object] | None = None) -> list[Series]:
    """Run one reading statement and return its series.

    Raises:
        StoreUnavailable: as `select`.
    """
    query = {"db": bucket, "q": text, "epoch": "s", "chunked": "true", "chunk_size": str(CHUNK_ROWS)}
    if values:
        query["params"] = json.dumps(values)
    return read_series(server.documents(query), server.url)


def command(server: Server, text: str) -> list[Series]:
    """Run one statement that changes databases (1.x); it goes by POST, and its text holds checked names only.

    Raises:
        StoreUnavailable: no answer, or the server's refusal.
    """
    return read_series(server.documents({"q": text}, method="POST"), server.url)


def read_series(documents: Sequence[Any], url: str) -> list[Series]:
    """Put the documents of a chunked answer together.

    Raises:
        Refused: a statement failed.
        StoreUnavailable: the answer breaks off.
    """
    found: list[Series] = []
    more = False
    for document in documents:
        results = document.get("results", ()) if isinstance(document, dict) else ()
        for error in (part.get("error") for part in (document, *results) if isinstance(part, dict)):
            if error:
                remedy = "lower [store] query_window_h" if "limit" in str(error) else "run `wattlas store check`"
                message = f"InfluxDB at {url} cannot answer ({error}): {remedy}."
                raise Refused(message, status=200, words=str(error))
        for result in results:
            series = result.get("series", ())
            if any("columns" not in part for part in series):
                raise no_influxql(url)
            _take(found, series)
            more = bool(result.get("partial"))
    if more or not documents:
        message = f"InfluxDB at {url} broke off in the middle of an answer: try again."
        raise StoreUnavailable(message)
    return found


def _take(found: list[Series], parts: Sequence[Mapping[str, Any]]) -> None:
    for part in parts:
        tags, columns = part.get("tags") or {}, part["columns"]
        if not found or found[-1].tags != tags or found[-1].columns != columns:
            found.append(Series(tags, columns, name=str(part.get("name", ""))))
        found[-1].rows += part.get("values", ())


def slices(start: int, end: int, *, width_s: int, step_s: int = 1) -> Iterator[tuple[int, int]]:
    """Cut [start, end) into slices of about `width_s` seconds, at whole steps of `step_s` from `start`."""
    width = max(width_s // step_s, 1) * step_s
    for first in range(start, end, width):
        yield first, min(first + width, end)


def _portions(points: Sequence[str] | None) -> Iterator[Sequence[str] | None]:
    if points is None:
        yield None
        return
    for at in range(0, len(points), POINTS_PER_QUERY):
        yield points[at : at + POINTS_PER_QUERY]


def _quoted(name: str) -> str:
    """Quote the name of a measurement or bucket; all of ours are plain words."""
    if not NAME.fullmatch(name):
        message = f'"{name}" cannot be the name of a metric in InfluxDB: use letters, digits, _ . : and -.'
        raise StoreUnavailable(message)
    return f'"{name}"'
