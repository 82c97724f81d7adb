"""Every worked example in a docstring of analytics holds."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import analytics

MODULES = sorted(path.stem for path in Path(str(analytics.__file__)).parent.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples_hold(name: str) -> None:
    assert doctest.testmod(import_module(f"analytics.{name}")).failed == 0
