"""Hours and days as people and the sun see them, from UTC seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from collectors.plugins.simulated.noise import Floats, Times

HOUR_S = 3600
DAY_S = 86_400
YEAR_S = 365.2425 * DAY_S
WEEK_DAYS = 7
_DAY_ZERO = 3  # 1970-01-01 was a Thursday; Monday is 0


@lru_cache(maxsize=4096)
def _offset_s(time_zone: str, day: int) -> int:
    noon = datetime.fromtimestamp(day * DAY_S + DAY_S // 2, tz=UTC)
    offset = noon.astimezone(ZoneInfo(time_zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def local_times(times: Times, time_zone: str) -> Times:
    """Return wall-clock seconds of a zone; the offset at noon UTC stands for the whole UTC day."""
    day = times // DAY_S
    first = int(day.min())
    offsets = np.array([_offset_s(time_zone, each) for each in range(first, int(day.max()) + 1)], dtype=np.int64)
    return times + offsets[day - first]


def hour_of_day(times: Times) -> Floats:
    """Return hours since midnight, 0 to 24, of seconds that are UTC, local or solar alike."""
    hours: Floats = (times % DAY_S) / HOUR_S
    return hours


def weekday(times: Times) -> Times:
    """Return the day of the week, Monday 0 to Sunday 6."""
    return (times // DAY_S + _DAY_ZERO) % WEEK_DAYS


def day_of_year(times: Times) -> Floats:
    """Return days since the turn of the mean year, 0 to 365.2425: the phase of the seasons, not the calendar's date."""
    days: Floats = (times % YEAR_S) / DAY_S
    return days


def daily_cosine(hours: Floats, peak_hour: float) -> Floats:
    """Return a wave of one day in [-1, 1] with its crest at `peak_hour`."""
    wave: Floats = np.cos((hours - peak_hour) * (2.0 * np.pi / 24.0))
    return wave
