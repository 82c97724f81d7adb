"""Refrigerant that leaked within a period, from records of stocks, purchases, recoveries and top-ups (GHG Protocol).

By mass balance where the stock is recorded at both ends of the period, else by what was topped up. A gas that is bought
or whose stock was recorded within a year is in use: without either, how much leaked is not known, and never nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from analytics.scope1 import in_scope_1, leaked_kg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from analytics.kpi import FactorUse
    from analytics.recorded import Days

STOCK_DAYS: Final = 366  # a mass balance is made at least once a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One record of a refrigerant [kg] on a local day; a stock is what was there as the day began."""

    id: str
    gas: str
    what: Literal["stock", "bought", "recovered", "topped_up"]
    day: date
    kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaked:
    """Refrigerant that left within the period [kg], by its records, and its GWP100.

    `in_scope_1` is False for gases that are shown beside scope 1; `note` is what the method has to add; where `unknown`
    says why, `kg` is not known.
    """

    gas: str
    ids: tuple[str, ...]
    kg: float
    factor: FactorUse
    in_scope_1: bool = True
    note: str = ""
    unknown: str = ""


def leaks(moves: Iterable[Move], *, days: Days, factor: Callable[[str], FactorUse]) -> Iterator[Leaked]:
    """Yield what leaked of each gas within the period.

    Args:
        moves: approved records, from a year before the period to the stock on the day after it.
        days: the period.
        factor: GWP100 of a gas.
    """
    of_gas: dict[str, dict[str, list[Move]]] = defaultdict(lambda: defaultdict(list))
    for one in moves:
        of_gas[one.gas][one.what].append(one)
    for gas, own in of_gas.items():
        found = _balance(own, days) or _topped_up(own, days)
        unknown = "" if found else _unknown(gas, own, days)
        if found or unknown:
            used, kg, by_top_up = found or ([], 0.0, False)
            note = f"{gas} by what was topped up, for its stock is not recorded at both ends of the period"
            yield Leaked(
                gas=gas,
                ids=tuple(one.id for one in used),
                kg=kg,
                factor=factor(gas),
                in_scope_1=in_scope_1(gas),
                note=note if by_top_up and _in_use(own, days) else "",
                unknown=unknown,
            )


def _balance(own: Mapping[str, list[Move]], days: Days) -> tuple[list[Move], float, bool] | None:
    stock = {one.day: one for one in own["stock"]}
    if days.first not in stock or days.end not in stock:
        return None
    bought, recovered = (_within(own[what], days) for what in ("bought", "recovered"))
    kg = leaked_kg(
        stock_start_kg=stock[days.first].kg,
        bought_kg=_kg(bought),
        recovered_kg=_kg(recovered),
        stock_end_kg=stock[days.end].kg,
    )
    return [stock[days.first], stock[days.end], *bought, *recovered], kg, False


def _topped_up(own: Mapping[str, list[Move]], days: Days) -> tuple[list[Move], float, bool] | None:
    used = _within(own["topped_up"], days)
    return (used, _kg(used), True) if used else None


def _unknown(gas: str, own: Mapping[str, list[Move]], days: Days) -> str:
    if not _in_use(own, days):
        return ""
    stocks = {one.day for one in own["stock"]}
    absent = " and ".join(str(day) for day in (days.first, days.end) if day not in stocks)
    return (
        f"how much {gas} leaked is not known without its approved stock at {absent}: enter it, or what was topped up "
        "(0 kg where nothing was)"
    )


def _in_use(own: Mapping[str, list[Move]], days: Days) -> bool:
    since = days.first - timedelta(days=STOCK_DAYS)
    kept = any(since < one.day < days.end for one in own["stock"])
    return kept or bool(_within([*own["bought"], *own["recovered"]], days))


def _kg(moves: Iterable[Move]) -> float:
    return sum(one.kg for one in moves)


def _within(moves: Iterable[Move], days: Days) -> list[Move]:
    return [one for one in moves if days.first <= one.day < days.end]
