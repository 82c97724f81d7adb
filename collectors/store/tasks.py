"""Tasks out of the checks of reports: who is to do what by when. Append-only; each giving is a line of the audit log.

A task is a check that is not ok, by an id that stays while the amounts in its text change. It is done when the check is
ok: nobody says so.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from collectors.store.audit import Line, appended
from collectors.store.state_engine import transaction
from collectors.store.state_tables import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as it was given at `at` [UTC s] by `who` to `person`, to be done by the day `due` (ISO 8601)."""

    id: str
    version: int
    subject: str  # of the report from which it was given
    label: str  # its period
    text: str
    remedy: str
    person: str
    due: str
    note: str
    who: str
    at: int


class TaskStore:
    """The tasks of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def give(self, task: Task) -> Task:
        """Keep a task with its person and day; what was given before stays in the log. `version` is set here."""
        with transaction(self._engine, write=True) as connection:
            former = _newest(connection).get(task.id)
            given = replace(task, version=former.version + 1 if former else 1)
            connection.execute(insert(TASKS).values(**asdict(given)))
            before = asdict(former) if former else None
            appended(connection, given.who, _subject(given), before, asdict(given), given.note, at=given.at)
            return given

    def newest(self) -> dict[str, Task]:
        """Return each task as it was given last, by id."""
        with transaction(self._engine, write=False) as connection:
            return _newest(connection)


def lines(connection: Connection) -> Iterator[Line]:
    """Yield what the audit log has to say of each giving."""
    for row in connection.execute(select(TASKS)):
        task = Task(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
        yield Line(task.who, _subject(task), task.at, asdict(task))


def _newest(connection: Connection) -> dict[str, Task]:
    of = select(TASKS.c.id, func.max(TASKS.c.version).label("version")).group_by(TASKS.c.id).subquery()
    rows = connection.execute(select(TASKS).join(of, (TASKS.c.id == of.c.id) & (TASKS.c.version == of.c.version)))
    return {task.id: task for task in (Task(**row._mapping) for row in rows)}  # noqa: SLF001


def _subject(task: Task) -> str:
    return f"task {task.id} v{task.version}"
