"""Estimates in the state store: proposals, and what people decided about them. Append-only, each a line of the log.

A proposal counts in figures while its newest decision is `approved`. A new run of proposals supersedes those of the
same points and time that still wait.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from collectors.store.audit import Line, appended
from collectors.store.people import same_person
from collectors.store.state_engine import transaction
from collectors.store.state_tables import ESTIMATE_DECISIONS, ESTIMATES
from config.errors import InputError
from config.reading.wording import refuse_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine

ID_DIGITS: Final = 12
WAITING, APPROVED, WITHDRAWN, SUPERSEDED = "waiting", "approved", "withdrawn", "superseded"
_OWN: Final = (
    "{ids}: {who} proposed it, so another person must approve it; where one person works alone write solo = true "
    "under [company]."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """What was estimated of one point over [start, end) in UTC seconds: cells as (start, missing s, kWh, low, high)."""

    site: str
    point: str
    start: int
    end: int
    method: str
    inputs: Mapping[str, float | str]
    cells: tuple[tuple[int, float, float, float, float], ...]
    config_hash: str

    @property
    def id(self) -> str:
        """Id that the content makes: the same estimate twice is one."""
        text = json.dumps([self.point, self.method, self.cells])
        return sha256(text.encode()).hexdigest()[:ID_DIGITS]

    def sums(self) -> tuple[float, float, float]:
        """Return energy and its bounds [kWh]; those of the cells add up, as if all erred alike."""
        _, _, energy, low, high = zip(*self.cells, strict=True)
        return sum(energy), sum(low), sum(high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A proposal with who made it last and when (UTC s), and the newest decision about it."""

    id: str
    of: Estimated
    proposed_by: str
    proposed_at: int
    state: str
    decided_by: str | None
    decided_at: int | None
    reason: str
    solo: bool


