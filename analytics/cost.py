"""What bought electricity costs: by time of use, by the highest power of each month, in the site's currency.

Every interval takes the first rate that applies on the site's own clock. No rate, no sum (design 4.11). Missing time
is charged at what was put in for it, at the dearest rate of the period, so that a gap never makes it cheaper.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo

    from numpy.typing import NDArray

    from config.electricity.tariffs import ExchangeRate, Rate, Tariff

HOUR_S: Final = 3600
SLOT_S: Final = 900  # zones are off UTC by quarters of an hour
DAY_S: Final = 86_400
NAMED: Final = 3
OPEN_START, OPEN_END = 0, 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A sum of money in `currency`, by what it is for; None with the reason where a rate is missing."""

    currency: str
    energy: float | None
    demand: float | None
    fixed: float | None
    by_rate: Mapping[str, float]
    reason: str | None = None
    dearest_per_kwh: float = 0.0  # of the period

    @property
    def total(self) -> float | None:
        """The whole sum; None where a part of it is not known."""
        parts = [self.energy, self.demand, self.fixed]
        return None if None in parts else sum(part for part in parts if part is not None)


def energy_cost(
    *,
    starts: NDArray[np.int64],
    seconds: NDArray[np.float64],
    energy_kwh: NDArray[np.float64],
    fill_kwh: NDArray[np.float64] | None = None,
    tariffs: Sequence[Tariff],
    zone: tzinfo,
    end: int,
) -> Cost:
    """Return what the energy of intervals costs: sum(E_i * p_i) + demand price * peak of each month + fixed sums.

    Args:
        starts: of the intervals, UTC seconds, in order.
        seconds: their lengths.
        energy_kwh: seen in each [kWh].
        fill_kwh: put in for missing time of each [kWh]; nan where nothing bounds it.
        tariffs: of one site; at most one holds at any time.
        zone: the site's clock.
        end: end of the period, UTC seconds.

    Demand and fixed sums of a month that is only partly in the period are shared by its time.
    """
    fill = np.zeros(energy_kwh.shape) if fill_kwh is None else fill_kwh
    currency = tariffs[0].currency if tariffs else ""
    refused = _refusal(starts, fill, tariffs)
    if refused:
        return Cost(currency=currency, energy=None, demand=None, fixed=None, by_rate={}, reason=refused)
    slots, slot = np.unique(starts // SLOT_S, return_inverse=True)
    names, rate, prices = _prices(slots, tariffs, zone)
    unpriced = [_told(time * SLOT_S, zone) for time in slots[np.isnan(prices)].tolist()]
    if unpriced:
        told = f"no rate holds at {', '.join(unpriced[:NAMED])}: give the tariff one for every hour"
        return Cost(currency=currency, energy=None, demand=None, fixed=None, by_rate={}, reason=told)
    dearest = float(prices.max(initial=0.0))
    cost = energy_kwh * prices[slot] + fill * dearest
    by_rate: dict[str, float] = {}
    for code in dict.fromkeys(rate.tolist()):
        by_rate[names[code]] = float(cost[(rate == code)[slot]].sum())
    demand, fixed = _monthly(starts, seconds, energy_kwh + fill, tariffs, zone, end)
    found = Cost(currency=currency, energy=float(cost.sum()), demand=demand, fixed=fixed, by_rate=by_rate)
    return replace(found, dearest_per_kwh=dearest)


def hour_prices(starts: NDArray[np.int64], tariffs: Sequence[Tariff], zone: tzinfo) -> NDArray[np.float64]:
    """Return the price per kWh at each start [UTC s], by the first rate that applies; nan where none holds."""
    return _prices(starts // SLOT_S, tariffs, zone)[2]


def mean_hour_prices(starts: NDArray[np.int64], tariffs: Sequence[Tariff], zone: tzinfo) -> NDArray[np.float64]:
    """Return the mean price per kWh of the hour from each start [UTC s] on; nan where none holds for a part of it.

    In a zone that is half an hour off UTC a rate may change within an hour of UTC.
    """
    quarters = starts[:, None] + SLOT_S * np.arange(HOUR_S // SLOT_S, dtype=np.int64)
    mean: NDArray[np.float64] = hour_prices(quarters.ravel(), tariffs, zone).reshape(quarters.shape).mean(axis=1)
    return mean


def in_currency(*, amount: float, currency: str, to: str, at: int, rates: Iterable[ExchangeRate]) -> float:
    """Return an amount of money in another currency by the rate that holds at `at` [UTC s].

    Raises:
        InputError: no rate of that date is known; the inverse of one is not taken either.
    """
    if currency == to:
        return amount
    for rate in rates:
        if (rate.currency, rate.to) == (currency, to) and rate.valid_from <= at < rate.valid_to:
            return amount * rate.rate
    day = datetime.fromtimestamp(at, UTC).date()
    msg = (
        f"no rate from {currency} to {to} holds on {day}: add one to [[exchange_rates]], for without it there is no sum"
    )
    raise InputError(msg)


def _refusal(starts: NDArray[np.int64], fill: NDArray[np.float64], tariffs: Sequence[Tariff]) -> str | None:
    if not tariffs:
        return "the site has no tariff: add one to [[tariffs]] in the site file"
    if len({tariff.currency for tariff in tariffs}) > 1:
        return "the period has tariffs in several currencies: ask for each part of it"
    if np.isnan(fill).any():
        return "nothing bounds what was drawn in the missing time: set max_w or approve an estimate"
    spans = [_within(tariff, OPEN_START, OPEN_END) for tariff in tariffs]
    held = np.any([(starts >= first) & (starts < last) for first, last in spans], axis=0)
    uncovered = starts[~held].tolist()
    if uncovered:
        first = datetime.fromtimestamp(uncovered[0], UTC)
        others = len(uncovered) - 1
        return f"no tariff holds at {first:%Y-%m-%dT%H:%MZ} and in {others} other intervals: date one so that it does"
    return None


def _prices(
    slots: NDArray[np.int64], tariffs: Sequence[Tariff], zone: tzinfo
) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
    """Return the rates by name, and of each quarter hour its rate (-1 where none holds) and price (nan there)."""
    times = slots * SLOT_S
    clocks, clock = np.unique(_local_hours(times, zone), return_inverse=True)
    names: dict[str, int] = {}
    rate, prices = np.full(slots.size, -1, dtype=np.int64), np.full(slots.size, np.nan)
    for tariff in tariffs:
        found = [_rate_at(tariff, hour) for hour in clocks.tolist()]
        codes = [-1 if one is None else names.setdefault(f"{tariff.id} {one.name}", len(names)) for one in found]
        paid = [np.nan if one is None else one.price_per_kwh for one in found]
        first, last = _within(tariff, OPEN_START, OPEN_END)
        ours = (times >= first) & (times < last) & (np.array(codes, dtype=np.int64)[clock] >= 0)
        rate[ours] = np.array(codes, dtype=np.int64)[clock[ours]]
        prices[ours] = np.array(paid)[clock[ours]]
    return list(names), rate, prices


def _rate_at(tariff: Tariff, hour: int) -> Rate | None:
    """Return the first rate that applies in an hour of `_local_hours`."""
    days, clock_h = divmod(hour, 24)
    month, weekday = divmod(days, 7)
    fitting = (rate for rate in tariff.rates if rate.applies(month=month, weekday=weekday, hour=clock_h))
    return next(fitting, None)


def _local_hours(times: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """Return (month * 7 + weekday) * 24 + hour of each time [UTC s] on a zone's clock.

    The offset from UTC is asked once a day of UTC, and each time of a day on which it changes.
    """
    days, day = np.unique(times // DAY_S, return_inverse=True)
    offsets = np.array([[_offset_s(edge * DAY_S, zone) for edge in (one, one + 1)] for one in days.tolist()])
    offset = offsets.reshape(-1, 2)[day, 0]
    for place in np.flatnonzero(offset != offsets.reshape(-1, 2)[day, 1]).tolist():
        offset[place] = _offset_s(int(times[place]), zone)
    local = times + offset
    weekday = (local // DAY_S + 3) % 7  # 1970 began on a Thursday
    month = local.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64) % 12 + 1
    hours: NDArray[np.int64] = (month * 7 + weekday) * 24 + local % DAY_S // HOUR_S
    return hours


def _offset_s(time: int, zone: tzinfo) -> int:
    local = datetime.fromtimestamp(time, UTC).astimezone(zone)
    return calendar.timegm(local.timetuple()) - time


def _monthly(
    starts: NDArray[np.int64],
    seconds: NDArray[np.float64],
    energy_kwh: NDArray[np.float64],
    tariffs: Sequence[Tariff],
    zone: tzinfo,
    end: int,
) -> tuple[float, float]:
    """Return demand charges and fixed sums of the period's months."""
    demand, fixed = 0.0, 0.0
    first = int(starts[0]) if starts.size else end
    for month_start, month_end in _months(first, end, zone):
        for tariff in tariffs:
            span = _within(tariff, max(first, month_start), min(end, month_end))
            inside = (starts >= span[0]) & (starts < span[1])
            if not inside.any():
                continue
            share = (span[1] - span[0]) / (month_end - month_start)
            peak_kw = float((energy_kwh[inside] / (seconds[inside] / HOUR_S)).max())
            demand += tariff.demand_price_per_kw * peak_kw * share
            fixed += tariff.fixed_per_month * share
    return demand, fixed


def _within(tariff: Tariff, start: int, end: int) -> tuple[int, int]:
    first = start if tariff.valid_from is None else max(start, tariff.valid_from)
    last = end if tariff.valid_to is None else min(end, tariff.valid_to)
    return first, max(first, last)


def _months(start: int, end: int, zone: tzinfo) -> list[tuple[int, int]]:
    local = datetime.fromtimestamp(start, UTC).astimezone(zone)
    edge = datetime(local.year, local.month, 1, tzinfo=zone)
    found = []
    while int(edge.timestamp()) < end:
        following = datetime(edge.year + edge.month // 12, edge.month % 12 + 1, 1, tzinfo=zone)
        found.append((int(edge.timestamp()), int(following.timestamp())))
        edge = following
    return found


def _told(time: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(time, UTC).astimezone(zone):%Y-%m-%d %H:%M}"
