"""The card of estimates: what gaps may have held, proposed by rule, approved or taken back by a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from collectors.store.estimates import APPROVED, WAITING
from ui import format as fmt
from ui import session
from ui.estimates.deciding import approve, estimate_row, propose, withdraw
from ui.phrases import phrase
from ui.reports.period import period
from ui.text import t
from ui.titles import rows as titles
from ui.views.frame import acting, acts_as
from ui.views.parts import heading, unfolding

if TYPE_CHECKING:
    from config.site import Site
    from ui.service import Service

Row = dict[str, Any]
SHOWN: Final = 20


def part(service: Service, site: Site, month: str, lang: str) -> None:
    """What waits at a site and what stands, with the acts on them."""
    rows = [estimate_row(one) for one in service.stores.state.estimates.all(site=site.id)]
    waiting = [row for row in rows if row["state"] == WAITING]
    standing = [row for row in rows if row["state"] == APPROVED]
    rule = "records.solo" if service.settings.company.solo else "records.four_eyes"
    heading(titles.estimates(len(waiting), len(standing), lang), t(rule, lang))
    for row in waiting[:SHOWN]:
        _row(row, lang)
    label = t("estimates.propose", lang, month=month)
    if st.button(label, key="propose_go", disabled=not session.may_change("estimate"), icon=":material/lightbulb:"):
        with st.spinner(t("reports.working", lang)):
            acting(lang, lambda: _proposed(service, site, month, lang))
    if waiting:
        _approve(service, waiting, lang)
    if waiting or standing:
        _withdraw(service, [*waiting, *standing], lang)
    acts_as(lang)


def _named(row: Row, lang: str) -> str:
    return f"{row['id']} · {row['point']} · {phrase(row['method'], lang)}"


def _row(row: Row, lang: str) -> None:
    first, last = (datetime.fromisoformat(row[key]).timestamp() for key in ("from", "to"))
    span = f"{fmt.day_clock(first, UTC, lang)} – {fmt.day_clock(last, UTC, lang)} UTC"  # noqa: RUF001 - a span
    amount = f"{fmt.energy(row['energy_kwh'])} ({fmt.bounds(row['low_kwh'], row['high_kwh'], 'kWh')})"
    words = [span, amount, phrase(row["method"], lang), row["proposed_by"]]
    heading(row["point"], " · ".join(words))


def _proposed(service: Service, site: Site, month: str, lang: str) -> str:
    start, end = period(month).span(ZoneInfo(site.time_zone))
    waiting, unsaid = propose(service, site, start, end, points=None, who=session.actor())
    return t("estimates.proposed", lang, n=len(waiting), unsaid=len(unsaid))


def _approve(service: Service, waiting: list[Row], lang: str) -> None:
    names = {row["id"]: _named(row, lang) for row in waiting}
    with st.form("approve_estimates", border=False):
        ids = st.multiselect(
            t("estimates.which", lang), list(names), list(names), format_func=names.__getitem__, key="estimate_ids"
        )
        sign_off = st.text_input(t("estimates.sign_off", lang), key="estimate_sign_off", max_chars=500)
        restate = st.text_input(t("records.restate", lang), key="estimate_restate")
        pressed = st.form_submit_button(
            t("records.approve", lang), type="primary", disabled=not session.may_change("approve"), key="estimate_go"
        )
    if pressed:
        acting(lang, lambda: _approved(service, ids, sign_off, lang, restate=restate))


def _approved(service: Service, ids: list[str], sign_off: str, lang: str, *, restate: str) -> str:
    found = approve(service, ids, who=session.actor(), sign_off=sign_off, restate=restate)
    return t("estimates.approved_now", lang, n=len(found))


def _withdraw(service: Service, rows: list[Row], lang: str) -> None:
    with unfolding(t("estimates.withdraw_title", lang), key="fold_withdraw") as opened:
        if opened:
            _withdraw_form(service, rows, lang)


def _withdraw_form(service: Service, rows: list[Row], lang: str) -> None:
    names = {row["id"]: _named(row, lang) for row in rows}
    with st.form("withdraw_estimates", border=False):
        ids = st.multiselect(t("estimates.which", lang), list(names), format_func=names.__getitem__, key="withdraw_ids")
        reason = st.text_input(t("estimates.reason", lang), key="withdraw_reason", max_chars=500)
        restate = st.text_input(t("records.restate", lang), key="withdraw_restate")
        pressed = st.form_submit_button(
            t("estimates.withdraw", lang), disabled=not session.may_change("estimate"), key="withdraw_go"
        )
    if pressed:
        acting(lang, lambda: _withdrawn(service, ids, reason, lang, restate=restate))


def _withdrawn(service: Service, ids: list[str], reason: str, lang: str, *, restate: str) -> str:
    found = withdraw(service, ids, who=session.actor(), reason=reason, restate=restate)
    return t("estimates.withdrawn_now", lang, n=len(found))
