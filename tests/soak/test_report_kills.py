"""Twenty kills -9 of what makes the report of a month: it is told once, and its files are whole."""

from __future__ import annotations

import json
import random
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.program import Program
from tests.ui.company import HEAD, Company
from tests.ui.reports.office import POINTS
from tests.ui.reports.test_report_schedule import CHANNEL, DAY, DUE, REPORTS
from ui.reports.schedule import make_due

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
WORK = f"from ui.reports.schedule import make_due\nwhile True:\n    make_due(service({DUE + DAY}))\n"
LONGEST_S = 4.0  # a report takes a second on an idle machine, and several on a busy one


@pytest.mark.soak
def test_a_killed_report_is_told_once(tmp_path: Path) -> None:
    company = Company(tmp_path, POINTS, head=HEAD + CHANNEL + REPORTS, now=float(DUE + DAY))
    for point, watts in (("s/utility", 1500.0), ("s/ups", 1000.0)):
        company.read(point, [(at, watts) for at in range(0, 50 * DAY, 3600)])
    company.keep()
    program, luck = Program(tmp_path / "wattlas.toml"), random.Random(20261129)  # noqa: S311 - luck, no secret
    store, told = company.service.stores.state.alerts, 0
    for number in range(KILLS):
        with program.running(program.driver(WORK), log=tmp_path / f"{number}.log") as job:
            job.wait_until_said("ready\n", within_s=120)
            job.go()
            time.sleep(luck.uniform(0, LONGEST_S))
            assert job.kill() == -9, job.said()
        told += not store.events()
    make_due(company.service)
    (event,) = store.events()
    assert len(store.parcels()) == 1
    folder = tmp_path / "data" / "reports" / "2026-04" / "company"
    assert json.loads((folder / "company-2026-04.json").read_text())["label"] == "2026-04"
    assert (folder / "company-2026-04-en.pdf").read_bytes().rstrip().endswith(b"%%EOF")
    assert event.rule == "report 2026-04"
    sys.stdout.write(f"\n{told} of {KILLS} kills before it was told; told once\n")
