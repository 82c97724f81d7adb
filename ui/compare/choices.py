"""What is compared: single strategies and mixtures of them, each with its outcome, and what rules one out."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.planning.mixture import mixed, part_of, shares_by_step
from analytics.planning.outcome import outcome
from config.errors import InputError
from config.reading.wording import percent
from ui.compare.words import BY_LOCATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from analytics.planning.outcome import Outcome
    from config.compare.strategies import Comparison, Constraints, Price, Strategy
    from ui.compare.filled import Filled

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A strategy, or several that share the work: `of` are the strategies, `parts` their shares and devices."""

    id: str
    name: str
    kind: str
    of: tuple[Strategy, ...]
    parts: list[Row]
    outcome: Outcome
    told: tuple[str, ...]

    @property
    def scope(self) -> int | None:
        """GHG scope of its operational emissions: 2 in an own datacenter, else 3; None where parts differ."""
        scopes = {2 if one.kind == "own_datacenter" else 3 for one in self.of}
        return scopes.pop() if len(scopes) == 1 else None

    def prices(self) -> dict[str, Price]:
        """Its prices by key; of a mixture nothing, for its parts have rows of their own."""
        return self.of[0].prices() if len(self.of) == 1 else {}


@contextmanager
def countable(what: str) -> Iterator[None]:
    """Refuse what would come out as no number at all.

    Raises:
        InputError: numbers are so large, or so small, that nothing can be reckoned with them.
    """
    try:
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            yield
    except ArithmeticError:
        msg = f"{what} holds numbers too large or too small to reckon with: correct its powers of ten, or the work's"
        raise InputError(msg) from None


def single(comparison: Comparison, one: Filled) -> Choice:
    """Return a strategy alone."""
    of = one.strategy
    with countable(f'strategy "{of.id}"'):
        found = outcome(of, comparison.workload, one.device, rate=comparison.real_rate)
    return Choice(id=of.id, name=of.name, kind=of.kind, of=(of,), parts=[], outcome=found, told=one.told)


def mixtures(comparison: Comparison, whole: Sequence[Filled]) -> Iterator[Choice]:
    """Yield the mixtures that the file names, then those that it asks to be tried."""
    by_id = {one.strategy.id: one for one in whole}
    for named in comparison.mixtures:
        yield _mixture(comparison, named.id, named.name, [(by_id[id_], share) for id_, share in named.shares.items()])
    if comparison.mixing is not None:
        for shares in shares_by_step(comparison.mixing.between, comparison.mixing.step):
            name = " + ".join(f"{percent(share)} {by_id[id_].strategy.name}" for id_, share in shares.items())
            id_ = "+".join(f"{percent(share)} {part}" for part, share in shares.items())
            yield _mixture(comparison, id_, name, [(by_id[part], share) for part, share in shares.items()])


def _mixture(comparison: Comparison, id_: str, name: str, of: Sequence[tuple[Filled, float]]) -> Choice:
    outcomes: dict[str, Outcome] = {}
    parts, strategies, told = [], [], []
    for one, share in of:
        strategy, work = part_of(one.strategy, comparison.workload, share)
        outcomes[strategy.id] = outcome(strategy, work, one.device, rate=comparison.real_rate)
        strategies.append(strategy)
        devices = None if one.device is None else strategy.devices
        parts.append({"id": strategy.id, "share": share, "devices": devices})
        with_ = "" if devices is None else f" with {devices} of its {one.strategy.devices} devices"
        told.append(f"{strategy.name} does {percent(share)} of the work{with_}")
        told += [f"{strategy.name}: {BY_LOCATION}"] if BY_LOCATION in one.told else []
    return Choice(
        id=id_,
        name=name,
        kind="mixture",
        of=tuple(strategies),
        parts=parts,
        outcome=mixed(outcomes),
        told=tuple(told),
    )


def ruled_out(comparison: Comparison, one: Choice, today: date) -> list[str]:
    """Say which constraints a choice does not meet, by its median; a mixture has to meet them with every part."""
    limits, found = comparison.constraints, one.outcome
    words = [*_late(limits, one, today)]
    cost = float(np.median(found.cost))
    if limits.budget is not None and cost > limits.budget:
        words.append(f"it costs {cost:,.0f} {comparison.currency}, the budget is {limits.budget:,.0f}")
    peaks = {strategy.id: found.peak_kw for strategy in one.of} if len(one.of) == 1 else _peaks(one)
    for strategy in one.of:
        words += _out_of_place(limits, strategy)
        peak = peaks[strategy.id]
        if strategy.available_kw is not None and peak > strategy.available_kw:
            words.append(f"it draws {peak:,.0f} kW, {strategy.available_kw:,.0f} kW are available")
    return list(dict.fromkeys(words))


def _peaks(one: Choice) -> Mapping[str, float]:
    """What the devices of each part draw at most [kW]; tokens have none of ours."""
    drawn = one.outcome.inputs
    return {
        strategy.id: 0.0
        if strategy.kind == "tokens"
        else strategy.devices * float(np.median(drawn[f"{strategy.id}: busy_kw"] * drawn[f"{strategy.id}: pue"]))
        for strategy in one.of
    }


def _late(limits: Constraints, one: Choice, today: date) -> Iterator[str]:
    days = float(np.median(one.outcome.time_h)) / 24
    waits = [
        f"its {what} is on {day}"
        for strategy in one.of
        for what, day in (("delivery", strategy.delivery_date), ("grid connection", strategy.connection_date))
        if day is not None and day > today
    ]
    why = f" ({', '.join(dict.fromkeys(waits))})" if waits else ""
    if limits.deadline_days is not None and days > limits.deadline_days:
        yield f"its result comes after {days:.1f} days{why}, the deadline is {limits.deadline_days:g}"
    if limits.deadline is not None and days > (left := (limits.deadline - today).days):
        when = f"in {left} days" if left >= 0 else "which is over"
        yield f"its result comes after {days:.1f} days{why}, the deadline is {limits.deadline}, {when}"


def _out_of_place(limits: Constraints, one: Strategy) -> Iterator[str]:
    if limits.regions and one.region not in limits.regions:
        yield f'its region "{one.region}" is not among {", ".join(limits.regions)}'
    if limits.latency_ms is not None and (one.latency_ms is None or one.latency_ms > limits.latency_ms):
        said = "not given" if one.latency_ms is None else f"{one.latency_ms:g} ms"
        yield f"its latency is {said}, {limits.latency_ms:g} ms are needed"
