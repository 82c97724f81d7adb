"""Settings: what the site file says, as it is understood. Read-only; no address, no option and no secret is shown."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from config.factors.lookup import zone_factors
from config.factors.residual import all_missing
from config.part import own_sources
from ui import format as fmt
from ui import session
from ui.phrases import phrase
from ui.setup.outline import site_lines, site_row
from ui.text import t
from ui.titles import rows as titles
from ui.views import markup
from ui.views.frame import foot, head, opened
from ui.views.gate import behind
from ui.views.parts import card, folded, heading, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.factors.lookup import Factor
    from config.site import Settings, Site
    from ui.service import Service

Row = dict[str, Any]
NEWEST: Final = 3  # years of factors that are shown for a zone


def _page() -> None:
    """Draw the page in the language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    service = service.acting_as(service.person, "settings")  # who reads all may see the settings of some
    settings, now = service.settings, int(service.now())
    with head(settings, t("settings.question", lang), (settings.path.name,), lang):
        pass
    with card("sites", lang):
        _sites(settings, now, lang)
    wide, narrow = st.columns([1.5, 1], gap="small")
    with wide, card("factors", lang):
        _factors(settings, now, lang)
    with narrow:
        with card("books", lang, height="content"):
            _books(service, lang)
        with card("alerting", lang, height="content"):
            _alerting(settings, lang)
    with card("sources", lang):
        _sources(settings, lang)
    with card("contracts", lang):
        _contracts(settings, lang)
    foot(settings, t("settings.footer", lang), lang)


page = behind("settings", _page)


def _sites(settings: Settings, now: int, lang: str) -> None:
    heading(titles.sites(settings, lang), t("settings.sites_under", lang))
    table([_site(settings, site, now, lang) for site in settings.sites])
    for site in settings.sites:
        folded(t("settings.tree", lang, name=site.name), markup.lines("\n".join(site_lines(settings, site, now=now))))


def _site(settings: Settings, site: Site, now: int, lang: str) -> dict[str, str]:
    row = site_row(settings, site, now=now)
    return {
        t("overview.site", lang): f"{row['name']} ({row['id']})",
        t("settings.zone", lang): row["zone"],
        t("settings.clock", lang): row["time_zone"],
        t("settings.currency", lang): row["currency"],
        t("settings.category", lang): str(row["pue_category"]),
        t("settings.points", lang): f"{len(row['points']):,}",
        t("settings.sources", lang): f"{row['sources']:,}",
        t("settings.notes", lang): phrase("; ".join(row["notes"]), lang) or fmt.MISSING,
    }


def _factors(settings: Settings, now: int, lang: str) -> None:
    """The newest factors of each zone, and what is missing with where to get it."""
    year = datetime.fromtimestamp(now, UTC).year
    lacking = [asdict(one) for one in all_missing(settings, [year - 1, year])]
    heading(titles.factors(lacking, lang), t("settings.factors_under", lang, years=f"{year - 1}, {year}"))
    zones = dict.fromkeys(site.zone for site in settings.sites)
    found = [one for zone in zones for one in _newest(zone, settings)]
    if found:
        table([_factor(one, lang) for one in found])
    if lacking:
        folded(t("settings.lacking", lang, n=len(lacking)), markup.table([_lacking(row, lang) for row in lacking]))


def _newest(zone: str, settings: Settings) -> list[Factor]:
    of_zone = zone_factors(zone, files=settings.factors.files)
    return sorted(of_zone, key=lambda one: -one.year)[:NEWEST]


def _factor(one: Factor, lang: str) -> dict[str, str]:
    return {
        t("settings.zone", lang): one.zone,
        t("settings.year", lang): str(one.year),
        t("settings.value", lang): f"{one.value:g}{fmt.SPACE}{one.unit}",
        t("settings.basis", lang): phrase(f"{one.basis}, {one.scope}", lang),
        t("settings.source", lang): one.source,
        t("settings.licence", lang): one.licence,
    }


def _lacking(row: Row, lang: str) -> dict[str, str]:
    return {
        t("overview.site", lang): row["site"],
        t("settings.zone", lang): row["zone"],
        t("settings.year", lang): str(row["year"]),
        t("settings.needed", lang): phrase(str(row["needed_for"]), lang),
        t("settings.where", lang): phrase(str(row["where_to_get"]), lang),
    }


def _books(service: Service, lang: str) -> None:
    """Where the books are kept, by which configuration and version they are judged."""
    store = service.settings.store
    until = service.booked_until()
    heading(t("settings.books", lang), t("settings.books_under", lang))
    rows = {
        "store": store.kind,
        "retention": t("settings.months", lang, n=store.raw_retention_months),
        "booked": fmt.day_clock(until, UTC, lang) if until else fmt.MISSING,
        "config": service.config_hash,
        "version": version("wattlas"),
        "solo": t("settings.yes" if service.settings.company.solo else "settings.no", lang),
    }
    table(
        [
            {t("settings.what", lang): t(f"settings.{key}", lang), t("settings.value", lang): value}
            for key, value in rows.items()
        ]
    )


def _alerting(settings: Settings, lang: str) -> None:
    """Channels by name and kind alone: their addresses may hold passwords."""
    channels = settings.alerting.channels
    heading(t("settings.channels", lang, n=len(channels)), t("settings.channels_under", lang))
    if channels:
        table([{t("settings.channel", lang): one.id, t("settings.kind", lang): one.kind} for one in channels])


def _sources(settings: Settings, lang: str) -> None:
    sources = own_sources(settings)
    heading(t("settings.sources_title", lang, n=f"{len(sources):,}"), t("settings.sources_under", lang))
    if not sources:
        st.caption(t("settings.no_sources", lang))
        return
    rows = [
        {
            t("settings.source", lang): one.id,
            t("settings.kind", lang): one.kind,
            t("settings.point", lang): one.point,
            t("settings.interval", lang): fmt.duration(one.interval_s, lang),
            t("settings.metrics", lang): ", ".join(one.metrics),
        }
        for one in sources
    ]
    folded(t("overview.table", lang), markup.table(rows))


def _contracts(settings: Settings, lang: str) -> None:
    found, targets, measures = settings.contracts, settings.targets, settings.measures
    counts = {"contracts": len(found), "tariffs": len(settings.tariffs), "targets": len(targets)}
    heading(t("settings.contracts", lang, **counts, measures=len(measures)), t("settings.contracts_under", lang))
    if found:
        table(
            [
                {
                    t("settings.contract", lang): one.id,
                    t("settings.kind", lang): t(f"green.kind_{one.kind}", lang),
                    t("settings.shares", lang): ", ".join(
                        f"{site} {fmt.percent(share)}" for site, share in one.sites.items()
                    ),
                    t("settings.technology", lang): one.technology,
                    t("settings.certificates", lang): f"{len(one.certificates)}",
                }
                for one in found
            ]
        )


def _shares(sites: Mapping[str, float]) -> str:
    return ", ".join(f"{site} {fmt.percent(share)}" for site, share in sites.items())
