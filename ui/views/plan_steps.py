"""The cards of the plan's five steps and of its milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from ui import format as fmt
from ui import session
from ui.plan.steps import milestone_rows, note_milestone, step_rows
from ui.text import t
from ui.views.frame import acting, acts_as
from ui.views.measures import STATES
from ui.views.parts import card, guarded, heading, plain, table, unfolding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.store.progress import MeasureState
    from ui.service import Service

Row = dict[str, Any]
EVERY_S: Final = 300


def cards(lang: str) -> None:
    """The steps of each site's plan, and beside them the milestones."""
    with card("steps", lang, height="content"):
        steps(lang)
        _form(session.kept().service(), lang)


@st.fragment(run_every=EVERY_S)
def steps(lang: str) -> None:
    """What stands for each of the five steps, then the milestones, soonest first."""
    with guarded(lang):
        service = session.kept().service()
        rows, marks = step_rows(service), milestone_rows(service)
        heading(_title(rows, marks, lang), t("plan.steps_under", lang))
        if rows:
            table([_step(row, lang) for row in rows])
        if marks:
            st.caption(t("plan.milestones_under", lang))
            table([_mark(row, lang) for row in marks])


def _form(service: Service, lang: str) -> None:
    """Note how a milestone stands, by who may; a line of the audit log."""
    names = {one.id: one.title for one in service.settings.plan.milestones}
    if not names:
        return
    with unfolding(t("plan.mark_note", lang), key="fold_milestone") as opened:
        if opened:
            _note(service, names, lang)
    acts_as(lang)


def _note(service: Service, names: dict[str, str], lang: str) -> None:
    with st.form("milestone", border=False, clear_on_submit=True):
        name = st.selectbox(t("plan.milestone", lang), list(names), format_func=names.__getitem__, key="mark_name")
        words = {code: t(f"measures.state_{code}", lang) for code in STATES}
        state = st.selectbox(t("measures.state", lang), STATES, format_func=words.__getitem__, key="mark_state")
        cost = st.number_input(t("measures.spent", lang), min_value=0.0, value=None, key="mark_cost")
        note = st.text_input(t("measures.note", lang), key="mark_text", max_chars=500)
        pressed = st.form_submit_button(t("measures.note_it", lang), disabled=not session.may_change("progress"))
    if pressed:
        acting(lang, lambda: _noted(service, name, state, cost, note, lang))


def _noted(service: Service, name: str, state: MeasureState, cost: float | None, note: str, lang: str) -> str:
    step = note_milestone(service, name, state=state, cost=cost, note=note, who=session.actor())
    return t("measures.noted", lang, name=plain(name), state=t(f"measures.state_{step.state}", lang))


def _title(rows: Sequence[Row], marks: Sequence[Row], lang: str) -> str:
    if not rows:
        return t("plan.steps_none", lang)
    standing = [row["standing"] for row in marks if row["standing"] != "stopped"]
    if not standing:
        return t("plan.steps", lang)
    late, met = standing.count("late"), standing.count("met") + standing.count("met late")
    return t("plan.steps_late" if late else "plan.steps_good", lang, late=late, met=met, n=len(standing))


def _step(row: Row, lang: str) -> dict[str, str]:
    words = []
    if row["targets"] is not None:
        words.append(t("plan.step_targets", lang, n=row["targets"]))
    if row["contracts"] is not None:
        words.append(t("plan.step_contracts", lang, n=row["contracts"]))
    if row["measures"]:
        words.append(t("plan.step_measures", lang, n=row["measures"], work=row["measures_at_work"]))
    if row["milestones"]:
        words.append(t("plan.step_marks", lang, n=row["milestones"], met=row["met"]))
    return {
        t("plan.site", lang): row["site"],
        t("plan.step", lang): _named(row["step"], lang),
        t("plan.rests_on", lang): " · ".join(words) or fmt.MISSING,
        t("plan.due", lang): row["next_due"] or fmt.MISSING,
        t("plan.owner", lang): row["owners"] or fmt.MISSING,
    }


def _mark(row: Row, lang: str) -> dict[str, str]:
    word = row["standing"].replace(" ", "_")
    return {
        t("plan.milestone", lang): row["title"],
        t("plan.step", lang): _named(row["step"], lang),
        t("plan.due", lang): row["due"],
        t("plan.owner", lang): row["owner"],
        t("plan.standing", lang): t(f"plan.mark_{word}", lang),
        t("measures.spent", lang): fmt.MISSING if row["actual_cost"] is None else fmt.number(row["actual_cost"]),
        t("measures.note", lang): row["note"] or fmt.MISSING,
    }


def _named(step: str, lang: str) -> str:
    word = step.replace(" ", "_")
    return t(f"plan.step_{word}", lang)
