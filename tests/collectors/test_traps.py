"""Each trap that real devices set (collectors note, sections 2.4 to 9) has the test that its rule failed before."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

TRAPS = tomllib.loads(Path(__file__).with_name("traps.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_a_test_case(trap: str) -> None:
    file, _, name = TRAPS[trap].partition("::")
    if name:
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8")
    else:
        assert (TESTS / "collectors" / "cases" / file / "settings.toml").exists()
