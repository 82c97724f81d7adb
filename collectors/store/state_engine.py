"""How the state store's database is opened and how a block runs in one transaction."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.exc import DatabaseError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from config.errors import ConfigError, StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

BUSY_S = 60


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
