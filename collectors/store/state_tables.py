"""Tables of the state store: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, MetaData, Table, Text, text

if TYPE_CHECKING:
    from sqlalchemy import Connection

CREATE_LOCK = 7_739_127  # any number, the same for all: PostgreSQL's name of the lock around creating tables

METADATA = MetaData()
SCHEMA = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))
CONFIG = Table(
    "config_snapshot",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("json", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
)
IMPORTS = Table(
    "import_log",
    METADATA,
    Column("origin", Text, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("file", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Column("undone_at", BigInteger),
)
BILLS = Table(
    "usage_bill",
    METADATA,
    Column("origin", Text, primary_key=True),
    Column("usage", Text, nullable=False, index=True),
    Column("month", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
)
PROVIDER_CARBON = Table(
    "provider_carbon",
    METADATA,
    Column("provider", Text, primary_key=True),
    Column("month", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("location_kgco2e", Double),
    Column("market_kgco2e", Double),
    Column("scopes", Text, nullable=False),
    Column("model", Text, nullable=False),
)
MAPPINGS = Table("mapping", METADATA, Column("name", Text, primary_key=True), Column("json", Text, nullable=False))
RECORDS = Table(  # one row a version: only ever added to
    "record",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("site", Text, nullable=False, index=True),
    Column("subject", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("end", Text, nullable=False),
    Column("value", Double),
    Column("unit", Text, nullable=False),
    Column("amount", Double),
    Column("text", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("comment", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
APPROVALS = Table(
    "record_approval",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", BigInteger, nullable=False),
    Column("solo", Boolean, nullable=False),
)
WITHDRAWALS = Table(  # versions that say that a record never was
    "record_withdrawal",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
)
ESTIMATES = Table(  # only ever added to
    "estimate",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False, index=True),
    Column("point", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("cells", Text, nullable=False),
    Column("config_hash", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
)
ESTIMATE_DECISIONS = Table(  # the newest of each estimate stands
    "estimate_decision",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("solo", Boolean, nullable=False),
)
REPORTS = Table(  # only ever added to
    "report",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    Column("restates", Text, nullable=False),
)
REPORT_STEPS = Table(
    "report_step",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("solo", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("manifest", Text, nullable=False),
)
PROGRESS = Table(  # one row a step: only ever added to
    "measure_progress",
    METADATA,
    Column("measure", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("cost", Double),
    Column("currency", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
TASKS = Table(  # one row a giving: only ever added to
    "report_task",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
REGISTER_STEPS = Table(  # what was read shows of them; it outlives the readings
    "register_step",
    METADATA,
    Column("point", Text, primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("joules", BigInteger, nullable=False),
    Column("alike", Boolean, nullable=False),
)
TOKENS = Table(  # of the HTTP doors; their texts are nowhere
    "token",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("site", Text),
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("revoked_by", Text, nullable=False),
)
AUDIT = Table(
    "audit",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("former", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)
APPEND_ONLY = {
    "audit": "the audit log is",
    "record": "records are",
    "record_approval": "approvals are",
    "record_withdrawal": "withdrawals are",
    "measure_progress": "steps of measures are",
    "estimate": "estimates are",
    "estimate_decision": "decisions are",
    "alert_event": "told alerts are",
    "report": "reports are",
    "report_step": "steps of reports are",
    "report_task": "tasks are",
}
GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{what} append-only'); END"
        for table, what in APPEND_ONLY.items()
        for verb in ("update", "delete")
    ]
    + [
        (
            "CREATE TRIGGER IF NOT EXISTS audit_head_delete BEFORE DELETE ON audit_head"
            " BEGIN SELECT RAISE(ABORT, 'the head of the audit log stays'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS audit_head_update BEFORE UPDATE ON audit_head WHEN NEW.number <= OLD.number"
            " BEGIN SELECT RAISE(ABORT, 'the head of the audit log never goes back'); END"
        ),
    ],
    "postgresql": [
        statement
        for table, what in APPEND_ONLY.items()
        for statement in (
            (
                f"CREATE OR REPLACE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN RAISE EXCEPTION '{what} append-only'; END $$"
            ),
            (
                f"CREATE OR REPLACE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table}"
                f" EXECUTE FUNCTION {table}_guard()"
            ),
        )
    ]
    + [
        (
            "CREATE OR REPLACE FUNCTION audit_head_guard() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN IF TG_OP = 'UPDATE' AND NEW.number > OLD.number THEN RETURN NEW; END IF;"
            " RAISE EXCEPTION 'the head of the audit log never goes back'; END $$"
        ),
        (
            "CREATE OR REPLACE TRIGGER audit_head_guard BEFORE UPDATE OR DELETE ON audit_head"
            " FOR EACH ROW EXECUTE FUNCTION audit_head_guard()"
        ),
    ],
}


def create_tables(connection: Connection) -> None:
    """Create what is absent; safe when several processes start at once."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": CREATE_LOCK})
    METADATA.create_all(connection)
    for guard in GUARDS.get(connection.dialect.name, []):
        connection.exec_driver_sql(guard)
