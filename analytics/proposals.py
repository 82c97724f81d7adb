"""Estimates of silent time for a person to approve: by ranked methods, within what ceilings and balances allow.

A proposal speaks of one point and one unbroken run of cells. It never uses another estimate as its input, and never
gives a point more than its parents have left over, where these are read (design 4.6, 4.7).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.boundary import ENERGY_METRICS
from analytics.guesses import balance_kw, profile_kw, trial
from analytics.legs import SECONDS_PER_HOUR
from analytics.sheets import FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.boundary import Tree
    from analytics.guesses import Trial
    from analytics.sheets import Sheet
    from config.site import PointState

    Floats = NDArray[np.float64]
    Inputs = dict[str, float | str]

DAY_S: Final = 86_400
W_PER_KW: Final = 1000
NO_METHOD: Final = (
    "no method of its rank can say it: approve an invoice and state the point's accuracy_pct, or let it stay missing"
)


@dataclass(frozen=True, slots=True)
class Invoice:
    """What was billed for a point over [start, end) in UTC seconds, by the approved record `id`."""

    id: str
    start: int
    end: int
    energy_kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An estimate of a run of cells: starts [UTC s], missing time [s], energy and its 95 % bounds [kWh] a cell.

    Without a method there is none: `reason` says why, and the arrays of energy are empty.
    """

    point: str
    starts: NDArray[np.int64]
    missing_s: Floats
    energy_kwh: Floats
    low_kwh: Floats
    high_kwh: Floats
    method: str
    inputs: Inputs
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of cells [first, stop) in which a point is not wholly known."""

    point: PointState
    first: int
    stop: int

    @property
    def cells(self) -> slice:
        """The cells of the gap."""
        return slice(self.first, self.stop)


@dataclass(frozen=True)
class Known:
    """One tree over one matrix of cells: as read, and with the estimates that stand already (`whole`)."""

    tree: Tree
    read: Sheet
    whole: Sheet
    invoices: Mapping[str, Sequence[Invoice]]

    def row(self, point: str) -> int:
        """Return the row of a point in both matrices."""
        return self.read.index[point]

    def kw(self, point: str) -> Floats:
        """Return the power of a point in the cells that were wholly read, else nan."""
        row = self.row(point)
        hours = self.read.seconds / SECONDS_PER_HOUR
        return np.where(self.read.covered[row] >= FULL, self.read.energy[row] / hours, np.nan)

    def sum_kw(self, points: Sequence[str]) -> Floats:
        """Return the power of some points together, nan where one of them was not wholly read."""
        total = np.zeros_like(self.read.seconds)
        for point in points:
            total = total + self.kw(point)
        return total


def proposals(
    known: Known, *, start: int, end: int, ranked: Callable[[str], Sequence[str]], points: Sequence[str] | None = None
) -> Iterator[Proposal]:
    """Yield an estimate for each gap within [start, end), parents before their children.

    Args:
        known: rows of all points of the tree, with weeks before and after the gaps: they teach the methods. It is
            left as it was.
        start: begin of the gaps [UTC s].
        end: their end.
        ranked: methods for a role, the best first.
        points: only gaps of these.
    """
    whole = replace(known.whole, energy=known.whole.energy.copy(), covered=known.whole.covered.copy())
    known = replace(known, whole=whole)
    for state in sorted(_metered(known), key=lambda one: len(known.tree.ancestors(one.id))):
        if points is not None and state.id not in points:
            continue
        for gap in _gaps(known, state, start, end):
            found = _proposal(known, gap, ranked(state.role))
            if not found.reason:
                row = known.row(state.id)
                whole.energy[row, gap.cells] += found.energy_kwh
                whole.covered[row, gap.cells] = 1.0
            yield found


def _metered(known: Known) -> Iterator[PointState]:
    for state in known.tree.points:
        if state.id in known.read.index and state.provider_pue is None and ENERGY_METRICS & set(state.interval_s):
            yield state


def _gaps(known: Known, state: PointState, start: int, end: int) -> Iterator[Gap]:
    sheet = known.whole
    silent = (sheet.covered[known.row(state.id)] < FULL) & (sheet.starts >= start) & (sheet.starts < end)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], silent, [False])).astype(np.int8)))
    for first, stop in edges.reshape(-1, 2).tolist():
        yield Gap(state, first, stop)


def _proposal(known: Known, gap: Gap, methods: Sequence[str]) -> Proposal:
    row = known.row(gap.point.id)
    missing_s = (1 - known.whole.covered[row, gap.cells]) * known.whole.seconds[gap.cells]
    none = np.zeros(0)
    found = Proposal(
        point=gap.point.id,
        starts=known.read.starts[gap.cells],
        missing_s=missing_s,
        energy_kwh=none,
        low_kwh=none,
        high_kwh=none,
        method="",
        inputs={},
        reason=NO_METHOD,
    )
    for method in methods:
        guess = _BY_NAME[method](known, gap)
        if guess is not None:
            return _bounded(known, gap, replace(found, method=method, reason=""), guess)
    return found


@dataclass(frozen=True, slots=True)
class _Guess:
    kw: Floats  # of the gap's cells
    low: float  # share of the guess
    high: float
    inputs: Inputs


def _bounded(known: Known, gap: Gap, found: Proposal, guess: _Guess) -> Proposal:
    """Enter the amounts, cut at the ceiling of the point and at what its balances leave."""
    hours = found.missing_s / SECONDS_PER_HOUR
    least, most = _allowed(known, gap, hours)
    amount = guess.kw * hours
    energy = np.clip(amount, np.minimum(least, most), most)
    cut = float(np.abs(energy - amount).sum())
    return replace(
        found,
        energy_kwh=energy,
        low_kwh=np.clip(amount * guess.low, np.minimum(least, energy), energy),
        high_kwh=np.clip(amount * guess.high, energy, most),
        inputs=guess.inputs | ({"cut_to_balance_kwh": cut} if cut > 0 else {}),
    )


def _allowed(known: Known, gap: Gap, hours: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most energy that the missing time of each cell can hold [kWh]."""
    least, most = np.zeros_like(hours), np.full_like(hours, np.inf)
    if gap.point.max_w is not None:
        most = hours * gap.point.max_w / W_PER_KW
    own = known.whole.energy[known.row(gap.point.id), gap.cells]
    for balance in known.tree.balances:
        supplied, fed = _sum(known, gap, [one for one in balance.parents if one != gap.point.id])
        drawn, _ = _sum(known, gap, [one for one in balance.children if one != gap.point.id])
        if gap.point.id in balance.children:
            most = np.where(fed, np.minimum(most, np.maximum(supplied - drawn - own, 0.0)), most)
        elif gap.point.id in balance.parents:
            least = np.where(fed, np.maximum(least, drawn - supplied - own), least)
    return least, most


