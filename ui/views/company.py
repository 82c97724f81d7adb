"""The company's sites side by side over the same range: what each took, how well, and how well that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from analytics.boundary import Tree
from analytics.kpi import summed
from ui import format as fmt
from ui import session
from ui.phrases import phrase
from ui.text import t
from ui.titles import overview as findings
from ui.views import markup
from ui.views.parts import guarded, heading
from ui.views.reading import sites

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.kpi import Kpi

EVERY_S = 60
IT, FACILITY, PUE, EMISSIONS = "it_energy_kwh", "facility_energy_kwh", "pue", "emissions_location_kgco2e"


@st.fragment(run_every=EVERY_S)
def part(range_code: str, lang: str) -> None:
    """One row a site; the sum where every site has the figure, and can be seen by who is there."""
    with guarded(lang):
        service = session.kept().service()
        settings = service.settings
        found = {site: {kpi.name: kpi for kpi in kpis} for site, kpis in sites(service, range_code).items()}
        names = {site.id: site.name for site in settings.sites}
        whole = service.whole is None
        loads = [(names[site], of_site[IT].value) for site, of_site in found.items()] if whole else []
        title = findings.company(loads, lang)
        heading(title, t("company.under", lang, period=fmt.duration(session.RANGES[range_code], lang)))
        now = int(service.now())
        unmetered = {site: not Tree(settings.points_at(site, now)).facility for site in found}
        no_feed = t("company.no_facility", lang)
        rows = [
            _row(names[site], of_site, no_feed if unmetered[site] else fmt.MISSING, lang)
            for site, of_site in found.items()
        ]
        if whole:
            total = t("company.total", lang, company=settings.company.name)
            rows.append(_row(total, _sums(found), t("company.not_all", lang), lang))
        told = markup.table(rows) + ("" if whole else markup.small(t("company.part", lang)))
        reasons = _reasons(names, found, lang)
        st.html(told + (markup.fold(t("company.why", lang), markup.entries(reasons)) if reasons else ""))


def _sums(found: Mapping[str, Mapping[str, Kpi]]) -> dict[str, Kpi]:
    """Sums of the sites' figures; one site without a value leaves the company without one."""
    of = {name: [of_site[name] for of_site in found.values()] for name in (IT, FACILITY, EMISSIONS)}
    return {name: summed(kpis, site="") for name, kpis in of.items()}


def _row(name: str, figures: Mapping[str, Kpi], why: str, lang: str) -> dict[str, str]:
    """One row; `why` stands where a figure of the facility is not given."""
    it = figures[IT]

    def given(key: str) -> str:
        kpi = figures.get(key)
        return why if kpi is None or kpi.value is None else fmt.quantity(kpi.value, kpi.unit)

    return {
        t("overview.site", lang): name,
        t("figures.it_energy_kwh", lang): fmt.energy(it.value),
        t("figures.facility_energy_kwh", lang): given(FACILITY),
        t("figures.pue", lang): given(PUE) if PUE in figures else fmt.MISSING,
        t("carbon.emissions", lang): given(EMISSIONS),
        t("figures.measured", lang): fmt.percent(it.measured),
        t("figures.estimated", lang): fmt.percent(it.estimated),
        t("figures.missing", lang): fmt.percent(it.missing),
    }


def _reasons(
    names: Mapping[str, str], found: Mapping[str, Mapping[str, Kpi]], lang: str
) -> list[tuple[str, list[str]]]:
    """Why a site lacks a figure, each reason once."""
    lines = []
    for site, figures in found.items():
        why: dict[str, list[str]] = {}
        for name in (IT, FACILITY, PUE, EMISSIONS):
            kpi = figures[name]
            if kpi.value is None and kpi.reason:
                why.setdefault(phrase(kpi.reason, lang), []).append(t(f"figures.{name}", lang))
        if why:
            lines.append((names[site], [f"{', '.join(whys)}: {reason}" for reason, whys in why.items()]))
    return lines
