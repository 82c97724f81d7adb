"""Energy of a set of points over a period: measured, reported, and how far off it may be (design 4.6).

Missing time is filled at the ceiling of each point, so that a gap never makes a figure better. Too much of it, or a
gap without a ceiling, and there is no figure but a reason. How much is too much is told by energy, at the last known
power; the shares that are printed with a figure are plain shares of time in which every unit weighs the same, so that
no deleted reading, by what it takes from the energy, can raise the share that is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.kpi import Kpi
from analytics.legs import SECONDS_PER_HOUR, legs
from analytics.sheets import FULL
from analytics.uncertainty import half_width_95, half_width_steps
from collectors.ledger_row import INTERVAL_S
from config.reading.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.boundary import Era, Tree, Unit
    from analytics.legs import Leg, Pick
    from analytics.sheets import Laid

MISSING_LIMIT = 0.05  # share of the period's energy by last known power (design 4.6)
NAMED = 3  # so many points are named in a reason


def nothing(_: Tree) -> tuple[str, ...]:
    """Pick no point."""
    return ()


def energy_kwh(  # noqa: PLR0913 - a figure has a name, a place, a period and its rules
    tables: pa.Table | Iterable[pa.Table] | Laid,
    eras: Sequence[Era],
    *,
    pick: Pick,
    less: Pick = nothing,
    name: str,
    site: str,
    what: str = "points",
    limit: float = MISSING_LIMIT,
    may_be_absent: bool = False,
    length_s: int = INTERVAL_S,
    config_hash: str = "",
) -> Kpi:
    """Return the energy of the points that `pick` chooses of each tree, less those that `less` chooses.

    Args:
        tables: ledger rows (LEDGER_SCHEMA), one table or several in order of time; absent rows are missing time.
        eras: the trees of the period, which begins with the first and ends with the last.
        pick: for example `lambda tree: tree.facility`.
        less: for example `lambda tree: tree.within_it(1)`.
        name: glossary name of the figure.
        site: where it belongs.
        what: the chosen points in words, for the reason where there are none.
        limit: share of the period's energy by last known power that may be missing.
        may_be_absent: whether a tree without such points had none of that energy, as before a generator was bought;
            else the time of such a tree is missing, with nothing that bounds it.
        length_s: length of the ledger's cells.
        config_hash: fingerprint of the configuration that judged the rows.

    Returns:
        `value_measured` [kWh] as read; `value_reported` with missing time at each point's ceiling, or None with the
        reason; `low` and `high` from the rows' bounds, the meters' errors and the steps of their registers, the fill on
        top of `high`. `measured`,
        `estimated` and `missing` are shares of time, each unit weighing the same; the limit looks at energy instead.
    """
    account = Account()
    for leg in legs(tables, eras, pick=pick, less=less, length_s=length_s):
        account.enter(leg)
    figure = account.figure(
        name=name,
        site=site,
        start=eras[0].start,
        end=eras[-1].end,
        what=what,
        limit=limit,
        absent_s=0 if may_be_absent else absent_s(eras, pick),
    )
    return replace(figure, config_hash=config_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sum of some units over a period. `lost` is the share of energy that each unit's silence hides."""

    units: tuple[Unit, ...]
    measured_kwh: float
    fill_kwh: float
    low_kwh: float
    high_kwh: float
    shares: tuple[float, float, float]  # of time, every unit weighing the same: measured, estimated, missing
    lost: NDArray[np.float64]
    unbounded: tuple[str, ...]  # units with missing time and no ceiling

    def reason(self, what: str, limit: float) -> str | None:
        """Say why there is no figure, None where there is one."""
        if not self.units:
            return f"the site has no {what}: give at least one point that role in the site file"
        if self.lost.sum() > limit:
            worst = sorted(zip(self.lost.tolist(), self.units, strict=True), key=lambda pair: -pair[0])[:NAMED]
            names = ", ".join(f"{unit.id} {percent(share, 1)}" for share, unit in worst if share > 0)
            lost = percent(self.lost.sum(), 1)
            return f"{lost} of the energy by last known power is missing (limit {limit:.0%}): {names}"
        if self.unbounded:
            names = ", ".join(self.unbounded[:NAMED])
            return f"nothing bounds the missing time of {names}: set max_w or approve an estimate"
        return None

    def method(self) -> str:
        """Say how the figure came about, for an auditor."""
        count = len(self.units)
        words = ["one point" if count == 1 else f"sum of {count} points"]
        taken_off = [unit.id for unit in self.units if unit.sign < 0]
        words += [f"less {', '.join(taken_off)}"] if taken_off else []
        words += [f"missing time filled at max_w with {self.fill_kwh:.6g} kWh"] if self.fill_kwh else []
        metered = [unit for unit in self.units if unit.metered]
        silent = sum(unit.accuracy_pct is None for unit in metered)
        words += [f"metering error not stated for {silent} of {len(metered)} points"] if silent else []
        return "; ".join(words)


