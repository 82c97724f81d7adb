"""Carbon: what the bought electricity emitted day by day, and how clean the grid was hour by hour."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from ui import charts, session
from ui import format as fmt
from ui.figures.series import day_marks
from ui.phrases import phrase
from ui.text import t
from ui.titles import overview as findings
from ui.views.parts import chart, colours, guarded, heading, small
from ui.views.reading import Booked, booked, days, hours

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from analytics.kpi import FactorUse
    from ui.figures.days import Day
    from ui.figures.hours import GridHours

EVERY_S = 60
BARS_PX = 310
MAP_PX = 400
G_UNIT = "gCO₂e/kWh"
GRID_UNIT = "gCO2e/kWh"  # of a factor; a provider's PUE has another
NAME = "emissions_location_kgco2e"


@st.fragment(run_every=EVERY_S)
def emissions(site_id: str, range_code: str, lang: str) -> None:
    """Emissions of the period with the factor they rest on, and of each of the last thirty days."""
    with guarded(lang):
        service = session.kept().service()
        zone = ZoneInfo(service.settings.site(site_id).time_zone)
        found = booked(service, site_id, range_code)
        kpi = found.figure(NAME)
        if kpi is None or kpi.value is None:
            heading(
                t("carbon.unknown", lang), phrase(kpi.reason, lang) if kpi and kpi.reason else t("power.empty", lang)
            )
            return
        _emissions(found, kpi.factors, days(service, site_id), zone, lang)


def _emissions(found: Booked, factors: Sequence[FactorUse], of_days: Sequence[Day], zone: tzinfo, lang: str) -> None:
    period = fmt.duration(found.end - found.start, lang)
    title = findings.emissions(found.figure(NAME), found.change(NAME), period=period, lang=lang)
    named = "; ".join(factor_words(use, lang) for use in factors if use.unit == GRID_UNIT)
    heading(title, t("carbon.under", lang, factors=named))
    values = [day.emissions.value for day in of_days]
    step = fmt.scale(fmt.EMISSION, max((value for value in values if value is not None), default=0.0))
    option = charts.day_bars(
        [fmt.weekday_day(day.start, zone, lang) for day in of_days],
        day_marks(len(of_days)),
        [None if value is None else round(value / step.divisor, 6) for value in values],
        name=t("carbon.emissions", lang),
        unit=step.unit,
        gap_word=t("power.gap", lang),
        colours=colours(),
        running=bool(of_days) and not of_days[-1].whole,
    )
    under = t("carbon.days", lang, n=len(of_days), unit=step.unit)
    small(under)
    chart(option, key="chart_emissions", height=BARS_PX, alt=f"{title}. {under}")


def factor_words(use: FactorUse, lang: str) -> str:
    """A factor by its name, year and value, as it stands beside a figure."""
    return t(
        "carbon.factor", lang, source=use.source, zone=use.zone, year=use.year, value=fmt.number(use.value), unit=G_UNIT
    )


@st.fragment(run_every=EVERY_S)
def by_hour(site_id: str, lang: str) -> None:
    """The grid's carbon intensity by local day and hour; a word of absence where the site reads none."""
    with guarded(lang):
        service = session.kept().service()
        found = hours(service, site_id)
        if found is None or not any(value is not None for day in found.values for value in day):
            heading(t("hours.neutral", lang), t("hours.none", lang))
        else:
            _hours(found, ZoneInfo(service.settings.site(site_id).time_zone), lang)


def _hours(found: GridHours, zone: tzinfo, lang: str) -> None:
    title = findings.hours(found, lang)
    under = t("hours.under", lang, n=len(found.days), unit=G_UNIT, point=found.point)
    if blank := found.blank:
        under += t("hours.blank", lang, n=blank)
    heading(title, under)
    option = charts.hour_map(
        [fmt.weekday_date(day, zone, lang) for day in found.days],
        found.values,
        found.due,
        unit=G_UNIT,
        gap_word=t("power.gap", lang),
        colours=colours(),
    )
    chart(option, key="chart_hours", height=MAP_PX, alt=f"{title}. {under}")
