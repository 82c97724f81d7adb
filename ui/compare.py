"""Ways to get compute side by side: what a file leaves open comes from the books or the device table, and is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.cost import in_currency
from analytics.planning.comparison import duels, pareto, ranking, sensitivity
from analytics.planning.money import break_even_utilisation
from analytics.planning.outcome import outcome, owned_at_full_use
from analytics.planning.ranges import DRAWS, Spread
from config.compare import OWNED, RENTED, Price
from config.compare_file import device_of
from config.errors import InputError
from ui.compare_words import advice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from analytics.planning.outcome import Outcome
    from config.compare import Comparison, Device, Strategy
    from ui.service import Service

Row = dict[str, Any]
STALE_DAYS: Final = 90
MEASURED_DAYS: Final = 30
BUSY_SHARE: Final = (0.65, 0.725, 0.8)  # of a node's highest power: until its own meters tell
IDLE_OF_BUSY: Final = 256.6 / (256.6 + 433.2)  # BLOOM: measured idle and dynamic MWh (Luccioni et al. 2022)
LIFE_YEARS: Final = 4.0  # of rented hardware, for its embodied share (Cloud Carbon Footprint)
MEASURES: Final = (
    "time_h",
    "cost",
    "facility_energy_kwh",
    "location_kgco2e",
    "market_kgco2e",
    "embodied_kgco2e",
    "carbon_kgco2e",
    "water_l",
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A strategy with nothing left open, its device, and what was assumed or measured to fill it."""

    strategy: Strategy
    device: Device | None
    told: tuple[str, ...]


def compared(comparison: Comparison, *, service: Service | None, now: float) -> Row:
    """Return everything that a comparison says, as plain values.

    Raises:
        InputError: something is neither in the file nor in the books, or a price has no rate into the file's currency.
    """
    today = datetime.fromtimestamp(now, UTC).date()
    filled = [_filled(comparison, one, service, now=now) for one in comparison.strategies]
    outcomes = {one.strategy.id: _outcome(comparison, one) for one in filled}
    rows = [_row(comparison, one, outcomes[one.strategy.id], today) for one in filled]
    left = {row["id"]: outcomes[row["id"]] for row in rows if not row["ruled_out"]}
    scores = {id_: _score(comparison, id_, found) for id_, found in left.items()}
    found: Row = {
        "title": comparison.title,
        "currency": comparison.currency,
        "draws": DRAWS,
        "strategies": rows,
        "ranking": [list(place) for place in ranking(scores)] if scores else [],
        "duels": [{**asdict(one), "tie": one.tie} for one in duels(scores)],
        "pareto": pareto(_medians(left)),
        "carbon": "carbon_kgco2e" if _embodied_known(left) else "location_kgco2e",
        "break_even": _break_even(comparison, filled),
    }
    return {**found, "advice": advice(found)}


def _outcome(comparison: Comparison, one: Filled) -> Outcome:
    return outcome(one.strategy, comparison.workload, one.device, rate=comparison.real_rate)


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


def _embodied_known(left: Mapping[str, Outcome]) -> bool:
    return all(one.carbon_kgco2e is not None for one in left.values())


def _score(comparison: Comparison, id_: str, one: Outcome) -> Any:  # noqa: ANN401 - draws
    """Everything in money: what has a weight must be known, for what is not known is not nothing.

    Raises:
        InputError: a weight is given for something that the strategy does not say.
    """
    weights = comparison.weights
    total = one.cost + weights.time_per_hour * one.time_h + weights.energy_per_kwh * one.facility_energy_kwh
    for key, weight, values, lacks in (
        ("carbon_per_kg", weights.carbon_per_kg, one.carbon_kgco2e, "embodied_kgco2e"),
        ("water_per_l", weights.water_per_l, one.water_l, "wue_l_per_kwh and grid_l_per_kwh"),
    ):
        if weight and values is None:
            msg = f'strategy "{id_}" lacks {lacks}, which [weights] {key} counts: give it, or set the weight to 0'
            raise InputError(msg)
        total = total if values is None else total + weight * values
    return total


