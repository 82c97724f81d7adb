"""Every worked example in a docstring of analytics holds."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import analytics

HERE = Path(str(analytics.__file__)).parent
MODULES = sorted(
    ".".join(path.relative_to(HERE).with_suffix("").parts) for path in HERE.rglob("*.py") if path.stem != "__init__"
)


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples_hold(name: str) -> None:
    assert doctest.testmod(import_module(f"analytics.{name}")).failed == 0
