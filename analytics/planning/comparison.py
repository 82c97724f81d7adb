"""Which strategy is better, how surely, and what the answer hangs on: draws of outcomes in, words' numbers out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SURE: Final = 0.8  # below it a ranking is printed as a tie
TOP: Final = 3
DUST: Final = 1e-12  # of an outcome, by which sums round


@dataclass(frozen=True, slots=True)
class Duel:
    """How often one strategy comes out below another."""

    first: str
    second: str
    probability: float

    @property
    def tie(self) -> bool:
        """Whether it is too close to call."""
        return max(self.probability, 1 - self.probability) < SURE


def probability_below(first: Floats, second: Floats) -> float:
    """Return the share of draws in which the first outcome is below the second; equal ones count half.

    >>> probability_below(np.array([1.0, 2.0, 3.0, 5.0]), np.array([2.0, 2.0, 2.0, 6.0]))
    0.625
    """
    return float((first < second).mean() + (first == second).mean() / 2)


def duels(outcomes: Mapping[str, Floats]) -> list[Duel]:
    """Return every pair of strategies, in the order given."""
    return [
        Duel(one, other, probability_below(outcomes[one], outcomes[other])) for one, other in combinations(outcomes, 2)
    ]


def ranking(outcomes: Mapping[str, Floats]) -> list[tuple[str, ...]]:
    """Return the strategies from the lowest median on; those too close to call with the first of a place share it.

    Such a one need not be its neighbour: "c" below may well beat "a", and "b" surely does not.

    >>> exact = {"a": np.full(4, 1.0), "b": np.full(4, 1.01)}
    >>> ranking(exact | {"c": np.array([0.5, 0.9, 1.2, 1.6])})
    [('a', 'c'), ('b',)]
    """
    left = sorted(outcomes, key=lambda name: float(np.median(outcomes[name])))
    places: list[tuple[str, ...]] = []
    while left:
        first, *others = left
        tied = [one for one in others if _tie(outcomes[first], outcomes[one])]
        places.append((first, *tied))
        left = [one for one in others if one not in tied]
    return places


def _tie(first: Floats, second: Floats) -> bool:
    return Duel("", "", probability_below(first, second)).tie


def pareto(medians: Mapping[str, Sequence[float]]) -> list[str]:
    """Return the strategies that no other one beats in every figure.

    >>> pareto({"a": (1.0, 5.0), "b": (2.0, 1.0), "c": (3.0, 6.0)})
    ['a', 'b']
    """
    return [
        name
        for name, own in medians.items()
        if not any(_dominates(other, own) for key, other in medians.items() if key != name)
    ]


def _dominates(other: Sequence[float], own: Sequence[float]) -> bool:
    pairs = list(zip(other, own, strict=True))
    return all(theirs <= mine for theirs, mine in pairs) and any(theirs < mine for theirs, mine in pairs)


def sensitivity(inputs: Mapping[str, Floats], outcome: Floats) -> list[tuple[str, float]]:
    """Return the inputs that the outcome follows most, with Spearman's rank correlation, at most three.

    Inputs that are known exactly move nothing and are left out; what is the same in all draws follows none.
    """
    if np.ptp(outcome) <= DUST * np.abs(outcome).max():
        return []
    ranks = _ranks(outcome)
    found = [(name, _correlation(_ranks(values), ranks)) for name, values in inputs.items() if np.ptp(values) > 0]
    return sorted(found, key=lambda pair: -abs(pair[1]))[:TOP]


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values)).astype(np.float64)


def _correlation(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one, other)[0, 1])
