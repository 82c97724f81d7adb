"""What is looked at before a report is signed, and how two reports differ."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analytics.report import (
    EACH,
    NAMES,
    balance_checks,
    claim_checks,
    differences,
    figure_checks,
    period_check,
    twice_checks,
    waiting_check,
)
from analytics.twice import Twice


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


def balance(share: float | None, node: str = "s/utility") -> dict[str, object]:
    return {"node": node, "children": "s/ups", "share": share}


def test_balances_that_contradict_or_leave_much_unsaid_are_noted() -> None:
    found = [balance(None), balance(0.1), balance(-0.0005), balance(0.3), balance(-0.2, "s/a"), balance(-0.5, "s/b")]
    texts = [check.text for check in balance_checks(found, site="s")]
    assert texts == [
        "s: s/b over s/ups: the meters below took 50.0% more",
        "s: s/a over s/ups: the meters below took 20.0% more",
        "s: s/utility over s/ups: 30.0% is told by no meter below (limit 15%)",
    ]


def test_points_whose_register_and_power_contradict_are_named_and_the_rest_counted() -> None:
    fine, wrong = Twice("s/a", 100.0, 98.0), Twice("s/b", 1.0, 1000.0)
    (check,) = twice_checks([fine, wrong], site="s")
    assert check.text == "s: s/b: its register counted 1 kWh where its power made 1000 kWh"
    assert "unit and the ratio" in check.remedy
    checks = list(twice_checks([wrong] * (EACH + 3), site="s"))
    assert checks[-1].text == "3 more of this kind, all of them less"