def _row(comparison: Comparison, filled: Filled, found: Outcome, today: date) -> Row:
    one = filled.strategy
    spreads = {
        name: None if (values := getattr(found, name)) is None else asdict(Spread.of(values)) for name in MEASURES
    }
    useful = Spread.of(found.cost / found.useful_h) if found.useful_h.any() else None
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "scope": 2 if one.kind == "own_datacenter" else 3,
        "ruled_out": _ruled_out(comparison, one, found),
        **spreads,
        "cost_per_useful_hour": useful and asdict(useful),
        "follows": [{"input": name, "correlation": rank} for name, rank in sensitivity(found.inputs, found.cost)],
        "told": [*filled.told, *_stale(one, today)],
        "sources": {key: f"{price.source}, {price.date}" for key, price in one.prices().items()},
    }


def _ruled_out(comparison: Comparison, one: Strategy, found: Outcome) -> list[str]:
    """Say which constraints a strategy does not meet, by its median."""
    limits, words = comparison.constraints, []
    days, cost = float(np.median(found.time_h)) / 24, float(np.median(found.cost))
    if limits.deadline_days is not None and days > limits.deadline_days:
        words.append(f"its result comes after {days:.1f} days, the deadline is {limits.deadline_days:g}")
    if limits.budget is not None and cost > limits.budget:
        words.append(f"it costs {cost:,.0f} {comparison.currency}, the budget is {limits.budget:,.0f}")
    if limits.regions and one.region not in limits.regions:
        words.append(f'its region "{one.region}" is not among {", ".join(limits.regions)}')
    if limits.latency_ms is not None and (one.latency_ms is None or one.latency_ms > limits.latency_ms):
        said = "not given" if one.latency_ms is None else f"{one.latency_ms:g} ms"
        words.append(f"its latency is {said}, {limits.latency_ms:g} ms are needed")
    if one.available_kw is not None and found.peak_kw > one.available_kw:
        words.append(f"it draws {found.peak_kw:,.0f} kW, {one.available_kw:,.0f} kW are available")
    return words


def _stale(one: Strategy, today: date) -> list[str]:
    return [
        f"{key} is of {price.date}, {(today - price.date).days} days ago: ask anew"
        for key, price in one.prices().items()
        if (today - price.date).days > STALE_DAYS
    ]


def _break_even(comparison: Comparison, filled: list[Filled]) -> list[Row]:
    """Return, for each owned strategy against each rented one, the use above which owning costs less."""
    found = []
    for own in (one.strategy for one in filled if one.strategy.kind in OWNED):
        full = owned_at_full_use(own, rate=comparison.real_rate)
        for other in (one.strategy for one in filled if one.strategy.kind in RENTED):
            price = other.price_per_device_hour
            if price is not None and other.device == own.device and price.value[1] > 0:
                share = break_even_utilisation(owned_at_full_use=full, rented=price.value[1])
                found.append({"owned": own.id, "rented": other.id, "utilisation": share})
    return found


def _filled(comparison: Comparison, one: Strategy, service: Service | None, *, now: float) -> Filled:
    """Fill what the file leaves open: from the books of its site, then from the device table; each is told."""
    device = device_of(comparison, one.device) if one.kind != "tokens" else None
    update: Row = {}
    told: list[str] = []
    if one.site:
        _measured(one, service, update, told, now=now)
    if device is not None:
        _of_device(one, device, update, told)
    _assumed(one, update, told)
    whole = one.model_copy(update=update)
    absent = [key for key in ("pue", "gco2e_per_kwh") if getattr(whole, key) is None]
    if absent:
        msg = f'strategy "{one.id}" lacks {", ".join(absent)}: give it, or a site of your own whose books know it'
        raise InputError(msg)
    return Filled(_in_currency(comparison, whole, now=int(now)), device, tuple(told))


