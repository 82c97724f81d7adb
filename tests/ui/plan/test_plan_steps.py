"""Milestones and steps: what is met, late or open by the site's own calendar, and mistakes told in one sentence."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError, InputError
from config.loading import load_settings
from tests.ui.company import HEAD, TREE, Company, instant
from tests.ui.pages.pages import cells, draw, unfold
from tests.ui.plan.test_measures import MORE
from tests.ui.plan.test_plan import row
from ui.cli import main
from ui.plan.steps import milestone_rows, note_milestone, step_rows
from ui.reports.steering import steering

if TYPE_CHECKING:
    from pathlib import Path

MARK = """
[[milestones]]
id = "{id}"
title = "Done: {id}"
site = "s"
step = "{step}"
due = {due}
owner = "{owner}"
"""
EVENT = """
[[non_routine]]
id = "e"
site = "s"
start = "2026-01-02T00:00:00Z"
end = "{end}T00:00:00Z"
reason = "r"
declared_by = "d"
{what}
"""
MARKS = "".join(
    MARK.format(id=name, step=step, due=due, owner=owner)
    for name, step, due, owner in (
        ("later", "execute and review", "2026-12-31", "ann"),
        ("signed", "assess", "2026-06-10", "bob"),
        ("built", "design", "2026-06-09", "bob"),
    )
)
HASH = re.compile("[0-9a-f]{16}")
NOW = instant("2026-06-10T22:30:00+00:00")  # the 11th in Berlin


@pytest.fixture
def company(tmp_path: Path) -> Company:
    target = row("pue", "baseline_value = 1.6\ntarget_value = 1.5")
    return Company(tmp_path, TREE + MORE + MARKS, HEAD + target, NOW)


def test_a_day_is_over_when_the_sites_calendar_says_so(company: Company) -> None:
    assert [(one["id"], one["standing"]) for one in milestone_rows(company.service)] == [
        ("built", "late"),
        ("signed", "late"),
        ("later", "open"),
    ]
    company.now = instant("2026-06-10T21:30:00+00:00")  # still the 10th
    note_milestone(company.service, "signed", state="done", cost=None, note="by the auditor", who="ann")
    company.now = NOW
    note_milestone(company.service, "built", state="done", cost=5.0, note="", who="ann")
    note_milestone(company.service, "later", state="stopped", cost=None, note="", who="ann")
    found = {one["id"]: one for one in milestone_rows(company.service)}
    assert {name: one["standing"] for name, one in found.items()} == {
        "built": "met late",
        "signed": "met",
        "later": "stopped",
    }
    assert (found["signed"]["note"], found["built"]["actual_cost"]) == ("by the auditor", 5.0)
    log = [line.what for line in company.service.stores.state.audit.entries()]
    assert "milestone signed v1" in log
    assert company.service.stores.state.log_fault() is None, "the log proves the steps of milestones too"
    # a report of the day before tells what was known then
    then = steering(company.service, company.service.settings.site("s"), NOW - 86_400, NOW - 7200)
    assert {one["id"]: one["standing"] for one in then["milestones"]} == {
        "built": "late",
        "signed": "open",
        "later": "open",
    }


def test_a_milestone_is_noted_on_the_page_by_who_may(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, company.service, "plan")
    unfold(app, "fold_milestone")
    app.selectbox(key="mark_name").set_value("signed")
    app.selectbox(key="mark_state").set_value("done")
    app.number_input(key="mark_cost").set_value(7.0)
    app.text_input(key="mark_text").set_value("by the auditor")
    app.button(key="FormSubmitter:milestone-Note it").click().run()
    assert not app.exception
    (step,) = company.service.stores.state.progress.newest().values()
    assert (step.measure, step.state, step.cost, step.note) == ("milestone signed", "done", 7.0, "by the auditor")
    assert "milestone signed v1" in [line.what for line in company.service.stores.state.audit.entries()]
    assert any("by the auditor" in line for line in cells(app))


def test_the_five_steps_say_what_they_rest_on(company: Company) -> None:
    rows = {one["step"]: one for one in step_rows(company.service)}
    assert list(rows) == ["assess", "green energy", "design", "management tools", "execute and review"]
    assert (rows["assess"]["targets"], rows["assess"]["late"]) == (1, 1)
    assert (rows["design"]["measures"], rows["design"]["measures_at_work"], rows["design"]["owners"]) == (1, 0, "bob")
    assert rows["execute and review"]["next_due"] == "2026-12-31"
    assert step_rows(Company(company.folder, TREE).service) == [], "no plan"


def test_what_the_commands_say(
    company: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert company.service
    monkeypatch.setenv("WATTLAS_CONFIG", str(company.folder / "wattlas.toml"))
    assert main(["plan", "milestone", "built", "done"]) == 0
    assert "built is done: met late, due 2026-06-09." in capsys.readouterr().out
    assert main(["plan", "milestone", "buillt", "done"]) == 2
    assert 'did you mean "built"' in capsys.readouterr().err
    assert main(["plan", "status", "--json"]) == 0
    assert {one["kind"] for one in json.loads(capsys.readouterr().out)} == {"target", "milestone"}
    assert main(["plan", "status"]) == 0
    assert "Done: later" in capsys.readouterr().out
    assert main(["plan", "steps"]) == 0
    assert "management tools" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MARK.format(id="a", step="dream", due="2026-01-01", owner="x"), "key step"),
        (MARK.format(id="a", step="design", due="2026-01-01", owner="x").replace('"s"', '"ss"'), "which is no site"),
        (MARK.format(id="a", step="design", due="2026-01-01", owner="x") + 'measure = "up"\n', "is no measure"),
        (2 * MARK.format(id="a", step="design", due="2026-01-01", owner="x"), "stands twice"),
        ('[[climate]]\nsite = "s"\npoint = "s/x"\nsource = "y"\nwet_bulb_by_month_degc = [1.0]\n', "12"),
        (
            f'[[climate]]\nsite = "s"\npoint = "s/x"\nsource = "y"\nwet_bulb_by_month_degc = {[1.0] * 12}\n',
            "which is no point",
        ),
        (
            f'[[climate]]\nsite = "s"\npoint = "s/ups"\nsource = "y"\nwet_bulb_by_month_degc = {[1.0] * 12}\n',
            'site "s" has no altitude_m',
        ),
        (EVENT.format(end="2026-01-01", what="excluded = true"), "end must lie after start"),
        (EVENT.format(end="2026-01-03", what=""), "effect_kwh_per_day or excluded"),
    ],
)
def test_mistakes_name_the_table_and_the_remedy(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wattlas.toml"
    file.write_text(HEAD + TREE + text)
    with pytest.raises(ConfigError, match=said):
        load_settings(file)


def test_a_changed_plan_is_a_line_of_the_audit_log(company: Company) -> None:
    company.keep()
    company.keep()
    company.head = company.head.replace("target_value = 1.5", "target_value = 1.4")
    company.keep()
    state = company.service.stores.state
    lines = [line for line in state.audit.entries() if line.what == "plan"]
    assert len(lines) == 2
    assert lines[1].before == lines[0].after
    (first, _) = (state.configuration(HASH.findall(str(line.after))[0]) for line in lines)
    assert first is not None
    assert '"target_value":1.5' in first


@pytest.mark.parametrize("cost", [float("inf"), float("nan"), -1.0])
def test_what_is_no_amount_is_not_noted(company: Company, cost: float) -> None:
    with pytest.raises(InputError, match="is no amount: give what was spent so far"):
        note_milestone(company.service, "built", state="started", cost=cost, note="", who="ann")
    assert {one["state"] for one in milestone_rows(company.service)} == {"planned"}
