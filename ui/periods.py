"""Times as people type them -> whole UTC seconds.

Accepted: an ISO 8601 date (`2026-03-05`), instant (`2026-03-05T14:00`, with or without zone) or month (`2026-03`),
`now`, `today`, and a length back from now (`-2h`). What has no zone is local to the site; a date or month is its first
midnight. Periods are half-open: the instant named by `--to` is no longer part of them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from config.errors import InputError

if TYPE_CHECKING:
    from datetime import tzinfo

_BACK = re.compile(r"-(\d{1,9})\s*(s|min|m|h|d|w)")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LENGTH_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_EARLIEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_AHEAD_S = 366 * 86400
HOUR_S, MINUTE_S = 3600, 60
ACCEPTED = "an ISO 8601 date or instant, a month such as 2026-03, now, today, or a length back such as -2h"


def instant(text: str, *, zone: tzinfo, now: float, option: str = "--from") -> int:
    """UTC second named by `text` at the site's `zone`; `option` names the argument in errors.

    Raises:
        InputError: if `text` names no instant, one that the site's clock skips or has twice, one before 2000 or more
            than a year ahead of `now`.
    """
    named = _named(text.strip(), zone=zone, now=now, option=option)
    if not _EARLIEST <= named <= now + _AHEAD_S:
        message = f"{option} {text} lies before 2000 or more than a year ahead: give a time that has readings."
        raise InputError(message)
    return named


def _named(text: str, *, zone: tzinfo, now: float, option: str) -> int:
    if text == "now":
        return int(now)
    if text == "today":
        return _local(
            datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None), zone
        )
    if back := _BACK.fullmatch(text):
        return int(now) - int(back[1]) * _LENGTH_S[back[2]]
    try:
        moment = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
        if moment.tzinfo is not None:
            return int(moment.timestamp())
    except (ValueError, OverflowError):
        message = f"{option} {text!r} is no time: give {ACCEPTED}."
        raise InputError(message) from None
    if not _DATE.fullmatch(text) and not _MONTH.fullmatch(text):
        _refuse_unclear(moment, zone, option)
    return _local(moment, zone)


def _local(naive: datetime, zone: tzinfo) -> int:
    """First instant that the wall clock shows as `naive`; a midnight that the clock skips is the first after it."""
    return int(naive.replace(tzinfo=zone).timestamp())


def _refuse_unclear(naive: datetime, zone: tzinfo, option: str) -> None:
    first, second = naive.replace(tzinfo=zone), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return
    exists = datetime.fromtimestamp(first.timestamp(), zone).replace(tzinfo=None) == naive
    what = "occurs twice" if exists else "does not occur"
    message = f"{option} {naive.isoformat()} {what} in {zone}: add an offset, as in {first.isoformat()}."
    raise InputError(message)


def span(start: str, end: str | None, *, zone: tzinfo, now: float) -> tuple[int, int]:
    """Period [start, end) in UTC seconds. Without `end`: the end of the month or day that `start` names, at most now.

    Raises:
        InputError: as `instant`, or if the period is empty.
    """
    first = instant(start, zone=zone, now=now)
    last = (
        instant(end, zone=zone, now=now, option="--to") if end is not None else _natural_end(start, zone=zone, now=now)
    )
    if first >= last:
        message = (
            f"--from {start} is not before --to {end or 'now'}: a period ends where --to begins, so give a later --to."
        )
        raise InputError(message)
    return first, last


def _natural_end(start: str, *, zone: tzinfo, now: float) -> int:
    text = start.strip()
    if month := _MONTH.fullmatch(text):
        year, after = divmod(int(month[1]) * 12 + int(month[2]), 12)
        return min(int(now), _local(datetime(year, after + 1, 1), zone))  # noqa: DTZ001 - `_local` gives it the zone
    if _DATE.fullmatch(text):
        return min(int(now), _local(datetime.fromisoformat(text) + timedelta(days=1), zone))
    return int(now)


def hour_edges(start: int, end: int, zone: tzinfo) -> list[int]:
    """Return the edges of the clock's hours over [start, end) [UTC s]: the first and the last may be a part of one.

    >>> from zoneinfo import ZoneInfo
    >>> hour_edges(1_773_446_400, 1_773_451_800, ZoneInfo("Asia/Kolkata"))
    [1773446400, 1773448200, 1773451800]
    """
    edges = [start]
    while edges[-1] < end:
        local = datetime.fromtimestamp(edges[-1], zone)
        edges.append(min(edges[-1] + HOUR_S - MINUTE_S * local.minute - local.second, end))
    return edges
