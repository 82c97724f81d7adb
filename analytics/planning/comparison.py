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
    """Return the strategies from the lowest median on; neighbours that are too close to call share a place.

    >>> ranking({"a": np.array([1.0, 1.1]), "b": np.array([1.05, 1.0]), "c": np.array([9.0, 9.0])})
    [('b', 'a'), ('c',)]
    """
    ordered = sorted(outcomes, key=lambda name: float(np.median(outcomes[name])))
    places: list[tuple[str, ...]] = []
    for name in ordered:
        if places and Duel(places[-1][0], name, probability_below(outcomes[places[-1][0]], outcomes[name])).tie:
            places[-1] = (*places[-1], name)
        else:
            places.append((name,))
    return places


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
