"""A target by months: years of it that end later than this one, budgets, and figures that are not known by day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from analytics.planning.forecast import LEAST_MONTHS, by_months, chance
from analytics.planning.gap import with_measures
from analytics.planning.targets import budget
from config.plan.targets import AMOUNTS, HIGHER_IS_BETTER
from ui.plan.figure import figure_of
from ui.plan.gap import means_of, moving

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analytics.planning.forecast import Forecast
    from config.plan.targets import Target
    from ui.plan.gap import Means
    from ui.service import Service

    Floats = NDArray[np.float64]

Row = dict[str, Any]
YEAR_MONTHS: Final = 12
MOST_MONTHS: Final = 120
BAND: Final = 0.8
TOO_FEW_ERRORS: Final = "no forecast: it was tried on too few months of the past to say how far off it is"
NOT_RETIRED: Final = (
    "so far is above expected: it holds the month that goes on, most of whose certificates are not retired yet; "
    "expected and what is left go by whole months"
)


@dataclass(frozen=True, slots=True)
class Known:
    """A figure of each whole month up to the edge of what is booked, back to the last that has none, oldest first.

    `lacks` is that month, and why it has no figure.
    """

    values: list[float]
    edge: datetime
    lacks: str


@dataclass(frozen=True, slots=True)
class MonthBook:
    """The figures of past months and the measures of sites, each read once for all targets."""

    service: Service
    held: dict[tuple[str, str, str | None, str | None, date], float | str] = field(default_factory=dict)
    means: dict[str, Means | str] = field(default_factory=dict)

    def moved(self, site: str, start: int, end: int) -> Means | None:
        """Return a site's measures where one of them does more or less before `end` than at `start` [UTC s]."""
        if not moving(self.service, site, start, end - 1):
            return None
        if site not in self.means:
            self.means[site] = means_of(self.service, self.service.settings.site(site))
        found = self.means[site]
        return None if isinstance(found, str) else found

    def known(self, target: Target, *, until: int, least: int = 0) -> Known:
        """Return the months that a forecast rests on: none before one without a figure teaches (design 4.6).

        Args:
            target: whose figure.
            until: the edge of what is booked [UTC s].
            least: months that are needed; where the one so long ago has no figure the others are not read.
        """
        edge = datetime.fromtimestamp(until, ZoneInfo(self.service.settings.site(target.site).time_zone))
        if isinstance(why := self._month(target, edge, least) if 1 < least <= MOST_MONTHS else 0.0, str):
            return Known([], edge, why.partition(" (")[0])
        values: list[float] = []
        lacks = ""
        while len(values) < MOST_MONTHS:
            found = self._month(target, edge, len(values) + 1)
            if isinstance(found, str):
                lacks = found
                break
            values.append(found)
        return Known(values[::-1], edge, lacks)

    def by_load(self, target: Target, span: Span, edge: datetime) -> Span:
        """Return a span of a ratio with the IT energy of its months: that of a year is no mean of its months."""
        it = target.model_copy(update={"metric": "it_energy_kwh", "per": None, "model": None})
        found = [self._month(it, edge, back) for back in range(len(span.own), 0, -1)]
        known = tuple(one for one in found if not isinstance(one, str) and one > 0)
        return replace(span, it_kwh=known) if len(known) == len(found) else span

    def _month(self, target: Target, edge: datetime, back: int) -> float | str:
        """The figure of the month so many before that of the edge, or why there is none."""
        first, end = (_first(edge, -one) for one in (back, back - 1))
        key = (target.site, target.metric, target.per, target.model, first)
        if key not in self.held:
            at, until = (int(datetime(one.year, one.month, 1, tzinfo=edge.tzinfo).timestamp()) for one in (first, end))
            figure = figure_of(self.service, target, at, until)
            why = f"{first:%Y-%m} has no figure ({figure.reason})"
            self.held[key] = why if figure.value is None else figure.value
        return self.held[key]


