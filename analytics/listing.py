"""Many names in one sentence: those that count most are named, the rest is counted; a table elsewhere has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.instruments import Claim
    from analytics.market import Used

NAMED: Final = 20  # a sentence with more names is read by nobody
ELSEWHERE: Final = "their reasons stand in the list of contracts"


def used_words(used: Iterable[Used]) -> list[str]:
    """Return what claims covered [kWh] by contract and certificate; of more than 20 the largest and the rest summed."""
    counted = [one for one in used if one.kwh]
    if len(counted) > NAMED:
        counted.sort(key=lambda one: -one.kwh)
    words = [f"{one.kwh:.6g} kWh of {one.claim.contract} {one.claim.certificate}".strip() for one in counted[:NAMED]]
    rest = counted[NAMED:]
    return [*words, f"{sum(one.kwh for one in rest):.6g} kWh of {len(rest)} more lots"] if rest else words


def refused_words(claims: Iterable[Claim]) -> list[str]:
    """Return each claim that was refused with its reason, once; of more than 20 the first, and how many there are."""
    found = dict.fromkeys((one.contract, one.certificate, one.reason) for one in claims if one.reason)
    words = [f"{contract} {certificate} not counted ({reason})" for contract, certificate, reason in found]
    return _cut(words, f"more lots not counted ({ELSEWHERE})")


def names_words(names: Sequence[str]) -> list[str]:
    """Return names; of more than 20 the first, and how many there are.

    >>> names_words([f"c{n}" for n in range(23)])[-2:]
    ['c19', '3 more contracts']
    """
    return _cut(names, "more contracts")


def _cut(words: Sequence[str], rest: str) -> list[str]:
    left = len(words) - NAMED
    return list(words) if left <= 0 else [*words[:NAMED], f"{left} {rest}"]
