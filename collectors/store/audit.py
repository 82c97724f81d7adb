"""The audit log: append-only and hash-chained, so that a change of the past shows (design 4.12)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, text, update

from collectors.store.state_engine import transaction
from collectors.store.state_tables import AUDIT, AUDIT_HEAD
from config.errors import StoreCorrupt

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

START = "0" * 64
NO_HEAD = "audit log: lines stand there, and the note of the last one is gone: restore a backup."


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the log; `former` is the hash of the line before, `hash` covers everything else."""

    number: int
    at: int  # UTC seconds
    who: str
    what: str
    before: str  # JSON, "null" where there was nothing
    after: str
    why: str
    former: str
    hash: str

    def expected_hash(self) -> str:
        """Return the hash that this line's content gives."""
        content = {name: value for name, value in asdict(self).items() if name != "hash"}
        return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Line:
    """What the log has to say of a row of the store: who wrote it and when (UTC s), and its content."""

    who: str
    what: str
    at: int
    after: object


class AuditLog:
    """Who changed what, when and why; lines can only be added."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def append(self, who: str, what: str, before: object, after: object, why: str, *, at: int) -> AuditEntry:
        """Add one line and return it.

        Args:
            who: the person or the job.
            what: the thing changed, e.g. `factor grid/DE/2025`.
            before: its former content, anything JSON can say; None where it is new.
            after: its content now; None where it is gone.
            why: the reason given.
            at: UTC seconds.
        """
        with transaction(self._engine, write=True) as connection:
            return appended(connection, who, what, before, after, why, at=at)

    def entries(self, after: int = 0) -> list[AuditEntry]:
        """Return the lines with a number above `after`, in order."""
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(select(AUDIT).where(AUDIT.c.number > after).order_by(AUDIT.c.number))
            return [AuditEntry(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)

    def head(self) -> tuple[int, str] | None:
        """Return number and hash of the last line, None where there is none; kept elsewhere it proves the whole log."""
        with transaction(self._engine, write=False) as connection:
            return _head(connection, lock=False)

    def verify(self) -> str | None:
        """Return None where the chain is whole, else one sentence that names the first line that is not."""
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(select(AUDIT).order_by(AUDIT.c.number)).all()
            head = _head(connection, lock=False)
        former, number = START, 0
        for row in rows:
            entry = AuditEntry(**row._mapping)  # noqa: SLF001
            if entry.number != number + 1:
                return f"audit log: line {number + 1} is missing."
            if entry.former != former or entry.hash != entry.expected_hash():
                return f"audit log: line {entry.number} was changed after it was written."
            former, number = entry.hash, entry.number
        if head is None:
            return NO_HEAD if rows else None
        if head != (number, former):
            return f"audit log: lines after {number} are missing; the last one written was {head[0]}."
        return None


def appended(
    connection: Connection, who: str, what: str, before: object, after: object, why: str, *, at: int
) -> AuditEntry:
    """Add one line within a transaction that also makes the change: both happen, or neither.

    Raises:
        StoreCorrupt: the note of the last line is gone, so nobody can say what comes next.
    """
    head = _head(connection)
    if head is None and connection.execute(select(AUDIT.c.number).limit(1)).first() is not None:
        raise StoreCorrupt(NO_HEAD)
    values = {"before": _json(before), "after": _json(after), "former": head[1] if head else START, "hash": ""}
    draft = AuditEntry(number=(head[0] if head else 0) + 1, at=at, who=who, what=what, why=why, **values)
    entry = AuditEntry(**{**asdict(draft), "hash": draft.expected_hash()})
    connection.execute(insert(AUDIT).values(**asdict(entry)))
    new_head = {"number": entry.number, "hash": entry.hash}
    connection.execute(update(AUDIT_HEAD).values(**new_head) if head else insert(AUDIT_HEAD).values(id=1, **new_head))
    return entry


def _head(connection: Connection, *, lock: bool = True) -> tuple[int, str] | None:
    """Return number and hash of the last line; on PostgreSQL others wait until this transaction ends."""
    if lock and connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE audit IN EXCLUSIVE MODE"))
    row = connection.execute(select(AUDIT_HEAD.c.number, AUDIT_HEAD.c.hash)).first()
    return (row[0], row[1]) if row else None


def _json(content: object) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False)
