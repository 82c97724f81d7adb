"""Rules about what somebody has to do: records, milestones, months, invoices, reports, targets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from collectors.store.reports import Report
from tests.ui.alerts.kind_site import DAY_S, GOALS, STEP, bill, company, rule, values
from tests.ui.company import HEAD, START, TREE, Company
from ui.alerts.rows import checked
from ui.plan.steps import note_milestone

if TYPE_CHECKING:
    from pathlib import Path


def test_records_that_wait(tmp_path: Path) -> None:
    made = company(tmp_path, rule("approval", above=2.0))
    assert values(made) == {}
    made.service.stores.state.records.add([bill(2)], who="ana", at=int(made.now) - 3 * DAY_S)
    assert list(values(made).values()) == [(3.0, "passed")]


def test_a_milestone_is_due_by_the_sites_own_day_until_it_is_done(tmp_path: Path) -> None:
    # 14 March in Berlin: one is two days late, one is due in ten
    marks = "".join(
        f'[[milestones]]\nid = "{name}"\ntitle = "x"\nsite = "s"\nstep = "assess"\ndue = {due}\nowner = "ann"\n'
        for name, due in (("old", "2026-03-12"), ("new", "2026-03-24"))
    )
    made = company(tmp_path, rule("milestone", above=0.0) + marks)
    assert values(made) == {"s/old": (2.0, "passed"), "s/new": (-10.0, "ok")}
    note_milestone(made.service, "old", state="done", cost=None, note="", who="ann")
    assert values(made) == {"s/new": (-10.0, "ok")}


def test_a_month_is_to_be_complete_by_its_day(tmp_path: Path) -> None:
    # the utility's bill is expected; on 14 March that of February is due by the 10th, by the 20th only January's
    made = company(tmp_path, rule("month", by_day=10) + rule("month", id="late", by_day=20))
    records = made.service.stores.state.records
    records.add([bill(1)], who="ana", at=START)
    records.approve([one.id for one in records.waiting()], who="ben", at=START, solo=False)
    assert {row["rule"]: (row["value"], row["state"]) for row in checked(made.service)} == {
        "month": (1.0, "passed"),
        "late": (0.0, "ok"),
    }


def test_an_invoice_that_differs_from_its_meter_until_somebody_explains_it(tmp_path: Path) -> None:
    made = company(tmp_path, rule("invoice", every_s=3600, above=0.02), hours=48)
    start, end = date(2026, 3, 15), date(2026, 3, 16)
    wrong = replace(bill(2), comment="", start=start, end=end, value=40.0, amount=40.0)
    made.service.stores.state.records.add([wrong], who="ana", at=START)
    assert list(values(made).values()) == [(pytest.approx(40 / 36 - 1), "passed")]  # 24 h of 1.5 kW
    made.service.stores.state.records.add([replace(wrong, comment="a guess")], who="ana", at=START + 1, reason="told")
    assert values(made) == {}


def test_a_report_is_to_be_sealed_by_its_day(tmp_path: Path) -> None:
    made = company(tmp_path, rule("report", by_day=10))
    assert values(made) == {"s": (0.0, "ok")}, "of a month before the books began there is no report"
    made.steady("s/utility", 1500.0, start=-20 * DAY_S, end=-20 * DAY_S + 900)
    made.keep()
    assert values(made) == {"s": (1.0, "passed")}
    reports = made.service.stores.state.reports
    one = Report(
        id="r1", subject="company", label="2026-02", start=0, end=1, content="c" * 64, restates="", steps=(STEP,)
    )
    reports.prepare(one, why="")
    for name in ("reviewed", "approved", "sealed"):
        reports.take("r1", name, who=name, at=START, solo=False, manifest="m" * 64 if name == "sealed" else "")
    assert values(made) == {"s": (0.0, "ok")}


def test_a_target_at_risk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.plan.status.HISTORY_DAYS", 70)
    goal = 'metric = "pue"\nsite = "s"\nbaseline_year = 2025\ntarget_year = 2030\nbaseline_value = 1.6\n'
    targets = "".join(f'[[targets]]\nid = "{name}"\n{goal}target_value = {value}\n' for name, value in GOALS.items())
    head = HEAD + rule("target", every_s=3600, below=0.5)
    made = Company(tmp_path, TREE.replace("power = 60", "power = 3600") + targets, head)
    made.now = float(START)
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        made.read(point, [(at, watts) for at in range(-74 * DAY_S, 0, 3600)])
    made.keep()
    assert values(made) == {"s/easy": (25 / 26, "ok"), "s/hard": (1 / 26, "passed")}, (
        "12 errors of the past prove no more"
    )
