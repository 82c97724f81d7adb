"""Cards of the page of energy: the load over time, a zone of its own, and the figures with lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from ui import format as fmt
from ui import session
from ui.phrases import phrase
from ui.text import t
from ui.titles import courses as findings
from ui.views import figures as figure_card
from ui.views import power
from ui.views.energy_reading import load as read_load
from ui.views.energy_reading import zone_figures, zones
from ui.views.frame import choice
from ui.views.parts import guarded, heading, small, table, unfolding, waiting
from ui.views.reading import booked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.kpi import Kpi

EVERY_S: Final = 60
NONE: Final = "none"  # no zone is asked about
NAMES: Final = ("pue", "dcie", "facility_energy_kwh", "it_energy_kwh", "cooling_energy_kwh", "losses_energy_kwh")


@st.fragment(run_every=EVERY_S)
def load(site_id: str, range_code: str, lang: str) -> None:
    """Power by use over the range, in at most 2,000 steps."""
    with guarded(lang):
        with waiting(power.CHART_PX):
            service = session.kept().service()
            series = read_load(service, site_id, range_code)
        site = service.settings.site(site_id)
        power.drawn(series, site, session.zone(site), lang, key="chart_load")


@st.fragment(run_every=EVERY_S)
def zone(site_id: str, range_code: str, lang: str) -> None:
    """The partial PUE of what one point feeds, where the reader asks for one."""
    with guarded(lang):
        service = session.kept().service()
        options = {NONE: t("energy.zone_none", lang), **zones(service, site_id)}
        if len(options) == 1:
            return
        chosen = session.chosen("zone", list(options), NONE)
        asked = st.query_params.get("zone") in options  # also for none: who chooses that still looks at the list
        with unfolding(t("energy.zone_neutral", lang), key="fold_zone", opened=asked) as opened:
            if not opened:
                return
            if chosen == NONE:
                small(t("energy.zone_under", lang))
            else:
                _zone(zone_figures(service, site_id, range_code, chosen), options[chosen], lang)
            choice("zone", options, chosen, t("energy.zone_neutral", lang))


def _zone(found: Sequence[Kpi], name: str, lang: str) -> None:
    ppue = found[0]
    heading(
        findings.zone(ppue.value, name, lang),
        t("energy.zone_of", lang, category=ppue.category, used=fmt.percent(ppue.coverage)),
    )
    table(
        [
            {
                t("figures.name", lang): t(f"figures.{kpi.name}", lang),
                t("figures.value", lang): fmt.quantity(kpi.value, kpi.unit),
                t("figures.interval", lang): fmt.bounds(kpi.low, kpi.high, kpi.unit),
                t("figures.measured", lang): fmt.percent(kpi.measured),
            }
            for kpi in found
        ]
    )
    small(phrase(ppue.reason or ppue.method, lang))


@st.fragment(run_every=EVERY_S)
def figures(site_id: str, range_code: str, lang: str) -> None:
    """The figures of energy over the range, with how each was made and where it comes from."""
    with guarded(lang):
        service = session.kept().service()
        zone = session.zone(service.settings.site(site_id))
        found = booked(service, site_id, range_code)
        start, end = (fmt.moment(time, zone, lang) for time in (found.start, found.end))
        heading(t("figures.title", lang), t("figures.under", lang, start=start, end=end))
        of_energy = [kpi for kpi in found.figures if kpi.name in NAMES]
        if of_energy:
            figure_card.shown(service, of_energy, lang, key="energy")
        else:
            st.caption(t("figures.none", lang))
