"""Records: what managers enter because no meter reads it. Append-only: a correction is a new version with its reason.

A version counts once another person has approved it; where one person works alone the approval says so (`solo`). A
record that is wrong in what makes it one (kind, site, subject, period) is withdrawn: a version that says that it never
was, which counts like any other once it is approved.
Every change is a line of the audit log, written in the same transaction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select

from collectors.store.audit import Line, appended
from collectors.store.people import same_person
from collectors.store.state_engine import transaction
from collectors.store.state_tables import APPROVALS, RECORDS, WITHDRAWALS
from config.errors import InputError
from config.reading.wording import refuse_blank
from config.records.kinds import kind
from config.records.rows import Entry, elsewhere, overlaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

ID_DIGITS = 12
SOLO = "solo: entered and approved by one person"
DAYS = ("start", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version of a record: what was entered, by whom and when (UTC s), and who approved it, if anybody did.

    A `withdrawn` version says that its entry never was.
    """

    id: str
    version: int
    entry: Entry
    entered_by: str
    entered_at: int
    reason: str
    approved_by: str | None
    approved_at: int | None
    solo: bool
    withdrawn: bool = False

    @property
    def approved(self) -> bool:
        """Whether this version may stand in a figure."""
        return self.approved_by is not None


def record_id(entry: Entry) -> str:
    """Return the id of the record that an entry is a version of: its key makes it."""
    text = "|".join(str(part) for part in entry.key)
    return sha256(text.encode()).hexdigest()[:ID_DIGITS]


