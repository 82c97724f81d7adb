"""What the page of carbon asks the service for, kept for all sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import streamlit as st

from ui import session
from ui.figures.days import local_midnights
from ui.figures.green_course import ContractUse, contracts_used, matched_hours, scope_2_months, whole_days
from ui.views.reading import HOUR_DAYS, KEEP_DAYS_S, booked, closed_end, place

if TYPE_CHECKING:
    from analytics.kpi import Kpi
    from ui.figures.energy_course import HourGrid
    from ui.figures.green_course import Scope2
    from ui.service import Service

DAY_S: Final = 86_400
MONTHS: Final = 13
NAMES: Final = (
    "bought_energy_kwh",
    "emissions_location_kgco2e",
    "emissions_market_kgco2e",
    "matched_share_annual",
    "matched_share_renewable",
    "matched_share_hourly",
    "cfe",
    "emissions_scope_1_kgco2e",
    "emissions_upstream_kgco2e",
    "emissions_embodied_kgco2e",
    "cue",
)


@dataclass(frozen=True, slots=True)
class Green:
    """Figures and contracts of whole local days [start, end); `intensity` is the grid's mean [gCO2e/kWh]."""

    start: int
    end: int
    figures: dict[str, Kpi]
    contracts: tuple[ContractUse, ...]
    intensity: float | None


def green(service: Service, site: str, range_code: str) -> Green | None:
    """The whole days of the range that the books hold; None where no day is over yet."""
    zone = ZoneInfo(service.settings.site(site).time_zone)
    closed, length_s = closed_end(service, site), session.LONG_RANGES[range_code]
    start, end = whole_days(closed, length_s // DAY_S, zone)
    first = booked(service, site, range_code).start
    begun = local_midnights(first, 1, zone)[-1] if first > closed - length_s else start  # books begin somewhere
    return _green(service, *place(service), site, max(start, begun), end) if begun < end else None


def months(service: Service, site: str) -> list[Scope2]:
    """Scope 2 of the last months."""
    return _months(service, *place(service), site, closed_end(service, site))


def matched(service: Service, site: str, zone: str) -> HourGrid | None:
    """Matched share of each hour of the last fortnight."""
    return _matched(service, *place(service), site, closed_end(service, site), zone)


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _green(_service: Service, data: str, config: str, site: str, start: int, end: int) -> Green:  # noqa: ARG001 - keys of the cache
    of = _service.settings.site(site)
    found = _service.kpis(site=site, start=start, end=end, names=NAMES)
    (intensity,) = _service.mean_intensity(site, start=start, end=end, step_s=end - start)
    used = tuple(contracts_used(_service, of, start, end))
    return Green(start, end, {kpi.name: kpi for kpi in found}, used, intensity)


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _months(_service: Service, data: str, config: str, site: str, end: int) -> list[Scope2]:  # noqa: ARG001 - keys of the cache
    return scope_2_months(_service, _service.settings.site(site), end=end, count=MONTHS)


@st.cache_data(ttl=KEEP_DAYS_S, max_entries=32, show_spinner=False, refresh_mode="background")
def _matched(_service: Service, data: str, config: str, site: str, end: int, zone: str) -> HourGrid | None:  # noqa: ARG001 - keys of the cache
    return matched_hours(_service, _service.settings.site(site), end=end, days=HOUR_DAYS, zone=ZoneInfo(zone))
