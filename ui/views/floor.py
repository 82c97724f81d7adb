"""Floor and racks: which rack is full, which is warm, and which cannot be seen?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from ui import format as fmt
from ui import session
from ui.figures.racks import RackNow, racks_now
from ui.text import t
from ui.titles import courses as findings
from ui.views.floor_room import SHOWN, room
from ui.views.frame import chosen_site, foot, head, opened, segments, site_choice
from ui.views.parts import card, guarded, heading, small, table
from ui.views.reading import KEEP_LIVE_S, live, place
from ui.views.tiles import age

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from config.site import Settings, Site
    from ui.figures.live import LivePoint
    from ui.service import Service

EVERY_S: Final = 10


def page() -> None:
    """Draw the page for the site and language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    site = _head(service.settings, lang)
    _floor(site.id, lang)
    foot(service.settings, t("floor.footer", lang), lang)


def _head(settings: Settings, lang: str) -> Site:
    site = chosen_site(settings)
    with head(settings, t("floor.question", lang), (site.name, site.time_zone), lang):
        site_choice(settings, site, lang)
        shown = {code: t(f"floor.show_{code}", lang) for code in SHOWN}
        segments("show", shown, session.chosen("show", SHOWN, SHOWN[0]), t("floor.show", lang))
    return site


@st.fragment(run_every=EVERY_S)
def _floor(site_id: str, lang: str) -> None:
    """Every room with its racks, drawn anew every 10 s."""
    with guarded(lang):
        service = session.kept().service()
        found = _read(service, *place(service), site_id)
        _age(service, site_id, lang)
        if not found:
            with card("room_none", lang):
                heading(t("floor.none", lang), t("floor.hint", lang))
            return
        names = [one.rack.name for one in found]
        picked = session.chosen("rack", [one.code for one in found], "")
        show = session.chosen("show", SHOWN, SHOWN[0])
        with card("floor", lang):
            heading(findings.racks(found, lang), t("floor.under", lang, n=len(names)))
            _not_placed(service, site_id, lang)
        with card("nodes", lang):
            _nodes(found, picked, site_id, lang)
        for at, name in enumerate(dict.fromkeys(one.rack.room for one in found)):
            with card(f"room_{at}", lang):
                room(at, [one for one in found if one.rack.room == name], show, lang)


@st.cache_data(ttl=KEEP_LIVE_S, max_entries=64, show_spinner=False)
def _read(_service: Service, data: str, config: str, site: str) -> list[RackNow]:  # noqa: ARG001 - keys of the cache
    return racks_now(_service, _service.settings.site(site))


def _age(service: Service, site_id: str, lang: str) -> None:
    _, fresh = live(service, site_id)
    st.html(age(fresh, service, service.settings.site(site_id), lang))


def _not_placed(service: Service, site_id: str, lang: str) -> None:
    """How many meters that should report power name no rack."""
    states = service.settings.points_at(site_id, int(service.now()))
    bare = [one for one in states if one.rack is None and one.role in {"server", "storage", "network", "it"}]
    if bare:
        names = ", ".join(one.name for one in bare[:4]) + ("…" if len(bare) > 4 else "")  # noqa: PLR2004 - enough names
        small(t("floor.unplaced", lang, n=len(bare), names=names))


def _nodes(found: Sequence[RackNow], picked: str, site_id: str, lang: str) -> None:
    """What stands in the rack that was clicked or chosen."""
    by_code = {one.code: one for one in found}
    options = ["", *by_code]
    st.session_state["choice_rack"] = picked
    st.selectbox(
        t("floor.choose", lang),
        options,
        format_func=lambda one: _named(by_code[one]) if one else t("floor.choose", lang),
        key="choice_rack",
        on_change=session.choose,
        args=("rack", "choice_rack"),
        label_visibility="collapsed",
        width=230,
    )
    if picked not in by_code:
        heading(t("floor.nodes_neutral", lang), t("floor.nodes_hint", lang))
        return
    one = by_code[picked]
    room_name = one.rack.room or t("floor.no_room", lang)
    heading(findings.rack(one, lang), t("floor.nodes_under", lang, room=room_name, rack=one.rack.name))
    if not one.nodes:
        st.caption(t("floor.no_power", lang))
        return
    ratings = {unit.id: unit.max_w for unit in one.rack.units}
    zone = session.zone(session.kept().service().settings.site(site_id))
    table([_node(node, ratings.get(node.point), zone, lang) for node in one.nodes])


def _named(one: RackNow) -> str:
    """A rack among those of all rooms."""
    return f"{one.rack.room} · {one.rack.name}" if one.rack.room else one.rack.name


def _node(node: LivePoint, rating_w: float | None, zone: tzinfo, lang: str) -> dict[str, str]:
    watts = None if node.stale else node.watts
    last = t("fresh.never", lang)
    if node.time is not None and node.age_s is not None:
        when = fmt.day_clock(node.time, zone, lang)
        last = t("fresh.last", lang, when=when, age=fmt.duration(node.age_s, lang))
    return {
        t("floor.node", lang): node.name,
        t("floor.role", lang): t(f"role.{node.role}", lang),
        t("floor.power", lang): fmt.power(watts) if watts is not None else t("floor.unknown", lang),
        t("floor.rating", lang): fmt.power(rating_w),
        t("floor.share", lang): fmt.percent(watts / rating_w if watts is not None and rating_w else None),
        t("floor.last", lang): last,
    }
