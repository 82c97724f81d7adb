"""Alerts in the state store: where each stands, what was told, and messages on their way.

One transaction moves the states and puts the messages into the outbox, so that neither is lost without the other. A
message leaves the outbox when its channel took it: at least once, always under the same key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from collectors.store.alert_tables import (
    ALERT_EVENTS,
    ALERT_OUTBOX,
    ALERT_STATES,
    ALERT_TEXTS,
)
from collectors.store.audit import appended
from collectors.store.state_engine import transaction
from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine

    from config.alerts.scope import Scope

FIRST_RETRY_S: Final = 15
LAST_RETRY_S: Final = 3600
TURNS: Final = ("firing", "reminder", "resolved")  # in which the messages of one incident come
COLUMNS: Final = tuple(column.name for column in ALERT_EVENTS.columns)


@dataclass(frozen=True, slots=True)
class AlertText:
    """The words of an event in one language."""

    lang: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """What was told of a rule: `key` makes it one and the same however often it is sent.

    The key of a reminder or an end begins with that of its incident and a full stop. `texts` say it in other languages
    than that of `[alerting]`, which `title` and `body` are in.
    """

    key: str
    at: int
    rule: str
    word: str
    severity: str
    title: str
    body: str
    subjects: tuple[str, ...]
    texts: tuple[AlertText, ...] = ()

    def spoken(self, lang: str) -> AlertEvent:
        """Return it in one language, or as it is where it was not said in that one."""
        own = AlertText(lang, self.title, self.body)
        words = next((one for one in self.texts if one.lang == lang), own)
        return replace(self, title=words.title, body=words.body, texts=())

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
        """Say whether it may be tried now; a next try further off than its wait was noted by a clock set back since."""
        return not now < self.next_at <= now + _wait_s(self.attempts)

    @property
    def turn(self) -> int:
        """Its place among the messages of its incident, whatever a clock that was set back wrote on them."""
        return TURNS.index(self.event.word) if self.event.word in TURNS else 0

    def given_up(self, now: int, after_s: float) -> bool:
        """Say whether it is tried no more, for no try of so many seconds was taken."""
        return self.delivered_at is None and now - self.event.at > after_s


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
        """Keep changed states (None is ok again), add events, and put each into the outbox for its `channels`."""
        with transaction(self._engine, write=True) as connection:
            firing = [key for key, state in states.items() if state is not None and state["phase"] == "firing"]
            acked = _acked(connection, firing)
            if states:
                mine = ALERT_STATES.c.key == bindparam("one")
                connection.execute(delete(ALERT_STATES).where(mine), [{"one": key} for key in states])
            kept = {key: dict(state) | acked.get(key, {}) for key, state in states.items() if state is not None}
            if kept:
                rows = [{"key": key, "json": json.dumps(state)} for key, state in kept.items()]
                connection.execute(insert(ALERT_STATES), rows)
            keys = [event.key for event in events]
            known = set(connection.execute(select(ALERT_EVENTS.c.key).where(ALERT_EVENTS.c.key.in_(keys))).scalars())
            for event in (one for one in events if one.key not in known):
                row = {name: getattr(event, name) for name in COLUMNS}
                connection.execute(insert(ALERT_EVENTS).values(**row | {"subjects": json.dumps(event.subjects)}))
                for text in event.texts:
                    words = {"lang": text.lang, "title": text.title, "body": text.body}
                    connection.execute(insert(ALERT_TEXTS).values(key=event.key, **words))
                for channel in channels.get(event.key, ()):
                    parcel = {"key": event.key, "channel": channel, "attempts": 0, "next_at": event.at, "fault": ""}
                    connection.execute(insert(ALERT_OUTBOX).values(**parcel, delivered_at=None))

    def due(self, now: int, *, give_up_s: float = inf) -> list[Parcel]:
        """Return what is to be sent now, oldest first; of one incident to one channel nothing overtakes another.

        What was not taken for `give_up_s` is left out, and holds nothing back any more.
        """
        ways: dict[tuple[str, str], Parcel] = {}
        for one in self._parcels(waiting=True):
            way = (one.channel, one.event.incident)
            if not one.given_up(now, give_up_s) and (way not in ways or one.turn < ways[way].turn):
                ways[way] = one
        return [one for one in ways.values() if one.due(now)]

    def waiting(self) -> list[Parcel]:
        """Return what no channel took yet, what was given up included, oldest first."""
        return self._parcels(waiting=True)

    def heard(self, incident: str) -> frozenset[str]:
        """Return the channels to which messages of an incident went or are on their way."""
        key = ALERT_OUTBOX.c.key
        mine = (key == incident) | key.startswith(f"{incident}.", autoescape=True)
        with transaction(self._engine, write=False) as connection:
            return frozenset(connection.execute(select(ALERT_OUTBOX.c.channel).where(mine)).scalars())

    def prune(self, *, delivered_before: int, begun_before: int) -> int:
        """Forget ways of messages that were taken before a time, and those of messages older than another [UTC s].

        What was told stays; only where it went is forgotten. Returns how many ways.
        """
        old = select(ALERT_EVENTS.c.key).where(ALERT_EVENTS.c.at < begun_before)
        gone = (ALERT_OUTBOX.c.delivered_at < delivered_before) | ALERT_OUTBOX.c.key.in_(old)
        with transaction(self._engine, write=True) as connection:
            return connection.execute(delete(ALERT_OUTBOX).where(gone)).rowcount

    def parcels(self) -> list[Parcel]:
        """Return everything that was or is on its way."""
        return self._parcels()

    def note_delivered(self, parcel: Parcel, *, at: int) -> None:
        """Note that a channel took a message."""
        self._set(parcel, delivered_at=at, attempts=parcel.attempts + 1, fault="")

    def note_failed(self, parcel: Parcel, *, at: int, fault: str) -> None:
        """Note that a channel did not take it; the next try comes after twice as long, an hour at most."""
        attempts = parcel.attempts + 1
        self._set(parcel, attempts=attempts, next_at=at + _wait_s(attempts), fault=fault)

    def events(self) -> list[AlertEvent]:
        """Return everything that was told, oldest first."""
        with transaction(self._engine, write=False) as connection:
            rows = connection.execute(select(ALERT_EVENTS).order_by(ALERT_EVENTS.c.at, ALERT_EVENTS.c.key))
            return [_event(dict(row._mapping)) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)

    def event(self, key: str) -> AlertEvent | None:
        """Return one thing that was told, None where it is not known."""
        with transaction(self._engine, write=False) as connection:
            row = connection.execute(select(ALERT_EVENTS).where(ALERT_EVENTS.c.key == key)).first()
            texts = _texts(connection, ALERT_TEXTS.c.key == key)
        return None if row is None else _event(dict(row._mapping), texts)  # noqa: SLF001

    def acknowledge(self, scope: Scope, covers: Callable[[str], bool], *, who: str, comment: str, at: int) -> list[str]:
        """Note who takes care of the firing alerts that `covers` takes by key, a line of the audit log; return them.

        Raises:
            InputError: none of them fires.
        """
        with transaction(self._engine, write=True) as connection:
            states = {row.key: json.loads(row.json) for row in connection.execute(select(ALERT_STATES))}
            firing = {key: one for key, one in states.items() if one["phase"] == "firing" and covers(key)}
            if not firing:
                msg = f"no alert fires of {scope}: `wattlas alerts list` shows those that do"
                raise InputError(msg)
            for key, state in firing.items():
                text = json.dumps(state | {"acked_by": who, "ack_comment": comment})
                connection.execute(update(ALERT_STATES).where(ALERT_STATES.c.key == key).values(json=text))
            appended(connection, who, f"alert {scope} acknowledged", None, {"alerts": sorted(firing)}, comment, at=at)
        return sorted(firing)

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
            texts = _texts(connection, ALERT_TEXTS.c.key.in_({row["key"] for row in rows})) if waiting else {}
        return [
            Parcel(
                event=_event({name: row[name] for name in COLUMNS}, texts),
                channel=row["channel"],
                attempts=row["attempts"],
                next_at=row["next_at"],
                delivered_at=row["delivered_at"],
                fault=row["fault"],
            )
            for row in rows
        ]


def _wait_s(attempts: int) -> int:
    return min(FIRST_RETRY_S * 2 ** (attempts - 1), LAST_RETRY_S) if attempts else 0


def _acked(connection: Connection, firing: Sequence[str]) -> dict[str, dict[str, str]]:
    """Who has which firing alert by now: somebody may have taken one while its rule was looked at."""
    if not firing:
        return {}
    states = {row.key: json.loads(row.json) for row in connection.execute(select(ALERT_STATES))}
    return {
        key: {"acked_by": one["acked_by"], "ack_comment": one.get("ack_comment", "")}
        for key in firing
        if (one := states.get(key)) and one["phase"] == "firing" and one["acked_by"]
    }


def _texts(connection: Connection, which: ColumnElement[bool]) -> dict[str, tuple[AlertText, ...]]:
    found: dict[str, tuple[AlertText, ...]] = {}
    for row in connection.execute(select(ALERT_TEXTS).where(which).order_by(ALERT_TEXTS.c.lang)):
        found[row.key] = (*found.get(row.key, ()), AlertText(row.lang, row.title, row.body))
    return found


def _event(row: dict[str, Any], texts: Mapping[str, tuple[AlertText, ...]] | None = None) -> AlertEvent:
    words = (texts or {}).get(row["key"], ())
    return AlertEvent(**row | {"subjects": tuple(json.loads(row["subjects"])), "texts": words})