@dataclass(frozen=True, slots=True)
class Known:
    """How much of each cell's time is known of what energy is multiplied by: measured, and at all (`covered`)."""

    measured: NDArray[np.float64]
    covered: NDArray[np.float64]


@dataclass(slots=True)
class Account:
    """Sums of each unit over the legs of a period."""

    units: dict[tuple[str, int], Unit] = field(default_factory=dict)  # by id and sign: a point's place may change
    sums: dict[tuple[str, int], NDArray[np.float64]] = field(default_factory=dict)

    def enter(self, leg: Leg, known: Known | None = None) -> None:
        """Add one leg. `known` is how far each cell's price or intensity is: no cell's printed share goes beyond."""
        sheet, seconds = leg.sheet, leg.sheet.seconds
        gaps = _gaps(sheet.covered)
        told, dark = sheet.measured, gaps
        if known is not None:
            told, dark = np.minimum(told, known.measured), np.maximum(dark, _gaps(known.covered))
        columns = (
            sheet.energy.sum(axis=1),
            sheet.low.sum(axis=1),
            sheet.high.sum(axis=1),
            told @ seconds,
            dark @ seconds,
            gaps @ seconds,
            np.full(len(leg.units), seconds.sum()),
            np.nansum(leg.lost, axis=1),
            np.nansum(leg.fill, axis=1),
            np.isnan(leg.fill).any(axis=1),
        )
        for unit, row in zip(leg.units, np.column_stack(columns), strict=True):
            key = unit.id, unit.sign
            self.units[key] = unit
            self.sums[key] = row + self.sums.get(key, 0.0)

    def add(self, other: Account, units: Iterable[Unit]) -> None:
        """Add what another account holds of these units."""
        for key in ((unit.id, unit.sign) for unit in units):
            if key in other.units:
                self.units[key] = other.units[key]
                self.sums[key] = other.sums[key] + self.sums.get(key, 0.0)

    def figure(
        self, *, name: str, site: str, start: int, end: int, what: str, limit: float, absent_s: float = 0.0
    ) -> Kpi:
        """Return the energy of what was entered as a figure; `absent_s` is time in which nothing could be entered."""
        found = self.total()
        reason = found.reason(what, limit) or _absence(absent_s, what)
        given = reason is None
        there = 1 - absent_s / (end - start) if found.units else 1.0
        measured, estimated = found.shares[0] * there, found.shares[1] * there
        missing = found.shares[2] * there + 1 - there
        return Kpi(
            name=name,
            unit="kWh",
            site=site,
            start=start,
            end=end,
            value_reported=found.measured_kwh + found.fill_kwh if given else None,
            value_measured=found.measured_kwh if found.units else None,
            low=found.low_kwh if given else None,
            high=found.high_kwh if given else None,
            measured=measured,
            estimated=estimated,
            missing=missing,
            method=found.method(),
            reason=reason,
        )

    def meter_error(self) -> float:
        """Return the metering error of the sum as a share, by the classes of its meters alone."""
        return _error(np.array([sums[0] for sums in self.sums.values()]), tuple(self.units.values()))

    def error(self) -> float:
        """Return the metering error of the sum as a share, with what is lost between the steps of registers."""
        total = sum(float(sums[0]) for sums in self.sums.values())
        return self.meter_error() + (self.steps_kwh() / total if total > 0 else 0.0)

    def steps_kwh(self) -> float:
        """Return how far off the sum may be for the steps in which registers count [kWh]."""
        return _steps_kwh(tuple(self.units.values()))

    def total(self) -> Total:
        """Return the sum of all units entered so far."""
        units = tuple(self.units.values())
        table = np.array([self.sums[key] for key in self.units]).reshape(len(units), 10)
        energy, low, high, measured_s, dark_s, missing_s, seconds, lost, fill, unbounded = table.T
        weight = _weights(energy + lost, known=missing_s < seconds)
        gap = weight * missing_s / seconds
        measured = float((measured_s / seconds).mean()) if units else 0.0
        missing = float((dark_s / seconds).mean()) if units else 1.0
        sign = np.array([unit.sign for unit in units])
        error, off = _error(energy, units), _steps_kwh(units)
        added, taken_off = sign > 0, sign < 0
        return Total(
            units=units,
            measured_kwh=float(sign @ energy),
            fill_kwh=float(fill[added].sum()),
            low_kwh=_less(float(low[added].sum() * (1 - error) - (high * (1 + error) + fill)[taken_off].sum()), off),
            high_kwh=float((high * (1 + error) + fill)[added].sum() - low[taken_off].sum() * (1 - error)) + off,
            shares=(measured, max(0.0, 1 - measured - missing), missing),
            lost=gap,
            unbounded=tuple(unit.id for unit, bare in zip(units, unbounded, strict=True) if bare),
        )


