"""A power cut that takes the end of the last commits: `wattlas doctor --repair` brings everything back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ui.serving.damage import TABLES, build, check_repair

if TYPE_CHECKING:
    from pathlib import Path

CASES = [("readings",), ("ledger",), ("history",), ("readings", "ledger"), tuple(TABLES)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("damage") / "sound")


@pytest.mark.parametrize("tables", CASES, ids="+".join)
@pytest.mark.parametrize("seed", range(2))
def test_commits_cut_at_any_byte_are_restored_and_the_books_with_them(
    tables: tuple[str, ...], seed: int, site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_repair(site, tmp_path / "cut", tables, seed, capsys)
