"""Verified savings by IPMVP options B and C: what a baseline model says would have been used, less what was used.

IPMVP Core Concepts options B and C, ASHRAE Guideline 14. The baseline is an ordinary least squares line of energy on
its drivers. Its errors follow one another, so n observations tell as much as n' = n (1 - rho) / (1 + rho), and n' less
the terms of the line are its degrees of freedom; without that the uncertainty is several times too small. Limits of
CV(RMSE) and NMBE are an unverified basis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_DAYS: Final = 60
BEYOND: Final = 0.10  # of the observed range that a driver may leave it by
MOST_OUTSIDE: Final = 0.05  # of the days verified that may lie beyond
CV_LIMIT: Final = 0.30
NMBE_LIMIT: Final = 0.10
NOTHING_USED: Final = "nothing was used before the measure: there is nothing that it could save"


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """A saving [kWh] over the days verified, its interval at `level`, and how good the baseline is.

    `saved_kwh` is None where the model or the drivers do not carry it; `reason` says why.
    """

    saved_kwh: float | None
    low_kwh: float | None
    high_kwh: float | None
    level: float
    baseline_kwh: float | None
    cv_rmse: float | None = None
    nmbe: float | None = None
    autocorrelation: float | None = None
    baseline_days: int = 0
    days: int = 0
    reason: str = ""

    @property
    def share(self) -> float | None:
        """The saving as a share of what would have been used; None where either is unknown."""
        if self.saved_kwh is None or not self.baseline_kwh:
            return None
        return self.saved_kwh / self.baseline_kwh


def savings(
    *,
    baseline_drivers: NDArray[np.float64],
    baseline_kwh: NDArray[np.float64],
    drivers: NDArray[np.float64],
    used_kwh: NDArray[np.float64],
    names: Sequence[str],
    level: float = 0.90,
) -> Savings:
    """Return the saving of the days verified against the model of the baseline days.

    Args:
        baseline_drivers: one row a day before the measure, one column a driver (IT energy, temperature ...).
        baseline_kwh: energy of these days [kWh].
        drivers: the same columns of the days verified.
        used_kwh: energy of these [kWh].
        names: of the drivers, for reasons.
        level: of the interval.
    """
    few = len(baseline_kwh) < LEAST_DAYS
    if few or not len(used_kwh):
        text = (
            f"{len(baseline_kwh)} days before the measure are known and {LEAST_DAYS} are needed"
            if few
            else "no day since the measure is known"
        )
        return _refused(text, level, len(baseline_kwh), len(used_kwh))
    unfit = _outside(baseline_drivers, drivers, names) or ("" if baseline_kwh.sum() > 0 else NOTHING_USED)
    if unfit:
        return _refused(unfit, level, len(baseline_kwh), len(used_kwh))
    return _judged(_design(baseline_drivers), baseline_kwh, _design(drivers), used_kwh, level)


def _refused(reason: str, level: float, before: int, after: int) -> Savings:
    return Savings(
        saved_kwh=None,
        low_kwh=None,
        high_kwh=None,
        level=level,
        baseline_kwh=None,
        baseline_days=before,
        days=after,
        reason=reason,
    )


def _outside(seen: NDArray[np.float64], now: NDArray[np.float64], names: Sequence[str]) -> str:
    """Say which driver leaves the range that the baseline saw, or nothing: a line says nothing beyond its ends."""
    for column, name in enumerate(names):
        low, high = float(seen[:, column].min()), float(seen[:, column].max())
        margin = BEYOND * (high - low)
        beyond = (now[:, column] < low - margin) | (now[:, column] > high + margin)
        if beyond.mean() > MOST_OUTSIDE:
            days = int(beyond.sum())
            return f"{name} was outside what the baseline saw ({low:.4g} to {high:.4g}) on {days} of {len(beyond)} days"
    return ""


def _design(drivers: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([np.ones(len(drivers)), drivers])


def _judged(
    before: NDArray[np.float64],
    before_kwh: NDArray[np.float64],
    after: NDArray[np.float64],
    after_kwh: NDArray[np.float64],
    level: float,
) -> Savings:
    from scipy.stats import t as student

    days, terms = before.shape
    line = np.linalg.lstsq(before, before_kwh, rcond=None)[0]
    residual = before_kwh - before @ line
    degrees = days - terms
    variance = float(residual @ residual) / degrees
    mean = float(before_kwh.mean())
    rho = autocorrelation(residual)
    expected = float((after @ line).sum())
    saved = expected - float(after_kwh.sum())
    sums = after.sum(axis=0)
    inflation = (1 + rho) / (1 - rho)
    told = days / inflation  # n', days that tell as much as independent ones
    free = max(told - terms, 2.0)
    spread = float(residual @ residual) / days * (free + terms) / free * inflation
    spread *= float(sums @ np.linalg.pinv(before.T @ before) @ sums) + len(after_kwh)
    width = float(student.ppf((1 + level) / 2, free)) * float(np.sqrt(spread))
    cv, nmbe = float(np.sqrt(variance)) / mean, float(residual.sum()) / (degrees * mean)
    bad = cv > CV_LIMIT or abs(nmbe) > NMBE_LIMIT
    return Savings(
        saved_kwh=None if bad else saved,
        low_kwh=None if bad else saved - width,
        high_kwh=None if bad else saved + width,
        level=level,
        baseline_kwh=expected,
        cv_rmse=cv,
        nmbe=nmbe,
        autocorrelation=rho,
        baseline_days=days,
        days=len(after_kwh),
        reason=f"the baseline model is too loose: CV(RMSE) {cv:.0%}, limit {CV_LIMIT:.0%}" if bad else "",
    )


def autocorrelation(residual: NDArray[np.float64]) -> float:
    """Return the correlation of each residual with the next, 0 to 0.95, freed of its bias (1 + 3 rho) / n.

    Kendall 1954: estimated from n residuals it is too small by that much.
    """
    power = float(residual @ residual)
    if power <= 0:
        return 0.0
    rho = float(residual[1:] @ residual[:-1]) / power
    rho += (1 + 3 * rho) / len(residual)
    return min(max(rho, 0.0), 0.95)
