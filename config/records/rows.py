"""Rows of a table that a person filled in -> records, or one sentence for each row that cannot be one.

Numbers have a decimal point, dates are ISO 8601 (`2026-03-31`), the last day of a period is part of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from config.errors import InputError, UnitError
from config.reading.wording import remedy
from config.records.kinds import kind, subjects_of
from config.reports.eed import indicators
from config.units import AMBIGUOUS, convert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from config.records.kinds import Kind
    from config.site import Settings

COLUMNS = ("kind", "site", "subject", "from", "to", "value", "unit", "text", "evidence", "sha256", "comment")
FILLED_IN = ("subject", "value", "text", "evidence", "sha256", "comment")  # a template leaves these to people
NEEDED = ("kind", "site", "from")
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
SHA256 = re.compile(r"[0-9a-f]{64}")
EARLIEST = date(2000, 1, 1)
LONGEST_TEXT = 2000
DAY_H = 24  # and one more where clocks go back
DEGREES = "degC"  # the unit of indicators that may lie below 0
LARGEST = 1e24  # in any unit, so that no sum of records overflows


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record as it was entered. The period is [start, end) in local days; a date is one day long.

    `value` is in `unit`, `amount` in the kind's own unit; a text has neither. `evidence` is the name of a file, its
    `sha256` empty until that was read.
    """

    kind: str
    site: str
    subject: str
    start: date
    end: date
    value: float | None
    unit: str
    amount: float | None
    text: str = ""
    evidence: str = ""
    sha256: str = ""
    comment: str = ""

    @property
    def key(self) -> tuple[str | date, ...]:
        """What makes two entries the same record; where kinds may overlap, the text says which one it is."""
        apart = (self.text,) if self.text and kind(self.kind).overlap else ()
        return (self.kind, self.site, self.subject, self.start, self.end, *apart)


def entries(table: Sequence[Sequence[str]], settings: Settings, *, file: str, today: date) -> list[Entry]:
    """Read a table with a header row.

    Args:
        table: cells as texts; rows in which nobody filled anything in are left out.
        settings: the site file, whose sites and points the rows may name.
        file: its name, for the sentences.
        today: no record speaks of later days.

    Raises:
        InputError: the header or any row is wrong; one sentence a line, all of them, so that nothing is half-taken.
    """
    header = [cell.strip().lower() for cell in table[0]] if table else []
    wrong = [name for name in header if name and name not in COLUMNS]
    absent = [name for name in NEEDED if name not in header]
    if wrong or absent:
        told = (
            f'column "{wrong[0]}" is not known; {remedy(wrong[0], COLUMNS)}'
            if wrong
            else f"column {absent[0]} is missing"
        )
        msg = f"{file}: {told}; `wattlas records template` writes a table with the right ones."
        raise InputError(msg)
    found: list[Entry] = []
    mistakes: list[str] = []
    for line, cells in enumerate(table[1:], start=2):
        row = {name: cells[at].strip() if at < len(cells) else "" for at, name in enumerate(header) if name}
        if not any(row.get(name) for name in FILLED_IN):
            continue
        try:
            found.append(entry(row, settings, today=today))
        except (InputError, UnitError) as error:
            mistakes.append(f"{file} line {line}: {str(error).rstrip('.')}.")
    mistakes += [f"{file}: {text}" for text in (*overlaps(found), *elsewhere(found, found))]
    if mistakes:
        raise InputError("\n".join(mistakes))
    if not found:
        msg = f"{file}: there is no record in it; fill in a row below the header."
        raise InputError(msg)
    return found


def entry(row: Mapping[str, str], settings: Settings, *, today: date) -> Entry:
    """Return one record of a row of `COLUMNS`; absent columns are empty.

    Raises:
        InputError, UnitError: what is wrong with it, in one sentence.
    """
    of = kind(row.get("kind", ""))
    site = settings.site(row.get("site", "")).id
    start, end = _period(row, of, today)
    subject = _subject(row.get("subject", ""), of, settings, site)
    value, unit, amount = _fact(row, subject) if of.subjects == "eed" else _amount(row, of)
    if of.name == "genset_hours" and (amount or 0.0) > DAY_H * (end - start).days + 1:
        msg = f"{amount:g} h are more than the period has: correct them, or its days"
        raise InputError(msg)
    text = row.get("text", "")
    if of.unit is None and value is None and not text:
        msg = f"a record of kind {of.name} needs a value or a text: write one"
        raise InputError(msg)
    sha256, evidence = row.get("sha256", "").lower(), row.get("evidence", "")
    if sha256 and not (SHA256.fullmatch(sha256) and evidence):
        msg = "sha256 must be 64 hex digits of the file that evidence names: correct it or leave it out"
        raise InputError(msg)
    for name in ("text", "comment", "subject"):
        if len(row.get(name, "")) > LONGEST_TEXT:
            msg = f"{name} is longer than {LONGEST_TEXT} characters: put the rest into an evidence file"
            raise InputError(msg)
    return Entry(
        kind=of.name,
        site=site,
        subject=subject,
        start=start,
        end=end,
        value=value,
        unit=unit,
        amount=amount,
        text=text,
        evidence=evidence,
        sha256=sha256,
        comment=row.get("comment", ""),
    )


