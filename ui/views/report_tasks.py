"""The checks of a report on its page: what was found, what to do about it, and who is to do it by when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from ui import session
from ui.phrases import phrase
from ui.reports.tasks import give, task_rows
from ui.text import t
from ui.views import markup
from ui.views.frame import acting
from ui.views.parts import State, folded, states, unfolding

if TYPE_CHECKING:
    from ui.service import Service

Row = dict[str, Any]
Colour = Literal["green", "orange", "red", "gray", "blue"]
LEVELS: Final[dict[str, tuple[Colour, str]]] = {
    "blocks": ("red", ":material/block:"),
    "note": ("orange", ":material/info:"),
    "ok": ("green", ":material/check_circle:"),
}
DAYS: Final = 7  # until a task is due, where nobody says otherwise
MOST: Final = 500  # letters of a person's name


def draw(service: Service, content: Row, lang: str) -> None:
    """Draw what blocks and what is well in lines, notes folded away, and the form that gives one of them."""
    rows = task_rows(service, content)
    tasks = {row["task"]: row for row in rows}
    looked = [check for check in content["checks"] if check["level"] != "note"]
    states(_check(check, tasks.get(check.get("task", "")), lang) for check in looked)
    notes = [row for row in rows if row["level"] == "note"]
    if notes:
        said_ = markup.entries(("", [phrase(row["text"], lang), *_given(row, lang)]) for row in notes)
        folded(t("reports.notes", lang, n=len(notes)), said_)
    open_ = {key: row for key, row in tasks.items() if row["standing"] != "done"}
    if open_:
        with unfolding(t("reports.give", lang), key="fold_tasks") as opened:
            if opened:
                _form(service, content, open_, lang)


def _check(row: Row, task: Row | None, lang: str) -> State:
    level = row["level"]
    colour, icon = LEVELS[level]
    remedy = [phrase(row["remedy"], lang)] if row["remedy"] else []
    under = " · ".join([*remedy, *_given(task, lang)])
    return State(t(f"reports.level_{level}", lang), colour, icon, phrase(row["text"], lang), under)


def _given(task: Row | None, lang: str) -> list[str]:
    """Who has a task and until when; nothing where nobody has."""
    if task is None or task["standing"] == "open":
        return []
    standing = task["standing"]
    return [t(f"reports.task_{standing}", lang, person=task["person"], due=task["due"])]


def _form(service: Service, content: Row, tasks: dict[str, Row], lang: str) -> None:
    may = session.may_change("prepare")
    today = datetime.fromtimestamp(service.now(), UTC).date()
    with st.form("give_task", border=False):
        task = st.selectbox(
            t("reports.task", lang),
            list(tasks),
            format_func=lambda key: phrase(tasks[key]["text"], lang),
            key="task_of",
        )
        person = st.text_input(t("reports.person", lang), key="task_person", max_chars=MOST)
        due = st.date_input(t("reports.due", lang), value=today + timedelta(days=DAYS), min_value=today, key="task_due")
        pressed = st.form_submit_button(t("reports.give_it", lang), disabled=not may, key="task_go")
    if pressed:
        acting(lang, lambda: _gave(service, content, task, person, str(due), lang))


def _gave(service: Service, content: Row, task: str, person: str, due: str, lang: str) -> str:
    found = give(service, content, task, person=person, due=due, note="", who=session.actor())
    return t("reports.gave", lang, person=found.person, due=found.due)
