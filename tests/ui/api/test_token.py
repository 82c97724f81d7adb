"""`wattlas token`: made once and told once, of one site or all, until a date, revoked at once, in the audit log."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import InputError
from tests.ui.company import HEAD, TREE
from ui.api.expiry import expiry
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wattlas.toml").write_text(HEAD + TREE)
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    monkeypatch.delenv("WATTLAS_DATA", raising=False)
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert main([*argv, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_token_is_shown_once_and_only_its_hash_is_kept(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "create", "--name", "hall-2", "--scope", "ingest", "--site", "s"]) == 0
    said = capsys.readouterr()
    text = said.out.strip()
    secret = text.split("_", 2)[2]
    assert secret not in said.err
    (found,) = rows(capsys, "token", "list")
    assert (found["name"], found["scopes"], found["site"], found["state"]) == ("hall-2", ["ingest"], "s", "stands")
    assert secret.encode() not in (place / "data" / "state.sqlite").read_bytes()
    (line,) = rows(capsys, "audit", "log", "--what", "token")
    assert line["what"] == f"token {found['id']}"
    assert "hash" not in json.loads(line["after"])
    assert secret not in json.dumps(line)


def test_read_is_every_scope_that_reads_and_needs_no_site(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = rows(capsys, "token", "create", "--name", "grafana", "--scope", "read", "--expires", "never")
    assert found["scopes"] == ["alerts", "kpis", "ledger", "plan", "readings", "records", "reports"]
    assert found["site"] is None
    assert found["expires_at"] is None


def test_a_revoked_token_says_who_ended_it_and_its_name_is_free(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made,) = rows(capsys, "token", "create", "--name", "a", "--scope", "metrics")
    assert main(["token", "create", "--name", "a", "--scope", "metrics"]) == 2
    assert main(["token", "revoke", made["id"], "--reason", "lost"]) == 0
    capsys.readouterr()
    (ended,) = rows(capsys, "token", "revoke", made["id"])
    assert ended["state"] == f"token {made['id']} was revoked"
    assert ended["revoked_by"]
    assert [line["why"] for line in rows(capsys, "audit", "log", "--what", "token")] == ["", "lost"]
    rows(capsys, "token", "create", "--name", "a", "--scope", "metrics")


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["--name", "a"], "--scope is missing"),
        (["--name", "a", "--scope", "kpi"], 'did you mean "kpis"?'),
        (["--name", "a", "--scope", "ingest"], "--site is missing"),
        (["--name", "a", "--scope", "ingest", "--site", "t"], "is no site"),
        (["--name", "a b", "--scope", "read"], "without spaces"),
        (["--name", "a", "--scope", "read", "--expires", "soon"], "give days such as 90d"),
    ],
)
def test_a_mistake_is_one_sentence(
    place: Path, capsys: pytest.CaptureFixture[str], argv: list[str], sentence: str
) -> None:
    assert main(["token", "create", *argv]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_an_unknown_token_cannot_be_revoked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "revoke", "0badf00d"]) == 2
    assert "`wattlas token list` names them" in capsys.readouterr().err


def test_days_dates_and_never() -> None:
    now = 1_773_446_400
    assert expiry("1d", now=now) == now + DAY
    assert expiry("2026-03-16", now=now) == now + 2 * DAY
    assert expiry("2026-03-15T01:00:00+01:00", now=now) == now + DAY
    assert expiry("never", now=now) is None
    for text in ("0d", "2026-03-14", "99999d", "", "1e5d"):
        with pytest.raises(InputError):
            expiry(text, now=now)


def test_only_the_whole_token_finds_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ui.service import open_service

    (made,) = rows(capsys, "token", "create", "--name", "a", "--scope", "read", "--expires", "1d")
    tokens = open_service(place / "wattlas.toml", None).stores.state.tokens
    text = made["token"]
    found = tokens.find(text)
    assert found
    assert found.id == made["id"]
    assert found.fault(found.created_at) is None
    assert found.fault(found.created_at + DAY) == f"token {found.id} has expired"
    for other in (
        text[:-1],
        text + "x",
        "",
        "wattlas_",
        f"wattlas_{made['id']}_",
        f"wattlas_{made['id']}_é",
        "x" * 999,
    ):
        assert tokens.find(other) is None
    with closing(sqlite3.connect(place / "data" / "state.sqlite")) as raw:
        assert raw.execute("SELECT length(hash) FROM token").fetchone() == (64,)