class EstimateStore:
    """The estimates of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def propose(
        self, found: Sequence[Estimated], *, points: Iterable[str], start: int, end: int, who: str, at: int
    ) -> None:
        """Keep proposals; those of `points` that touch [start, end) and still wait are superseded where they differ."""
        wanted, kept = set(points), {one.id for one in found}
        with transaction(self._engine, write=True) as connection:
            known = {one.id: one for one in _all(connection)}
            for former in known.values():
                touches = former.of.point in wanted and former.of.start < end and start < former.of.end
                if touches and former.state == WAITING and former.id not in kept:
                    _decide(connection, former.id, SUPERSEDED, who=who, at=at, reason="proposed anew", solo=False)
            for one in found:
                if one.id not in known:
                    connection.execute(insert(ESTIMATES).values(**_row(one), proposed_by=who, proposed_at=at))
                    appended(connection, who, f"estimate {one.id}", None, _said(one), "", at=at)
                elif known[one.id].state in {WITHDRAWN, SUPERSEDED}:
                    _decide(connection, one.id, WAITING, who=who, at=at, reason="proposed again", solo=False)

    def approve(self, ids: Iterable[str], *, who: str, at: int, solo: bool, reason: str = "") -> list[Estimate]:
        """Approve proposals, all or none; one that is approved already is left as it is.

        Raises:
            InputError: no such proposal, one was superseded or withdrawn, its author approves it while `solo` is off,
                or another approved one speaks of the same time.
        """
        with transaction(self._engine, write=True) as connection:
            known = {one.id: one for one in _all(connection)}
            chosen = _chosen(known, ids, may={WAITING, APPROVED})
            fresh = [one for one in chosen if one.state == WAITING]
            own = [one.id for one in fresh if same_person(one.proposed_by, who)]
            mistakes = [_OWN.format(ids=", ".join(own), who=who)] if own and not solo else []
            standing = [one for one in known.values() if one.state == APPROVED]
            mistakes += [text for one in fresh for text in _overlaps(one, [*standing, *fresh])]
            if mistakes:
                raise InputError("\n".join(dict.fromkeys(mistakes)))
            for one in fresh:
                _decide(
                    connection, one.id, APPROVED, who=who, at=at, reason=reason, solo=same_person(one.proposed_by, who)
                )
            return [one for one in _all(connection) if one.id in {done.id for done in fresh}]

    def withdraw(self, ids: Iterable[str], *, who: str, at: int, reason: str) -> list[Estimate]:
        """Take approvals or proposals back, all or none, with the reason.

        Raises:
            InputError: no such proposal, it does not stand, or the reason is blank.
        """
        refuse_blank(reason)
        with transaction(self._engine, write=True) as connection:
            known = {one.id: one for one in _all(connection)}
            chosen = _chosen(known, ids, may={WAITING, APPROVED})
            for one in chosen:
                _decide(connection, one.id, WITHDRAWN, who=who, at=at, reason=reason, solo=False)
            return [one for one in _all(connection) if one.id in {done.id for done in chosen}]

    def all(self, *, site: str | None = None) -> list[Estimate]:
        """Return every proposal with its newest decision, in order of point and time."""
        conditions = [] if site is None else [ESTIMATES.c.site == site]
        with transaction(self._engine, write=False) as connection:
            return _all(connection, *conditions)

    def standing(self, *, site: str, start: int, end: int) -> list[Estimate]:
        """Return the approved estimates of a site that touch [start, end) in UTC seconds."""
        with transaction(self._engine, write=False) as connection:
            found = _all(connection, ESTIMATES.c.site == site, ESTIMATES.c.start < end, ESTIMATES.c.end > start)
        return [one for one in found if one.state == APPROVED]


def _overlaps(one: Estimate, others: Sequence[Estimate]) -> list[str]:
    return [
        f"{one.id} and {other.id} both speak of {one.of.point} at the same time: withdraw one of them."
        for other in others
        if other.id != one.id
        and other.of.point == one.of.point
        and other.of.start < one.of.end
        and one.of.start < other.of.end
    ]


def _chosen(known: Mapping[str, Estimate], ids: Iterable[str], *, may: set[str]) -> list[Estimate]:
    wanted = list(dict.fromkeys(ids))
    mistakes = [f'"{id_}" is no estimate: `wattlas estimates list` names them.' for id_ in wanted if id_ not in known]
    chosen = [known[id_] for id_ in wanted if id_ in known]
    mistakes += [
        f"{one.id} is {one.state}: run `wattlas estimates propose` again." for one in chosen if one.state not in may
    ]
    if mistakes:
        raise InputError("\n".join(mistakes))
    return chosen


def _decide(connection: Connection, id_: str, state: str, *, who: str, at: int, reason: str, solo: bool) -> None:
    query = select(ESTIMATE_DECISIONS.c.number).where(ESTIMATE_DECISIONS.c.id == id_)
    number = max((row[0] for row in connection.execute(query)), default=0) + 1
    row = {"id": id_, "number": number, "state": state, "who": who, "at": at, "reason": reason, "solo": solo}
    connection.execute(insert(ESTIMATE_DECISIONS).values(**row))
    why = "; ".join(text for text in (reason, "solo: proposed and approved by one person" if solo else "") if text)
    appended(connection, who, f"estimate {id_} {state}", None, row, why, at=at)


def lines(connection: Connection) -> Iterator[Line]:
    """Yield what the audit log has to say of each proposal and each decision."""
    for row in connection.execute(select(ESTIMATES)):
        content = _said(_estimate(dict(row._mapping), None).of)  # noqa: SLF001 (SQLAlchemy's public name)
        yield Line(row.proposed_by, f"estimate {row.id}", row.proposed_at, content)
    for row in connection.execute(select(ESTIMATE_DECISIONS)):
        after = dict(row._mapping) | {"solo": bool(row.solo)}  # noqa: SLF001
        yield Line(row.who, f"estimate {row.id} {row.state}", row.at, after)


def _all(connection: Connection, *conditions: ColumnElement[bool]) -> list[Estimate]:
    query = select(ESTIMATES).where(*conditions).order_by(ESTIMATES.c.point, ESTIMATES.c.start)
    rows = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)
    newest: dict[str, Any] = {}
    again: dict[str, Any] = {}
    if rows:
        for decision in connection.execute(select(ESTIMATE_DECISIONS).order_by(ESTIMATE_DECISIONS.c.number)):
            newest[decision.id] = decision
            if decision.state == WAITING:  # who proposes again is its author from then on
                again[decision.id] = {"proposed_by": decision.who, "proposed_at": decision.at}
    return [_estimate(row | again.get(row["id"], {}), newest.get(row["id"])) for row in rows]


def _estimate(row: dict[str, Any], decision: Any) -> Estimate:  # noqa: ANN401 - a row of SQLAlchemy
    content = {name: row[name] for name in ("site", "point", "start", "end", "method", "config_hash")}
    cells = tuple(tuple(cell) for cell in json.loads(row["cells"]))
    decided = decision is not None
    return Estimate(
        id=row["id"],
        of=Estimated(**content, inputs=json.loads(row["inputs"]), cells=cells),
        proposed_by=row["proposed_by"],
        proposed_at=row["proposed_at"],
        state=decision.state if decided else WAITING,
        decided_by=decision.who if decided else None,
        decided_at=decision.at if decided else None,
        reason=decision.reason if decided else "",
        solo=bool(decision.solo) if decided else False,
    )


def _row(one: Estimated) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("id", "site", "point", "start", "end", "method", "config_hash")}
    return plain | {"inputs": json.dumps(dict(one.inputs), sort_keys=True), "cells": json.dumps(one.cells)}


def _said(one: Estimated) -> dict[str, Any]:
    """What the log keeps: the sums, and a hash of the cells."""
    energy, low, high = one.sums()
    row = {name: value for name, value in _row(one).items() if name != "cells"}
    digest = sha256(json.dumps(one.cells).encode()).hexdigest()
    return row | {"energy_kwh": energy, "low_kwh": low, "high_kwh": high, "cells_sha256": digest}
