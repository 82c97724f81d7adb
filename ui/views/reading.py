"""What the overview asks the service for, kept for all sessions: booked periods and days, and the live totals.

What is booked is kept under what it was made of (`ui.standing`), so that no page shows what the books no longer say;
of the same books, figures are drawn again in the background when they grow old: the last readings move them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import streamlit as st

from analytics.boundary import Tree
from analytics.change import change
from analytics.legs import leaves
from collectors.ledger_row import INTERVAL_S
from ui import session
from ui.books.context import longest_interval_s
from ui.books.windows import closed_until
from ui.figures.by_use import it_series
from ui.figures.live import freshness_of
from ui.figures.series import PowerSeries, power_series
from ui.standing import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.boundary import Unit
    from analytics.change import Change
    from analytics.kpi import Kpi
    from ui.figures.days import Day
    from ui.figures.flow import Flow
    from ui.figures.hours import GridHours
    from ui.figures.live import Freshness, LivePoint
    from ui.service import Service

KEEP_LIVE_S = 5  # several parts of a page, and several readers, ask for the same
KEEP_S = 60
KEEP_DAYS_S = 300  # days and sites change once a quarter of an hour, or when late readings arrive
POINTS_DRAWN = 600
LAG_S = 3600  # books that are further behind are no longer followed: the period ends now, and shows the gap
DAYS = 30
HOUR_DAYS = 14
SPARKS = 84
SHOWN = (
    "pue",
    "dcie",
    "facility_energy_kwh",
    "it_energy_kwh",
    "cooling_energy_kwh",
    "losses_energy_kwh",
    "emissions_location_kgco2e",
    "emissions_market_kgco2e",
    "wue",
    "erf",
    "energy_cost",
)
COMPARED = ("pue", "facility_energy_kwh", "it_energy_kwh", "emissions_location_kgco2e")


@dataclass(frozen=True, slots=True)
class Booked:
    """Figures of [start, end): it begins with the site's first known power within the range asked for.

    `before` are those of the period of the same length that ends where this one begins.
    """

    start: int
    end: int
    series: PowerSeries
    flow: Flow | None
    figures: tuple[Kpi, ...]
    before: tuple[Kpi, ...]
    intensity: float | None
    intensity_before: float | None
    intensity_course: tuple[float | None, ...]

    def figure(self, name: str) -> Kpi | None:
        """One figure by its name, None where the period has none."""
        return next((kpi for kpi in self.figures if kpi.name == name), None)

    def former(self, name: str) -> Kpi | None:
        """The same figure of the period before."""
        return next((kpi for kpi in self.before if kpi.name == name), None)

    def change(self, name: str) -> Change | None:
        """How a figure changed since the period before; None where the two cannot be compared."""
        return change(self.figure(name), self.former(name))


@dataclass(frozen=True, slots=True)
class Seen:
    """A live total [W] of what is fresh, and how many of the points that it should hold were."""

    watts: float | None
    fresh: int
    points: int


def live(service: Service, site: str) -> tuple[list[LivePoint], Freshness]:
    """The newest power of each point of a site, and who is silent."""
    points = _live(service, *place(service), site)
    return points, freshness_of(points)


def closed_end(service: Service, site: str) -> int:
    """The last closed quarter of an hour of a site [UTC s]; of the last hour, what the books hold already."""
    return _closed_ends(service, *place(service))[site]


def booked(service: Service, site: str, range_code: str) -> Booked:
    """The booked period that ends with the last closed quarter of an hour."""
    end = closed_end(service, site)
    start = end - session.LONG_RANGES[range_code]
    return _booked(service, *place(service), site, start, end)


def days(service: Service, site: str) -> list[Day]:
    """Figures of the last thirty local days, one by one."""
    return _days(service, *place(service), site, closed_end(service, site))


def hours(service: Service, site: str) -> GridHours | None:
    """The grid's intensity of the last fortnight by the hour."""
    return _hours(service, *place(service), site, closed_end(service, site))


def sites(service: Service, range_code: str) -> dict[str, list[Kpi]]:
    """The compared figures of every site over the same range, each up to its own last closed quarter."""
    ends = tuple((site.id, closed_end(service, site.id)) for site in service.settings.sites)
    return _sites(service, *place(service), ends, session.RANGES[range_code])


def place(service: Service) -> tuple[str, str]:
    """What tells the books of one place, as they stand, from all others and from before: keys of every cache.

    Raises:
        StoreUnavailable, StoreCorrupt: the state store cannot be read.
    """
    return str(service.settings.store.data), standing(service)


@st.cache_data(ttl=KEEP_LIVE_S, max_entries=64, show_spinner=False)
def _live(_service: Service, data: str, config: str, site: str) -> list[LivePoint]:  # noqa: ARG001 - keys of the cache
    return _service.power_now(site)