def _first(edge: date, months: int) -> date:
    """The first day of the month that lies so many after that of `edge`."""
    count = edge.year * YEAR_MONTHS + edge.month - 1 + months
    return date(count // YEAR_MONTHS, count % YEAR_MONTHS + 1, 1)


@dataclass(frozen=True, slots=True)
class Span:
    """Months of one year or several: those that are over, and those to come from `skip` to `end` months ahead.

    `it_kwh` is the IT energy of those that are over, where a ratio is told by it.
    """

    own: list[float]
    skip: int
    end: int
    it_kwh: tuple[float, ...] = ()

    def days(self, edge: date) -> tuple[Floats, Floats]:
        """Return how many days the months that are over have, and those to come, by the edge of what is booked.

        With `it_kwh` those that are over are counted in days of the last one's load.
        """
        gone, ahead = range(-len(self.own), 0), range(self.skip, self.end)
        of_months = [[(_first(edge, one + 1) - _first(edge, one)).days for one in some] for some in (gone, ahead)]
        days = np.array(of_months[0], np.float64)
        if self.it_kwh:
            days = np.array(self.it_kwh) / self.it_kwh[-1] * days[-1]
        return days, np.array(of_months[1], np.float64)


def ahead_of(edge: date, last_year: int) -> int:
    """Return how many months lie ahead until the end of a year, that which goes on included."""
    return (last_year - edge.year) * YEAR_MONTHS + YEAR_MONTHS - edge.month + 1


def span_of(known: Known, first_year: int, last_year: int) -> Span | None:
    """Return the months of some years; None where one that is over has no figure."""
    gone = ahead_of(known.edge, last_year) - (last_year - first_year + 1) * YEAR_MONTHS
    closed = max(0, -gone)
    if len(known.values) < closed:
        return None
    return Span(known.values[len(known.values) - closed :], max(0, gone), ahead_of(known.edge, last_year))


def grown(target: Target, so_far: float, unit: str) -> float | None:
    """Return what is used of an amount that never shrinks: certificates alone, when they are retired, lower one."""
    return so_far if unit in AMOUNTS and "market" not in target.metric else None


def by_month(
    target: Target,
    known: Known,
    span: Span,
    *,
    limit: float,
    unit: str,
    means: Means | None = None,
    used: float | None = None,
) -> Row | str:
    """Return how a span ends and how likely it meets its limit, or why nobody knows: sums of amounts, means of ratios.

    In a mean each month counts by its days, or by its load where the span holds that.
    A forecast reaches a year ahead, and further no more months than it rests on. With `means` it says so too with what
    the measures add from now on. No end is below what is `used`; what the month that goes on used beyond its pace comes
    on top of what is expected of it.
    """
    ahead = _carried(target, known, span, used)
    if isinstance(ahead, str):
        return ahead
    found = _ending(target, known.edge, span, ahead, ahead.values, limit=limit, unit=unit, used=used)
    if isinstance(found, str) or means is None:
        return found
    months = [_first(known.edge, number) for number in range(span.end)]
    times = [datetime(one.year, one.month, 15, tzinfo=known.edge.tzinfo).timestamp() for one in months]
    changed = with_measures(
        ahead.values[: span.end].tolist(),
        means.measures,
        metric=target.metric,
        loads=means.loads,
        times=times,
        since=known.edge.timestamp(),
    )
    met = (
        None
        if changed is None
        else _ending(target, known.edge, span, ahead, np.array(changed), limit=limit, unit=unit, used=used)
    )
    if met is None or isinstance(met, str):
        return found
    return found | {"expected_with_measures": met["expected"], "probability_with_measures": met["probability"]}


def _ending(
    target: Target,
    edge: date,
    span: Span,
    ahead: Forecast,
    values: Floats,
    *,
    limit: float,
    unit: str,
    used: float | None,
) -> Row | str:
    gone, to_come = _weights(span, edge, unit)
    own, rest = float(gone @ span.own), float(to_come @ values[span.skip : span.end])
    each = float(to_come.mean())  # what a month to come counts in the mean: errors and bands are of months that count 1
    errors, band = each * ahead.span_errors(span.skip, span.end), ahead.span_band(span.skip, span.end, BAND)
    over = 1 if unit in AMOUNTS else float(gone.sum() + to_come.sum())
    least, higher = used or 0.0, target.metric in HIGHER_IS_BETTER
    total = max(own + rest, least)
    spent = unit in AMOUNTS and not higher and max(own, least) > limit  # nothing to come mends it
    met = 0.0 if spent else chance(total / over, errors / over, limit, higher_is_better=higher)
    if met is None or band is None:
        return TOO_FEW_ERRORS
    low, high = own + rest + each * (np.array(band) - ahead.values[span.skip : span.end].sum())
    return {
        "expected": total / over,
        "low_80": max(float(low), least) / over,
        "high_80": float(high) / over,
        "probability": met,
        "model": f"months, most by {ahead.model}",
    }


def _weights(span: Span, edge: date, unit: str) -> tuple[Floats, Floats]:
    """What months that are over and those to come count: their days over those of the mean month; 1 of an amount."""
    gone, to_come = span.days(edge)
    if unit in AMOUNTS:
        return np.ones_like(gone), np.ones_like(to_come)
    mean = float(np.concatenate([gone, to_come]).mean())
    return gone / mean, to_come / mean


def _carried(target: Target, known: Known, span: Span, used: float | None = None) -> Forecast | str:
    needed = span.end if span.end > YEAR_MONTHS else LEAST_MONTHS
    if needed > MOST_MONTHS:
        return f"no forecast: the end is {span.end} months away, and none reaches further than {MOST_MONTHS}"
    if len(known.values) < needed:
        return (
            f"no forecast: the end is {span.end} months away, for which {needed} months in a row have to be known; "
            f"{target.metric} of {known.lacks}"
        )
    found = by_months(np.array(known.values), span.end)
    if found is None:
        return TOO_FEW_ERRORS
    if used is None or span.skip:
        return found
    values = found.values.copy()
    values[0] += max(0.0, used - sum(span.own) - float(values[0]) * _share_gone(known.edge))
    return replace(found, values=values)


def _share_gone(edge: datetime) -> float:
    """The share of the month that goes on which is over."""
    first, end = (datetime(one.year, one.month, 1, tzinfo=edge.tzinfo) for one in (edge, _first(edge, 1)))
    return (edge.timestamp() - first.timestamp()) / (end.timestamp() - first.timestamp())


def left_by_month(target: Target, known: Known, span: Span, *, limit: float, so_far: float, today: date) -> Row:
    """Return what is left of an amount, and the day it runs out by a forecast that spreads each month over its days.

    Where certificates are not retired yet and so far is above what whole months say, whole months count.
    """
    shrinks = "market" in target.metric
    ahead = _carried(target, known, span, None if shrinks else so_far)
    if isinstance(ahead, str):
        return {"left": limit - so_far}
    sums = sum(span.own) + np.concatenate(([0.0], np.cumsum(ahead.values[: span.end])))
    used = sum(span.own) if shrinks and so_far > sums[-1] else so_far
    bands = [ahead.total_band(number, BAND) for number in range(1, span.end + 1)]
    lows, highs = (
        sum(span.own) + np.array([0.0, *(one[end] if one else 0.0 for one in bands)])  # known: `by_month` looked
        for end in (0, 1)
    )
    first, last = _first(known.edge, 0), _first(known.edge, span.end)
    today = today if used == so_far else first
    edges = np.array([(_first(known.edge, number) - first).days for number in range(span.end + 1)])
    edges[0], sums[0], lows[0], highs[0] = (today - first).days, used, used, used
    days = np.arange((today - first).days + 1, (last - first).days + 1)
    totals, upper, lower = (np.maximum(np.interp(days, edges, one) - used, 0.0) for one in (sums, highs, lows))
    found = budget(allowance=limit, used=used, days=float(days.size), totals=totals, highs=upper, lows=lower)
    dates = {"runs_out": found.runs_out, "runs_out_earliest": found.earliest, "runs_out_latest": found.latest}
    return {
        "left": limit - used,
        "left_per_day": found.per_day,
        "expected_per_day": float(totals[-1]) / days.size,
        **{name: None if at is None else str(today + timedelta(days=at)) for name, at in dates.items()},
    }
