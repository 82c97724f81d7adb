"""Columns of times to whole seconds since 1970; times without an offset come back as local and marked so.

Times are cut, not rounded, to whole seconds (design 3).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collectors.importing.mapping import EPOCHS_PER_S
from collectors.importing.texts import by_halves, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.importing.texts import Bad

LAST_S = 253_402_300_799  # end of the year 9999: beyond it is a wrong unit, not a time
NANOSECONDS = 1_000_000_000
MAX_OVERFLOW_DAY = 3  # 31 February may come out of a lenient parser as 3 March
ISO = re.compile(
    r"^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?)?$",
)

Seconds = np.ndarray[Any, Any]  # int64, shape (2, rows): seconds since 1970, and 1 where they are local


def times(column: pa.Array, form: str) -> tuple[Seconds, Bad]:
    """A column of times in a mapping's `time_format` as seconds and local marks; unreadable cells are bad.

    A column that holds instants already (Parquet) ignores the format.
    """
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return _instants(column)
    if form in EPOCHS_PER_S:
        return _epochs(column, form)
    texts = pc.utf8_trim_whitespace(pc.fill_null(pc.cast(column, pa.string()), ""))
    fast, slow = (_iso_column, _iso_cell) if form == "iso" else _by_format(form)
    return by_halves(texts, fast=fast, slow=slow, empty=np.zeros(2, np.int64))


def _marked(seconds: np.ndarray[Any, Any], *, local: bool) -> Seconds:
    return np.stack([seconds.astype(np.int64), np.full(len(seconds), local, np.int64)])


def _instants(column: pa.Array) -> tuple[Seconds, Bad]:
    """Arrow timestamps: those with a zone are UTC inside, those without are local."""
    local = getattr(column.type, "tz", None) is None
    stamps = column if pa.types.is_timestamp(column.type) else pc.cast(column, pa.timestamp("s"))
    per_s = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": NANOSECONDS}[stamps.type.unit]
    bad = {int(row): "time is empty" for row in np.flatnonzero(np.asarray(pc.is_null(column)))}
    return _marked(np.asarray(pc.fill_null(pc.cast(stamps, pa.int64()), 0)) // per_s, local=local), bad


def _epochs(column: pa.Array, form: str) -> tuple[Seconds, Bad]:
    per_s = EPOCHS_PER_S[form]

    def fast(texts: pa.Array) -> Seconds:
        counts = np.asarray(pc.cast(texts, pa.int64()))  # exact: nanoseconds exceed what float64 holds
        if len(counts) and max(abs(int(counts.min())), abs(int(counts.max()))) // per_s > LAST_S:
            raise ValueError
        return _marked(counts // per_s, local=False)

    def slow(text: str) -> tuple[int, int]:
        whole = text.partition(".")[0] if re.fullmatch(r"-?\d{1,20}(\.\d*)?", text) else None
        if whole is None:
            raise ValueError(_unreadable(text, f"a count of {form.removeprefix('epoch_')} since 1970"))
        seconds = int(whole) // per_s
        if abs(seconds) > LAST_S:
            msg = f"time {shown(text)} lies beyond the year 9999 as {form}: correct time_format"
            raise ValueError(msg)
        return seconds, 0

    if pa.types.is_floating(column.type):
        column = pc.cast(pc.floor(column), pa.int64(), safe=False)
    texts = pc.utf8_trim_whitespace(pc.fill_null(pc.cast(column, pa.string()), ""))
    return by_halves(texts, fast=fast, slow=slow, empty=np.zeros(2, np.int64))


def _unreadable(text: str, expected: str) -> str:
    return f"time {shown(text)} is not {expected}" if text else "time is empty"


def _iso_column(texts: pa.Array) -> Seconds:
    try:
        stamps, local = pc.cast(texts, pa.timestamp("ns", "UTC")), False
    except pa.ArrowInvalid:
        stamps, local = pc.cast(texts, pa.timestamp("ns")), True
    return _marked(np.asarray(pc.cast(stamps, pa.int64())) // NANOSECONDS, local=local)


def _iso_cell(text: str) -> tuple[int, int]:
    found = ISO.match(text)
    if found is None:
        raise ValueError(_unreadable(text, "ISO 8601 (such as 2026-03-14T00:00:00Z)"))
    day, clock, offset = found.groups()
    zone = "+00:00" if offset in {"Z", "z", "UTC"} else offset or ""
    try:
        return _seconds(datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}"))
    except ValueError:
        msg = f"time {shown(text)} does not exist in the calendar"
        raise ValueError(msg) from None


def _seconds(stamp: datetime) -> tuple[int, int]:
    """Seconds since 1970 of a datetime, and whether they are local (no offset)."""
    if stamp.tzinfo is None:
        return int(stamp.replace(tzinfo=UTC, microsecond=0).timestamp()), 1
    return int(stamp.replace(microsecond=0).timestamp()), 0


def _by_format(form: str) -> tuple[Callable[[pa.Array], Seconds], Callable[[str], tuple[int, int]]]:
    """A strptime format: Arrow reads whole columns; Python's reader decides wherever Arrow's is too lenient."""

    def fast(texts: pa.Array) -> Seconds:
        if "%z" in form or "%f" in form:
            raise ValueError
        stamps = pc.strptime(texts, format=form, unit="s", error_is_null=False)
        doubtful = pc.less_equal(pc.day(stamps), MAX_OVERFLOW_DAY)
        if not pc.strftime(stamps.filter(doubtful), format=form).equals(texts.filter(doubtful)):
            raise ValueError
        return _marked(np.asarray(pc.cast(stamps, pa.int64())), local=True)

    @lru_cache(maxsize=4096)
    def slow(text: str) -> tuple[int, int]:
        try:
            return _seconds(datetime.strptime(text, form))  # noqa: DTZ007 - no offset means local time, resolved later
        except ValueError:
            raise ValueError(_unreadable(text, f'written as "{form}"')) from None

    return fast, slow
