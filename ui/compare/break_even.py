"""The use of owned devices above which owning costs less than renting: of strategies alone, and in mixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.planning.mixture import part_of
from analytics.planning.money import break_even_utilisation
from analytics.planning.outcome import used
from config.compare.strategies import OWNED, RENTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from analytics.planning.outcome import Outcome
    from config.compare.strategies import Comparison
    from ui.compare.choices import Choice
    from ui.compare.filled import Filled

    Floats = NDArray[np.float64]

Row = dict[str, Any]
FULL, HALF = 1.0, 0.5
KINDS: Final = OWNED | RENTED


def break_even(comparison: Comparison, whole: Sequence[Filled], outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    """Yield, for each owned strategy against each rented one of the same device, the use; None is never."""
    for own in (one for one in whole if one.strategy.kind in OWNED):
        full, half = (_at(comparison, own, 1.0, use) for use in (FULL, HALF))
        yield from _against(own.strategy.id, own.strategy.device, full, half, whole, outcomes)


def of_mixtures(
    comparison: Comparison, choices: Sequence[Choice], whole: Sequence[Filled], outcomes: Mapping[str, Outcome]
) -> Iterator[Row]:
    """Yield for each mixture that owns something the use of what it owns above which it costs less than renting all.

    What it rents costs the same however much the rest is used. Parts with other devices, or of bought tokens, have no
    hours that compare.
    """
    by_id = {one.strategy.id: one for one in whole}
    for choice in (one for one in choices if one.parts):
        parts = [(by_id[part["id"]], part["share"]) for part in choice.parts]
        kinds, devices = {one.strategy.kind for one, _ in parts}, {one.strategy.device for one, _ in parts}
        if not kinds & OWNED or not kinds <= KINDS or len(devices) > 1:
            continue
        full, half = (
            np.sum([share * _at(comparison, one, share, use) for one, share in parts], axis=0) for use in (FULL, HALF)
        )
        yield from _against(choice.id, devices.pop(), full, half, whole, outcomes)


def _at(comparison: Comparison, one: Filled, share: float, use: float) -> Floats:
    """What a useful hour of a strategy with its share of the work costs; `use` is that of what is owned."""
    assert one.device is not None  # noqa: S101 - what is owned or rented are devices
    strategy, work = part_of(one.strategy, comparison.workload, share)
    own = use if strategy.kind in OWNED else FULL
    return used(strategy, work, one.device, rate=comparison.real_rate, use=own)


def _against(
    name: str, device: str | None, full: Floats, half: Floats, whole: Sequence[Filled], outcomes: Mapping[str, Outcome]
) -> Iterator[Row]:
    for other in (one.strategy for one in whole if one.strategy.kind in RENTED and one.strategy.device == device):
        rented = outcomes[other.id].cost / outcomes[other.id].useful_h
        share = break_even_utilisation(at_full_use=full, at_half_use=half, rented=rented)
        yield {"owned": name, "rented": other.id, "utilisation": share}
