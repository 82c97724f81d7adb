"""The live part of the overview: tiles and silent meters, drawn again every 10 s."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

import streamlit as st

from analytics.boundary import Tree
from ui import findings, session
from ui import format as fmt
from ui.text import t
from ui.views.parts import card, heading, plain
from ui.views.reading import EQUIPMENT_CATEGORY, Booked, Seen, booked, seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from analytics.kpi import Kpi
    from config.site import Site
    from ui.live import Freshness, LivePoint
    from ui.service import Service

EVERY_S = 10
YEAR_S = 365 * 86400
NAMED = 6  # silent meters named one by one
SPARKS = 96  # newest cells behind a tile
Mood = Literal["orange", "green", "gray"]
OFF: Final = "orange"
GOOD: Final = "green"
NEUTRAL: Final = "gray"


@st.fragment(run_every=EVERY_S)
def part(site_id: str, range_code: str, lang: str, mode: str | None) -> None:
    """Tiles and freshness of one site; where the reader has changed from `mode`, all charts take the new colours."""
    if st.context.theme.type != mode:
        st.rerun()
    service = session.kept().service()
    site = service.settings.site(site_id)
    points, fresh = service.power_now(site_id), service.freshness(site_id)
    _age(fresh, service, site, lang)
    with st.grid(6, gap="small", min_column_width=150):
        _power_tiles(service, site, points, booked(service, site_id, range_code), lang)
        _figure_tiles(booked(service, site_id, range_code), lang)
        _reporting_tile(fresh, lang)
    with card("fresh", lang):
        _freshness(points, fresh, ZoneInfo(site.time_zone), lang)


def _age(fresh: Freshness, service: Service, site: Site, lang: str) -> None:
    """How old the newest value is, and the site's clock."""
    age_s = fresh.newest_age_s
    with st.container(horizontal=True, vertical_alignment="center", key="age"):
        if age_s is None:
            st.badge(t("overview.no_live", lang), icon=":material/sensors_off:", color=NEUTRAL)
        elif len(fresh.silent) == fresh.points:
            st.badge(t("overview.stale", lang, age=fmt.duration(age_s, lang)), icon=":material/sensors_off:", color=OFF)
        else:
            st.badge(t("overview.live", lang, age=fmt.duration(age_s, lang)), icon=":material/sensors:", color=GOOD)
        st.caption(fmt.moment(service.now(), ZoneInfo(site.time_zone), lang))


def _power_tiles(service: Service, site: Site, points: Sequence[LivePoint], found: Booked, lang: str) -> None:
    tree = Tree(service.settings.points_at(site.id, int(service.now())))
    facility = seen(points, tree.units(tree.facility))
    words = _seen_words(facility, "overview.no_feed", lang)
    _tile(t("overview.facility_power", lang), fmt.power(facility.watts), words, _mood(facility), found.series.facility)
    it = _it(points, tree, site.pue_category)
    words = _seen_words(it, "overview.no_it", lang)
    _tile(t("overview.it_power", lang), fmt.power(it.watts), words, _mood(it), found.series.uses.get("it", []))


def _seen_words(total: Seen, none: str, lang: str) -> str:
    if not total.points:
        return t(none, lang)
    return t(
        "overview.all_seen" if total.fresh == total.points else "overview.some_seen",
        lang,
        seen=total.fresh,
        all=total.points,
    )


def _it(points: Sequence[LivePoint], tree: Tree, category: int) -> Seen:
    """IT power where the site measures its PUE, or at the equipment where no meter there is live."""
    for one in (category, EQUIPMENT_CATEGORY):
        units = tree.units(tree.it(one)) + tree.units(tree.within_it(one), sign=-1)
        found = seen(points, units)
        if found.points:
            return found
    return found


def _mood(total: Seen) -> Mood:
    return NEUTRAL if total.fresh == total.points and total.points else OFF


def _figure_tiles(found: Booked, lang: str) -> None:
    period = fmt.duration(found.end - found.start, lang)
    pue, energy = found.figure("pue"), found.figure("facility_energy_kwh")
    emissions = found.figure("emissions_location_kgco2e")
    words = t(
        "overview.interim" if found.end - found.start < YEAR_S else "overview.category", lang, category=_category(pue)
    )
    _figure_tile(t("overview.pue", lang, period=period), pue, words, found.series.ratio, lang)
    words = t("overview.measured_share", lang, share=fmt.percent(energy.measured if energy else None))
    _figure_tile(t("overview.energy", lang, period=period), energy, words, [], lang)
    _figure_tile(t("overview.emissions", lang, period=period), emissions, t("overview.location_based", lang), [], lang)


def _category(pue: Kpi | None) -> str:
    return fmt.MISSING if pue is None or pue.category is None else str(pue.category)


def _figure_tile(label: str, kpi: Kpi | None, words: str, sparks: Sequence[float | None], lang: str) -> None:
    if kpi is None or kpi.value is None:
        _tile(label, fmt.MISSING, t("overview.not_given", lang), OFF, sparks)
    else:
        _tile(label, fmt.quantity(kpi.value, kpi.unit), words, NEUTRAL, sparks)


def _reporting_tile(fresh: Freshness, lang: str) -> None:
    silent = len(fresh.silent)
    value = t("overview.of_total", lang, seen=fresh.points - silent, all=fresh.points) if fresh.points else fmt.MISSING
    key = ("none_silent", "one_silent")[silent] if silent < 2 else "many_silent"  # noqa: PLR2004 - grammar
    mood: Mood = OFF if silent else GOOD
    _tile(t("overview.reporting", lang), value, t(f"overview.{key}", lang, n=silent) if fresh.points else "", mood, [])


def _tile(label: str, value: str, words: str, mood: Mood, sparks: Sequence[float | None]) -> None:
    """One tile; a line behind it only where no gap would have to be bridged."""
    newest = list(sparks[-SPARKS:])
    whole = newest if len(newest) > 1 and None not in newest else None
    st.metric(
        label,
        value,
        words or None,
        delta_color=mood,
        delta_arrow="off",
        border=True,
        height="stretch",
        chart_data=whole,
        chart_type="area",
    )


def _freshness(points: Sequence[LivePoint], fresh: Freshness, zone: tzinfo, lang: str) -> None:
    silent = [point for point in points if point.stale]
    if not fresh.points:
        heading(t("fresh.neutral", lang), t("fresh.no_points", lang))
    elif fresh.newest_age_s is None:
        heading(findings.freshness(fresh, lang), t("fresh.none_hint", lang))
    else:
        age = t("fresh.newest", lang, age=fmt.duration(fresh.newest_age_s, lang))
        heading(findings.freshness(fresh, lang), f"{t('fresh.under', lang)} · {age}")
        if silent:
            with st.grid(3, gap="small", min_column_width=320):
                for point in silent[:NAMED]:
                    _silent(point, zone, lang)
        if len(silent) > NAMED:
            st.caption(t("fresh.more", lang, n=len(silent) - NAMED))


def _silent(point: LivePoint, zone: tzinfo, lang: str) -> None:
    """One silent meter in words: which, what it is, and when it was last heard."""
    last = t("fresh.never", lang)
    if point.time is not None and point.age_s is not None:
        when = fmt.day_clock(point.time, zone, lang)
        last = t("fresh.last", lang, when=when, age=fmt.duration(point.age_s, lang))
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small"):
        st.badge(t("fresh.badge", lang), icon=":material/cloud_off:", color=OFF)
        role = t(f"role.{point.role}", lang)
        st.markdown(f"{plain(point.name)}  \n:small[:gray[{role} · {plain(point.point)} · {last}]]")
