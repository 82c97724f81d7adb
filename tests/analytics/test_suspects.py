"""What the audit says of meters: balances counted once, drifts, contradictions and silence, the worst first."""

from __future__ import annotations

import pytest

from analytics.suspects import change_over, drifts, suspects
from analytics.uses import Residual
from tests.analytics.build import era, state


def residual(share: float, parent: str = "p", children: tuple[str, ...] = ("a", "b"), used: float = 1.0) -> Residual:
    return Residual(
        parents=(parent,), children=children, parents_kwh=100.0, children_kwh=100.0 * (1 - share), used_share=used
    )


def test_loads_that_share_parents_in_turns_are_balanced_once() -> None:
    points = [
        state("a", "pdu"),
        state("b", "pdu"),
        state("one", "server", "a", "b"),
        state("two", "server", "a"),
        state("three", "server", "b"),
        state("four", "server", "a", "b"),
    ]
    (balance,) = era(*points)[0].tree.balances
    assert sorted(balance.children) == ["s/four", "s/one", "s/three", "s/two"]


def test_a_line_through_the_slices_is_the_drift() -> None:
    assert change_over([0.0, 0.01, 0.02]) == pytest.approx(0.02)
    assert change_over([0.0, None, 0.02]) is None


def test_slices_hardly_covered_do_not_count() -> None:
    slices = [[residual(0.02)], [residual(0.9, used=0.1)], [residual(0.03)], [residual(0.035)]]
    (found,) = drifts(slices)
    assert list(found.shares) == [pytest.approx(0.02), None, pytest.approx(0.03), pytest.approx(0.035)]
    assert found.drifts


def test_a_balance_that_came_later_has_no_drift_yet() -> None:
    found = drifts([[residual(0.02)], [residual(0.02), residual(0.01, parent="q")], [residual(0.02)]])
    assert [one.change for one in found] == [pytest.approx(0.0), None]
    assert not any(one.drifts for one in found)


def test_suspects_come_with_their_reasons_the_worst_first() -> None:
    drifting = drifts([[residual(share)] for share in (0.01, 0.03, 0.05)])
    found = suspects(
        residuals=[residual(-0.3, parent="q", children=("c",)), residual(0.05), residual(-0.0001)],
        drifting=drifting,
        missing={"a": 0.2, "b": 0.001},
    )
    assert [one.point for one in found] == ["a", "c", "q", "b", "p"]
    assert found[0].reasons == ("residual of p moved by +4.00%", "not seen for 20.0% of the time")
    assert found[1].reasons == ("children of q exceed it by 30.00%",)


def test_steady_books_have_no_suspects() -> None:
    assert suspects(residuals=[residual(0.02)], drifting=drifts([[residual(0.02)]] * 3), missing={"a": 0.0}) == []


def test_parents_that_took_nothing_have_no_share() -> None:
    idle = Residual(parents=("p",), children=("a",), parents_kwh=0.0, children_kwh=0.0, used_share=1.0)
    assert suspects(residuals=[idle], drifting=drifts([[idle]] * 3), missing={}) == []
