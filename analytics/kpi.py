"""The figure: a value with its unit, period, shares, interval, method and reasons (design 4.6).

Missing is not zero: a figure that cannot be given has `value` None and a `reason`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.factors.lookup import Factor


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorUse:
    """A factor as it was used in a figure: enough to find it again (design 4.8)."""

    id: str
    value: float
    unit: str
    year: int | None  # None where its publication names none
    zone: str
    basis: str
    source: str
    note: str = ""  # what the year policy did, in words; empty where the year matched


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure of one site over the half-open period [start, end) in whole UTC seconds.

    `value` is what to print: `value_reported`. `value_measured` holds what meters saw, without any fill.
    `low` and `high` bound the reported value. `measured + estimated + missing = 1` are shares of the time that
    the figure speaks of; of several points each weighs the same, however much it draws, so that deleting a reading
    never raises `measured`. `coverage = measured + estimated`.
    """

    name: str
    unit: str
    site: str
    start: int
    end: int
    value_reported: float | None
    value_measured: float | None
    low: float | None
    high: float | None
    measured: float
    estimated: float
    missing: float
    method: str
    category: int | None = None
    reason: str | None = None
    factors: tuple[FactorUse, ...] = ()
    config_hash: str = ""

    @property
    def value(self) -> float | None:
        """The value to print: the reported one, or None with a `reason`."""
        return self.value_reported

    @property
    def coverage(self) -> float:
        """Share of time that is measured or estimated, 0 to 1."""
        return self.measured + self.estimated


def used(factor: Factor, note: str = "") -> FactorUse:
    """Return a factor of a table as it was used; `note` says what the year policy did."""
    return FactorUse(
        id=factor.id,
        value=factor.value,
        unit=factor.unit,
        year=factor.year,
        zone=factor.zone,
        basis=f"{factor.basis}, {factor.scope}",
        source=factor.source,
        note=note,
    )


def scaled(figure: Kpi, per_unit: float, *, name: str, unit: str, method: str, factors: tuple[FactorUse, ...]) -> Kpi:
    """Return a figure times a factor of 0 or more, with the shares and in proportion the bounds of the first."""

    def times(value: float | None) -> float | None:
        return None if value is None else value * per_unit

    return replace(
        figure,
        name=name,
        unit=unit,
        value_reported=times(figure.value_reported),
        value_measured=times(figure.value_measured),
        low=times(figure.low),
        high=times(figure.high),
        method=method,
        factors=(*figure.factors, *factors),
    )


def without(figure: Kpi, *, name: str, unit: str, reason: str) -> Kpi:
    """Return a figure that has no value, over the period and with the shares of another."""
    return replace(
        figure, name=name, unit=unit, value_reported=None, value_measured=None, low=None, high=None, reason=reason
    )


def none_of(figure: Kpi, *, method: str) -> Kpi:
    """Return a figure of what is not there: 0, known for all of the time."""
    return replace(
        figure,
        value_reported=0.0,
        value_measured=0.0,
        low=0.0,
        high=0.0,
        measured=1.0,
        estimated=0.0,
        missing=0.0,
        method=method,
        reason=None,
    )


def summed(kpis: Sequence[Kpi], *, site: str) -> Kpi:
    """Return the sum of figures of one name and unit: of sites to a company, of years to a longer period.

    One part without a value leaves the sum without one, and its reason says why. Shares are weighted by the time
    that the parts speak of: what was read of one must not change how much the others count.

    Raises:
        InputError: there is nothing to sum, or the figures differ in name or unit.
    """
    if len({(kpi.name, kpi.unit) for kpi in kpis}) != 1:
        msg = "only figures of one name and unit can be summed: choose one"
        raise InputError(msg)
    weights = np.array([float(kpi.end - kpi.start) for kpi in kpis])
    weights /= weights.sum()
    reasons = dict.fromkeys(f"{kpi.site}: {kpi.reason}" for kpi in kpis if kpi.value_reported is None)
    return replace(
        kpis[0],
        site=site,
        start=min(kpi.start for kpi in kpis),
        end=max(kpi.end for kpi in kpis),
        value_reported=_sum([kpi.value_reported for kpi in kpis]),
        value_measured=_sum([kpi.value_measured for kpi in kpis]),
        low=_sum([kpi.low for kpi in kpis]),
        high=_sum([kpi.high for kpi in kpis]),
        measured=float(weights @ [kpi.measured for kpi in kpis]),
        estimated=float(weights @ [kpi.estimated for kpi in kpis]),
        missing=float(weights @ [kpi.missing for kpi in kpis]),
        method="; ".join(dict.fromkeys(kpi.method for kpi in kpis)),
        reason="; ".join(reasons) or None,
        factors=tuple(dict.fromkeys(factor for kpi in kpis for factor in kpi.factors)),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
