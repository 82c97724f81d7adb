"""Records: what does the month still lack that no meter reads?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from config.records.kinds import kinds
from ui import format as fmt
from ui import session
from ui.access.part import shows
from ui.phrases import phrase
from ui.records.entering import approve_records, standing_rows, withdraw_records
from ui.records.todo import todo_rows
from ui.text import t
from ui.titles import rows as titles
from ui.views import record_forms
from ui.views.frame import acting, acts_as, done, foot, head, months, opened, segments
from ui.views.parts import State, card, guarded, heading, states, table, unfolding
from ui.views.reading import place

if TYPE_CHECKING:
    from ui.service import Service

Row = dict[str, Any]
EVERY_S: Final = 60
KEEP_S: Final = 3600  # `place` is another one as soon as anything changed
WAIT_PX: Final = 120
LISTED: Final = 100
Colour = Literal["orange", "blue"]
SIGNS: Final[dict[str, tuple[Colour, str]]] = {
    "enter": ("orange", ":material/edit_note:"),
    "approve": ("blue", ":material/how_to_reg:"),
}
EXPLAIN: Final[tuple[Colour, str]] = ("orange", ":material/rule:")


def page() -> None:
    """Draw the page in the language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    with head(service.settings, t("records.question", lang), (), lang):
        month = months(service.now(), service.settings.sites, lang)
    done()
    wide, narrow = st.columns([2.15, 1], gap="small")
    with wide:
        with card("todo", lang, height="content"):
            todo(month, lang)
        with card("records", lang, height="content"):
            listed(service, lang)
        with card("import", lang, height="content"):
            record_forms.many(service, month, lang)
    with narrow:
        with card("approve", lang, height="content"):
            _approve(service, lang)
        with card("add", lang, height="content"):
            record_forms.one(service, month, lang)
    foot(service.settings, t("records.footer", lang), lang)


@st.fragment(run_every=EVERY_S)
def todo(month: str, lang: str) -> None:
    """What the month still lacks, site by site."""
    with guarded(lang):
        service = session.kept().service()
        with st.skeleton(height=WAIT_PX):
            rows = _todo(service, *place(service), month)
        heading(titles.todo(rows, month, lang), t("records.todo_under", lang))
        states(_do(row, lang) for row in rows)


@st.cache_data(ttl=KEEP_S, max_entries=32, show_spinner=False)
def _todo(_service: Service, data: str, config: str, month: str) -> list[Row]:  # noqa: ARG001 - keys of the cache
    return [row for site in _service.settings.sites for row in todo_rows(_service, site, month)]


def _do(row: Row, lang: str) -> State:
    what = row["do"]
    colour, icon = SIGNS.get(what, EXPLAIN)
    words = [one for one in (row["site"], row["subject"], phrase(row["text"], lang)) if one]
    name = _kind(row["kind"], lang)
    return State(t(f"records.do_{what}", lang), colour, icon, name, " · ".join(words))


def listed(service: Service, lang: str) -> None:
    """The newest version of each record, the last entered on top."""
    sites = [site.id for site in service.settings.sites]
    rows = sorted(standing_rows(service, sites), key=lambda row: row["entered_at"], reverse=True)
    waiting = {row["id"] for row in standing_rows(service, sites, waiting=True)}
    heading(
        titles.records(rows, len(waiting), lang),
        t("records.under", lang, n=LISTED) if rows else t("records.none", lang),
    )
    if not rows:
        return
    shown = session.chosen("show", ("all", "waiting"), "all")
    segments(
        "show", {"all": t("records.all", lang), "waiting": t("records.waiting", lang)}, shown, t("records.show", lang)
    )
    chosen = [row for row in rows if shown == "all" or row["id"] in waiting]
    if chosen:
        table([_cells(row, lang) for row in chosen[:LISTED]])
    else:
        st.caption(t("records.none_waits", lang))
    _withdraw(service, [row for row in rows if not row["withdrawn"]], lang)


