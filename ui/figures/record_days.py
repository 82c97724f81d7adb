"""The local days that a question touches: records speak of whole ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from analytics.recorded import Days

if TYPE_CHECKING:
    from ui.figures.site import Question


def days_of(question: Question) -> Days:
    """The local days that a question touches."""
    zone = ZoneInfo(question.site.time_zone)
    first, last = (datetime.fromtimestamp(at, UTC).astimezone(zone).date() for at in (question.start, question.end - 1))
    end = last + timedelta(days=1)
    edges = [midnight(day, zone) for day in (first, end)]
    whole = edges == [question.start, question.end]
    return Days(first=first, end=end, start_s=question.start, end_s=question.end, whole=whole)


def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant [UTC s] at which a local day begins."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
