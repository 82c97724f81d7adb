"""Last commits cut at sixty random bytes, one table or several at once: repaired without a trace."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from collectors.store.open import Stores
from tests.program import Program
from tests.ui.reports.kept import check_archived, shipped
from tests.ui.serving.damage import TABLES, build, check_repair, cut_last_commit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.soak
def test_sixty_commits_cut_at_random_bytes_are_restored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = build(tmp_path / "sound")
    luck = random.Random(20261123)  # noqa: S311 - luck, no secret
    for seed in range(100, 160):
        tables = tuple(luck.sample(list(TABLES), luck.choice([1, 1, 2, 3])))
        check_repair(site, tmp_path / "cut", tables, seed, capsys)
        shutil.rmtree(tmp_path / "cut")


@pytest.mark.soak
@pytest.mark.parametrize("table", ["readings", "ledger"])
def test_a_repair_beside_a_running_collector_costs_it_no_reading(table: str, tmp_path: Path) -> None:
    site = build(tmp_path / "sound")
    cut_last_commit(site.parent / "data", table, random.Random(1))  # noqa: S311 - luck, no secret
    program = Program(site)
    with program.running(program.command("collect"), log=tmp_path / "collect.log") as job:
        job.wait_until_said("collect answers", within_s=60)
        job.wait_until_said("job failed .*run `wattlas doctor --repair`", within_s=60)
        assert program.run("doctor", "--repair").returncode == 0
        assert job.terminated(within_s=60) == 0, job.said()
    assert program.run("doctor").returncode == 0
    check_archived(site.parent / "data", shipped(Stores(site.parent / "data")))
