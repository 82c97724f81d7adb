"""Records through any door: a table or one row becomes versions in the state store, its evidence a file kept."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING, Any

from collectors.store.evidence import keep
from config.errors import InputError
from config.reading.wording import refuse_blank
from config.reading.workbook import sheet_rows
from config.records.kinds import amount_unit, kind, kinds
from config.records.rows import COLUMNS, entries, entry
from ui.format import iso
from ui.records.reach import span
from ui.reports.sealed import refuse_sealed, with_mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from collectors.store.records import Record
    from config.records.rows import Entry
    from ui.service import Service

Row = dict[str, Any]
LARGEST_EVIDENCE = 200_000_000


def table_of(path: Path, sheet: str | None = None) -> list[list[str]]:
    """Read a CSV (UTF-8 or GBK) or a sheet of an XLSX file into texts.

    Raises:
        InputError: it cannot be read.
    """
    if path.suffix.lower() == ".xlsx":
        return sheet_rows(path, sheet)
    try:
        raw = path.read_bytes()
    except OSError as error:
        msg = f"{path}: the file cannot be read ({error.strerror}); check its path and rights."
        raise InputError(msg) from None
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return list(csv.reader(StringIO(raw.decode(encoding), newline="")))
        except (UnicodeDecodeError, csv.Error):
            continue
    msg = f"{path.name}: the text is neither UTF-8 nor GBK; save it as a UTF-8 CSV or an XLSX file."
    raise InputError(msg)


def import_records(
    service: Service, path: Path, *, who: str, sheet: str | None = None, reason: str = "", restate: str = ""
) -> list[Record]:
    """Take all records of a file in, or none; the same file a second time adds nothing.

    Raises:
        InputError: any row or evidence file is wrong; one sentence a line.
    """
    service.allow("record", who, sites=())
    found = entries(table_of(path, sheet), service.settings, file=path.name, today=today(service))
    return _kept(service, found, path.parent, who=who, reason=reason, restate=restate)


def add_record(
    service: Service, row: Mapping[str, str], folder: Path, *, who: str, reason: str = "", restate: str = ""
) -> list[Record]:
    """Take one record in; evidence is a path relative to `folder`.

    Raises:
        InputError, UnitError: what is wrong with it.
    """
    service.allow("record", who, sites=())
    found = [entry(row, service.settings, today=today(service))]
    return _kept(service, found, folder, who=who, reason=reason, restate=restate)


def approve_records(service: Service, ids: Iterable[str], *, who: str, restate: str = "") -> list[Record]:
    """Approve the newest version of records, in solo mode one's own; `id@version` names the one that was looked at.

    Raises:
        InputError: the store refuses it, or a report of days that they reach is sealed and `restate` gives no reason.
    """
    records, wanted = service.stores.state.records, set(ids)
    named = {one.partition("@")[0] for one in wanted}
    service.allow("approve", who, sites=_sites_of(service, named))
    service.note_configuration()
    waiting = [one.entry for one in records.waiting() if one.id in named]
    mark = refuse_sealed(service, [span(service, one) for one in waiting], restate=restate)
    solo = service.settings.company.solo
    return records.approve(sorted(wanted), who=who, at=int(service.now()), solo=solo, reason=mark)


def withdraw_records(service: Service, ids: Iterable[str], *, who: str, reason: str, restate: str = "") -> list[Record]:
    """Say of records that they never were; what stands in figures stands until another person approves that.

    Raises:
        InputError: the store refuses it, or a report of days that they reach is sealed and `restate` gives no reason.
    """
    records, wanted = service.stores.state.records, list(ids)
    service.allow("record", who, sites=_sites_of(service, wanted))
    refuse_blank(reason)
    spans = [span(service, one.entry) for one in records.newest() if one.id in wanted]
    mark = refuse_sealed(service, spans, restate=restate)
    return records.withdraw(wanted, who=who, at=int(service.now()), reason=with_mark(reason, mark))


def _sites_of(service: Service, ids: Collection[str]) -> list[str]:
    """The sites of records by their ids."""
    return sorted({one.entry.site for one in service.stores.state.records.newest() if one.id in ids})


def _kept(service: Service, found: list[Entry], folder: Path, *, who: str, reason: str, restate: str) -> list[Record]:
    service.allow("record", who, sites=sorted({one.site for one in found}))
    files = _evidence(found, folder)
    named = [replace(one, sha256=files[one.evidence][0]) if one.evidence else one for one in found]
    known = {record.entry for record in service.stores.state.records.standing(approved=False)}
    mark = refuse_sealed(service, [span(service, one) for one in named if one not in known], restate=restate)
    for _, content in files.values():
        keep(service.stores.data, content)
    return service.stores.state.records.add(named, who=who, at=int(service.now()), reason=with_mark(reason, mark))


def _evidence(found: Iterable[Entry], folder: Path) -> dict[str, tuple[str, bytes]]:
    """Read the evidence files that entries name: digest and content by name.

    Raises:
        InputError: one is absent, too large, or another file than its sha256 says; one sentence a line.
    """
    files: dict[str, tuple[str, bytes]] = {}
    mistakes: dict[str, None] = {}
    for one in found:
        if not one.evidence:
            continue
        path = folder / one.evidence
        try:
            if path.stat().st_size > LARGEST_EVIDENCE:
                mistakes[
                    f"{path}: evidence is larger than {LARGEST_EVIDENCE // 1_000_000} MB; keep a smaller copy."
                ] = None
                continue
            content = path.read_bytes()
        except OSError as error:
            mistakes[f"{path}: evidence cannot be read ({error.strerror}); correct its name or put it there."] = None
            continue
        digest = sha256(content).hexdigest()
        if one.sha256 not in {"", digest}:
            mistakes[f"{path}: its SHA-256 is {digest}, not {one.sha256}; another file stands there."] = None
        files[one.evidence] = (digest, content)
    if mistakes:
        raise InputError("\n".join(mistakes))
    return files


def today(service: Service) -> date:
    """The latest day that it is anywhere now: no record speaks of a later one."""
    return datetime.fromtimestamp(service.now() + 14 * 3600, UTC).date()


def template_rows(sites: Iterable[str], wanted: Iterable[str], *, month: date) -> list[list[str]]:
    """Return the header and one row to fill in for each site and kind: the month's days and the unit stand there.

    `month` is any day of it. A row that nobody fills in is left out by `import_records`.
    """
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    site_list, names = list(sites), list(wanted)
    rows = [list(COLUMNS)]
    for site in site_list:
        for name in names:
            of = kinds()[name]
            given = {"kind": name, "site": site, "unit": of.unit or "", "from": str(first)}
            given["to"] = str(last) if of.span == "period" else ""
            rows.append([given.get(column, "") for column in COLUMNS])
    return rows


def record_row(record: Record) -> Row:
    """One version of a record as a plain row; the last day of a period is part of it."""
    one = record.entry
    last = date.fromordinal(one.end.toordinal() - 1)
    return {
        "id": record.id,
        "version": record.version,
        "kind": one.kind,
        "site": one.site,
        "subject": one.subject,
        "from": str(one.start),
        "to": str(last),
        "value": one.value,
        "unit": one.unit,
        "amount": one.amount,
        "amount_unit": amount_unit(one),
        "text": one.text,
        "evidence": one.evidence,
        "sha256": one.sha256,
        "comment": one.comment,
        "entered_by": record.entered_by,
        "entered_at": iso(record.entered_at),
        "reason": record.reason,
        "approved_by": record.approved_by,
        "approved_at": None if record.approved_at is None else iso(record.approved_at),
        "solo": record.solo,
        "withdrawn": record.withdrawn,
    }


def standing_rows(
    service: Service, sites: Collection[str], *, kinds: Iterable[str] = (), waiting: bool = False
) -> Iterator[Row]:
    """The newest version of each record of some sites as plain rows; `waiting`: only those nobody has approved.

    Raises:
        InputError: there is no such kind.
    """
    names = {kind(one).name for one in kinds}
    records = service.stores.state.records
    for one in records.waiting() if waiting else records.newest():
        if one.entry.site in sites and (not names or one.entry.kind in names):
            yield record_row(one)
