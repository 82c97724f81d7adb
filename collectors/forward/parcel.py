"""Readings of a spool as the JSON that a central server takes.

Values go as the meters gave them, for the central applies the ratio of a current transformer too; what was rejected
here goes with its reason. That a host was off is not stored: it is what alone explains a measured value that the judge
would reject by itself.
"""

from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from collectors.arrays import one_text
from collectors.reading import Quality
from config.catalogue import metrics

if TYPE_CHECKING:
    import pyarrow as pa

    from collectors.judge import Judge
    from config.site import Settings

LEVEL = 5
TEXT_MAX = 500  # characters of a reason or origin that a central takes


def parcel(rows: pa.Table, settings: Settings, judge: Judge, *, now: int) -> bytes:
    """Rows of the spool as gzip of JSON, b"" where none of them can stand in anybody's books.

    Left out are readings of points and metrics that this site file does not know, and those without a number: they
    are in quarantine here, with their reason.
    """
    readings = _readings(rows, settings, judge, now=now)
    if not readings:
        return b""
    text = json.dumps({"readings": readings}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return gzip.compress(text.encode(), LEVEL, mtime=0)


def _readings(rows: pa.Table, settings: Settings, judge: Judge, *, now: int) -> list[dict[str, Any]]:
    points = {point.id for point in settings.points}
    given = judge.given(rows)
    off = _off(given, judge, now=now)
    return [
        _reading(row, off=bool(off[at]))
        for at, row in enumerate(given.to_pylist())
        if row["point"] in points and row["metric"] in metrics() and math.isfinite(row["value"])
    ]


def _off(given: pa.Table, judge: Judge, *, now: int) -> np.ndarray[Any, Any]:
    """Which readings were taken because their source said that the host is off: judged alone they would be rejected."""
    place = given.schema.get_field_index("quality")
    plain = given.set_column(place, given.schema.field(place), one_text(Quality.MEASURED, given.num_rows))
    place = given.schema.get_field_index("origin")  # who read it is no question any more
    plain = plain.set_column(place, given.schema.field(place), one_text("", given.num_rows))
    alone, _ = judge.table(plain, now=now)
    rejected = [quality == Quality.REJECTED for quality in alone["quality"].to_pylist()]
    taken = [quality != Quality.REJECTED for quality in given["quality"].to_pylist()]
    return np.logical_and(rejected, taken)


def _reading(row: dict[str, Any], *, off: bool) -> dict[str, Any]:
    found = {
        "point": row["point"],
        "metric": row["metric"],
        "time": row["time"],
        "value": row["value"],
        "unit": metrics()[row["metric"]].unit,
        "source": row["origin"][:TEXT_MAX],
    }
    if row["quality"] != Quality.MEASURED:
        found["quality"] = row["quality"]
    if row["reason"]:
        found["reason"] = row["reason"][:TEXT_MAX]
    if row["device_time"] is not None:
        found["device_time"] = row["device_time"]
    return found | ({"off": True} if off else {})
