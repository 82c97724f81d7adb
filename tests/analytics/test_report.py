"""What is looked at before a report is signed, and how two reports differ."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analytics.report import NAMES, claim_checks, differences, figure_checks, period_check, waiting_check


def row(name: str, value: float | None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    return {"subject": "s", "name": name, "unit": "kWh", "value": value, "reason": "dark", "estimated": 0.0, **more}


def test_a_figure_without_a_value_and_one_that_nobody_measured_are_noted() -> None:
    rows = [row("pue", None), row("it_energy_kwh", 1.0, estimated=0.2), row("facility_energy_kwh", 1.0)]
    first, second = figure_checks(rows, site="s", estimated_limit=0.05)
    assert (first.level, first.text) == ("note", "s: pue has no value: dark")
    assert second.text == "s: it_energy_kwh is estimated for 20.0% of its time (limit 5%)"


def test_what_blocks_a_signature() -> None:
    assert period_check(end=10, booked_until=9).level == "blocks"
    assert period_check(end=10, booked_until=10).level == "ok"
    assert waiting_check(records=0, estimates=0).level == "ok"
    assert waiting_check(records=0, estimates=2).level == "blocks"


def test_a_refused_contract_is_noted() -> None:
    claims: list[dict[str, Any]] = [{"contract": "ppa", "reason": None}, {"contract": "go", "reason": "vintage"}]
    (check,) = claim_checks(claims, site="s")
    assert check.text == "s: contract go gives no credit: vintage"


def test_differences_are_of_values_that_came_went_or_changed() -> None:
    before = [row("a", 1.0), row("b", 2.0), row("c", None), row("d", 4.0), row("z", 0.0)]
    after = [row("a", 1.0 + 1e-12), row("b", 3.0), row("c", 1.0), row("e", 5.0), row("z", 1.0)]
    found = {one.name: (one.before, one.after, one.share) for one in differences(before, after)}
    assert found == {
        "b": (2.0, 3.0, 0.5),
        "c": (None, 1.0, None),
        "d": (4.0, None, None),
        "e": (None, 5.0, None),
        "z": (0.0, 1.0, None),
    }


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.none() | st.floats(-1e9, 1e9)), unique_by=lambda one: one[0]))
def test_a_report_never_differs_from_itself(values: list[tuple[str, float | None]]) -> None:
    rows = [row(name, value) for name, value in values]
    assert differences(rows, rows) == []
