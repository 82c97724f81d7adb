"""Whether the audit log tells of every row that counts, and the store still holds all that the log tells of.

Triggers keep rows from being changed; nothing keeps a person who may write the database from adding some. Every row
that Wattlas writes has its line, in the same transaction, so a row without one was written past it (design 4.12).
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from collectors.store import estimates, progress, records, reports, tasks
from collectors.store.audit import AuditEntry
from collectors.store.state_engine import transaction
from collectors.store.state_tables import AUDIT, AUDIT_HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from collectors.store.audit import Line

TABLES: Final = (records.lines, estimates.lines, reports.lines, progress.lines, tasks.lines)
WORDS: Final = (
    "record ",
    "estimate ",
    "report ",
    "measure ",
    "milestone ",
    "task ",
)  # what a line about their rows begins with


def log_fault(engine: Engine) -> str | None:
    """Return None where rows and lines are the same, else one sentence that names the first that are not."""
    with transaction(engine, write=False) as connection:
        # Lines that come in meanwhile have rows that were not seen: they are not asked for theirs.
        upto = connection.execute(select(func.max(AUDIT_HEAD.c.number))).scalar() or 0
        rows = [line for lines in TABLES for line in lines(connection)]
        told = _told(connection)
    for row in rows:
        line = _taken(told[row.what], row)
        if line is None:
            return f"state store: the audit log does not tell of {row.what} as it stands: it was written past Wattlas."
    left = [line for lines in told.values() for line in lines if line.number <= upto]
    if left:
        first = min(left, key=lambda line: line.number)
        return f"state store: {first.what} is not as line {first.number} of the audit log tells: it was taken out."
    return None


def _told(connection: Connection) -> defaultdict[str, list[AuditEntry]]:
    found = defaultdict(list)
    for row in connection.execute(select(AUDIT).order_by(AUDIT.c.number)):
        line = AuditEntry(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
        if line.what.startswith(WORDS):
            found[line.what].append(line)
    return found


def _taken(lines: list[AuditEntry], row: Line) -> AuditEntry | None:
    """Take the line of a row out of those about the same thing."""
    after = json.loads(json.dumps(row.after))
    for line in lines:
        if (line.who, line.at, json.loads(line.after)) == (row.who, row.at, after):
            lines.remove(line)
            return line
    return None
