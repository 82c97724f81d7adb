"""Periods that reports speak of: a month, a quarter or a year, on each site's own calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from config.errors import InputError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_FORM = re.compile(r"(?P<year>20\d{2})(-(?P<month>0[1-9]|1[0-2])|-?Q(?P<quarter>[1-4]))?")
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Period:
    """So many calendar months from the first day of one on; `label` is how it is written."""

    label: str
    first: date
    months: int

    @property
    def end(self) -> date:
        """The day after the last."""
        return _months_later(self.first, self.months)

    def year_before(self) -> Period:
        """The same months of the year before."""
        year = str(self.first.year)
        return Period(
            self.label.replace(year, str(self.first.year - 1), 1), _months_later(self.first, -MONTHS), self.months
        )

    def span(self, zone: ZoneInfo) -> tuple[int, int]:
        """Return [start, end) in UTC seconds on a site's clock."""
        start, end = (
            int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) for day in (self.first, self.end)
        )
        return start, end


def period(text: str) -> Period:
    """Read `2026-09`, `2026-Q3` or `2026`.

    Raises:
        InputError: it is none of these.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        msg = f'"{text}" is no period of a report: write a month (2026-09), a quarter (2026-Q3) or a year (2026)'
        raise InputError(msg)
    year = int(found["year"])
    if found["month"]:
        return Period(text.strip(), date(year, int(found["month"]), 1), 1)
    if found["quarter"]:
        return Period(f"{year}-Q{found['quarter']}", date(year, 3 * int(found["quarter"]) - 2, 1), 3)
    return Period(str(year), date(year, 1, 1), MONTHS)


def _months_later(day: date, months: int) -> date:
    number = day.year * MONTHS + day.month - 1 + months
    return date(number // MONTHS, number % MONTHS + 1, 1)
