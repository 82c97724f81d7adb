"""Ratios of several sites: sums over sums for one's own management, EDC-weighted means as the EU publishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One site: numerator and denominator of its ratio, and its facility energy EDC [kWh].

    A part without a figure has None for its numerator or denominator.
    """

    above: float | None
    below: float | None
    edc_kwh: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio over parts, how it was made, and why there is none."""

    value: float | None
    label: str
    reason: str | None = None


def fleet_ratio(*, parts: Sequence[Part]) -> Ratio:
    """Return sum of numerators over sum of denominators: the fleet as if it were one site.

    >>> fleet_ratio(parts=[Part(above=150.0, below=100.0), Part(above=1200.0, below=1000.0)]).value
    1.2272727272727273
    """
    label = "sum over sum"
    if any(part.above is None or part.below is None for part in parts):
        return Ratio(value=None, label=label, reason="a site has no figure: a fleet without it would be another fleet")
    below = sum(part.below or 0.0 for part in parts)
    if below <= 0:
        return Ratio(value=None, label=label, reason="there is nothing to divide by")
    return Ratio(value=sum(part.above or 0.0 for part in parts) / below, label=label)


def edc_weighted_mean(*, parts: Sequence[Part]) -> Ratio:
    """Return the mean of the sites' ratios weighted by facility energy: sum(EDC_i * KPI_i) / sum(EDC_i).

    Regulation (EU) 2024/1364 Annex IV: EDC weighs every KPI, WUE, ERF and REF too.

    >>> edc_weighted_mean(parts=[Part(above=150.0, below=100.0, edc_kwh=150.0),
    ...                          Part(above=1200.0, below=1000.0, edc_kwh=1200.0)]).value
    1.2333333333333334
    """
    label = "EDC-weighted mean (Regulation (EU) 2024/1364 Annex IV)"
    if any(part.above is None or not part.below for part in parts):
        return Ratio(value=None, label=label, reason="a site has no figure: a fleet without it would be another fleet")
    weight = sum(part.edc_kwh for part in parts)
    if weight <= 0:
        return Ratio(value=None, label=label, reason="no site has an energy to weigh it by")
    total = sum(part.edc_kwh * (part.above or 0.0) / (part.below or 1.0) for part in parts)
    return Ratio(value=total / weight, label=label)
