"""Scope 2 by month, both ways, and the contracts and certificates that the market-based one rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import streamlit as st

from ui import charts, session
from ui import format as fmt
from ui.phrases import phrase
from ui.text import t
from ui.titles import courses as findings
from ui.views import markup
from ui.views.green_reading import green
from ui.views.green_reading import months as read_months
from ui.views.parts import chart, colours, folded, guarded, heading, table, waiting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from analytics.kpi import Kpi
    from ui.figures.green_course import ContractUse, Scope2

EVERY_S: Final = 300
BARS_PX: Final = 300


@st.fragment(run_every=EVERY_S)
def months(site_id: str, lang: str) -> None:
    """Location- and market-based emissions of the last months side by side."""
    with guarded(lang):
        with waiting(BARS_PX):
            service = session.kept().service()
            found = read_months(service, site_id)
        zone = ZoneInfo(service.settings.site(site_id).time_zone)
        known = [kpi.value for month in found for kpi in (month.location, month.market) if kpi.value is not None]
        if not known:
            reason = next((month.location.reason for month in reversed(found) if month.location.reason), None)
            heading(t("carbon.unknown", lang), phrase(reason, lang) if reason else t("power.empty", lang))
            return
        _months(found, fmt.scale(fmt.EMISSION, max(known)), zone, lang)


def _months(found: Sequence[Scope2], step: fmt.Scale, zone: tzinfo, lang: str) -> None:
    title = findings.scope_2(found, {month.start: fmt.month(month.start, zone) for month in found}, lang)
    under = t("green.months_under", lang, unit=step.unit, n=len(found))
    if not found[-1].whole:
        under += t("green.running", lang, month=fmt.month(found[-1].start, zone))
    heading(title, under)
    option = charts.pair_bars(
        [fmt.month(month.start, zone) for month in found],
        [(_scaled(month.location, step), _scaled(month.market, step)) for month in found],
        names=(t("green.location", lang), t("green.market", lang)),
        unit=step.unit,
        gap_word=t("power.gap", lang),
        colours=colours(),
        looks=(colours().grid_power, colours().carbon),
    )
    chart(option, key="chart_scope_2", height=BARS_PX, alt=f"{title}. {under}")
    folded(t("overview.table", lang), markup.table([_row(month, zone, lang) for month in reversed(found)]))


def _scaled(kpi: Kpi, step: fmt.Scale) -> float | None:
    return None if kpi.value is None else round(kpi.value / step.divisor, 6)


def _row(month: Scope2, zone: tzinfo, lang: str) -> dict[str, str]:
    return {
        t("energy.by_month", lang): fmt.month(month.start, zone),
        t("green.location", lang): fmt.emission(month.location.value),
        t("green.market", lang): fmt.emission(month.market.value),
        t("figures.interval", lang): fmt.bounds(month.market.low, month.market.high, month.market.unit),
        t("figures.measured", lang): fmt.percent(month.location.measured),
        t("figures.estimated", lang): fmt.percent(month.location.estimated),
        t("figures.missing", lang): fmt.percent(month.location.missing),
    }


@st.fragment(run_every=EVERY_S)
def contracts(site_id: str, range_code: str, lang: str) -> None:
    """Every contract of the site over the whole days of the range: what it may claim and what of it was used."""
    with guarded(lang):
        found = green(session.kept().service(), site_id, range_code)
        if found is None or not found.contracts:
            heading(t("green.contracts_none", lang), t("green.contracts_hint", lang))
            return
        bought = found.figures["bought_energy_kwh"].value
        heading(findings.contracts(found.contracts, bought, lang), t("green.contracts_under", lang))
        table([_contract(one, lang) for one in found.contracts])


def _contract(one: ContractUse, lang: str) -> dict[str, str]:
    reason = phrase(one.reason, lang) if one.reason else t("green.used", lang)
    claimable = fmt.percent(one.share) if one.kind == "green_tariff" else fmt.energy(one.claimable_kwh)
    return {
        t("green.contract", lang): one.contract,
        t("green.kind", lang): t(f"green.kind_{one.kind}", lang),
        t("green.lots", lang): str(one.lots),
        t("green.claimable", lang): claimable,
        t("green.used_kwh", lang): fmt.energy(one.used_kwh),
        t("green.state", lang): reason,
    }
