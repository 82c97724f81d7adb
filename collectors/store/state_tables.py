"""Tables of the state store and how its database is opened: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, MetaData, Table, Text, create_engine, event, text
from sqlalchemy.exc import DatabaseError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from config.errors import ConfigError, StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

BUSY_S = 60
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
    "estimate": "estimates are",
    "estimate_decision": "decisions are",
    "report": "reports are",
    "report_step": "steps of reports are",
}
GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{what} append-only'); END"
        for table, what in APPEND_ONLY.items()
        for verb in ("update", "delete")
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
    ],
}


def open_engine(where: Path | str) -> Engine:
    """Return an engine for a SQLite file or a database URL; nothing is connected yet.

    SQLite is opened with a rollback journal, not WAL: the standard library's build may carry a WAL bug that corrupts,
    and the state store is written seldom.

    Raises:
        ConfigError: the URL's kind of database has no driver here.
    """
    if isinstance(where, str):
        try:
            return create_engine(where, poolclass=NullPool)
        except (NoSuchModuleError, ModuleNotFoundError, SQLAlchemyError) as error:
            message = f"the state store's URL cannot be used ({error}): install its driver or correct the URL."
            raise ConfigError(message) from error
    engine = create_engine(
        f"sqlite:///{where}", poolclass=NullPool, connect_args={"timeout": BUSY_S, "isolation_level": None}
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _: Any) -> None:  # noqa: ANN401 (SQLAlchemy's event signature)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = EXTRA")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def transaction(engine: Engine, *, write: bool) -> Iterator[Connection]:
    """Run a block in one transaction.

    Raises:
        StoreUnavailable: the database does not answer, or another process kept it for a minute.
        StoreCorrupt: the file is damaged.
    """
    where = engine.url.render_as_string(hide_password=True)
    try:
        with engine.connect() as raw:
            connection = raw.execution_options(write=write)
            with connection.begin():
                yield connection
    except DatabaseError as error:
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            message = f"state store {where} is damaged ({error.orig}): restore a backup."
            raise StoreCorrupt(message) from error
        message = f"state store {where} cannot be used now ({error.orig}): check that it runs, free space, permissions."
        raise StoreUnavailable(message) from error


def create_tables(connection: Connection) -> None:
    """Create what is absent; safe when several processes start at once."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": CREATE_LOCK})
    METADATA.create_all(connection)
    for guard in GUARDS.get(connection.dialect.name, []):
        connection.exec_driver_sql(guard)
