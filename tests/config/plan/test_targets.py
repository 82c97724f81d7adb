"""Targets of a site file: slips are told, and a changed target keeps its former row with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from config.plan.target_templates import target_templates
from config.plan.targets import Target, targets_of
from config.reading.mistakes import Mistakes

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
        ({**ROW, "baseline_value": 0.5}, "baseline_value 0.5 cannot be: PUE is 1 or more"),
        ({**ROW, "metric": "cfe", "target_value": 0.9, "baseline_value": 60.0}, "baseline_value 60 cannot be"),
        ({**ROW, "target_value": None, "reduction": 0.5, "baseline_value": 1.5}, "goal 0.75 cannot be"),
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


BUDGET: dict[str, Any] = {
    "id": "t",
    "metric": "emissions_location_kgco2e",
    "site": "a",
    "path": "budget",
    "budget_from_year": 2026,
    "target_year": 2030,
    "target_value": 12e6,
}
WORK: dict[str, Any] = {**ROW, "metric": "emissions_market_per_work", "per": "token", "model": "llm"}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({**BUDGET, "metric": "pue"}, "cannot be a budget: pue of several years does not add up"),
        ({**BUDGET, "budget_from_year": None}, "must have budget_from_year and target_value"),
        ({**BUDGET, "target_value": None}, "must have budget_from_year and target_value"),
        ({**BUDGET, "budget_from_year": 2031}, "budget_from_year must not lie after target_year"),
        ({**BUDGET, "baseline_year": 2025}, "has no baseline and no reduction"),
        ({**ROW, "budget_from_year": 2026}, "add path = budget, or remove it"),
        ({**ROW, "baseline_year": None}, "must have a baseline_year"),
        ({**WORK, "per": None}, "must have per"),
        ({**WORK, "model": None}, "must have per"),
        ({**ROW, "model": "llm"}, "pue is not per work: remove them"),
        ({**WORK, "per": "word"}, "per"),
    ],
)
def test_a_slip_of_a_budget_or_of_work_is_told(table: dict[str, Any], words: str) -> None:
    (said,) = told({key: value for key, value in table.items() if value is not None})
    assert words in said


def test_a_budget_of_years_and_market_based_intensities_are_targets() -> None:
    assert told(BUDGET, {**WORK, "id": "w"}, {**ROW, "id": "m", "metric": "cue_market"}) == []