def _sum(known: Known, gap: Gap, points: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the energy of some points in the gap's cells with what is estimated, and where all are known."""
    sheet = known.whole
    energy = sheet.matrix("energy", points)[:, gap.cells].sum(axis=0)
    seen = sheet.matrix("covered", points)[:, gap.cells].min(axis=0, initial=1.0)
    return energy, seen >= FULL


def _by_balance(known: Known, gap: Gap) -> _Guess | None:
    own = known.kw(gap.point.id)
    for balance in known.tree.balances:
        child = gap.point.id in balance.children
        if not child and gap.point.id not in balance.parents:
            continue
        parents = [one for one in balance.parents if one != gap.point.id]
        children = [one for one in balance.children if one != gap.point.id]
        kw, share = balance_kw(supplied=known.sum_kw(parents), drawn=known.sum_kw(children), own=own, child=child)
        tried = trial(own, gap.stop - gap.first, _guessing(kw))
        if tried and np.isfinite(kw[gap.cells]).all():
            said = {"parents": ", ".join(balance.parents), "children": ", ".join(balance.children)}
            return _tried(kw[gap.cells], tried, {"share": share or 0.0, **said})
    return None


def _guessing(kw: Floats) -> Callable[[Floats, int, int], Floats]:
    return lambda _hidden, first, stop: kw[first:stop]


def _by_profile(known: Known, gap: Gap) -> _Guess | None:
    per_day = round(DAY_S / float(np.median(known.read.seconds)))

    def guess(hidden: Floats, first: int, stop: int) -> Floats:
        return profile_kw(hidden, first, stop, per_day=per_day)

    own = known.kw(gap.point.id)
    kw = guess(own, gap.first, gap.stop)
    tried = trial(own, gap.stop - gap.first, guess) if np.isfinite(kw).all() else None
    return _tried(kw, tried, {}) if tried else None


def _tried(kw: Floats, tried: Trial, inputs: Inputs) -> _Guess:
    trials: Inputs = {"windows": tried.windows, "ratio_low": tried.low, "ratio_high": tried.high}
    return _Guess(kw, tried.low, tried.high, inputs | trials)


def _by_invoice(known: Known, gap: Gap) -> _Guess | None:
    """What a bill holds beyond what was read, spread evenly over the silent time of its period."""
    sheet, row = known.whole, known.row(gap.point.id)
    first, end = int(sheet.starts[gap.first]), int(sheet.starts[gap.stop - 1] + sheet.seconds[gap.stop - 1])
    accuracy = gap.point.accuracy_pct
    for bill in known.invoices.get(gap.point.id, ()):
        if accuracy is None or not (bill.start <= first and end <= bill.end):
            continue
        if bill.start < sheet.starts[0] or bill.end > sheet.starts[-1] + sheet.seconds[-1]:
            continue
        part = slice(*np.searchsorted(sheet.starts, [bill.start, bill.end]))
        rest = bill.energy_kwh - float(sheet.energy[row, part].sum())
        silent_h = float(((1 - sheet.covered[row, part]) * sheet.seconds[part]).sum()) / SECONDS_PER_HOUR
        if rest >= 0:
            error = accuracy / 100 * bill.energy_kwh / rest if rest > 0 else 0.0
            kw = np.full(gap.stop - gap.first, rest / silent_h)
            return _Guess(kw, max(0.0, 1 - error), 1 + error, {"record": bill.id, "invoice_kwh": bill.energy_kwh})
    return None


_BY_NAME: Final[dict[str, Callable[[Known, Gap], _Guess | None]]] = {
    "balance": _by_balance,
    "profile": _by_profile,
    "invoice": _by_invoice,
}
