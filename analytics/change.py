"""How a figure changed from one period to the next: only between figures that both stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.kpi import Kpi

SAME_LENGTH = 0.01  # periods may differ by this share of their length, as months and days of a clock change do


@dataclass(frozen=True, slots=True)
class Change:
    """`absolute` in the unit of the figures; `relative` to the former, None where that is zero."""

    absolute: float
    relative: float | None


def change(now: Kpi | None, before: Kpi | None) -> Change | None:
    """Return what changed from `before` to `now`; None where either has no value or they cannot be compared.

    Compared are reported values, in which missing time is filled: a bare sum with holes is never set beside another
    (design 4.6). Periods of different length, or figures of different name, unit or category, are not compared.
    """
    if now is None or before is None or now.value is None or before.value is None:
        return None
    if (now.name, now.unit, now.category) != (before.name, before.unit, before.category):
        return None
    length, former = now.end - now.start, before.end - before.start
    if abs(length - former) > SAME_LENGTH * max(length, former):
        return None
    absolute = now.value - before.value
    return Change(absolute, absolute / before.value if before.value else None)


def relative_change(now: float | None, before: float | None) -> float | None:
    """Return by which share of `before` a mean changed; None where either is unknown or the former is zero.

    >>> relative_change(90.0, 100.0)
    -0.1
    """
    return (now - before) / before if now is not None and before else None
