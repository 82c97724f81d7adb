"""Answers of the server as tables: what `lines` wrote, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from collectors.reading import READING_SCHEMA, Quality
from collectors.store.downsample import BUCKET_SCHEMA
from collectors.store.influx.lines import NO_TIME, QUALITIES
from collectors.store.influx.query import Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEVER_NULL = ("value", "seq", "origin")
GOOD_FIELDS = '"value", "seq", "quality", "origin", "device_time"'
REFUSED_FIELDS = '"value", "seq", "reason", "origin", "device_time"'
SUMMARY = 'mean("value") AS "mean", min("value") AS "min", max("value") AS "max", count("value") AS "readings"'


def good_rows(one: Series, metric: str) -> pa.Table:
    """Turn a series of a metric into readings (`READING_SCHEMA`), withdrawn ones included, those of others not."""
    cells = _ours(one)
    rows = len(cells["time"])
    quality = pa.DictionaryArray.from_arrays(pa.array(np.array(cells["quality"], np.int32)), pa.array(QUALITIES))
    reason = pa.nulls(rows, READING_SCHEMA.field("reason").type)
    values = np.array(cells["value"], np.float64)
    return _readings(cells, one.tags["point"], metric, value=pa.array(values), quality=quality, reason=reason)


def refused_rows(one: Series) -> pa.Table:
    """Turn a series of the quarantine into rejected readings (`READING_SCHEMA`)."""
    cells = _ours(one)
    values = np.array([float(text) for text in cells["value"]], np.float64)
    quality, reason = _same(str(Quality.REJECTED), len(values)), _texts(cells["reason"], "reason")
    point, metric = one.tags["point"], one.tags["metric"]
    return _readings(cells, point, metric, value=pa.array(values), quality=quality, reason=reason)


def _ours(one: Series) -> dict[str, Sequence[Any]]:
    """Return the columns without rows that another program wrote into the same bucket: no sequence, or no point."""
    rows = one.rows if one.tags.get("point") else []
    cells: dict[str, Sequence[Any]] = dict(zip(one.columns, zip(*rows, strict=True), strict=False))
    if not cells or not any(None in cells[name] for name in NEVER_NULL):
        return cells or dict.fromkeys(one.columns, ())
    at = [list(one.columns).index(name) for name in NEVER_NULL]
    kept = [row for row in rows if all(row[place] is not None for place in at)]
    return _ours(Series(one.tags, one.columns, kept))


def _readings(cells: Mapping[str, Sequence[Any]], point: str, metric: str, **columns: pa.Array) -> pa.Table:
    rows, device = len(cells["time"]), np.array([second or NO_TIME for second in cells["device_time"]], np.int64)
    columns |= {
        "point": _same(point, rows),
        "metric": _same(metric, rows),
        "time": pa.array(np.array(cells["time"], np.int64)),
        "origin": _texts(cells["origin"], "origin"),
        "device_time": pa.array(device, pa.int64(), mask=device == NO_TIME),
        "seq": pa.array(np.array(cells["seq"], np.int64)),
    }
    return pa.Table.from_arrays([columns[name] for name in READING_SCHEMA.names], schema=READING_SCHEMA)


def _same(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))


def _texts(texts: Sequence[str], name: str) -> pa.Array:
    return pa.array(texts, pa.string()).dictionary_encode().cast(READING_SCHEMA.field(name).type)


def bucket_rows(one: Series, metric: str) -> pa.Table:
    """Turn sums of a series of a metric into rows of `BUCKET_SCHEMA`."""
    names = [_same(text, len(one.rows)) for text in (one.tags["point"], metric)]
    columns = [pa.array(one.column(f.name), f.type) for f in BUCKET_SCHEMA if f.name not in ("point", "metric")]
    return pa.Table.from_arrays([*names, *columns], schema=BUCKET_SCHEMA)
