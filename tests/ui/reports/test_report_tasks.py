"""What a report's checks leave to do is given to people, by a day; it is done when the check finds nothing."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from config.errors import InputError
from tests.ui.company import START, Company
from tests.ui.reports.office import POINTS
from ui.cli import main
from ui.reports.tasks import give, task_rows

if TYPE_CHECKING:
    from pathlib import Path


def check(text: str = "s: pue has no value: none") -> dict[str, Any]:
    return {"task": "t1", "level": "note", "name": "figure", "text": text, "remedy": "see the reason"}


def content(*checks: dict[str, Any]) -> dict[str, Any]:
    return {"subject": "company", "label": "2026-04", "sites": [{"id": "s"}], "checks": [{"level": "ok"}, *checks]}


def test_a_task_is_open_given_late_and_done(tmp_path: Path) -> None:
    company = Company(tmp_path, now=START + 50.0 * 86_400)
    (row,) = task_rows(company.service, content(check()))
    assert (row["standing"], row["person"], row["remedy"]) == ("open", "", "see the reason")
    give(company.service, content(check()), "t1", person="bob ", due="2026-05-10", note="call them", who="ada")
    give(company.service, content(check()), "t1", person="cyd", due="2026-05-12", note="", who="ada")
    (row,) = task_rows(company.service, content(check("s: pue has no value: 4 h")))
    assert (row["standing"], row["person"], row["due"], row["text"]) == (
        "given",
        "cyd",
        "2026-05-12",
        "s: pue has no value: 4 h",
    )
    company.now += 20 * 86_400
    assert task_rows(company.service, content(check()))[0]["standing"] == "late"
    assert task_rows(company.service, content())[0]["standing"] == "done"
    assert not task_rows(company.service, {**content(), "label": "2026-05"})
    state = company.service.stores.state
    assert [one.what for one in state.audit.entries()] == ["task t1 v1", "task t1 v2"]
    assert state.log_fault() is None


@pytest.mark.parametrize(
    ("task", "person", "due", "said"),
    [
        ("t1", "bob", "2020-01-01", "is no day from today on"),
        ("t1", "bob", "2099-02-30", "is no day from today on"),
        ("t1", "bob", "tomorrow", "is no day from today on"),
        ("t1", " ", "2099-01-01", "nobody is named"),
        ("x", "bob", "2099-01-01", "is no open task"),
    ],
)
def test_what_cannot_be_given_is_refused(tmp_path: Path, task: str, person: str, due: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        give(Company(tmp_path).service, content(check()), task, person=person, due=due, note="", who="ada")


def test_the_commands_list_and_give(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Company(tmp_path, POINTS, now=time.time()).keep()
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    assert main(["report", "tasks", "2026-04", "--site", "s", "--json"]) == 0
    (pue,) = [row for row in json.loads(capsys.readouterr().out) if row["text"].startswith("s: pue has no value")]
    words = ["report", "assign", "2026-04", pue["task"], "--to", "bob", "--due", "2099-01-01"]
    assert main(words) == 0, "one task, in the company's report too"
    assert f"bob has task {pue['task']} to 2099-01-01" in capsys.readouterr().out