class Records:
    """The records of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def add(self, entries: Sequence[Entry], *, who: str, at: int, reason: str = "") -> list[Record]:
        """Take entries in, all or none, and return the versions that are new; what stands already is left out.

        Raises:
            InputError: one corrects a record and no reason is given, or speaks of days that another record has.
        """
        with transaction(self._engine, write=True) as connection:
            newest = {record.id: record for record in _newest(_versions(connection))}
            fresh = [entry for entry in entries if not _same(newest.get(record_id(entry)), entry)]
            mistakes = (
                []
                if reason.strip()
                else [_unsaid(newest[id_]) for entry in fresh if (id_ := record_id(entry)) in newest]
            )
            others = {id_: record.entry for id_, record in newest.items() if not record.withdrawn}
            mistakes += overlaps((others | {record_id(one): one for one in fresh}).values())
            mistakes += elsewhere(fresh, others.values())
            if mistakes:
                raise InputError("\n".join(mistakes))
            for entry in fresh:
                _enter(connection, entry, newest.get(record_id(entry)), who=who, at=at, reason=reason)
            new = {record_id(entry) for entry in fresh}
            return [record for record in _newest(_versions(connection)) if record.id in new]

    def withdraw(self, ids: Iterable[str], *, who: str, at: int, reason: str) -> list[Record]:
        """Add a version to each record that says that it never was, all or none; it waits for approval like any other.

        Raises:
            InputError: no such record, it is withdrawn already, or the reason is blank.
        """
        refuse_blank(reason)
        wanted = list(dict.fromkeys(ids))
        with transaction(self._engine, write=True) as connection:
            newest = {record.id: record for record in _newest(_versions(connection))}
            mistakes = _absent(wanted, newest)
            mistakes += [f"{id_} is withdrawn already." for id_ in wanted if id_ in newest and newest[id_].withdrawn]
            if mistakes:
                raise InputError("\n".join(mistakes))
            for id_ in wanted:
                _enter(connection, newest[id_].entry, newest[id_], who=who, at=at, reason=reason, withdrawn=True)
            return [record for record in _newest(_versions(connection)) if record.id in set(wanted)]

    def approve(self, ids: Iterable[str], *, who: str, at: int, solo: bool, reason: str = "") -> list[Record]:
        """Approve the newest version of each record, all or none; one that is approved already is left as it is.

        `reason` goes into the log. An id may name the version that was looked at, `0123456789ab@2`: a newer one is then
        not approved unseen.

        Raises:
            InputError: no such record, another version is the newest, its author approves it while `solo` is off, or
                another approved record speaks of its days.
        """
        looked_at = dict(one.partition("@")[::2] for one in ids)
        wanted = list(looked_at)
        with transaction(self._engine, write=True) as connection:
            versions = _versions(connection)
            newest = {record.id: record for record in _newest(versions)}
            chosen = [newest[id_] for id_ in wanted if id_ in newest and not newest[id_].approved]
            mistakes = _absent(wanted, newest)
            mistakes += [
                f"{id_}: version {newest[id_].version} is the newest, not {version}: look at it first."
                for id_, version in looked_at.items()
                if version and id_ in newest and str(newest[id_].version) != version
            ]
            own = [record.id for record in chosen if same_person(record.entered_by, who)]
            if own and not solo:
                mistakes.append(
                    f"{', '.join(own)}: {who} entered it, so another person must approve it; where one person works "
                    "alone write solo = true under [company]."
                )
            # The versions that stand once these are approved: what takes their days has to be withdrawn first.
            standing = {record.id: record for record in [*_approved(versions), *chosen]}.values()
            mistakes += overlaps(record.entry for record in standing if not record.withdrawn)
            if mistakes:
                raise InputError("\n".join(mistakes))
            for record in chosen:
                alone = same_person(record.entered_by, who)
                row = _approval(record.id, record.version, who=who, at=at, solo=alone)
                connection.execute(insert(APPROVALS).values(**row))
                why = "; ".join(text for text in (reason, SOLO if alone else "") if text)
                appended(connection, who, f"record {record.id} v{record.version} approved", None, row, why, at=at)
            ids_ = {record.id for record in chosen}
            return [record for record in _versions(connection) if record.id in ids_ and record.approved_at == at]

    def newest(self) -> list[Record]:
        """Return the newest version of each record, withdrawn ones too."""
        with transaction(self._engine, write=False) as connection:
            return _newest(_versions(connection))

    def standing(
        self,
        *,
        kind: str | None = None,
        site: str | None = None,
        start: date | None = None,
        end: date | None = None,
        approved: bool = True,
    ) -> list[Record]:
        """Return the version of each record that stands, of those that touch [start, end) in local days.

        With `approved` that is the newest approved one, records without any left out; else the newest of all. Records
        whose version that stands is a withdrawal are left out.
        """
        with transaction(self._engine, write=False) as connection:
            versions = _versions(connection, kind=kind, site=site)
        chosen = _approved(versions) if approved else _newest(versions)
        return [record for record in chosen if not record.withdrawn and _touches(record, start, end)]

    def waiting(self, *, site: str | None = None, start: date | None = None, end: date | None = None) -> list[Record]:
        """Return the newest versions that nobody has approved yet; a withdrawal of what never was needs nobody."""
        with transaction(self._engine, write=False) as connection:
            versions = _versions(connection, site=site)
        counted = {record.id for record in _approved(versions)}
        found = [record for record in _newest(versions) if not record.approved and _touches(record, start, end)]
        return [record for record in found if record.id in counted or not record.withdrawn]


def _unsaid(former: Record) -> str:
    """Why an entry that is another version needs a reason."""
    one = former.entry
    what = f"record {former.id} ({one.kind} {one.subject} at {one.site} from {one.start})"
    if former.withdrawn:
        return f"{what} was withdrawn: give the reason why it is entered again with --reason."
    another = ", or say in --text which one this is, where it is another of that day" if kind(one.kind).overlap else ""
    return f"{what} stands already with another value: give the reason of the correction with --reason{another}."


def _absent(wanted: Iterable[str], known: Mapping[str, Record]) -> list[str]:
    return [f'"{id_}" is no record: `wattlas records list` names them.' for id_ in wanted if id_ not in known]


def _enter(
    connection: Connection,
    entry: Entry,
    former: Record | None,
    *,
    who: str,
    at: int,
    reason: str,
    withdrawn: bool = False,
) -> None:
    id_, version = record_id(entry), former.version + 1 if former else 1
    row = {"id": id_, "version": version, **_row(entry), "entered_by": who, "entered_at": at, "reason": reason}
    connection.execute(insert(RECORDS).values(**row))
    before = _row(former.entry) if former and not former.withdrawn else None
    what = f"record {id_} v{version}"
    if withdrawn:
        connection.execute(insert(WITHDRAWALS).values(id=id_, version=version))
        appended(connection, who, f"{what} withdrawn", before, None, reason, at=at)
    else:
        appended(connection, who, what, before, _row(entry), reason, at=at)


def _touches(record: Record, start: date | None, end: date | None) -> bool:
    return (end is None or record.entry.start < end) and (start is None or start < record.entry.end)


def _approved(versions: Iterable[Record]) -> list[Record]:
    """The newest approved version of each record."""
    return _newest(record for record in versions if record.approved)


def lines(connection: Connection) -> Iterator[Line]:
    """Yield what the audit log has to say of each version and each approval."""
    for one in _versions(connection):
        what = f"record {one.id} v{one.version}"
        if one.withdrawn:
            yield Line(one.entered_by, f"{what} withdrawn", one.entered_at, None)
        else:
            yield Line(one.entered_by, what, one.entered_at, _row(one.entry))
    for row in connection.execute(select(APPROVALS)):
        after = _approval(row.id, row.version, who=row.approved_by, at=row.approved_at, solo=bool(row.solo))
        yield Line(row.approved_by, f"record {row.id} v{row.version} approved", row.approved_at, after)


def _approval(id_: str, version: int, *, who: str, at: int, solo: bool) -> dict[str, Any]:
    return {"id": id_, "version": version, "approved_by": who, "approved_at": at, "solo": solo}


def _versions(connection: Connection, *, kind: str | None = None, site: str | None = None) -> list[Record]:
    approval, gone = (
        and_(RECORDS.c.id == other.c.id, RECORDS.c.version == other.c.version) for other in (APPROVALS, WITHDRAWALS)
    )
    given = (APPROVALS.c.approved_by, APPROVALS.c.approved_at, APPROVALS.c.solo, WITHDRAWALS.c.id.label("withdrawn"))
    joined = select(RECORDS, *given).outerjoin(APPROVALS, approval).outerjoin(WITHDRAWALS, gone)
    query = joined.order_by(RECORDS.c.id, RECORDS.c.version)
    if kind is not None:
        query = query.where(RECORDS.c.kind == kind)
    if site is not None:
        query = query.where(RECORDS.c.site == site)
    return [_record(dict(row._mapping)) for row in connection.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def _record(row: dict[str, Any]) -> Record:
    entry = {name: row.pop(name) for name in Entry.__slots__}
    days = {name: date.fromisoformat(entry[name]) for name in DAYS}
    flags = {"solo": bool(row["solo"]), "withdrawn": row["withdrawn"] is not None}
    return Record(entry=Entry(**entry | days), **row | flags)


def _row(entry: Entry) -> dict[str, Any]:
    return {name: str(value) if name in DAYS else value for name, value in asdict(entry).items()}


def _newest(versions: Iterable[Record]) -> list[Record]:
    return list({record.id: record for record in versions}.values())


def _same(former: Record | None, entry: Entry) -> bool:
    return former is not None and not former.withdrawn and former.entry == entry
