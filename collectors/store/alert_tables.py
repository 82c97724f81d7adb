"""Tables of the state store about alerts: where each stands, what was told, messages on their way, silences."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from collectors.store.state_tables import METADATA

ALERT_STATES = Table(
    "alert_state", METADATA, Column("key", Text, primary_key=True), Column("json", Text, nullable=False)
)
ALERT_EVENTS = Table(  # only ever added to
    "alert_event",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("subjects", Text, nullable=False),
)
ALERT_TEXTS = Table(  # an event's words in languages beside that of [alerting]
    "alert_text",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("lang", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
)
ALERT_OUTBOX = Table(
    "alert_outbox",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("fault", Text, nullable=False),
)
ALERT_SILENCES = Table(
    "alert_silence",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
ALERT_SILENCE_SCOPES = Table(  # of silences that are not about the whole of a rule
    "alert_silence_scope",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("node", Text, nullable=False),
    Column("tag", Text, nullable=False),
)
