"""Worked cases from standards and published reports: our figures equal theirs to the last printed digit.

`basis` is V (read in the primary text), S (secondary source) or M (unverified basis); `expected` is as printed, with
the name of the field where a formula gives several, and `none` where there is no figure.
"""

from __future__ import annotations

import csv
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

GOLDEN = Path(__file__).with_name("golden")
CASES = [
    row
    for path in sorted(GOLDEN.glob("*.csv"))
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
]


def printed(value: Any, like: str) -> str:  # noqa: ANN401 - whatever a formula gives
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        return " ".join(f"{one:g}" for one in value.tolist())
    return f"{value:.{len(like.partition('.')[2])}f}"


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_figure_equals_the_printed_one(case: dict[str, str]) -> None:
    module, _, name = case["function"].rpartition(".")
    arguments = json.loads(case["arguments"])
    if module == "analytics.matching":
        arguments = {key: np.array(value) if isinstance(value, list) else value for key, value in arguments.items()}
    found = getattr(import_module(module), name)(**arguments)
    wanted = case["expected"]
    first, _, field = wanted.partition(" ")
    if hasattr(found, field):
        found, wanted = getattr(found, field), first
    assert printed(found, wanted) == wanted, case["sum"]


def test_there_are_at_least_sixty_cases_each_with_its_source() -> None:
    assert len(CASES) >= 60
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert all(case["source"] and case["sum"] and case["basis"] in {"V", "S", "M"} for case in CASES)
