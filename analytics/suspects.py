"""Which meters to look at first: balances that do not close, that drift, and points that are often silent.

A residual is what metered parents took beyond their metered children. It is losses and unmetered loads while it is
positive and steady; below zero the meters contradict each other, and one that grows or shrinks is a meter that drifts
or a load that came. Rules of the product; the ranking orders work and proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.twice import APART
from config.reading.wording import four_digits, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analytics.twice import Twice
    from analytics.uses import Residual

    Charge = tuple[tuple[str, ...], float, str]  # points, weight, reason

SLICES_NEEDED: Final = 3
DRIFT: Final = 0.01  # change of a residual's share over the period that is worth a look
CONTRADICTION: Final = -0.001  # a residual below this share cannot be a loss
SILENT: Final = 0.01  # share of time
NAMED: Final = 4
USED: Final = 0.5  # share of a slice's time that must be covered for its residual to count


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How the residual of one balance went over slices of the period, and its change from first to last by a line."""

    parents: tuple[str, ...]
    children: tuple[str, ...]
    shares: tuple[float | None, ...]
    change: float | None

    @property
    def drifts(self) -> bool:
        """Whether the change is worth a look."""
        return self.change is not None and abs(self.change) >= DRIFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A point with what speaks against it; a higher score comes first."""

    point: str
    score: float
    reasons: tuple[str, ...]


def change_over(shares: Sequence[float | None]) -> float | None:
    """Return the change from the first to the last slice by the straight line of least squares; None below 3 values.

    >>> round(change_over([0.02, 0.03, None, 0.05]), 6)
    0.03
    """
    known = [(at, share) for at, share in enumerate(shares) if share is not None]
    if len(known) < SLICES_NEEDED:
        return None
    at, values = np.array(known, dtype=np.float64).T
    slope = ((at - at.mean()) @ (values - values.mean())) / ((at - at.mean()) ** 2).sum()
    return float(slope) * (len(shares) - 1)


def drifts(slices: Sequence[Sequence[Residual]]) -> list[Drift]:
    """Return for each balance how its residual's share went; `slices` hold the residuals of equal parts in order."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[float | None]] = {}
    for at, residuals in enumerate(slices):
        for residual in residuals:
            shares = found.setdefault((residual.parents, residual.children), [None] * len(slices))
            shares[at] = residual.share if residual.used_share >= USED else None
    return [
        Drift(parents=parents, children=children, shares=tuple(shares), change=change_over(shares))
        for (parents, children), shares in found.items()
    ]


def suspects(
    *,
    residuals: Iterable[Residual],
    drifting: Iterable[Drift],
    missing: Mapping[str, float],
    twice: Iterable[Twice] = (),
    same: Iterable[tuple[str, ...]] = (),
) -> list[Suspect]:
    """Return the points that something speaks against, the worst first.

    A contradiction or a drift speaks against every meter of its balance, and the more the fewer there are; `missing` is
    the share of time in which each point was not seen, `twice` the energy of points that give a register and power,
    `same` are children of one balance that say the same in every interval.
    """
    charges = [
        *_contradictions(residuals),
        *_moves(drifting),
        *_silences(missing),
        *_disagreements(twice),
        *_twins(same),
    ]
    score: dict[str, float] = defaultdict(float)
    reasons: dict[str, list[str]] = defaultdict(list)
    for points, weight, reason in charges:
        for point in points:
            score[point] += weight / len(points)
            reasons[point].append(reason)
    found = [Suspect(point=point, score=score[point], reasons=tuple(reasons[point])) for point in score]
    return sorted(found, key=lambda one: (-one.score, one.point))


def _contradictions(residuals: Iterable[Residual]) -> Iterator[Charge]:
    for one in residuals:
        if one.share is not None and one.share < CONTRADICTION:
            reason = f"children of {', '.join(one.parents)} exceed it by {percent(-one.share, 2)}"
            yield (*one.parents, *one.children), -one.share, reason


def _moves(drifting: Iterable[Drift]) -> Iterator[Charge]:
    for one in drifting:
        if one.change is not None and one.drifts:
            reason = f"residual of {', '.join(one.parents)} moved by {one.change:+.2%}"
            yield (*one.parents, *one.children), abs(one.change), reason


def _disagreements(twice: Iterable[Twice]) -> Iterator[Charge]:
    for one in twice:
        if one.apart >= APART:
            register, power = (four_digits(kwh) for kwh in (one.register_kwh, one.power_kwh))
            reason = f"its register says {register} kWh and its power {power} kWh"
            yield (one.point,), one.apart, reason


def _twins(same: Iterable[tuple[str, ...]]) -> Iterator[Charge]:
    for points in same:
        named = ", ".join(points[:NAMED]) + (f" and {len(points) - NAMED} more" if len(points) > NAMED else "")
        yield points, float(len(points)), f"{named} say the same in every interval: each may give what they share"


def _silences(missing: Mapping[str, float]) -> Iterator[Charge]:
    for point, share in missing.items():
        if share >= SILENT:
            yield (point,), share, f"not seen for {percent(share, 1)} of the time"
