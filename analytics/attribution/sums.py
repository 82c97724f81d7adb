"""Sums by subject over a period: what each had of the IT energy, and of all that the site took or caused meanwhile.

A site's amount of a cell (energy that entered, emissions, water, money) is shared by the share in IT of the same cell;
IT that is silent counts there with its last known power, so that it does not load its share onto what is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.attribution.steps import Loose
from analytics.attribution.whole import whole_of
from analytics.attribution.work import UNALLOCATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from analytics.attribution.nodes import Portions
    from analytics.attribution.whole import AllShares, It
    from analytics.attribution.work import Work

    Floats = NDArray[np.float64]

OWN: Final = (
    "energy",
    "low",
    "high",
    "fill",
    "high_fill",
    "lost",
    "unbounded",
    "error",
    "steps",
    "steps_2",
    "by_gpu",
    "idle",
    "idle_declared",
    "measured_s",
    "missing_s",
    "seconds",
)

ROWS: Final = 6  # of each subject and quantity, as `Sums.quantities` has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What one subject had: sums of its own by name (`OWN`), and of each quantity of the site, value, low and high.

    `measured` is by its value of what meters saw of each quantity; `quality` is how much of its value goes by a rate
    (an intensity) that was measured in its interval, and by one that nobody knows there: all and none where not named.
    """

    subject: str
    own: Mapping[str, float]
    site: Mapping[str, tuple[float, float, float]]
    measured: Mapping[str, float]
    quality: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(slots=True)
class Sums:
    """Grows by legs of a period that follow one another, all with the same quantities of the site."""

    subjects: dict[str, int] = field(default_factory=dict)
    own: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, len(OWN))))
    quantities: dict[str, NDArray[np.float64]] = field(
        default_factory=dict
    )  # by name: subjects by value, low, high, measured, by a measured rate, by one that is not known
    totals: dict[str, float] = field(default_factory=dict)
    spans: dict[str, NDArray[np.float64]] = field(
        default_factory=dict
    )  # of all: low, high and measured of each quantity
    silent: dict[str, float] = field(default_factory=dict)  # of totals, as much as goes by last known power
    unknown: dict[str, float] = field(default_factory=dict)  # of totals, as much as goes by what was never known
    loose: Loose = field(default_factory=Loose)

    def enter(
        self,
        it: It,
        found: Portions,
        work: Work,
        cells: Mapping[str, Floats],
        spans: Mapping[str, Floats] | None = None,
        rates: Mapping[str, Floats] | None = None,
    ) -> None:
        """Add a leg: the portions of its placements, what is left of each unit, and the site's amount of each cell.

        `spans` has rows of low, high and measured of these amounts; without it they are as certain as they count.
        `rates` has rows of the shares of each interval in which the rate behind an amount was measured, and unknown.
        """
        shares = whole_of(it, found, work, self.subjects, self._code(UNALLOCATED))
        self._grow()
        self._own(it, shares, found)
        self._steps(it, found, work)
        self._site(it, shares, cells, spans or {}, rates or {})

    def amounts(self) -> Iterator[Amount]:
        """Yield what each subject had, the greatest energy first, `unallocated` last: a million jobs one at a time."""
        energy = self.own[:, OWN.index("energy")].tolist()
        last = self.subjects.get(UNALLOCATED, -1)
        for name, at in sorted(self.subjects.items(), key=lambda one: (one[1] == last, -energy[one[1]], one[0])):
            yield Amount(
                subject=name,
                own=dict(zip(OWN, self.own[at].tolist(), strict=True)),
                site={key: _three(rows[at]) for key, rows in self.quantities.items()},
                measured={key: float(rows[at, 3]) for key, rows in self.quantities.items()},
                quality={key: _quality(rows[at]) for key, rows in self.quantities.items()},
            )

    def _code(self, name: str) -> int:
        return self.subjects.setdefault(name, len(self.subjects))

    def _grow(self) -> None:
        more = len(self.subjects) - len(self.own)
        self.own = np.concatenate([self.own, np.zeros((more, len(OWN)))])
        self.quantities = {key: np.concatenate([rows, np.zeros((more, ROWS))]) for key, rows in self.quantities.items()}

    def _own(self, it: It, shares: AllShares, found: Portions) -> None:
        at = (shares.unit, shares.cell)
        value, low, high = shares.value, shares.low, shares.high
        guessed = found.guessed.copy()
        guessed[[one.unit for one in it.handed], [one.cell for one in it.handed]] = True
        bare = np.isnan(it.fill[at]) & (value > 0)
        fill = np.where(np.isnan(it.fill[at]), 0.0, it.fill[at])
        energy = it.sheet.energy[at] * value
        weight = value * it.sheet.seconds[shares.cell]
        idle = it.idle[at] * value
        known = np.array([spec.idle_declared and (spec.gpu_idle_declared or not spec.gpus) for spec in it.specs])
        columns = {
            "energy": energy,
            "low": it.sheet.low[at] * low,
            "high": it.sheet.high[at] * high,
            "fill": fill * value,
            "high_fill": fill * high,
            "lost": np.nan_to_num(it.lost[at]) * value,
            "unbounded": bare.astype(np.float64),
            "error": energy * it.limit[shares.unit],
            "by_gpu": energy * found.by_gpu[at],
            "idle": idle,
            "idle_declared": idle * known[shares.unit],
            "measured_s": weight * np.where(guessed[at], 0.0, it.sheet.measured[at]),
            "missing_s": weight * (1 - it.sheet.covered[at]),
            "seconds": weight,
        }
        for name, column in columns.items():
            self.own[:, OWN.index(name)] += np.bincount(shares.subject, column, len(self.subjects))

    def _steps(self, it: It, found: Portions, work: Work) -> None:
        """Add what the steps of registers may have moved to or from each subject."""
        code = np.array([self.subjects[name] for name in work.subjects] or [0], np.int64)
        rest = np.array([self.subjects[spec.rest or UNALLOCATED] for spec in it.specs], np.int64)
        subject, kwh = self.loose.rises(found, code[work.subject[found.row]], rest)
        for name, column in (("steps", kwh), ("steps_2", kwh**2)):
            self.own[:, OWN.index(name)] += np.bincount(subject, column, len(self.subjects))

    def _site(
        self,
        it: It,
        shares: AllShares,
        cells: Mapping[str, Floats],
        spans: Mapping[str, Floats],
        rates: Mapping[str, Floats],
    ) -> None:
        at = (shares.unit, shares.cell)
        parts, whole = _parts(it)
        known = np.stack([np.ones(whole.size), np.zeros(whole.size)])
        columns = (shares.value, shares.low, shares.high, *(shares.value,) * (ROWS - 3))
        for name, amounts in cells.items():
            rows = self.quantities.setdefault(name, np.zeros((len(self.subjects), ROWS)))
            span = spans.get(name, np.tile(amounts, (3, 1)))
            every = np.vstack([amounts, span, amounts * rates.get(name, known)])
            for column, share in enumerate(columns):
                each = parts[column if column < len(parts) else 0][at] * every[column, shares.cell] * share
                rows[:, column] += np.bincount(shares.subject, each, len(self.subjects))
            rows[self.subjects[UNALLOCATED]] += every[:, whole <= 0].sum(axis=1)
            self.spans[name] = self.spans.get(name, np.zeros(3)) + span.sum(axis=1)
            self.totals[name] = self.totals.get(name, 0.0) + float(amounts.sum())
            self.silent[name] = self.silent.get(name, 0.0) + float(amounts @ _silent(it))
            self.unknown[name] = self.unknown.get(name, 0.0) + float(amounts @ _unknown(it))


