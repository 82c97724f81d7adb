"""From what an agent says to numbers: texts with units, sentinels, decimal digits, sums of one layer; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from config.catalogue import metrics
from config.errors import UnitError
from config.units import linear_factor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collectors.plugins.snmp.profiles import Column, Profile

NUMBER = re.compile(r"\s*(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*(?P<unit>[A-Za-z]*)\s*")
NOT_SUPPORTED = frozenset({-1.0, 2.0**31 - 1, 2.0**32 - 1})  # as agents say it, before any scale
MOST_DIGITS = 9

Told = dict[str, int | float | str | None]  # object -> what the agent said, None where it said nothing


def chosen(profile: Profile, where: str) -> Iterator[Column]:
    """Yield the columns of the layer that `where` names: `outlet 7`, `inlet`, or, left empty, the first layer."""
    layer = where.partition(" ")[0] or profile.layers[0]
    return (column for column in profile.values if column.layer == layer)


def within(index: str, where: str) -> bool:
    """Whether an index is the one of `where`, or lies below it: `0.1.2` lies below `inlet_phase 0`."""
    wished = where.partition(" ")[2]
    return not wished or index == wished or index.startswith(f"{wished}.")


def values(profile: Profile, where: str, told: Told) -> Mapping[str, float]:
    """Return the values of one point by metric.

    Powers of several rows of one layer are added, if every row has one; registers are not, for one that begins anew
    would look like all.
    """
    found: dict[str, float] = {}
    for column in chosen(profile, where):
        rows = [index for oid in told if (index := column.index_of(oid)) is not None and within(index, where)]
        numbers = [_value(column, index, told) for index in rows]
        if len(numbers) > 1 and column.metric != "power":
            continue
        if numbers and None not in numbers:
            found[column.metric] = sum(number for number in numbers if number is not None)
    return found


def _value(column: Column, index: str, told: Told) -> float | None:
    number = _number(told.get(column.object_of(index)), column)
    if number is None or column.digits is None:
        return number
    digits = told.get(column.object_of(index, column.digits))
    if not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
        return None  # without them the value may be a thousand times too large
    return float(number / 10**digits)


def _number(said: float | str | None, column: Column) -> float | None:
    """A number in the unit of the metric; a text may bring a unit of its own, which then stands before the scale."""
    if said is None:
        return None
    found = NUMBER.fullmatch(str(said))
    if found is None or float(found["number"]) in NOT_SUPPORTED:
        return None
    number = float(found["number"])
    if not found["unit"]:
        return number * column.scale
    try:
        return number * linear_factor(found["unit"], metrics()[column.metric].unit)
    except UnitError:
        return None
