"""The meters: who is silent and since when, and how much of the last thirty days was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from ui import format as fmt
from ui import session
from ui.figures.series import day_marks
from ui.text import t
from ui.titles import overview as findings
from ui.views import markup
from ui.views.parts import State, guarded, heading, states
from ui.views.reading import days, live

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from ui.figures.live import Freshness, LivePoint

EVERY_S = 10
BOOKED_EVERY_S = 60
NAMED = 4  # silent meters named one by one
PARTS = ("measured", "estimated", "missing")


@st.fragment(run_every=EVERY_S)
def freshness(site_id: str, lang: str) -> None:
    """Silent meters in words, drawn again every 10 s."""
    with guarded(lang):
        service = session.kept().service()
        points, fresh = live(service, site_id)
        _freshness(points, fresh, session.zone(service.settings.site(site_id)), lang)


def _freshness(points: Sequence[LivePoint], fresh: Freshness, zone: tzinfo, lang: str) -> None:
    silent = [point for point in points if point.stale]
    if not fresh.points:
        heading(t("fresh.neutral", lang), t("fresh.no_points", lang))
    elif fresh.newest_age_s is None:
        heading(findings.freshness(fresh, lang), t("fresh.none_hint", lang))
    else:
        age = t("fresh.newest", lang, age=fmt.duration(fresh.newest_age_s, lang))
        heading(findings.freshness(fresh, lang), f"{t('fresh.under', lang)} · {age}")
        states(_silent(point, zone, lang) for point in silent[:NAMED])
        if len(silent) > NAMED:
            with st.expander(t("fresh.more", lang, n=len(silent) - NAMED)):
                states(_silent(point, zone, lang) for point in silent[NAMED:])


def _silent(point: LivePoint, zone: tzinfo, lang: str) -> State:
    """One silent meter in words: which, what it is, and when it was last heard."""
    last = t("fresh.never", lang)
    if point.time is not None and point.age_s is not None:
        when = fmt.day_clock(point.time, zone, lang)
        last = t("fresh.last", lang, when=when, age=fmt.duration(point.age_s, lang))
    under = f"{t(f'role.{point.role}', lang)} · {point.point} · {last}"
    return State(t("fresh.badge", lang), "orange", ":material/cloud_off:", point.name, under)


@st.fragment(run_every=BOOKED_EVERY_S)
def quality(site_id: str, lang: str) -> None:
    """What share of the energy was measured, estimated and missing, day by day."""
    with guarded(lang):
        service = session.kept().service()
        zone = ZoneInfo(service.settings.site(site_id).time_zone)
        found = days(service, site_id)
        shares = [(day.metered.measured, day.metered.estimated, day.metered.missing) for day in found]
        title, under = findings.quality(shares, lang), t("quality.under", lang)
        if all(missing >= 1 for _, _, missing in shares):
            heading(title, t("quality.empty", lang))
            return
        names = {name: t(f"figures.{name}", lang) for name in PARTS}
        stacks = [
            markup.Stack(
                fmt.day(day.start, zone, lang),
                [
                    markup.Part(name, share, names[name], fmt.percent(share))
                    for name, share in zip(PARTS, of_day, strict=True)
                ],
            )
            for day, of_day in zip(found, shares, strict=True)
        ]
        drawn = markup.strip(stacks, day_marks(len(stacks)), f"{title}. {under}")
        st.html(markup.heading(title, under) + drawn + markup.keys(names.items()))