def absent_s(eras: Sequence[Era], pick: Pick) -> int:
    """Return the time in which a site stood, with points in its tree, and none of those that `pick` chooses [s].

    A site without any point was not there: it took nothing.
    """
    return sum(era.end - era.start for era in eras if era.tree.points and not tuple(pick(era.tree)))


def _absence(absent_s: float, what: str) -> str | None:
    if not absent_s:
        return None
    hours = absent_s / SECONDS_PER_HOUR
    return f"for {hours:.1f} h the site file has no {what}: let one begin where the former ends"


def _gaps(covered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the missing share of each cell; what is covered but for rounding misses nothing."""
    return np.where(covered < FULL, 1 - covered, 0.0)


def _weights(energy: NDArray[np.float64], *, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of each unit in the energy; one that was never read and has no ceiling weighs as the mean."""
    weight = energy.copy()
    weight[~known & (energy == 0)] = energy[known].mean() if known.any() else 1.0
    total = weight.sum()
    return weight / total if total > 0 else np.full(weight.size, 1 / max(weight.size, 1))


def _error(energy: NDArray[np.float64], units: Sequence[Unit]) -> float:
    """Return the metering error of a sum as a share, held in 95 % of cases (`uncertainty`); unstated errors are 0."""
    limits = energy * np.array([limit_of(unit) for unit in units])
    total = float(energy.sum())
    return half_width_95(limits=limits.tolist()) / total if total > 0 else 0.0


def _steps_kwh(units: Sequence[Unit]) -> float:
    """Return how far off the sum of some units may be for the steps in which their registers count [kWh]."""
    return half_width_steps(steps=[unit.step_kwh for unit in units])


def _less(low_kwh: float, off_kwh: float) -> float:
    """Take off what steps may hide, but not below nothing what is not below it."""
    return max(low_kwh - off_kwh, min(low_kwh, 0.0))


def limit_of(unit: Unit) -> float:
    """Return the limit of a unit's relative error, 0.01 for class 1; 0 where nobody stated one."""
    return (unit.accuracy_pct or 0.0) / 100
