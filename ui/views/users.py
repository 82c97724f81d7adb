"""Who used it: the IT energy of a site by tenant, team, model or job, by quarter hours or by shorter cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from analytics.attribution.figures import NAME
from analytics.attribution.work import UNALLOCATED
from collectors.ledger_row import INTERVAL_S
from ui import format as fmt
from ui import session
from ui.attribution.asking import ByWhom
from ui.phrases import phrase
from ui.text import t
from ui.views import markup
from ui.views.frame import choice
from ui.views.parts import folded, guarded, heading, small, table, waiting
from ui.views.reading import KEEP_S, closed_end, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.attribution.figures import Attributed
    from ui.service import Service

NOBODY: Final = "none"  # no question yet: this one reads job records, and takes seconds
BY: Final = (NOBODY, "tenant", "team", "user", "model", "job", "cluster")
QUARTER: Final = "15m"
EVERY: Final = (QUARTER, "5m", "60s", "10s")
SHOWN: Final = 50
HEIGHT_PX: Final = 120


@st.fragment
def who(site_id: str, range_code: str, lang: str) -> None:
    """Choices, and who had what; nothing of a site without clusters."""
    with guarded(lang):
        service = session.kept().service()
        by, every = session.chosen("whose", BY, NOBODY), session.chosen("every", EVERY, QUARTER)
        heading(t("users.title", lang), t("users.under", lang))
        with st.container(horizontal=True):
            choice("whose", {one: t(f"users.by_{one}", lang) for one in BY}, by, t("users.by", lang))
            choice("every", {one: t(f"users.every_{one}", lang) for one in EVERY}, every, t("users.every", lang))
        if by == NOBODY:
            return
        with waiting(HEIGHT_PX):
            found = read(service, site_id, range_code, by, every)
        shown = _shown(found)
        table([_row(one, lang) for one in shown] or [dict.fromkeys(_columns(lang), fmt.MISSING)])
        if len(found) > len(shown):
            small(t("users.more", lang, n=len(found) - len(shown)))
        how = [(one.of, [phrase(one.kpi.reason or one.kpi.method, lang)]) for one in shown]
        if how:
            folded(t("figures.how", lang), markup.entries(how))


def _shown(found: Sequence[Attributed]) -> list[Attributed]:
    """Those who had the most, and always what nobody had, which stands last however much it is."""
    return [*(one for one in found if one.of != UNALLOCATED)][:SHOWN] + [one for one in found if one.of == UNALLOCATED]


def read(service: Service, site: str, range_code: str, by: str, every: str) -> list[Attributed]:
    """The IT energy of each, the most first, kept for all sessions."""
    end = closed_end(service, site)
    return _read(service, *place(service), site, end - session.LONG_RANGES[range_code], end, by, every)


@st.cache_data(ttl=KEEP_S, max_entries=16, show_spinner=False)
def _read(
    _service: Service,
    data: str,  # noqa: ARG001
    config: str,  # noqa: ARG001
    site: str,
    start: int,
    end: int,
    by: str,
    every: str,
) -> list[Attributed]:
    asked = ByWhom(by=by, names=[NAME], every=None if every == QUARTER else every)
    return list(asked.figures(_service, [(_service.settings.site(site), start - start % INTERVAL_S, end)]))


def _columns(lang: str) -> list[str]:
    return [t("users.who", lang), *(t(f"figures.{key}", lang) for key in ("value", "interval", "measured", "missing"))]


def _row(one: Attributed, lang: str) -> dict[str, str]:
    kpi = one.kpi
    cells = (one.of, fmt.quantity(kpi.value, kpi.unit), fmt.bounds(kpi.low, kpi.high, kpi.unit))
    shares = (fmt.percent(kpi.measured), fmt.percent(kpi.missing))
    return dict(zip(_columns(lang), (*cells, *shares), strict=True))
