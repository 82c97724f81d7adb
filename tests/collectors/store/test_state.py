"""The state store: configurations once, imports, mappings, and an audit log that shows any change of the past."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from collectors.store.state import ImportNote, State
from collectors.store.state_tables import METADATA
from config.errors import ConfigError, SchemaTooNew, StoreCorrupt, StoreUnavailable

if TYPE_CHECKING:
    from pathlib import Path

AT = 1_773_446_400


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "data" / "state.sqlite")


def altered(state: State, statement: str) -> None:
    with closing(sqlite3.connect(str(state.where))) as connection, connection:
        connection.execute(statement)


def test_a_configuration_is_kept_once(state: State) -> None:
    state.keep_configuration("ab", '{"a": 1}', at=AT)
    state.keep_configuration("ab", "other", at=AT + 1)
    assert state.configuration("ab") == '{"a": 1}'
    assert state.configuration("cd") is None


def test_another_configuration_is_a_line_of_the_log(state: State) -> None:
    for at, (config_hash, solo) in enumerate([("ab", False), ("ab", False), ("cd", False), ("cd", True), ("ab", True)]):
        state.note_configuration(config_hash, who="ana", at=AT + at, solo=solo)
    lines = state.audit.entries()
    assert [line.at - AT for line in lines] == [0, 2, 3, 4]
    assert (lines[1].what, json.loads(lines[1].before)) == ("configuration", {"hash": "ab", "solo": False})
    assert json.loads(lines[-1].after) == {"hash": "ab", "solo": True}
    assert state.log_fault() is None


def test_imports_are_noted_replaced_and_undone(state: State) -> None:
    note = ImportNote(origin="import:1", sha256="ff", file="a.csv", mapping="m", rows=5, rejected=1, imported_at=AT)
    other = ImportNote(origin="import:2", sha256="00", file="b.csv", mapping="", rows=2, rejected=0, imported_at=AT - 1)
    for one in (note, other, note):
        state.note_import(one)
    assert state.imports() == [other, note]
    state.note_undone("import:1", at=AT + 5)
    assert [one.undone_at for one in state.imports("ff")] == [AT + 5]


def test_mappings_are_kept_by_name(state: State) -> None:
    state.save_mapping("b", "1")
    state.save_mapping("a", "2")
    state.save_mapping("b", "3")
    assert state.mapping_names() == ["a", "b"]
    assert (state.load_mapping("b"), state.load_mapping("c")) == ("3", None)


def test_the_audit_log_is_a_chain(state: State) -> None:
    assert state.audit.verify() is None
    first = state.audit.append("ana", "factor grid/DE/2025", None, {"value": 0.35}, "published", at=AT)
    second = state.audit.append(
        "ben", "factor grid/DE/2025", {"value": 0.35}, {"value": 0.36}, "Korrektur ü", at=AT + 1
    )
    assert (first.number, second.number, second.former) == (1, 2, first.hash)
    assert state.audit.entries() == [first, second]
    assert state.audit.entries(after=1) == [second]
    assert state.audit.verify() is None
    assert (first.before, first.after) == ("null", '{"value": 0.35}')


@pytest.mark.parametrize("verb", ["UPDATE audit SET why = 'x'", "DELETE FROM audit"])
def test_the_audit_log_refuses_changes(state: State, verb: str) -> None:
    state.audit.append("ana", "x", 1, 2, "why", at=AT)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        altered(state, verb)


@pytest.mark.parametrize("verb", ["UPDATE audit_head SET number = 1", "DELETE FROM audit_head"])
def test_the_head_of_the_log_stays(state: State, verb: str) -> None:
    for number in range(2):
        state.audit.append("ana", "x", number, number + 1, "why", at=AT)
    with pytest.raises(sqlite3.IntegrityError, match="the head of the audit log"):
        altered(state, verb)
    altered(state, "DROP TRIGGER audit_head_delete")
    altered(state, "DELETE FROM audit_head")
    assert "the note of the last one is gone" in (state.audit.verify() or "")
    with pytest.raises(StoreCorrupt, match="the note of the last one is gone: restore a backup"):
        state.audit.append("ana", "x", 2, 3, "why", at=AT)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit SET after = '9' WHERE number = 2", "line 2 was changed"),
        ("UPDATE audit SET at = at + 1 WHERE number = 1", "line 1 was changed"),
        ("DELETE FROM audit WHERE number = 2", "line 2 is missing"),
        ("DELETE FROM audit WHERE number = 3", "lines after 2 are missing; the last one written was 3"),
        ("UPDATE audit SET number = 4 WHERE number = 3", "line 3 is missing"),
        ("DELETE FROM audit", "lines after 0 are missing; the last one written was 3"),
    ],
)
def test_a_change_past_the_guard_shows(state: State, statement: str, said: str) -> None:
    for number in range(3):
        state.audit.append("ana", "x", number, number + 1, "why", at=AT)
    for verb in ("update", "delete"):
        altered(state, f"DROP TRIGGER audit_{verb}")
    altered(state, statement)
    assert said in (state.audit.verify() or "")
    assert state.fault() == state.audit.verify()


def test_processes_write_one_chain(state: State) -> None:
    code = (
        "import sys; from pathlib import Path; from collectors.store.state import State\n"
        "state = State(Path(sys.argv[1]));"
        "[state.audit.append(sys.argv[2], 'x', None, i, 'why', at=i) for i in range(15)]"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, str(state.where), f"p{i}"]) for i in range(3)]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert len(state.audit.entries()) == 45
    assert state.fault() is None


def test_a_newer_schema_is_refused(state: State) -> None:
    assert state.mapping_names() == []
    altered(state, "UPDATE schema_version SET version = 9")
    with pytest.raises(
        SchemaTooNew, match=r"state\.sqlite has schema 9, this Wattlas knows 1: install the newer version"
    ):
        State(state.where).mapping_names()


def test_a_damaged_file_and_a_bad_folder_are_named(tmp_path: Path) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(StoreCorrupt, match="restore a backup"):
        State(tmp_path / "state.sqlite").mapping_names()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        State(tmp_path / "file" / "state.sqlite").mapping_names()


def test_an_unknown_database_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match="state store's URL cannot be used"):
        State("nosuchdatabase://host/name").mapping_names()


def test_every_table_can_be_created_on_postgresql() -> None:
    for table in METADATA.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
