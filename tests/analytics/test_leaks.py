"""Refrigerant by hand: 40 kg in store, 25 bought, 48 left are 17 that leaked; what is not recorded is not nothing."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from analytics.kpi import FactorUse
from analytics.leaks import Leaked, Move, leaks
from tests.analytics.build import approx
from tests.analytics.test_recorded import MARCH

GWP = FactorUse(id="gwp", value=2255.5, unit="kgCO2e/kg", year=2026, zone="", basis="AR6", source="IPCC")
What = Literal["stock", "bought", "recovered", "topped_up"]


def move(what: What, day: str, kg: float, gas: str = "R-410A") -> Move:
    return Move(id=f"{what} {day}", gas=gas, what=what, day=date.fromisoformat(day), kg=kg)


OPENING, BOUGHT, CLOSING = (
    move("stock", "2026-03-01", 40),
    move("bought", "2026-03-10", 25),
    move("stock", "2026-04-01", 48),
)


def of(*moves: Move) -> list[Leaked]:
    return list(leaks(moves, days=MARCH, factor=lambda _: GWP))


def test_a_balance_is_what_went_in_less_what_is_left() -> None:
    (found,) = of(OPENING, BOUGHT, CLOSING, move("recovered", "2026-03-20", 5), move("topped_up", "2026-03-05", 1))
    assert found.kg == approx(12.0)  # 40 + 25 - 5 - 48; what was topped up came out of the store
    assert (found.in_scope_1, found.note, found.unknown) == (True, "", "")
    assert "topped_up 2026-03-05" not in found.ids


@pytest.mark.parametrize(
    ("moves", "absent"),
    [
        ((OPENING, BOUGHT), "2026-04-01"),
        ((OPENING,), "2026-04-01"),
        ((BOUGHT, CLOSING), "2026-03-01"),
        ((BOUGHT,), "2026-03-01 and 2026-04-01"),
        ((move("recovered", "2026-03-31", 1),), "2026-03-01 and 2026-04-01"),
        ((move("stock", "2025-06-01", 40),), "2026-03-01 and 2026-04-01"),
        ((move("stock", "2026-03-15", 40), CLOSING), "2026-03-01"),
    ],
)
def test_half_a_balance_is_no_leak_of_nothing(moves: tuple[Move, ...], absent: str) -> None:
    (found,) = of(*moves)
    assert f"how much R-410A leaked is not known without its approved stock at {absent}: enter it" in found.unknown
    assert (found.kg, found.ids) == (0.0, ())


@pytest.mark.parametrize(
    "moves", [(), (CLOSING,), (move("stock", "2025-02-28", 40),), (move("bought", "2026-04-01", 1),)]
)
def test_what_begins_later_or_ended_long_ago_is_not_asked_for(moves: tuple[Move, ...]) -> None:
    assert of(*moves) == []


def test_without_stocks_what_was_topped_up_had_leaked() -> None:
    two = move("topped_up", "2026-03-05", 1.5), move("topped_up", "2026-03-06", 0.5)
    (found,) = of(*two, CLOSING, move("topped_up", "2026-04-01", 9))
    assert (found.kg, found.note, found.unknown) == (2.0, "", "")
    (half,) = of(*two, OPENING)
    assert half.kg == 2.0
    assert half.note == "R-410A by what was topped up, for its stock is not recorded at both ends of the period"


def test_gases_are_apart_and_each_knows_its_basket() -> None:
    first, second = of(move("topped_up", "2026-03-05", 1), move("topped_up", "2026-03-05", 2, gas="R-22"))
    assert (first.gas, first.in_scope_1) == ("R-410A", True)
    assert (second.gas, second.kg, second.in_scope_1) == ("R-22", 2.0, False)
