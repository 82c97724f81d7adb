"""Reports in the state store: what was prepared, and who reviewed, approved and sealed it. Append-only.

A report is the content that its preparer saw, kept as evidence under its SHA-256; each step is a line of the audit log.
Steps follow each other, each by a person who took none of the others, or by one person alone where that is declared
(`solo`). A sealed report never changes: another one of the same period restates it and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from collectors.store.audit import Line, appended
from collectors.store.people import same_person
from collectors.store.state_engine import transaction
from collectors.store.state_tables import REPORT_STEPS, REPORTS
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

STEPS: Final = ("prepared", "reviewed", "approved", "sealed")
PEOPLE: Final = STEPS[:-1]  # steps that need a person of their own
ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: who took it and when (UTC s), alone or not, and the manifest of the evidence once it is sealed."""

    name: str
    who: str
    at: int
    solo: bool
    why: str
    manifest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a subject (a site, or the company) over [start, end) in UTC seconds, and its steps in order."""

    id: str
    subject: str
    label: str
    start: int
    end: int
    content: str  # SHA-256 of the kept content
    restates: str
    steps: tuple[Step, ...]

    @property
    def state(self) -> str:
        """The last step that was taken."""
        return self.steps[-1].name

    @property
    def sealed(self) -> bool:
        """Whether it is sealed."""
        return self.state == STEPS[-1]

    @property
    def solo(self) -> bool:
        """Whether one person took more than one step."""
        return any(step.solo for step in self.steps)


class ReportStore:
    """The reports of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def prepare(self, report: Report, *, why: str) -> Report:
        """Keep a prepared report with its first step; the same content a second time is the same report.

        Raises:
            InputError: the period is sealed, and no reason says why it is restated.
        """
        (step,) = report.steps
        with transaction(self._engine, write=True) as connection:
            known = {one.id: one for one in _all(connection)}
            former = [one for one in known.values() if _of_same(one, report) and one.sealed]
            same = known.get(report.id)
            if former and not why.strip() and not (same and same.sealed):
                msg = (
                    f"report {former[-1].id} of {report.subject} {report.label} is sealed: give --restates "
                    '"why" to prepare another one'
                )
                raise InputError(msg)
            if same:
                return same
            restates = former[-1].id if former else ""
            said = _said(replace(report, restates=restates))
            connection.execute(insert(REPORTS).values(**said))
            _add(connection, report.id, 1, step)
            appended(connection, step.who, f"report {report.id} prepared", None, said, why, at=step.at)
            return next(one for one in _all(connection) if one.id == report.id)

    def take(self, report_id: str, name: str, *, who: str, at: int, solo: bool, manifest: str = "") -> Report:
        """Take the next step of a report.

        Raises:
            InputError: no such report, another step is due, another report of the period is sealed, or the same person
                took one before while `solo` is off.
        """
        with transaction(self._engine, write=True) as connection:
            report = _found(connection, report_id)
            due = STEPS[min(len(report.steps), len(STEPS) - 1)]
            if report.sealed or name != due:
                said = "is sealed" if report.sealed else f"is {report.state}: it has to be {due} next"
                msg = f"report {report_id} {said}"
                raise InputError(msg)
            _refuse_overtaken(connection, report)
            same = name in PEOPLE and any(same_person(step.who, who) for step in report.steps)
            if same and not solo:
                msg = (
                    f"{who} took a step of report {report_id} already, so another person must do this one; where one "
                    "person works alone write solo = true under [company]"
                )
                raise InputError(msg)
            step = Step(name=name, who=who, at=at, solo=same, why="", manifest=manifest)
            _add(connection, report_id, len(report.steps) + 1, step)
            appended(connection, who, f"report {report_id} {name}", None, _step(step), "", at=at)
            return _found(connection, report_id)

    def get(self, report_id: str) -> Report:
        """Return one report.

        Raises:
            InputError: there is none of that id.
        """
        with transaction(self._engine, write=False) as connection:
            return _found(connection, report_id)

    def all(self) -> list[Report]:
        """Return all reports in order of subject, time and preparation."""
        with transaction(self._engine, write=False) as connection:
            return _all(connection)

    def sealed_over(self, subjects: set[str], start: int, end: int) -> list[Report]:
        """Return the sealed reports of some subjects that touch [start, end) in UTC seconds."""
        found = (one for one in self.all() if one.sealed and one.subject in subjects)
        return [one for one in found if one.start < end and start < one.end]


def lines(connection: Connection) -> Iterator[Line]:
    """Yield what the audit log has to say of each step of each report; the first is about the report itself."""
    for report in _all(connection):
        for number, step in enumerate(report.steps):
            after = _step(step) if number else _said(report)
            yield Line(step.who, f"report {report.id} {step.name}", step.at, after)


def _refuse_overtaken(connection: Connection, report: Report) -> None:
    """Refuse a step of a report whose period another one was sealed for, which it does not restate.

    Raises:
        InputError: which one is sealed, and what to do.
    """
    sealed = {one.id: one.restates for one in _all(connection) if _of_same(one, report) and one.sealed}
    standing = [id_ for id_ in sealed if id_ not in sealed.values()]
    if standing and report.restates not in standing:
        msg = (
            f"report {standing[-1]} of {report.subject} {report.label} was sealed since report {report.id} was "
            'prepared: give `report prepare --restates "why"` to prepare one that restates it'
        )
        raise InputError(msg)


def _said(report: Report) -> dict[str, Any]:
    names = ("id", "subject", "label", "start", "end", "content", "restates")
    return {name: getattr(report, name) for name in names}


def _step(step: Step) -> dict[str, Any]:
    return {"step": step.name, "solo": step.solo, "manifest": step.manifest}


def _of_same(one: Report, other: Report) -> bool:
    return (one.subject, one.start, one.end) == (other.subject, other.start, other.end)


def _found(connection: Connection, report_id: str) -> Report:
    report = next((one for one in _all(connection) if one.id == report_id), None)
    if report is None:
        msg = f'"{report_id}" is no report: `wattlas report list` names them'
        raise InputError(msg)
    return report


def _add(connection: Connection, report_id: str, number: int, step: Step) -> None:
    row = {name: getattr(step, name) for name in Step.__slots__}
    connection.execute(insert(REPORT_STEPS).values(id=report_id, number=number, **row))


def _all(connection: Connection) -> list[Report]:
    steps: dict[str, list[Step]] = {}
    for row in connection.execute(select(REPORT_STEPS).order_by(REPORT_STEPS.c.number)):
        plain: dict[str, Any] = {name: getattr(row, name) for name in Step.__slots__}
        steps.setdefault(row.id, []).append(Step(**plain | {"solo": bool(row.solo)}))
    rows = [dict(row._mapping) for row in connection.execute(select(REPORTS))]  # noqa: SLF001 (SQLAlchemy's public name)
    found = [Report(**row, steps=tuple(steps[row["id"]])) for row in rows]
    return sorted(found, key=lambda one: (one.subject, one.start, one.end, one.steps[0].at, one.id))