def _silent(it: It) -> Floats:
    """Return of each cell the part of all IT that was not read."""
    lost = np.nan_to_num(it.lost).sum(axis=0) + (0.0 if it.dark is None else np.nan_to_num(it.dark))
    whole = it.sheet.energy.sum(axis=0) + lost
    share: Floats = np.divide(lost, whole, out=np.zeros_like(whole), where=whole > 0)
    return share


def _unknown(it: It) -> Floats:
    """Return of each cell the part of all IT that is of units whose power was never known, at their ceilings.

    1 where nothing bounds one of them.
    """
    dark = np.zeros(it.sheet.seconds.size) if it.dark is None else it.dark
    guessed = dark if it.unknown is None else dark + np.where(it.unknown, it.lost, 0.0).sum(axis=0)
    whole = (it.sheet.energy + np.nan_to_num(it.lost)).sum(axis=0) + np.nan_to_num(dark)
    share = np.divide(guessed, whole, out=np.zeros_like(whole), where=whole > 0)
    return np.where(np.isnan(guessed), 1.0, share)


def _parts(it: It) -> tuple[tuple[Floats, Floats, Floats], Floats]:
    """Return each unit's part of all IT of a cell: by last known power, at least and at most; and all of it [kWh].

    At least a unit had what its meter says at its limit while all others were at theirs, silent ones at their
    ceilings; at most the reverse.
    """
    weight = it.sheet.energy + np.nan_to_num(it.lost)
    limit = it.limit[:, None]
    silent = np.where(np.isnan(it.fill), np.inf, it.fill)
    most = np.maximum(it.sheet.high * (1 + limit) + silent, weight)
    least = np.minimum(it.sheet.low * (1 - limit), weight)
    boundless = np.isinf(most)
    bounded = np.where(boundless, 0.0, most)
    dark = 0.0 if it.dark is None else np.where(np.isnan(it.dark), np.inf, it.dark)
    others_most = np.where(boundless.sum(axis=0) - boundless > 0, np.inf, bounded.sum(axis=0) - bounded) + dark
    others_least = least.sum(axis=0) - least
    whole = weight.sum(axis=0)
    value, low, high = _of(weight, whole - weight), _of(least, others_most), _of(most, others_least)
    return (value, low, np.where(boundless, 1.0, high)), whole


def _of(own: Floats, others: Floats) -> Floats:
    whole = own + np.maximum(others, 0.0)
    return np.divide(own, whole, out=np.zeros_like(own), where=np.isfinite(own) & (whole > 0))


def _quality(row: NDArray[np.float64]) -> tuple[float, float]:
    value, measured, unknown = row[[0, 4, 5]].tolist()
    return (min(measured / value, 1.0), unknown / value) if value > 0 else (1.0, 0.0)


def _three(row: NDArray[np.float64]) -> tuple[float, float, float]:
    return float(row[0]), float(row[1]), float(row[2])
