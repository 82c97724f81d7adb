"""Progress of measures and milestones: state, cost and note, append-only; each step is a line of the audit log too."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, insert, select

from collectors.store.audit import Line, appended
from collectors.store.state_engine import transaction
from collectors.store.state_tables import PROGRESS
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

MeasureState = Literal["planned", "approved", "started", "done", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How a measure stood at `at` [UTC s]: its state, what it cost so far in `currency`, a note, and who said so."""

    measure: str
    version: int
    state: MeasureState
    cost: float | None
    currency: str
    note: str
    who: str
    at: int


class Progress:
    """The steps of all measures of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def add(
        self, measure: str, *, state: MeasureState, cost: float | None, currency: str, note: str, who: str, at: int
    ) -> Step:
        """Note how a measure stands now; without `cost` the cost noted before stands on.

        Raises:
            InputError: the cost is no amount of money.
        """
        if cost is not None and not 0 <= cost < inf:
            msg = f"a cost of {cost:g} is no amount: give what was spent so far, 0 or more"
            raise InputError(msg)
        with transaction(self._engine, write=True) as connection:
            newest = select(PROGRESS).where(PROGRESS.c.measure == measure).order_by(PROGRESS.c.version.desc())
            row = connection.execute(newest).first()
            former = Step(**row._mapping) if row else None  # noqa: SLF001 (SQLAlchemy's public name)
            step = Step(
                measure=measure,
                version=former.version + 1 if former else 1,
                state=state,
                cost=cost if cost is not None else former.cost if former else None,
                currency=currency,
                note=note,
                who=who,
                at=at,
            )
            connection.execute(insert(PROGRESS).values(**asdict(step)))
            before = asdict(former) if former else None
            appended(connection, who, _subject(step), before, asdict(step), note, at=at)
            return step

    def newest(self, *, until: float = inf) -> dict[str, Step]:
        """Return the last step of each measure and milestone noted by `until` [UTC s]."""
        latest = select(PROGRESS.c.measure, func.max(PROGRESS.c.version).label("version")).group_by(PROGRESS.c.measure)
        if until < inf:
            latest = latest.where(PROGRESS.c.at <= until)
        of = latest.subquery()
        same = (PROGRESS.c.measure == of.c.measure) & (PROGRESS.c.version == of.c.version)
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(select(PROGRESS).join(of, same))
            return {step.measure: step for step in (Step(**row._mapping) for row in rows)}  # noqa: SLF001


def lines(connection: Connection) -> Iterator[Line]:
    """Yield what the audit log has to say of each step."""
    for row in connection.execute(select(PROGRESS)):
        step = Step(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
        yield Line(step.who, _subject(step), step.at, asdict(step))


def milestone_key(name: str) -> str:
    """Return by what the steps of a milestone are kept: no measure has such a name, for it holds a space.

    >>> milestone_key("hall-1")
    'milestone hall-1'
    """
    return f"milestone {name}"


def _subject(step: Step) -> str:
    own = step.measure if " " in step.measure else f"measure {step.measure}"
    return f"{own} v{step.version}"