def _measured(one: Strategy, service: Service | None, update: Row, told: list[str], *, now: float) -> None:
    if service is None:
        msg = f'strategy "{one.id}" names site {one.site}: run it beside the site file that has that site (--config)'
        raise InputError(msg)
    end = min(int(now), service.booked_until())
    start = end - MEASURED_DAYS * 86_400
    names = ["pue", "bought_energy_kwh", "emissions_location_kgco2e", "emissions_market_kgco2e"]
    pue, energy, location, market = service.kpis(site=one.site, start=start, end=end, names=names)
    if one.pue is None and pue.value is not None:
        update["pue"] = _around(pue.value, pue.low, pue.high, least=1.0)
        told.append(f"pue {pue.value:.3f} measured at {one.site} over {MEASURED_DAYS} days")
    for key, kg in (("gco2e_per_kwh", location), ("market_gco2e_per_kwh", market)):
        if getattr(one, key) is None and kg.value is not None and energy.value:
            grams = kg.value / energy.value * 1000
            update[key] = (grams, grams, grams)
            told.append(f"{key} {grams:.0f} by the books of {one.site}")


def _around(value: float, low: float | None, high: float | None, *, least: float) -> tuple[float, float, float]:
    """The interval of a figure as a range; a side that nothing bounds is the value."""
    return (
        max(least, low if low is not None else value),
        max(least, value),
        max(least, high if high is not None else value),
    )


def _of_device(one: Strategy, device: Device, update: Row, told: list[str]) -> None:
    if one.busy_kw is None:
        update["busy_kw"] = tuple(device.node_kw * share for share in BUSY_SHARE)
        told.append(f"busy_kw assumed {BUSY_SHARE[0]:.0%} to {BUSY_SHARE[2]:.0%} of the node's {device.node_kw:g} kW")
    if one.idle_kw is None:
        update["idle_kw"] = tuple(kw * IDLE_OF_BUSY for kw in update.get("busy_kw", one.busy_kw or ()))
        told.append(f"idle_kw assumed {IDLE_OF_BUSY:.0%} of busy_kw, as measured for BLOOM")
    if one.embodied_kgco2e is None:
        update["embodied_kgco2e"] = device.embodied_kgco2e
        told.append(f"embodied_kgco2e of {device.id} from {device.source}")


def _assumed(one: Strategy, update: Row, told: list[str]) -> None:
    location = update.get("gco2e_per_kwh", one.gco2e_per_kwh)
    if one.market_gco2e_per_kwh is None and "market_gco2e_per_kwh" not in update:
        update["market_gco2e_per_kwh"] = location
        told.append("market_gco2e_per_kwh not given: the location-based one stands for what no contract covers")
    if one.kind not in OWNED and one.embodied_life_years is None and one.kind != "tokens":
        update["embodied_life_years"] = LIFE_YEARS
        told.append(f"embodied emissions spread over {LIFE_YEARS:g} years")
    if one.kind == "tokens" and one.embodied_kgco2e is None:
        told.append("embodied_kgco2e of bought tokens not given: it is not in")
    if one.wue_l_per_kwh is None or one.grid_l_per_kwh is None:
        told.append("no water: wue_l_per_kwh and grid_l_per_kwh are not both given")


def _in_currency(comparison: Comparison, one: Strategy, *, now: int) -> Strategy:
    """Turn every price into the file's currency, by a rate of its day."""
    if one.currency in {None, comparison.currency}:
        return one

    def turned(price: Price) -> Price:
        value = tuple(
            in_currency(
                amount=amount,
                currency=str(one.currency),
                to=comparison.currency,
                at=now,
                rates=comparison.exchange_rates,
            )
            for amount in price.value
        )
        return price.model_copy(update={"value": value})

    update: Row = {key: turned(price) for key, price in one.prices().items() if "." not in key}
    if one.green is not None:
        update["green"] = one.green.model_copy(update={"premium_per_kwh": turned(one.green.premium_per_kwh)})
    return one.model_copy(update=update)
