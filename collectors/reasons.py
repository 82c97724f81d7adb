"""Why a reading was rejected, as a short sentence that names the bound and the value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.faults import FUTURE_S
from collectors.rules import Fault
from config.catalogue import metrics

if TYPE_CHECKING:
    from collectors.faults import Rows

SENTENCES = {
    Fault.UNKNOWN_POINT: 'the site file has no point "{0.point}"',
    Fault.UNKNOWN_METRIC: 'the catalogue has no metric "{0.metric}"',
    Fault.NOT_FINITE: "the value is {0.given}, not a number",
    Fault.SENTINEL: "{0.given} is how devices say that there is no value",
    Fault.FUTURE: f"the time is {{0.ahead_s}} s ahead of the collector's clock, more than {FUTURE_S} s",
    Fault.ANCIENT: "the time is {0.time} s after 1970-01-01, before the year 2000: the clock was not set",
    Fault.ABSENT: "{0.point} was not in service on {0.moment}",
    Fault.ZERO: "0 {0.unit}, and neither did the source say that the host is off nor has {0.point} zero_ok",
    Fault.BELOW: "{0.value} is below {0.low}, the lower bound of {0.point}",
    Fault.ABOVE: "{0.value} is above {0.high}, the upper bound of {0.point}",
}


def reason(fault: Fault, rows: Rows, row: int, *, now: int) -> str:
    """Say why row number `row` is rejected; `now` [UTC s] is when it was judged."""
    return SENTENCES[fault].format(_Case(rows, row, now))


@dataclass(frozen=True, slots=True)
class _Case:
    """The facts about one rejected row, each put into words only when a sentence asks for it."""

    rows: Rows
    row: int
    now: int

    @property
    def point(self) -> str:
        return self.rows.points[int(self.rows.point[self.row])]

    @property
    def metric(self) -> str:
        return self.rows.metrics[int(self.rows.metric[self.row])]

    @property
    def given(self) -> str:
        return self._quantity(self.rows.given[self.row])

    @property
    def value(self) -> str:
        return self._quantity(self.rows.value[self.row])

    @property
    def unit(self) -> str:
        return metrics()[self.metric].unit

    @property
    def low(self) -> str:
        return self._quantity(self.rows.rules.low[self.rows.rule[self.row]])

    @property
    def high(self) -> str:
        return self._quantity(self.rows.rules.high[self.rows.rule[self.row]])

    @property
    def time(self) -> int:
        return int(self.rows.time[self.row])

    @property
    def ahead_s(self) -> int:
        return self.time - self.now

    @property
    def moment(self) -> str:
        return datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _quantity(self, number: float) -> str:
        return f"{number:.10g} {self.unit}"
