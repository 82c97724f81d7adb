"""JSON that is posted: a list of readings, or an object that holds one as `readings`.

    {"readings": [{"point": "srv-1", "metric": "power", "time": "2026-03-14T00:00:00Z", "value": 312.5, "unit": "W"}]}

`time` is ISO 8601 with an offset, or seconds since 1970. `off` says that the host is switched off, which alone makes
0 W a measured zero; `quality`, `reason`, `source` and `device_time` carry on what an edge collector knew.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pyarrow as pa
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from collectors.arrays import arrow_of, text_array
from collectors.importing.rows import converted
from collectors.importing.times import LAST_S
from collectors.ingest.posted import Posted, Refused, refuse_too_many
from collectors.reading import READING_SCHEMA, TEXT, Quality
from config.catalogue import metric as of_catalogue
from config.errors import InputError, UnitError
from config.reading.fields import Flag, Number, Table
from config.reading.mistakes import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

SHAPE = 'send a list of readings, or {"readings": [...]}'
OF = "reading"
TEXT_MAX = 500  # characters of a name or a reason


def whole_second(value: object) -> int:
    """Whole UTC seconds of an ISO 8601 text with offset or of a count of seconds; fractions are cut (design 3).

    Raises:
        ValueError: it is neither.

    >>> whole_second("2026-03-14T01:00:00.9+01:00")
    1773446400
    """
    seconds = _seconds(value)
    if abs(seconds) > LAST_S:
        msg = "lies beyond the year 9999: give seconds since 1970, not milliseconds"
        raise ValueError(msg)
    return int(seconds // 1)


def _seconds(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    example = "2026-03-14T00:00:00Z"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        msg = f'is no time: write ISO 8601 with its offset, such as "{example}", or seconds since 1970'
        raise ValueError(msg)
    if moment.tzinfo is None:
        msg = f'has no offset from UTC, so nobody knows which hour it is: write it as in "{example}"'
        raise ValueError(msg)
    return moment.timestamp()


Time = Annotated[int, BeforeValidator(whole_second, json_schema_input_type=str | float)]
Word = Annotated[str, Field(min_length=1, max_length=TEXT_MAX)]


class PostedReading(Table):
    """One reading as it is posted."""

    point: Word = Field(examples=["srv-1"])
    metric: Word = Field(examples=["power"])
    time: Time = Field(examples=["2026-03-14T00:00:00Z"])
    value: Number = Field(examples=[312.5])
    unit: Word = Field(examples=["W"])
    off: Flag = False
    quality: Quality = Quality.MEASURED
    reason: Word | None = None
    source: Word | None = None
    device_time: Time | None = None


READINGS = TypeAdapter(list[PostedReading])


def json_body(body: bytes, *, site: str, origin: str) -> Posted:
    """Understand a request of JSON.

    Args:
        body: UTF-8 text.
        site: of points that do not name theirs.
        origin: of its readings; the `source` of a reading is put behind it.

    Raises:
        Refused: the first reading that cannot be understood.
    """
    rows = _rows(body)
    refuse_too_many(len(rows))
    readings = _checked(rows)
    return Posted(
        _table(readings, site, origin),
        np.arange(1, len(readings) + 1),
        np.fromiter((one.off for one in readings), np.bool_, len(readings)),
        OF,
    )


def _rows(body: bytes) -> list[Any]:
    try:
        content = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        msg = f"this is no JSON ({error}): correct it there."
        raise Refused(msg) from None
    json.loads(body, object_pairs_hook=_refuse_repeated)
    if isinstance(content, dict) and set(content) == {"readings"}:
        content = content["readings"]
    if not isinstance(content, list):
        msg = f"this JSON holds no readings: {SHAPE}."
        raise Refused(msg)
    return content


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that says one key twice: parsers disagree on which of the two stands (RFC 8259, section 4)."""
    if len(dict(pairs)) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        msg = f'an object of this JSON has the key "{twice[:TEXT_MAX]}" twice: give it once.'
        raise Refused(msg)


def _checked(rows: list[Any]) -> Sequence[PostedReading]:
    try:
        return READINGS.validate_python(rows)
    except ValidationError as error:
        where = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
    line = int(where[0])
    try:
        PostedReading.model_validate(rows[line])
    except ValidationError as error:
        text = texts(error, PostedReading)[0] or f"this is no reading: {SHAPE}"
        raise Refused(
            text if text.endswith("?") else f"{text}.",
            line=line + 1,
            key=str(where[1]) if len(where) > 1 else "",
            of=OF,
        ) from None
    msg = "this is no reading."
    raise Refused(msg, line=line + 1, of=OF)


def _table(readings: Sequence[PostedReading], site: str, origin: str) -> pa.Table:
    columns: dict[str, Any] = {
        "point": _words(one.point if "/" in one.point else f"{site}/{one.point}" for one in readings),
        "metric": _words(one.metric for one in readings),
        "time": arrow_of(np.fromiter((one.time for one in readings), np.int64, len(readings))),
        "value": arrow_of(_values(readings)),
        "quality": _words(str(one.quality) for one in readings),
        "reason": _words(_reason(one) for one in readings),
        "origin": _words(f"{origin}/{one.source}" if one.source else origin for one in readings),
        "device_time": pa.array([one.device_time for one in readings], pa.int64()),
        "seq": arrow_of(np.zeros(len(readings), np.int64)),
    }
    return pa.Table.from_arrays([columns[field.name] for field in READING_SCHEMA], schema=READING_SCHEMA)


def _words(words: Any) -> pa.Array:  # noqa: ANN401 - an iterable of texts or None
    return text_array(words).dictionary_encode().cast(TEXT)


def _reason(one: PostedReading) -> str | None:
    return one.reason or "rejected by its sender" if one.quality is Quality.REJECTED else None


def _values(readings: Sequence[PostedReading]) -> np.ndarray[Any, Any]:
    """Values in the catalogue's units; those of one metric and unit are converted at once."""
    values = np.fromiter((one.value for one in readings), np.float64, len(readings))
    places: dict[tuple[str, str], list[int]] = {}
    for row, one in enumerate(readings):
        places.setdefault((one.metric, one.unit), []).append(row)
    for (name, unit), rows in places.items():
        key = "metric"
        try:
            of_catalogue(name)
            key = "unit"
            values[rows] = converted(values[rows], unit, name)
        except (InputError, UnitError) as error:
            msg = f"key {key}: {error}"
            raise Refused(msg, line=rows[0] + 1, key=key, of=OF) from None
    return values
