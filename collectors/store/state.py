"""The state store: what is relational or versioned and not a time series (design 3)."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from collectors.store.alerts import AlertStore
from collectors.store.audit import AuditLog, appended
from collectors.store.estimates import EstimateStore
from collectors.store.locks import writer_lock
from collectors.store.logged import log_fault
from collectors.store.progress import Progress
from collectors.store.provider_carbon import ProviderCarbons
from collectors.store.records import Records
from collectors.store.register_steps import RegisterSteps
from collectors.store.reports import ReportStore
from collectors.store.schema import refuse_newer
from collectors.store.settled import Settled
from collectors.store.silences import SilenceStore
from collectors.store.state_engine import open_engine, transaction
from collectors.store.state_tables import (
    AUDIT,
    CONFIG,
    IMPORTS,
    MAPPINGS,
    RECORDS,
    REPORT_STEPS,
    REPORTS,
    SCHEMA,
    create_tables,
)
from collectors.store.tasks import TaskStore
from collectors.store.tokens import TokenStore
from collectors.store.usage import Bills

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Engine

SCHEMA_VERSION = 1
CONFIGURATION, ROLES, PLAN = "configuration", "roles", "plan"  # what the audit log calls them


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportNote:
    """One import: the file, how it was read, what it brought, and when it was undone (UTC seconds)."""

    origin: str
    sha256: str
    file: str
    mapping: str
    rows: int
    rejected: int
    imported_at: int
    undone_at: int | None = None


class State:
    """Configurations, imports, mappings, records and the audit log, in one SQLite file or PostgreSQL database."""

    def __init__(self, where: Path | str) -> None:
        """Remember a SQLite file (Path) or a database URL (str); opened and created when first used."""
        self.where = where
        self._newest_line = Settled[tuple[int, str] | None]()

    @cached_property
    def engine(self) -> Engine:
        """The database, its tables created.

        Raises:
            SchemaTooNew: a newer Wattlas wrote it.
            StoreUnavailable, StoreCorrupt, ConfigError: it cannot be opened.
        """
        engine = open_engine(self.where)
        if isinstance(self.where, Path):
            with writer_lock(self.where.with_name(f"{self.where.name}.create.lock")):
                version = _prepared(engine)
        else:
            version = _prepared(engine)
        refuse_newer(f"state store {engine.url.render_as_string()}", version, SCHEMA_VERSION)
        return engine

    @property
    def audit(self) -> AuditLog:
        """The audit log."""
        return AuditLog(self.engine)

    def newest_line(self) -> tuple[int, str] | None:
        """The head of the audit log, without opening the database where its file is as it was."""
        if not isinstance(self.where, Path):
            return self.audit.head()
        return self._newest_line.of(self.audit.head, self.where)

    @property
    def progress(self) -> Progress:
        """How the plan's measures stand."""
        return Progress(self.engine)

    @property
    def bills(self) -> Bills:
        """Bills of bought compute, line by line."""
        return Bills(self.engine)

    @property
    def provider_carbon(self) -> ProviderCarbons:
        """What providers say that their accounts emitted."""
        return ProviderCarbons(self.engine)

    @property
    def records(self) -> Records:
        """What managers entered."""
        return Records(self.engine)

    @property
    def register_steps(self) -> RegisterSteps:
        """What registers showed of the steps in which they count."""
        return RegisterSteps(self.engine)

    @property
    def estimates(self) -> EstimateStore:
        """What was estimated for gaps, and who approved it."""
        return EstimateStore(self.engine)

    @property
    def reports(self) -> ReportStore:
        """What was prepared, reviewed, approved and sealed."""
        return ReportStore(self.engine)

    @property
    def tasks(self) -> TaskStore:
        """Who is to do what of a report's checks, and by when."""
        return TaskStore(self.engine)

    @property
    def alerts(self) -> AlertStore:
        """Where alerts stand, and messages on their way."""
        return AlertStore(self.engine)

    @property
    def silences(self) -> SilenceStore:
        """What is told to nobody for a time."""
        return SilenceStore(self.engine)

    @property
    def tokens(self) -> TokenStore:
        """Who may use the HTTP doors."""
        return TokenStore(self.engine)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Keep writers out while the file is copied."""
        with transaction(self.engine, write=True):
            yield

    def fault(self) -> str | None:
        """Return what is wrong with the database or the audit log, or None."""
        if self.engine.dialect.name == "sqlite":
            with transaction(self.engine, write=False) as connection:
                said = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            if said != "ok":
                return f"state store {self.where} is damaged ({said}): restore a backup."
        return self.log_fault()

    def log_fault(self) -> str | None:
        """Return why the audit log does not prove what the store holds, or None: lines changed, rows without one."""
        return self.audit.verify() or log_fault(self.engine)

    def evidence(self) -> tuple[list[str], list[str]]:
        """Return the SHA-256 of files that prove records or hold reports, and of the manifests of sealed reports."""
        with transaction(self.engine, write=False) as connection:
            proofs, contents, manifests = (
                {digest for digest in connection.execute(select(column)).scalars() if digest}
                for column in (RECORDS.c.sha256, REPORTS.c.content, REPORT_STEPS.c.manifest)
            )
        return sorted(proofs | contents), sorted(manifests)

    def keep_configuration(self, config_hash: str, text: str, *, at: int) -> None:
        """Keep the JSON behind a configuration hash, once; `at` is when it was first seen (UTC seconds)."""
        if self.configuration(config_hash) is not None:
            return
        with transaction(self.engine, write=True) as connection:
            known = connection.execute(select(CONFIG.c.hash).where(CONFIG.c.hash == config_hash)).first()
            if known is None:
                connection.execute(insert(CONFIG).values(hash=config_hash, json=text, first_seen=at))

    def note_configuration(self, config_hash: str, *, who: str, at: int, solo: bool) -> None:
        """Write a line of the audit log where another configuration judges than by its last such line.

        A site file is changed by an editor, which tells nobody: the first job or decision under the new one tells.
        """
        self._note(CONFIGURATION, {"hash": config_hash, "solo": solo}, who=who, at=at)

    def note_plan(self, plan_hash: str, *, who: str, at: int) -> None:
        """Write a line of the audit log where targets, measures or events are others than by its last such line."""
        self._note(PLAN, {"hash": plan_hash}, who=who, at=at)

    def note_roles(self, found: Mapping[str, object], *, who: str, at: int) -> None:
        """Write a line of the audit log where others have roles than by its last such line."""
        self._note(ROLES, found, who=who, at=at)

    def _note(self, what: str, found: Mapping[str, object], *, who: str, at: int) -> None:
        with transaction(self.engine, write=False) as connection:
            if _last(connection, what) == found:
                return
        with transaction(self.engine, write=True) as connection:
            former = _last(connection, what)
            if former != found:
                appended(connection, who, what, former, found, "seen by the first who ran under it", at=at)

    def configuration(self, config_hash: str) -> str | None:
        """Return the JSON behind a configuration hash, None where it was never seen."""
        with transaction(self.engine, write=False) as connection:
            return connection.execute(select(CONFIG.c.json).where(CONFIG.c.hash == config_hash)).scalar()

    def note_import(self, note: ImportNote) -> None:
        """Keep what an import did; an import that is run again replaces its note."""
        with transaction(self.engine, write=True) as connection:
            connection.execute(delete(IMPORTS).where(IMPORTS.c.origin == note.origin))
            connection.execute(insert(IMPORTS).values(**asdict(note)))

    def imports(self, sha256: str | None = None) -> list[ImportNote]:
        """Return the imports of a file (by SHA-256), or all, oldest first."""
        query = select(IMPORTS).order_by(IMPORTS.c.imported_at, IMPORTS.c.origin)
        if sha256 is not None:
            query = query.where(IMPORTS.c.sha256 == sha256)
        with transaction(self.engine, write=False) as connection:
            return [ImportNote(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 (SQLAlchemy's name)

    def note_undone(self, origin: str, *, at: int) -> None:
        """Note that an import was undone at `at` (UTC seconds)."""
        with transaction(self.engine, write=True) as connection:
            connection.execute(update(IMPORTS).where(IMPORTS.c.origin == origin).values(undone_at=at))

    def save_mapping(self, name: str, text: str) -> None:
        """Keep a mapping as JSON, replacing one of that name."""
        with transaction(self.engine, write=True) as connection:
            connection.execute(delete(MAPPINGS).where(MAPPINGS.c.name == name))
            connection.execute(insert(MAPPINGS).values(name=name, json=text))

    def load_mapping(self, name: str) -> str | None:
        """Return the mapping of that name, or None."""
        with transaction(self.engine, write=False) as connection:
            return connection.execute(select(MAPPINGS.c.json).where(MAPPINGS.c.name == name)).scalar()

    def mapping_names(self) -> list[str]:
        """Return the names of all mappings kept, sorted."""
        with transaction(self.engine, write=False) as connection:
            return list(connection.execute(select(MAPPINGS.c.name).order_by(MAPPINGS.c.name)).scalars())


def _last(connection: Connection, what: str) -> object:
    """What the log's last line about something says; None where it has none."""
    lines = select(AUDIT.c.after).where(AUDIT.c.what == what).order_by(AUDIT.c.number.desc()).limit(1)
    line = connection.execute(lines).scalar()
    return None if line is None else json.loads(line)


def _prepared(engine: Engine) -> int:
    """Create what is absent and return the schema version found."""
    if isinstance(engine.url.database, str) and engine.dialect.name == "sqlite":
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    with transaction(engine, write=True) as connection:
        create_tables(connection)
        version = connection.execute(select(func.max(SCHEMA.c.version))).scalar()
        if version is None:
            connection.execute(insert(SCHEMA).values(version=SCHEMA_VERSION))
    return version or SCHEMA_VERSION
