"""Last commits cut at sixty random bytes, one table or several at once: repaired without a trace."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.ui.damage import TABLES, build, check_repair

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
