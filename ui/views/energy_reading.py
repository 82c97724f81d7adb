"""What the page of energy asks the service for, kept for all sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.boundary import Tree
from collectors.ledger_row import INTERVAL_S
from ui import session
from ui.figures.by_use import EQUIPMENT_CATEGORY, it_series
from ui.figures.energy_course import energy_course, power_hours
from ui.figures.series import power_series
from ui.views.reading import HOUR_DAYS, KEEP_DAYS_S, KEEP_S, closed_end, place

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from ui.figures.energy_course import By, HourGrid, Part
    from ui.figures.series import PowerSeries
    from ui.service import Service

POINTS_DRAWN = 800  # of a series: closer than 0.7 px ECharts drops the last point, and with it the labels at its end
STEPS_S = (900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
COUNTS: dict[By, int] = {"month": 13, "day": 31}
JOIN = "+"
FEEDING = frozenset({"ups_input", "ups", "pdu"})  # what may feed a zone


def load(service: Service, site: str, range_code: str) -> PowerSeries:
    """Power by use over the range, from its first known cell on; of IT alone where the facility is not known."""
    end = closed_end(service, site)
    return _load(service, *place(service), site, end - session.LONG_RANGES[range_code], end)


def step_s(length_s: int) -> int:
    """The shortest step that reads well of which at most `POINTS_DRAWN` make up the length."""
    return next((step for step in STEPS_S if length_s <= step * POINTS_DRAWN), STEPS_S[-1])


def course(service: Service, site: str, by: By) -> list[Part]:
    """Energy of the last months or days."""
    return _course(service, *place(service), site, closed_end(service, site), by)


def power_map(service: Service, site: str, zone: str) -> HourGrid:
    """Mean power of each hour of the last fortnight."""
    return _power_map(service, *place(service), site, closed_end(service, site), zone)


def zones(service: Service, site: str) -> dict[str, str]:
    """Meters that feed a zone of their own, joined by `+`, with their names: nothing else feeds the IT below them."""
    tree = Tree(service.settings.points_at(site, int(service.now())))
    groups = [group.parents for group in tree.balances if _feeds_alone(tree, set(group.parents))]
    return {JOIN.join(ids): " + ".join(tree.by_id[id_].name for id_ in ids) for ids in groups}


def _feeds_alone(tree: Tree, above: set[str]) -> bool:
    below = [point for point in tree.it(EQUIPMENT_CATEGORY) if above & tree.ancestors(point)]
    fed = {parent: above & {parent, *tree.ancestors(parent)} for one in below for parent in tree.by_id[one].parents}
    return bool(fed) and all(fed.values()) and all(tree.by_id[one].role in FEEDING for one in above)


def zone_figures(service: Service, site: str, range_code: str, zone: str) -> list[Kpi]:
    """Partial PUE of what one point feeds, with its energies."""
    end = closed_end(service, site)
    return _zone(service, *place(service), site, end - session.LONG_RANGES[range_code], end, zone)


@st.cache_data(ttl=KEEP_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _load(_service: Service, data: str, config: str, site: str, start: int, end: int) -> PowerSeries:  # noqa: ARG001 - keys of the cache
    found = _service.power_series(site, start, end, max_points=-(-(end - start) // step_s(end - start)))
    series = power_series(found, step_s=INTERVAL_S).since_first_known()
    return series if series.times else it_series(_service, site, start, end).since_first_known()


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _course(_service: Service, data: str, config: str, site: str, end: int, by: By) -> list[Part]:  # noqa: ARG001 - keys of the cache
    return energy_course(_service, _service.settings.site(site), end=end, by=by, count=COUNTS[by])


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _power_map(_service: Service, data: str, config: str, site: str, end: int, zone: str) -> HourGrid:  # noqa: ARG001 - keys of the cache
    return power_hours(_service, _service.settings.site(site), end=end, days=HOUR_DAYS, zone=ZoneInfo(zone))


@st.cache_data(ttl=KEEP_S, max_entries=32, show_spinner=False)
def _zone(
    _service: Service,
    data: str,  # noqa: ARG001 - a key of the cache
    config: str,  # noqa: ARG001 - a key of the cache
    site: str,
    start: int,
    end: int,
    zone: str,
) -> list[Kpi]:
    return _service.kpis(site=site, start=start, end=end, zone=zone.split(JOIN), category=EQUIPMENT_CATEGORY)
