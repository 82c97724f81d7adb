"""Silences in the state store: what is not told until when, by whom and why; each a line of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from collectors.store.alert_tables import ALERT_SILENCE_SCOPES, ALERT_SILENCES
from collectors.store.audit import appended
from collectors.store.state_engine import transaction
from config.alerts.scope import Scope
from config.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What is not told until a time [UTC s], by whom and why."""

    scope: Scope
    until: int
    who: str
    comment: str


class SilenceStore:
    """The silences of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def add(self, one: Silence, *, at: int) -> None:
        """Keep something silent until a time; a line of the audit log."""
        row = {"rule": one.scope.rule, "until": one.until, "who": one.who, "comment": one.comment}
        place = {"node": one.scope.node, "tag": one.scope.tag}
        with transaction(self._engine, write=True) as connection:
            numbered = insert(ALERT_SILENCES).values(**row, at=at).returning(ALERT_SILENCES.c.number)
            number = connection.execute(numbered).scalar_one()
            if any(place.values()):
                connection.execute(insert(ALERT_SILENCE_SCOPES).values(number=number, **place))
            appended(connection, one.who, f"alert {one.scope} silenced", None, row | place, one.comment, at=at)

    def standing(self, now: int) -> list[Silence]:
        """Return what is silent now, what ends first first; of one scope the one that ends last."""
        scopes = ALERT_SILENCES.outerjoin(
            ALERT_SILENCE_SCOPES, ALERT_SILENCES.c.number == ALERT_SILENCE_SCOPES.c.number
        )
        columns = (ALERT_SILENCES, ALERT_SILENCE_SCOPES.c.node, ALERT_SILENCE_SCOPES.c.tag)
        query = select(*columns).select_from(scopes).where(ALERT_SILENCES.c.until > now)
        with transaction(self._engine, write=False) as connection:
            found = [
                Silence(
                    scope=Scope(rule=row.rule, node=row.node or "", tag=row.tag or ""),
                    until=row.until,
                    who=row.who,
                    comment=row.comment,
                )
                for row in connection.execute(query.order_by(ALERT_SILENCES.c.until, ALERT_SILENCES.c.number))
            ]
        return list({one.scope: one for one in found}.values())

    def end(self, scope: Scope, *, who: str, comment: str, at: int) -> None:
        """End every silence of just this scope now; a line of the audit log.

        Raises:
            InputError: it is not silent.
        """
        if all(one.scope != scope for one in self.standing(at)):
            msg = f"{scope} is not silent: `wattlas alerts list --silences` shows what is"
            raise InputError(msg)
        place = (ALERT_SILENCE_SCOPES.c.node == scope.node) & (ALERT_SILENCE_SCOPES.c.tag == scope.tag)
        placed = ALERT_SILENCES.c.number.in_(select(ALERT_SILENCE_SCOPES.c.number).where(place))
        if not scope.node and not scope.tag:
            placed = ALERT_SILENCES.c.number.not_in(select(ALERT_SILENCE_SCOPES.c.number))
        mine = (ALERT_SILENCES.c.rule == scope.rule) & (ALERT_SILENCES.c.until > at) & placed
        with transaction(self._engine, write=True) as connection:
            connection.execute(update(ALERT_SILENCES).where(mine).values(until=at))
            appended(connection, who, f"alert {scope} told again", None, {"until": at}, comment, at=at)
