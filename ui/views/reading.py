"""What the overview asks the service for: the booked period (kept a minute for all sessions) and the live totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import streamlit as st

from analytics.boundary import Tree
from collectors.ledger_row import INTERVAL_S
from ui import session
from ui.context import longest_interval_s
from ui.series import PowerSeries, power_series
from ui.windows import closed_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.boundary import Unit
    from analytics.kpi import Kpi
    from ui.figures import Use
    from ui.live import LivePoint
    from ui.service import Service

KEEP_S = 60
POINTS_DRAWN = 600
EQUIPMENT_CATEGORY = 3


@dataclass(frozen=True, slots=True)
class Booked:
    """Figures of [start, end): it begins with the site's first known power within the range asked for."""

    start: int
    end: int
    series: PowerSeries
    uses: tuple[Use, ...]
    figures: tuple[Kpi, ...]

    def figure(self, name: str) -> Kpi | None:
        """One figure by its name, None where the period has none."""
        return next((kpi for kpi in self.figures if kpi.name == name), None)


@dataclass(frozen=True, slots=True)
class Seen:
    """A live total [W] of what is fresh, and how many of the points that it should hold were."""

    watts: float | None
    fresh: int
    points: int


def booked(service: Service, site: str, range_code: str) -> Booked:
    """The booked period that ends with the last closed quarter of an hour."""
    now = int(service.now())
    states = service.settings.points_at(site, now)
    end = closed_until(now=now, interval_s=min(INTERVAL_S, longest_interval_s(states)))
    start = end - session.RANGES[range_code]
    return _booked(service, str(service.settings.store.data), service.config_hash, site, start, end)


@st.cache_data(ttl=KEEP_S, max_entries=64, show_spinner=False)
def _booked(_service: Service, data: str, config: str, site: str, start: int, end: int) -> Booked:  # noqa: ARG001 - keys of the cache
    found = power_series(_service.power_series(site, start, end, max_points=POINTS_DRAWN), step_s=INTERVAL_S)
    series = found.since_first_known()
    if not series.times:
        series = it_series(_service, site, start, end).since_first_known()
    if not series.times:
        return Booked(start, end, series, (), ())
    first = max(start, series.times[0])
    uses = tuple(_service.energy_by_use(site, first, end))
    return Booked(first, end, series, uses, tuple(_service.kpis(site=site, start=first, end=end)))


def it_series(service: Service, site: str, start: int, end: int) -> PowerSeries:
    """IT power alone, for a site whose facility is not metered: cells in which every IT point is covered."""
    tree = Tree(service.settings.points_at(site, end - 1))
    points = tree.it(service.settings.site(site).pue_category) or tree.it(EQUIPMENT_CATEGORY)
    if not points:
        return PowerSeries([], INTERVAL_S, {})
    table = service.ledger(start=start, end=end, points=points, metrics=["energy"])
    rows = (
        table.filter(pc.less(table["missing"], 1.0)).group_by("start").aggregate([("value", "sum"), ("value", "count")])
    )
    known = {row["start"]: row["value_sum"] for row in rows.to_pylist() if row["value_count"] == len(points)}
    times = range(start, end, INTERVAL_S)
    return PowerSeries(times, INTERVAL_S, {"it": [known.get(time) for time in times]} if known else {})


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
