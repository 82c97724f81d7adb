"""Alerts: what needs action, and who has it?

What stands is drawn anew every 10 s. Acknowledging and silencing go through the same functions as the command line.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from config.alerts.scope import Scope
from ui import format as fmt
from ui import session
from ui.access.part import shows
from ui.alerts.amounts import against_limit
from ui.alerts.rows import acknowledge, rule_mistakes, silence, silenced, standing, told
from ui.phrases import message_title, own_words, phrase
from ui.text import t
from ui.titles import rows as titles
from ui.views.frame import acting, acts_as, done, foot, head, opened
from ui.views.parts import State, card, guarded, heading, plain, states, table
from ui.views.reading import live

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config.alerts.rules import Rule
    from ui.service import Service

Row = dict[str, Any]
EVERY_S: Final = 10
SHOWN: Final = 40  # alerts drawn one by one
BRIEF: Final = 4  # of them on the overview
HISTORY: Final = 60  # newest messages
HOURS: Final = (1, 4, 8, 24, 72, 168)
QUIET_S: Final = 600  # nothing was read for so long: rules see nothing
Colour = Literal["red", "orange", "blue", "green", "gray"]
LOOKS: Final[dict[str, tuple[Colour, str]]] = {
    "critical": ("red", ":material/error:"),
    "warning": ("orange", ":material/warning:"),
    "info": ("blue", ":material/info:"),
    "pending": ("gray", ":material/hourglass_top:"),
    "no data": ("gray", ":material/sensors_off:"),
    "resolved": ("green", ":material/check_circle:"),
}


def page() -> None:
    """Draw the page in the language of the link."""
    lang = session.lang()
    service = opened(lang)
    if service is None:
        return
    with head(service.settings, t("alerts.question", lang), (), lang):
        pass
    done()
    with guarded(lang):
        for sentence in rule_mistakes(service):
            st.warning(plain(phrase(sentence, lang)), icon=":material/rule:")
    wide, narrow = st.columns([2.15, 1], gap="small")
    with wide:
        with card("standing", lang, height="content"):
            now_part(lang)
        with card("told", lang, height="content"):
            history_part(lang)
        with card("rules", lang, height="content"):
            _rules(service, lang)
    with narrow:
        with card("acknowledge", lang, height="content"):
            _acknowledge(service, lang)
        with card("silence", lang, height="content"):
            _silence(service, lang)
    foot(service.settings, t("alerts.footer", lang), lang)


@st.fragment(run_every=EVERY_S)
def now_part(lang: str) -> None:
    """What fires, waits to fire or has no data, the most severe first."""
    with guarded(lang):
        service = session.kept().service()
        rules = {rule.id: rule for rule in service.settings.alerts}
        rest = _first(service, rules, SHOWN, lang)
        if rest:
            with st.expander(t("fresh.more", lang, n=len(rest))):
                table([_cells(row, rules.get(row["rule"]), service.now(), lang) for row in rest])


@st.fragment(run_every=EVERY_S)
def brief(lang: str) -> None:
    """The most severe few in words; the page of alerts has the rest."""
    with guarded(lang):
        service = session.kept().service()
        rest = _first(service, {rule.id: rule for rule in service.settings.alerts}, BRIEF, lang)
        if rest:
            st.caption(t("alerts.more", lang, n=len(rest)))


def _first(service: Service, rules: Mapping[str, Rule], most: int, lang: str) -> list[Row]:
    """Draw the finding and the most severe rows; return the others."""
    rows = standing(service)
    heading(titles.alerts(rows, len(rules), lang), t("alerts.under", lang))
    _watched(service, lang)
    states(_row(row, rules.get(row["rule"]), service.now(), lang) for row in rows[:most])
    return rows[most:]


def _watched(service: Service, lang: str) -> None:
    """Nothing stands is good news only where somebody looks."""
    ages = [live(service, site.id)[1].newest_age_s for site in service.settings.sites]
    newest = min((age for age in ages if age is not None), default=None)
    if newest is None:
        st.warning(t("alerts.never_read", lang), icon=":material/sensors_off:")
    elif newest > QUIET_S:
        st.warning(t("alerts.unread", lang, age=fmt.duration(newest, lang)), icon=":material/sensors_off:")


def _row(row: Row, rule: Rule | None, now: float, lang: str) -> State:
    look = row["severity"] if row["state"] == "firing" else row["state"]
    colour, icon = LOOKS.get(look, LOOKS["no data"])
    words = [f"{row['rule']}", *([_since(row, now, lang)] if row["since"] else [])]
    words += [t("alerts.has", lang, name=row["acked_by"])] if row["acked_by"] else []
    words += [own_words(row["reason"], lang)] if row["reason"] else []
    word = t(f"alerts.word_{look.replace(' ', '_') or 'no_data'}", lang)
    return State(word, colour, icon, _seen(row, rule, lang), " · ".join(words))


def _seen(row: Row, rule: Rule | None, lang: str) -> str:
    """What was seen, against its limit."""
    if rule is not None and rule.kind == "silent":
        return t("alerts.silent", lang, subject=row["subject"])
    if rule is None or row["value"] is None:
        return t("alerts.unknown", lang, subject=row["subject"])
    return against_limit(rule, row["subject"], row["value"], lang)


def _since(row: Row, now: float, lang: str) -> str:
    begin = datetime.fromisoformat(row["since"])
    return t("alerts.since", lang, age=fmt.duration(now - begin.timestamp(), lang), at=_clock(row["since"], lang))


def _clock(text: str | None, lang: str) -> str:
    return fmt.MISSING if text is None else fmt.day_clock(datetime.fromisoformat(text).timestamp(), UTC, lang)


def _cells(row: Row, rule: Rule | None, now: float, lang: str) -> dict[str, str]:
    return {
        t("alerts.rule", lang): row["rule"],
        t("alerts.seen", lang): _seen(row, rule, lang),
        t("alerts.begin", lang): _since(row, now, lang) if row["since"] else fmt.MISSING,
        t("alerts.by", lang): row["acked_by"] or fmt.MISSING,
    }


def _acknowledge(service: Service, lang: str) -> None:
    firing = list(dict.fromkeys(row["rule"] for row in standing(service) if row["state"] == "firing"))
    heading(t("alerts.ack_title", lang), t("alerts.ack_under", lang))
    if not firing:
        st.caption(t("alerts.none_fires", lang))
        return
    with st.form("ack", border=False, clear_on_submit=True):
        rule = st.selectbox(t("alerts.rule", lang), firing, key="ack_rule")
        node = _where(service, "ack_where", lang)
        who = _who("ack_who", lang)
        comment = st.text_input(t("alerts.comment_ack", lang), key="ack_comment", max_chars=500)
        pressed = st.form_submit_button(
            t("alerts.ack", lang), type="primary", disabled=not session.may_change("acknowledge")
        )
    if pressed:
        acting(lang, lambda: _acknowledged(service, Scope(rule=rule, node=node), who, comment, lang))
    acts_as(lang, "acknowledge")


def _who(key: str, lang: str) -> str:
    """The verified name of who is signed in; without sign-in whatever is typed, beside the user of the server."""
    if session.signed_in():
        return session.actor()
    return st.text_input(t("alerts.name", lang), session.actor(), key=key, max_chars=80)


def _acknowledged(service: Service, scope: Scope, who: str, comment: str, lang: str) -> str:
    found = acknowledge(service, scope, who=_named(who), comment=comment)
    return t("alerts.acked", lang, name=plain(_named(who)), n=len(found), rule=plain(str(scope)))


def _where(service: Service, key: str, lang: str) -> str:
    """A node of the tree that it is about: a site, what feeds something, or what an alert stands for; "" for all.

    Who sees some sites alone chooses one of them.
    """
    points = [point for point in service.settings.points if shows(service, point.site)]
    known, above = {point.id for point in points}, {parent for point in points for parent in point.parents}
    above |= {row["subject"] for row in standing(service) if row["state"] == "firing" and row["subject"] in known}
    everywhere = [""] if service.whole is None else []
    nodes = [*everywhere, *(site.id for site in service.settings.sites), *sorted(above)]
    return st.selectbox(
        t("alerts.where", lang), nodes, format_func=lambda node: node or t("alerts.everywhere", lang), key=key
    )


def _named(who: str) -> str:
    """The name given, with the user of the server behind it, who alone is known for sure."""
    name, sure = who.strip(), session.actor()
    return name if name in {"", sure} else f"{name} ({sure})"


def _silence(service: Service, lang: str) -> None:
    quiet = silenced(service)
    title = t("alerts.quiet", lang, n=len(quiet)) if quiet else t("alerts.none_quiet", lang)
    heading(title, t("alerts.silence_under", lang))
    for one in quiet:
        words = t("alerts.quiet_until", lang, until=_clock(one["until"], lang), name=one["who"], why=one["comment"])
        st.markdown(f":material/notifications_off: **{plain(_what(one))}**  \n:small[:gray[{plain(words)}]]")
    rules = [rule.id for rule in service.settings.alerts]
    if not rules:
        st.caption(t("alerts.no_rules", lang))
        return
    with st.form("silence", border=False, clear_on_submit=True):
        rule = st.selectbox(t("alerts.rule", lang), rules, key="silence_rule")
        node = _where(service, "silence_where", lang)
        hours = st.selectbox(
            t("alerts.hours", lang), HOURS, format_func=lambda n: fmt.duration(n * 3600, lang), key="silence_hours"
        )
        who = _who("silence_who", lang)
        comment = st.text_input(t("alerts.comment_silence", lang), key="silence_comment", max_chars=500)
        pressed = st.form_submit_button(t("alerts.silence", lang), disabled=not session.may_change("silence"))
    if pressed:
        acting(lang, lambda: _silenced(service, Scope(rule=rule, node=node), hours, who, comment, lang))


def _what(row: Row) -> str:
    return str(Scope(rule=row["rule"], node=row["node"], tag=row["tag"]))


def _silenced(service: Service, scope: Scope, hours: float, who: str, comment: str, lang: str) -> str:
    found = silence(service, scope, hours=hours, who=_named(who), comment=comment)
    return t("alerts.silenced", lang, rule=plain(str(scope)), until=_clock(found["until"], lang))


@st.fragment(run_every=60)
def history_part(lang: str) -> None:
    """What was told, newest first, and whether each channel took it."""
    with guarded(lang):
        rows = told(session.kept().service())
        heading(titles.told(rows, lang), t("alerts.told_under", lang, n=HISTORY))
        if rows:
            table([_told(row, lang) for row in reversed(rows[-HISTORY:])])


def _told(row: Row, lang: str) -> dict[str, str]:
    look = "resolved" if row["word"] == "resolved" else row["severity"]
    way = t("alerts.no_channel" if row["way"] == "no channel" else "alerts.forgotten", lang)
    if row.get("channel"):
        at = _clock(row["delivered_at"], lang)
        key = "alerts.given_up" if row["way"] == "given up" else "alerts.waits"
        way = f"{row['channel']}, {at}" if row["delivered_at"] else t(key, lang, channel=row["channel"])
        way += f" ({phrase(row['fault'], lang)})" if row["fault"] else ""
    return {
        t("alerts.at", lang): _clock(row["at"], lang),
        t("alerts.what", lang): t(f"alerts.word_{look}", lang),
        t("alerts.message", lang): message_title(row["title"], lang),
        t("alerts.delivered", lang): way,
    }


def _rules(service: Service, lang: str) -> None:
    rules = service.settings.alerts
    heading(t("alerts.rules", lang, n=len(rules)), t("alerts.rules_under", lang))
    if not rules:
        st.caption(t("alerts.no_rules", lang))
        return
    with st.expander(t("overview.table", lang)):
        table(
            [
                {
                    t("alerts.rule", lang): rule.id,
                    t("alerts.kind", lang): t(f"alerts.kind_{rule.kind}", lang),
                    t("alerts.what", lang): t(f"alerts.word_{rule.severity}", lang),
                    t("overview.site", lang): rule.site or t("report.company", lang),
                    t("alerts.why", lang): own_words(rule.reason, lang),
                }
                for rule in rules
            ]
        )