def overlaps(found: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for each pair of neighbours of one subject that cannot both be."""
    ordered = sorted(found, key=lambda one: tuple(map(str, one.key)))
    for one, other in pairwise(ordered):
        if one.key[:3] != other.key[:3]:
            continue
        what, of = f"two records of {one.kind} {one.subject} at {one.site}", kind(one.kind)
        if of.overlap and one.key == other.key:
            yield f"{what} speak of {one.start}: say in text which delivery or equipment each is of."
        elif of.once:
            yield (
                f"{what}, from {one.start} and {other.start}: it goes into service once, so name each asset apart, or "
                "withdraw the one that stands (`wattlas records withdraw`)."
            )
        elif not of.overlap and other.start < one.end:
            yield (
                f"{what} speak of {other.start}: "
                "shorten one of the periods, leave one out, or withdraw one that stands (`wattlas records withdraw`)."
            )


def elsewhere(fresh: Iterable[Entry], standing: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for each entry of what is there once for good that stands at another site too."""
    sites: dict[tuple[str, str], str] = {}
    for one in standing:
        if kind(one.kind).once:
            sites.setdefault((one.kind, one.subject), one.site)
    for one in fresh:
        other = sites.get((one.kind, one.subject), one.site)
        if other != one.site:
            yield (
                f"{one.kind} {one.subject} at {one.site} stands at {other} already: one asset counts once, so name "
                "each apart, or withdraw the record of the other site (`wattlas records withdraw`)."
            )


def _period(row: Mapping[str, str], of: Kind, today: date) -> tuple[date, date]:
    first = _day(row.get("from", ""), "from")
    last = _day(row["to"], "to") if row.get("to") else None
    if of.span == "date" and last not in {None, first}:
        msg = f"a record of kind {of.name} speaks of one day: leave to empty"
        raise InputError(msg)
    if of.span == "period" and last is None:
        msg = f"a record of kind {of.name} speaks of a period: write its last day in to"
        raise InputError(msg)
    last = first if last is None else last
    if last < first:
        msg = f"to {last} lies before from {first}: exchange the two"
        raise InputError(msg)
    if first < EARLIEST or last > today:
        msg = f"{first if first < EARLIEST else last} lies before 2000 or after today: correct the date"
        raise InputError(msg)
    return first, last + timedelta(days=1)


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text if DATE.fullmatch(text) else "")
    except ValueError:
        msg = f'{name} "{text}" is no day of the calendar: write it as 2026-03-31'
        raise InputError(msg) from None


def _fact(row: Mapping[str, str], code: str) -> tuple[float | None, str, float | None]:
    """Read an indicator of the EU scheme, whose unit is its own."""
    one = next(one for one in indicators() if one.code == code)
    text = row.get("value", "")
    if one.over == "derived":
        msg = f"{code} is computed from the other indicators: enter those"
        raise InputError(msg)
    if one.over == "text":
        if text:
            msg = f"{code} is a text: write it in text and leave value empty"
            raise InputError(msg)
        return None, "", None
    unit = row.get("unit", "")
    if not text or not unit:
        msg = f"{'value' if not text else 'unit'} is empty: {code} is an amount in {one.unit}, or a unit like it"
        raise InputError(msg)
    value = _number(text)
    if value < 0 and one.unit != DEGREES:
        msg = f"value {text} is negative: {code} cannot be"
        raise InputError(msg)
    amount = convert(value, unit, one.unit)
    _refuse_huge(text, amount)
    return value, unit, amount


def _amount(row: Mapping[str, str], of: Kind) -> tuple[float | None, str, float | None]:
    text, unit = row.get("value", ""), row.get("unit", "")
    if of.unit is None:
        return None, "", None
    if not text:
        msg = f"value is empty: a record of kind {of.name} is an amount in {of.unit} or a unit like it"
        raise InputError(msg)
    value = _number(text)
    if value < 0:
        msg = f"value {text} is negative: a correction is a new version of the record, not a negative one"
        raise InputError(msg)
    if unit in AMBIGUOUS:
        msg = f'unit "{unit}" is not the same to everybody: write {AMBIGUOUS[unit]}'
        raise InputError(msg)
    amount = convert(value, unit, of.unit)
    _refuse_huge(text, amount)
    return value, unit, amount


def _number(text: str) -> float:
    if not NUMBER.fullmatch(text):
        hint = "write a decimal point and no thousands sign, for example 1234.5"
        msg = f'value "{text}" is no number: {hint}'
        raise InputError(msg)
    value = float(text)
    _refuse_huge(text, value)
    return value


def _refuse_huge(text: str, value: float) -> None:
    if not abs(value) < LARGEST:
        msg = f"value {text} is larger than anything that is bought or burnt: correct it"
        raise InputError(msg)


def _subject(subject: str, of: Kind, settings: Settings, site: str) -> str:
    allowed = subjects_of(of, settings=settings, site=site)
    if not subject:
        msg = f"subject is empty: write the {of.subject}"
        raise InputError(msg)
    if allowed is None or subject in allowed:
        return subject
    if of.subjects == "points" and f"{site}/{subject}" in allowed:
        return f"{site}/{subject}"
    msg = f'subject "{subject}" is no {of.subject}; {remedy(subject, allowed)}'
    raise InputError(msg)
