"""Ways to get compute side by side: outcomes ranked, with ties, duels, a front, break-even and words."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.planning.comparison import duels, pareto, ranking, sensitivity
from analytics.planning.objective import weight_of
from analytics.planning.ranges import DRAWS, Spread
from config.errors import InputError
from config.reading.wording import percent
from ui.compare.break_even import break_even, of_mixtures
from ui.compare.choices import countable, mixtures, ruled_out, single
from ui.compare.filled import filled
from ui.compare.words import advice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from analytics.planning.outcome import Outcome
    from config.compare.strategies import Comparison, Price
    from ui.compare.choices import Choice
    from ui.compare.filled import Filled
    from ui.service import Service

Row = dict[str, Any]
STALE_DAYS: Final = 90
MANY: Final = 8
PER: Final = {"time_per_hour": "hour", "energy_per_kwh": "kWh", "carbon_per_kg": "kgCO2e", "water_per_l": "L"}
MEASURES: Final = (
    "time_h",
    "cost",
    "facility_energy_kwh",
    "location_kgco2e",
    "market_kgco2e",
    "embodied_kgco2e",
    "carbon_kgco2e",
    "water_l",
    "e0_kwh",
    "alpha_kw",
)


def compared(comparison: Comparison, *, service: Service | None, now: float) -> Row:
    """Return everything that a comparison says, as plain values.

    Raises:
        InputError: something is neither in the file nor in the books, a price has no rate into the file's currency, or
            its numbers are beyond reckoning.
    """
    whole = [filled(comparison, one, service, now=now) for one in comparison.strategies]
    with countable("the comparison"):
        return _compared(comparison, whole, today=datetime.fromtimestamp(now, UTC).date())


def _compared(comparison: Comparison, whole: Sequence[Filled], *, today: date) -> Row:
    choices = [*(single(comparison, one) for one in whole), *mixtures(comparison, whole)]
    outcomes = {one.id: one.outcome for one in choices}
    rows = [_row(comparison, one, today) for one in choices]
    left = {row["id"]: outcomes[row["id"]] for row in rows if not row["ruled_out"]}
    scores = {id_: _score(comparison, id_, found) for id_, found in left.items()}
    for row in rows:
        row["objective"] = asdict(Spread.of(scores[row["id"]])) if row["id"] in scores else None
    found: Row = {
        "title": comparison.title,
        "currency": comparison.currency,
        "draws": DRAWS,
        "strategies": rows,
        "ranking": [list(place) for place in ranking(scores)] if scores else [],
        "duels": _duels(scores),
        "pareto": pareto(_medians(left)),
        "cleanest": _cleanest(left),
        "carbon": "carbon_kgco2e" if _embodied_known(left) else "location_kgco2e",
        "break_even": [*break_even(comparison, whole, outcomes), *of_mixtures(comparison, choices, whole, outcomes)],
    }
    return {**found, "advice": advice(found)}


def _duels(scores: Mapping[str, Any]) -> list[Row]:
    """Every pair; of many choices (mixtures) those with the first alone."""
    first = min(scores, key=lambda id_: float(np.median(scores[id_])), default="")
    found = (one for one in duels(scores) if len(scores) <= MANY or first in {one.first, one.second})
    return [{**asdict(one), "tie": one.tie} for one in found]


def _medians(left: Mapping[str, Outcome]) -> dict[str, list[float]]:
    """Time, cost and carbon of each; embodied carbon counts where it is known of all, else of none."""
    whole = _embodied_known(left)
    return {
        id_: [
            float(np.median(values))
            for values in (one.time_h, one.cost, one.carbon_kgco2e if whole else one.location_kgco2e)
            if values is not None
        ]
        for id_, one in left.items()
    }


def _cleanest(left: Mapping[str, Outcome]) -> list[str]:
    """Those with the least carbon, too close to call among them, where what making them emitted is known."""
    known = {id_: one.carbon_kgco2e for id_, one in left.items() if one.carbon_kgco2e is not None}
    return list(ranking(known)[0]) if len(known) > 1 else []


def _embodied_known(left: Mapping[str, Outcome]) -> bool:
    return all(one.carbon_kgco2e is not None for one in left.values())


def _score(comparison: Comparison, id_: str, one: Outcome) -> Any:  # noqa: ANN401 - draws
    """Everything in money: what has a weight must be known, for what is not known is not nothing.

    Raises:
        InputError: a weight is given for something that the strategy does not say.
    """
    weights = comparison.weights
    time, energy, carbon, water = (
        _weight(getattr(weights, key), per=per, currency=comparison.currency) for key, per in PER.items()
    )
    total = one.cost + time * one.time_h + energy * one.facility_energy_kwh
    for key, weight, values, lacks in (
        ("carbon_per_kg", carbon, one.carbon_kgco2e, "embodied_kgco2e"),
        ("water_per_l", water, one.water_l, "wue_l_per_kwh and grid_l_per_kwh"),
    ):
        if weight and values is None:
            msg = f'strategy "{id_}" lacks {lacks}, which [weights] {key} counts: give it, or set the weight to 0'
            raise InputError(msg)
        total = total if values is None else total + weight * values
    return total


def _weight(of: float | str, *, per: str, currency: str) -> float:
    return weight_of(of, per=per, currency=currency) if isinstance(of, str) else of


def _row(comparison: Comparison, one: Choice, today: date) -> Row:
    found = one.outcome
    spreads = {
        name: None if (values := getattr(found, name)) is None else asdict(Spread.of(values)) for name in MEASURES
    }
    useful = Spread.of(found.cost / found.useful_h) if found.useful_h.any() else None
    parts = {name: float(np.median(values)) for name, values in found.cost_parts.items()}
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "scope": one.scope,
        "parts": one.parts,
        "ruled_out": ruled_out(comparison, one, today),
        **spreads,
        "cost_per_useful_hour": useful and asdict(useful),
        "cost_parts": parts,
        "follows": [{"input": name, "correlation": rank} for name, rank in sensitivity(found.inputs, found.cost)],
        "told": [*_split(parts), *one.told, *stale(one.prices(), today)],
        "sources": {key: f"{price.source}, {price.date}" for key, price in one.prices().items()},
    }


def _split(parts: Mapping[str, float]) -> list[str]:
    """Say what the money is for, the most first, where it is for several things."""
    total = sum(parts.values())
    if len(parts) < 2 or total <= 0:  # noqa: PLR2004 - one part is the whole
        return []
    ordered = sorted(parts.items(), key=lambda pair: -pair[1])
    return [f"cost by part: {', '.join(f'{name} {percent(each / total)}' for name, each in ordered)}"]


def stale(quoted: Mapping[str, Price], today: date) -> list[str]:
    """Return a sentence for each price that is old, that was valid to a day gone, or that is of a day to come."""
    prices = quoted.items()
    old = [(key, price.date) for key, price in prices if (today - price.date).days > STALE_DAYS]
    over = [(key, price.valid_to) for key, price in prices if price.valid_to is not None and price.valid_to < today]
    words = [f"{key} is of {day}, {(today - day).days} days ago: ask anew" for key, day in old]
    words += [f"{key} is of {price.date}, a day to come: check it" for key, price in prices if price.date > today]
    return [*words, *(f"{key} was valid to {day}: ask anew" for key, day in over)]
