"""Alerts in the state store: where each stands, what was told, and messages on their way.

One transaction moves the states and puts the messages into the outbox, so that neither is lost without the other. A
message leaves the outbox when its channel took it: at least once, always under the same key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from collectors.store.audit import appended
from collectors.store.state_engine import transaction
from collectors.store.state_tables import ALERT_EVENTS, ALERT_OUTBOX, ALERT_SILENCES, ALERT_STATES
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

FIRST_RETRY_S: Final = 15
LAST_RETRY_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """What was told of a rule: `key` makes it one and the same however often it is sent.

    The key of a reminder or an end begins with that of its incident and a full stop.
    """

    key: str
    at: int
    rule: str
    word: str
    severity: str
    title: str
    body: str
    subjects: tuple[str, ...]

    @property
    def incident(self) -> str:
        """The key of the message that began it."""
        return self.key.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An event on its way to a channel."""

    event: AlertEvent
    channel: str
    attempts: int
    next_at: int
    delivered_at: int | None
    fault: str

    def due(self, now: int) -> bool:
        """Say whether it may be tried now; a next try further off than any wait was noted by a clock set back since."""
        return not now < self.next_at <= now + LAST_RETRY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A rule that is not told until a time [UTC s], by whom and why."""

    rule: str
    until: int
    who: str
    comment: str


class AlertStore:
    """The alerts of one state store."""

    def __init__(self, engine: Engine) -> None:
        """Use the state store's engine, whose tables exist."""
        self._engine = engine

    def states(self) -> dict[str, dict[str, Any]]:
        """Return where every alert stands, by key: fields of `analytics.alerts.State`."""
        with transaction(self._engine, write=False) as connection:
            return {row.key: json.loads(row.json) for row in connection.execute(select(ALERT_STATES))}

    def move(
        self,
        states: Mapping[str, Mapping[str, Any] | None],
        events: Sequence[AlertEvent],
        channels: Mapping[str, Sequence[str]],
    ) -> None:
        """Keep changed states (None is ok again), add events, and put each into the outbox for its rule's channels."""
        with transaction(self._engine, write=True) as connection:
            for key, state in states.items():
                connection.execute(delete(ALERT_STATES).where(ALERT_STATES.c.key == key))
                if state is not None:
                    connection.execute(insert(ALERT_STATES).values(key=key, json=json.dumps(dict(state))))
            known = set(connection.execute(select(ALERT_EVENTS.c.key)).scalars())
            for event in (one for one in events if one.key not in known):
                row = {name: getattr(event, name) for name in AlertEvent.__slots__}
                connection.execute(insert(ALERT_EVENTS).values(**row | {"subjects": json.dumps(event.subjects)}))
                for channel in channels.get(event.rule, ()):
                    parcel = {"key": event.key, "channel": channel, "attempts": 0, "next_at": event.at, "fault": ""}
                    connection.execute(insert(ALERT_OUTBOX).values(**parcel, delivered_at=None))

    def due(self, now: int) -> list[Parcel]:
        """Return what is to be sent now, oldest first; of one incident to one channel nothing overtakes another."""
        found, held = [], set[tuple[str, str]]()
        for one in self._parcels(waiting=True):
            way = (one.channel, one.event.incident)
            if way not in held and one.due(now):
                found.append(one)
            held.add(way)
        return found

    def parcels(self) -> list[Parcel]:
        """Return everything that was or is on its way."""
        return self._parcels()

    def note_delivered(self, parcel: Parcel, *, at: int) -> None:
        """Note that a channel took a message."""
        self._set(parcel, delivered_at=at, attempts=parcel.attempts + 1, fault="")

    def note_failed(self, parcel: Parcel, *, at: int, fault: str) -> None:
        """Note that a channel did not take it; the next try comes after twice as long, an hour at most."""
        wait = min(FIRST_RETRY_S * 2**parcel.attempts, LAST_RETRY_S)
        self._set(parcel, attempts=parcel.attempts + 1, next_at=at + wait, fault=fault)

    def events(self) -> list[AlertEvent]:
        """Return everything that was told, oldest first."""
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(select(ALERT_EVENTS).order_by(ALERT_EVENTS.c.at, ALERT_EVENTS.c.key))
            return [_event(dict(row._mapping)) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)

    def event(self, key: str) -> AlertEvent | None:
        """Return one thing that was told, None where it is not known."""
        with transaction(self._engine, write=False) as connection:
            row = connection.execute(select(ALERT_EVENTS).where(ALERT_EVENTS.c.key == key)).first()
        return None if row is None else _event(dict(row._mapping))  # noqa: SLF001

    def acknowledge(self, rule: str, *, who: str, comment: str, at: int) -> list[str]:
        """Note who takes care of a rule's firing alerts, a line of the audit log, and return their keys.

        Raises:
            InputError: none of them fires.
        """
        with transaction(self._engine, write=True) as connection:
            rows = connection.execute(
                select(ALERT_STATES).where(ALERT_STATES.c.key.startswith(f"{rule}|", autoescape=True))
            )
            firing = {row.key: json.loads(row.json) for row in rows}
            firing = {key: state for key, state in firing.items() if state["phase"] == "firing"}
            if not firing:
                msg = f'no alert of rule "{rule}" fires: `wattlas alerts list` shows those that do'
                raise InputError(msg)
            for key, state in firing.items():
                text = json.dumps(state | {"acked_by": who})
                connection.execute(update(ALERT_STATES).where(ALERT_STATES.c.key == key).values(json=text))
            appended(connection, who, f"alert {rule} acknowledged", None, {"alerts": sorted(firing)}, comment, at=at)
        return sorted(firing)

    def silence(self, one: Silence, *, at: int) -> None:
        """Keep a rule silent until a time; a line of the audit log."""
        with transaction(self._engine, write=True) as connection:
            row = {name: getattr(one, name) for name in Silence.__slots__}
            connection.execute(insert(ALERT_SILENCES).values(**row, at=at))
            appended(connection, one.who, f"alert {one.rule} silenced", None, row, one.comment, at=at)

    def silenced(self, now: int) -> dict[str, Silence]:
        """Return the rules that are silent now."""
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(select(ALERT_SILENCES).where(ALERT_SILENCES.c.until > now))
            found = [Silence(rule=row.rule, until=row.until, who=row.who, comment=row.comment) for row in rows]
        return {one.rule: one for one in sorted(found, key=lambda one: one.until)}

    def _set(self, parcel: Parcel, **values: object) -> None:
        mine = (ALERT_OUTBOX.c.key == parcel.event.key) & (ALERT_OUTBOX.c.channel == parcel.channel)
        with transaction(self._engine, write=True) as connection:
            connection.execute(update(ALERT_OUTBOX).where(mine).values(**values))

    def _parcels(self, *, waiting: bool = False) -> list[Parcel]:
        query = select(ALERT_OUTBOX, ALERT_EVENTS).join(ALERT_EVENTS, ALERT_OUTBOX.c.key == ALERT_EVENTS.c.key)
        if waiting:
            query = query.where(ALERT_OUTBOX.c.delivered_at.is_(None))
        query = query.order_by(ALERT_EVENTS.c.at, ALERT_EVENTS.c.key)
        with transaction(self._engine, write=False) as connection:
            rows = [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001
        return [
            Parcel(
                event=_event({name: row[name] for name in AlertEvent.__slots__}),
                channel=row["channel"],
                attempts=row["attempts"],
                next_at=row["next_at"],
                delivered_at=row["delivered_at"],
                fault=row["fault"],
            )
            for row in rows
        ]


def _event(row: dict[str, Any]) -> AlertEvent:
    return AlertEvent(**row | {"subjects": tuple(json.loads(row["subjects"]))})
