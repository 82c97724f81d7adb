"""Import of bills: valued, spread over the cells of their points, accepted once; a corrected bill replaces the former.

All bills of a `[[usage]]` table in one month are one: given together, replaced together. The former is undone before
the new one is accepted, so that what a correction leaves out does not stand on.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from analytics.usage import span
from collectors.bills.read import read_bill
from collectors.importing.readmit import readmit
from collectors.importing.undo import undo_import
from collectors.judge import Judge, off_flags
from collectors.overlaps import overlaps_of
from collectors.reading import Quality, Reading, reading_table
from collectors.store.locks import writer_lock
from collectors.store.state import ImportNote
from collectors.store.usage import KeptBill
from config.errors import InputError
from config.reading.wording import listed
from config.usage.tables import usage_tables
from ui.format import iso
from ui.reports.sealed import refuse_sealed
from ui.usage.lines import kept_lines
from ui.usage.sorting import sort_lines
from ui.usage.spreading import refuse_parts, refuse_shared, spreads_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    import pyarrow as pa

    from analytics.usage import Spread
    from collectors.bills.line import Line
    from collectors.bills.read import Bill
    from ui.service import Service
    from ui.usage.sorting import Key, Sorted

ROWS_PER_CHUNK = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of the bill of one `[[usage]]` table and month; `already` says that nothing changed.

    Of its readings `quarantined` lie beyond bounds, `twice` beside what another import or a meter told of that time.
    """

    bill: KeptBill
    already: bool
    replaced: str  # the origin that it stands for now, or empty
    quarantined: int
    twice: int
    readings: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All bills of an import, and what to tell: rows left out, hints."""

    bills: tuple[Imported, ...]
    said: tuple[str, ...]


def import_bills(
    service: Service,
    paths: Sequence[Path],
    *,
    complete: bool = False,
    skip_unknown: bool = False,
    restate: str = "",
    who: str = "",
    zone: tzinfo | None = None,
) -> Outcome:
    """Import the bills of one or more `[[usage]]` tables.

    Args:
        service: the books.
        paths: all files of the month together.
        complete: the bill is all of the account: a point that no row speaks of had no use, which is zero.
        skip_unknown: leave out rows that no point takes, instead of refusing the bill.
        restate: why that time is changed, where a report of it is sealed; the audit log keeps it.
        who: imports them.
        zone: of times without an offset, in exports of other tools.

    Raises:
        InputError: the bill is refused as a whole; nothing was accepted.
    """
    if not service.settings.usage:
        msg = f"{service.settings.path.name} has no [[usage]] table: add one that says which point takes which rows."
        raise InputError(msg)
    tags = sorted({key for usage in service.settings.usage for row in usage.points for key in row.tags})
    bills = [read_bill(path, tags=tags, zone=zone) for path in paths]
    _refuse_twice(bills)
    tables = usage_tables(service.settings.factors.of_usage())
    found = sort_lines(_together(bills), service.settings, tables)
    if found.homeless and not skip_unknown:
        rows = [f"{count:,} rows of {text}" for text, count in found.homeless.items()]
        raise InputError("\n".join(f"{row}, or leave such rows out with --skip-unknown." for row in rows))
    _refuse_open(found, now=int(service.now()))
    mark = _refuse_sealed(service, found, restate=restate)
    files = {bill.path.name: bill.sha256 for bill in bills}
    state = service.stores.state_path
    with writer_lock(state.with_name(f"{state.name}.bills.lock")):  # which bill one replaces is read and written
        refuse_shared(service, found)
        done = tuple(_imported(service, key, found, files, complete=complete) for key in sorted(found.by_point))
    if mark:
        service.stores.state.audit.append(who, "bills imported", None, files, mark, at=int(service.now()))
    return Outcome(done, tuple(_said(bills, found)))


def zone_of(name: str | None) -> ZoneInfo | None:
    """Return a time zone by its name.

    Raises:
        InputError: there is none of that name.
    """
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f'--time-zone "{name}" is unknown: write an IANA name such as Europe/Berlin or UTC.'
        raise InputError(msg) from None


def _together(bills: Sequence[Bill]) -> list[Line]:
    """Lines of all files; those alike in two files are two."""
    return [line for bill in bills for line in bill.lines]


def _refuse_twice(bills: Sequence[Bill]) -> None:
    seen: dict[str, str] = {}
    for bill in bills:
        if bill.sha256 in seen:
            msg = f"{bill.path.name} is the same file as {seen[bill.sha256]}: give it once."
            raise InputError(msg)
        seen[bill.sha256] = bill.path.name


def _alike(bills: Sequence[Bill]) -> Iterator[str]:
    """Files of one export share hardly a line; exports that overlap do, and then count it twice."""
    seen: dict[Line, str] = {}
    for bill in bills:
        others = Counter(seen[line] for line in bill.lines if line in seen)
        for name, count in others.items():
            yield (
                f"{count:,} of {len(bill.lines):,} lines of {bill.path.name} stand in {name} too, amount and all, and "
                "count twice: where exports overlap, give each row once"
            )
        seen |= dict.fromkeys(bill.lines, bill.path.name)


def _refuse_open(found: Sorted, *, now: int) -> None:
    """A charge that is not over says how much ran so far, and not until when: it cannot be spread."""
    lines = (one.line for of_bill in found.by_point.values() for of_point in of_bill.values() for one in of_point)
    late = next((line for line in lines if line.end > now), None)
    if late is not None:
        msg = (
            f'the charge of "{late.item}" runs until {iso(late.end)} and is not over: export by day or by hour, '
            "or import it once the month is over."
        )
        raise InputError(msg)


def _refuse_sealed(service: Service, found: Sorted, *, restate: str) -> str:
    spans = [
        (service.settings.point(point).site, *span([one.line for one in lines]))
        for of_bill in found.by_point.values()
        for point, lines in of_bill.items()
    ]
    return refuse_sealed(service, spans, restate=restate)


def _imported(service: Service, key: Key, found: Sorted, files: Mapping[str, str], *, complete: bool) -> Imported:
    spreads = dict(spreads_of(service, key, found, complete=complete))
    bill = _bill(key, found)
    content = _content(bill, spreads)
    former = service.stores.state.bills.standing(usage=bill.usage, month=bill.month)
    refuse_parts(bill, former)
    notes = service.stores.state.imports(content)
    standing = next((note for note in notes if note.undone_at is None), None)
    replaced = [one for one in former if standing is None or one.origin != standing.origin]
    bill = replace(bill, origin=standing.origin if standing else f"import:{_sha256([content, len(notes)])}")
    now = int(service.now())
    _drop_begun(service, bill, now=now)
    table, quarantined, twice = _readings(service, spreads, bill.origin)
    # A kill between any two steps shows (`Bills.unfinished`), and the same import again does the rest.
    if standing is None:
        service.stores.state.bills.keep(bill)
    accepted = _accepted(service, table, bill.origin)
    if standing is None:
        service.stores.state.note_import(_note(bill, content, files, rows=table.num_rows, at=now))
    for one in replaced:
        readmit(undo_import(one.origin, service.stores, now=now), service.settings, service.stores, now=now)
    return Imported(
        bill=bill,
        already=standing is not None and not accepted and not replaced,
        replaced=replaced[-1].origin if replaced else "",
        quarantined=quarantined,
        twice=twice,
        readings=table.num_rows,
    )


def _bill(key: Key, found: Sorted) -> KeptBill:
    """What is kept of a bill; its origin comes of its content."""
    (usage, month), lines = key, found.by_point[key]
    every = [one.line for of_point in lines.values() for one in of_point]
    start, end = span(every)
    return KeptBill(
        origin="",
        usage=usage,
        month=month,
        start=start,
        end=end,
        accounts=sorted({line.sub_account or line.account for line in every}),
        lines=kept_lines(lines),
        left_out=dict(found.left_out.get(key, {})),
    )


def _note(bill: KeptBill, content: str, files: Mapping[str, str], *, rows: int, at: int) -> ImportNote:
    said = json.dumps({"usage": bill.usage, "month": bill.month, "files": dict(files)}, sort_keys=True)
    return ImportNote(
        origin=bill.origin,
        sha256=content,
        file=", ".join(files),
        mapping=said,
        rows=rows,
        rejected=sum(bool(line["problem"]) for line in bill.lines),
        imported_at=at,
    )


def _drop_begun(service: Service, bill: KeptBill, *, now: int) -> None:
    """Take back what an import of the same month left that ended part-way, unless this is the same again."""
    for one in service.stores.state.bills.begun():
        if (one.usage, one.month) == (bill.usage, bill.month) and one.origin != bill.origin:
            service.stores.undo_import(one.origin, now=now)
            service.stores.state.bills.drop(one.origin)


def _content(bill: KeptBill, spreads: Mapping[str, Spread]) -> str:
    """SHA-256 of what a bill says and what it was valued at: alike, it is the same bill."""
    cells = {point: [one.start, one.length_s, one.kwh.tolist(), one.unknown.tolist()] for point, one in spreads.items()}
    return _sha256([bill.usage, bill.month, bill.start, bill.end, list(bill.lines), cells])


def _sha256(said: Any) -> str:  # noqa: ANN401 - whatever JSON takes
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _readings(service: Service, spreads: Mapping[str, Spread], origin: str) -> tuple[pa.Table, int, int]:
    """Readings of all known cells, judged and held against what stands; zero is a value, for nothing ran then."""
    from datetime import UTC, datetime

    found = [
        Reading(point, "energy", datetime.fromtimestamp(end, UTC), kwh, Quality.ESTIMATED, off=not kwh)
        for point, one in spreads.items()
        for end, kwh in zip(one.ends[~one.unknown].tolist(), one.kwh[~one.unknown].tolist(), strict=True)
    ]
    table = reading_table(found, origin=origin)
    judged, bad = Judge(service.settings).table(table, now=int(service.now()), off=off_flags(found))
    judged, twice = overlaps_of(service.settings, service.stores).table(judged)
    return judged, bad, twice


def _accepted(service: Service, table: pa.Table, origin: str) -> int:
    """Offer the readings to the spool; return how many chunks it had not taken before."""
    starts = np.arange(0, table.num_rows, ROWS_PER_CHUNK).tolist()
    return sum(
        service.stores.spool.accept(table.slice(start, ROWS_PER_CHUNK), key=f"{origin}:{number}") > 0
        for number, start in enumerate(starts)
    )


def _said(bills: Sequence[Bill], found: Sorted) -> Iterator[str]:
    """What people must know beside the figures."""
    for bill in bills:
        if bill.left_out:
            count, kinds = bill.left_out.total(), listed(bill.left_out)
            yield f"{bill.path.name}: {count:,} rows are no usage ({kinds}) and are left out"
    for (usage, month), items in found.left_out.items():
        yield f"{usage} {month} leaves out {listed(items)}"
    yield from _alike(bills)
    for text, count in (*found.strangers.items(), *found.homeless.items()):
        yield f"{count:,} rows of {text} are left out"
    yield from found.hints