@st.cache_data(ttl=KEEP_LIVE_S, max_entries=16, show_spinner=False)
def _closed_ends(_service: Service, data: str, config: str) -> dict[str, int]:  # noqa: ARG001 - keys of the cache
    now, kept_until = int(_service.now()), _service.booked_until()
    now = kept_until if now - LAG_S < kept_until < now else now
    points_at = _service.settings.points_at
    ids = [site.id for site in _service.settings.sites]
    longest = {id_: min(INTERVAL_S, longest_interval_s(points_at(id_, now))) for id_ in ids}
    return {id_: closed_until(now=now, interval_s=interval_s) for id_, interval_s in longest.items()}


@st.cache_data(ttl=KEEP_S, max_entries=64, show_spinner=False, refresh_mode="background")
def _booked(_service: Service, data: str, config: str, site: str, start: int, end: int) -> Booked:  # noqa: ARG001 - keys of the cache
    found = power_series(_service.power_series(site, start, end, max_points=POINTS_DRAWN), step_s=INTERVAL_S)
    series = found.since_first_known()
    if not series.times:
        series = it_series(_service, site, start, end).since_first_known()
    if not series.times:
        return Booked(start, end, series, None, (), (), None, None, ())
    first = start if read_before(_service, site, start) else _first_known(_service, site, start, series)
    earlier, length_s = 2 * first - end, end - first
    step_s = INTERVAL_S * max(1, -(-length_s // (INTERVAL_S * SPARKS)))
    return Booked(
        first,
        end,
        series,
        _service.energy_flow(site, first, end),
        tuple(_service.kpis(site=site, start=first, end=end, names=SHOWN)),
        tuple(_service.kpis(site=site, start=earlier, end=first, names=COMPARED)),
        _service.mean_intensity(site, start=first, end=end, step_s=length_s)[0],
        _service.mean_intensity(site, start=earlier, end=first, step_s=length_s)[0],
        tuple(_service.mean_intensity(site, start=first, end=end, step_s=step_s)),
    )


def _first_known(service: Service, site: str, start: int, series: PowerSeries) -> int:
    """The first quarter of an hour that is known: a longer step is known only where all of it is, and gaps count."""
    end = series.times[0] + series.step_s
    if series.step_s <= INTERVAL_S:
        return series.times[0]
    found = service.power_series(site, start, end, max_points=(end - start) // INTERVAL_S)
    return next(iter(power_series(found, step_s=INTERVAL_S).since_first_known().times), series.times[0])


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _days(_service: Service, data: str, config: str, site: str, end: int) -> list[Day]:  # noqa: ARG001 - keys of the cache
    return _service.days(site, end=end, count=DAYS)


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _hours(_service: Service, data: str, config: str, site: str, end: int) -> GridHours | None:  # noqa: ARG001 - keys of the cache
    return _service.grid_hours(site, end=end, days=HOUR_DAYS)


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _sites(
    _service: Service,
    data: str,  # noqa: ARG001 - a key of the cache
    config: str,  # noqa: ARG001 - a key of the cache
    ends: tuple[tuple[str, int], ...],
    length_s: int,
) -> dict[str, list[Kpi]]:
    return {site: _service.kpis(site=site, start=end - length_s, end=end, names=COMPARED) for site, end in ends}


def read_before(service: Service, site: str, start: int) -> bool:
    """Whether what the site's figures rest on was seen before: then a gap at the beginning of a range is a gap."""
    tree = Tree(service.settings.points_at(site, start))
    points = leaves(tree.units([*tree.facility, *tree.it(service.settings.site(site).pue_category)]))
    rows = service.stores.books.rows(points, {"energy"}, None, start, columns=["missing"])
    return bool(pc.any(pc.less(rows["missing"], 1.0)).as_py())


def seen(points: Sequence[LivePoint], units: Sequence[Unit]) -> Seen:
    """Live total of `units` (`analytics.boundary.Tree.units`): a silent one adds nothing and counts as unseen.

    A unit without a live meter of its own is the sum of its feeds. Where no unit has a live meter there is no total.
    """
    live = {point.point: point for point in points}
    members = [[live[id_] for id_ in ((unit.id,) if unit.id in live else unit.feeds) if id_ in live] for unit in units]
    if not any(members):
        return Seen(None, 0, 0)
    fresh = [
        (unit.sign, own) for unit, own in zip(units, members, strict=True) if own and not any(p.stale for p in own)
    ]
    watts = [sign * (point.watts or 0.0) for sign, own in fresh for point in own]
    return Seen(sum(watts) if watts else None, len(fresh), len(units))
