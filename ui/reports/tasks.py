"""Checks of a report as tasks: what is found, what to do about it, and who is to do it by when."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from collectors.store.tasks import Task
from config.errors import InputError
from ui.reports.kept import site_of

if TYPE_CHECKING:
    from ui.service import Service

Row = dict[str, Any]
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def task_rows(service: Service, content: Row) -> list[Row]:
    """Return each check that is not ok as a task; then those of the period that were given and are done.

    `standing` is open, given, late (its day is over) or done (the check is ok now).
    """
    given = service.stores.state.tasks.newest()
    today = datetime.fromtimestamp(service.now(), UTC).date().isoformat()
    found = [_row(one, given.get(one["task"]), today) for one in content["checks"] if "task" in one]
    open_ = {row["task"] for row in found}
    subjects = {content["subject"], *(part["id"] for part in content["sites"])}
    of = (one for one in given.values() if one.label == content["label"] and one.subject in subjects)
    return [*found, *(_done(one) for one in of if one.id not in open_)]


def _row(check: Row, task: Task | None, today: str) -> Row:
    who = {"person": task.person, "due": task.due, "note": task.note} if task else {"person": "", "due": "", "note": ""}
    standing = "open" if task is None else "late" if task.due < today else "given"
    return {key: check[key] for key in ("task", "level", "name", "text", "remedy")} | who | {"standing": standing}


def _done(task: Task) -> Row:
    of = {"task": task.id, "level": "ok", "name": "", "text": task.text, "remedy": task.remedy}
    return of | {"person": task.person, "due": task.due, "note": task.note, "standing": "done"}


def give(service: Service, content: Row, id_: str, *, person: str, due: str, note: str, who: str) -> Task:
    """Give a check of a report to a person.

    Raises:
        InputError: the report has no such task, nobody is named, or the day is none or over.
    """
    service.allow("prepare", who, sites=[site_of(content["subject"])])
    checks = {one["task"]: one for one in content["checks"] if "task" in one}
    if id_ not in checks:
        msg = f'"{id_}" is no open task of {content["subject"]} {content["label"]}: `wattlas report tasks` lists them'
        raise InputError(msg)
    if not person.strip():
        msg = "nobody is named: say with --to who does it"
        raise InputError(msg)
    task = Task(
        id=id_,
        version=0,
        subject=content["subject"],
        label=content["label"],
        text=checks[id_]["text"],
        remedy=checks[id_]["remedy"],
        person=person.strip(),
        due=_day(due, service),
        note=note,
        who=who,
        at=int(service.now()),
    )
    return service.stores.state.tasks.give(task)


def _day(text: str, service: Service) -> str:
    try:
        found = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or found < datetime.fromtimestamp(service.now(), UTC).date():
        msg = f'--due "{text}" is no day from today on: write it as 2026-10-05'
        raise InputError(msg)
    return found.isoformat()
