"""Targets of a site file: slips are told, and a changed target keeps its former row with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from config.mistakes import Mistakes
from config.target_templates import target_templates
from config.targets import Target, targets_of

ROW: dict[str, Any] = {
    "id": "t",
    "metric": "pue",
    "site": "a",
    "baseline_year": 2025,
    "target_year": 2030,
    "target_value": 1.2,
}


def told(*tables: dict[str, Any]) -> list[str]:
    mistakes = Mistakes()
    targets_of(tables, file="wattlas.toml", sites=["a"], mistakes=mistakes)
    return [f"{place}: {text}" for place, text in mistakes.found]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({**ROW, "site": "b"}, 'key site names "b", which is no site'),
        ({**ROW, "metric": "puee"}, "metric"),
        ({**ROW, "target_year": 2025}, "target_year must lie after baseline_year"),
        ({**ROW, "reduction": 0.1}, "must have a target_value or a reduction"),
        ({**ROW, "metric": "ref", "target_value": None, "reduction": 0.1}, "cannot reduce ref"),
        ({**ROW, "metric": "wue", "target_value": 0.0, "path": "rate"}, "at a yearly rate nothing reaches 0"),
        ({**ROW, "target_value": None, "reduction": 1.0, "path": "rate"}, "at a yearly rate nothing reaches 0"),
        ({**ROW, "target_value": float("inf")}, "finite"),
        ({**ROW, "target_value": -1.0}, "0 or more"),
        ({**ROW, "target_value": 0.9}, "PUE is 1 or more"),
        ({**ROW, "metric": "ref", "target_value": 70.0}, "a share is written as 0 to 1"),
        ({**ROW, "valid_from": "2026-02-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}, "valid_to must lie after"),
    ],
)
def test_a_slip_is_told(table: dict[str, Any], words: str) -> None:
    (said,) = told({key: value for key, value in table.items() if value is not None})
    assert words in said
    assert said.startswith('wattlas.toml [[targets]] "t"')


def test_a_changed_target_says_why_and_ends_the_former_one() -> None:
    july = "2026-07-01T00:00:00Z"
    former, later = {**ROW, "valid_to": july}, {**ROW, "target_value": 1.25, "valid_from": july, "reason": "new hall"}
    assert told(former, later) == []
    assert "stands a second time without a reason" in told(former, {**later, "reason": ""})[0]
    assert "holds while its former row does" in told(ROW, later)[0]


def test_templates_name_figures_that_there_are_and_their_source() -> None:
    metrics = Target.model_fields["metric"].annotation.__args__  # type: ignore[union-attr]
    assert all(row["metric"] in metrics and row["source"] and row["basis"] for row in target_templates())