def _withdraw(service: Service, rows: list[Row], lang: str) -> None:
    """Say of records that they never were; what stands in figures stands until another person approves that."""
    if not rows:
        return
    with unfolding(t("records.withdraw_title", lang), key="fold_withdraw_records") as opened_:
        if opened_:
            _withdraw_form(service, rows, lang)


def _withdraw_form(service: Service, rows: list[Row], lang: str) -> None:
    names = {row["id"]: f"{row['id']} · {_kind(row['kind'], lang)} · {row['site']} · {row['from']}" for row in rows}
    with st.form("withdraw_records", border=False):
        ids = st.multiselect(
            t("records.which", lang), list(names), format_func=names.__getitem__, key="record_withdraw_ids"
        )
        reason = st.text_input(t("records.why_withdrawn", lang), key="record_withdraw_reason", max_chars=500)
        restate = st.text_input(t("records.restate", lang), key="record_withdraw_restate", max_chars=500)
        pressed = st.form_submit_button(
            t("estimates.withdraw", lang), disabled=not session.may_change("record"), key="record_withdraw_go"
        )
    if pressed:
        acting(lang, lambda: _withdrawn(service, ids, reason, lang, restate=restate))


def _withdrawn(service: Service, ids: list[str], reason: str, lang: str, *, restate: str) -> str:
    found = withdraw_records(service, ids, who=session.actor(), reason=reason, restate=restate)
    return t("records.withdrawn_now", lang, n=len(found))


def _cells(row: Row, lang: str) -> dict[str, str]:
    amount = row["text"] if row["value"] is None else f"{row['value']:,g}{fmt.SPACE}{row['unit']}"
    approved = row["approved_by"] or t("records.not_yet", lang)
    approved = f"{t('records.withdrawn', lang)}, {approved}" if row["withdrawn"] else approved
    return {
        t("records.id", lang): f"{row['id']} v{row['version']}",
        t("records.kind", lang): _kind(row["kind"], lang),
        t("overview.site", lang): row["site"],
        t("records.subject", lang): row["subject"] or fmt.MISSING,
        t("records.days", lang): row["from"] if row["from"] == row["to"] else f"{row['from']} – {row['to']}",  # noqa: RUF001 - a span
        t("records.amount", lang): amount or fmt.MISSING,
        t("records.evidence", lang): row["evidence"] or fmt.MISSING,
        t("records.entered", lang): f"{row['entered_by']}, {_day(row['entered_at'], lang)}",
        t("records.approved", lang): f"{approved} ({t('records.alone', lang)})" if row["solo"] else approved,
    }


def _kind(name: str, lang: str) -> str:
    return phrase(kinds()[name].title, lang)


def _day(text: str, lang: str) -> str:
    return fmt.day(datetime.fromisoformat(text).timestamp(), UTC, lang)


def _approve(service: Service, lang: str) -> None:
    waiting = [one for one in service.stores.state.records.waiting() if shows(service, one.entry.site)]
    solo = service.settings.company.solo
    heading(
        t("records.wait", lang, n=len(waiting)) if waiting else t("records.none_waits", lang),
        t("records.solo" if solo else "records.four_eyes", lang),
    )
    if not waiting:
        return
    names = {
        one.id: f"{one.id} · {_kind(one.entry.kind, lang)} · {one.entry.site} · {one.entered_by}" for one in waiting
    }
    with st.form("approve_records", border=False):
        ids = st.multiselect(
            t("records.which", lang), list(names), list(names), format_func=names.__getitem__, key="approve_ids"
        )
        restate = st.text_input(t("records.restate", lang), key="approve_restate")
        pressed = st.form_submit_button(
            t("records.approve", lang), type="primary", disabled=not session.may_change("approve"), key="approve_go"
        )
    if pressed:
        acting(lang, lambda: _approved(service, ids, lang, restate=restate))
    acts_as(lang, "approve")


def _approved(service: Service, ids: list[str], lang: str, *, restate: str) -> str:
    found = approve_records(service, ids, who=session.actor(), restate=restate)
    return t("records.approved_now", lang, n=len(found))
