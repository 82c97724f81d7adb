"""What measures do together to a site's energy, and what a tonne that they save costs.

Effects multiply on what is left of each sub-load, IT first, because overheads fall with the IT that they serve; so the
order of independent measures changes no total, and a total never exceeds what there is (notes/planner.md section 6.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.plan.measures import Measure

YEAR_S: Final = 365.25 * 86_400
MONTH_S: Final = YEAR_S / 12
LOW, MID, HIGH = "low", "mid", "high"
OF_ENERGY: Final = (  # what follows the facility's energy; the work done is taken as unchanged
    "facility_energy_kwh",
    "emissions_location_kgco2e",
    "energy_per_work",
    "emissions_location_per_work",
)
OF_MARKET: Final = ("emissions_market_kgco2e", "emissions_market_per_work")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """A site's year from `start` to `end` [UTC s]: its energy by sub-load [kWh], its price, and what it emits.

    None is not known. `kgco2e_per_kwh` is by location, `market_kgco2e` the year's by the market. `energy_kwh` has keys
    it, cooling, losses and other; they sum to the facility's. What no meter sees (`unmetered`) lies in the losses.
    """

    start: float
    end: float
    energy_kwh: Mapping[str, float]
    price_per_kwh: float | None
    currency: str
    kgco2e_per_kwh: float | None
    market_kgco2e: float | None
    unmetered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What is left of each: 1 is no change."""

    it: float = 1.0
    cooling: float = 1.0
    losses: float = 1.0
    market: float = 1.0

    def energy_kwh(self, loads: Loads) -> float:
        """Return the facility's energy [kWh]; overheads fall with IT, what is neither stays."""
        of = loads.energy_kwh
        served = of["it"] + of["cooling"] * self.cooling + of["losses"] * self.losses
        return self.it * served + of["other"]

    def factor(self, metric: str, loads: Loads) -> float | None:
        """Return by what a metric is multiplied; None where measures say nothing of it."""
        whole = sum(loads.energy_kwh.values())
        if whole <= 0 or loads.energy_kwh["it"] <= 0:
            return None
        energy = self.energy_kwh(loads) / whole
        over_it = energy / self.it if self.it > 0 else None
        known = {
            "it_energy_kwh": self.it,
            **dict.fromkeys(OF_ENERGY, energy),
            **dict.fromkeys(OF_MARKET, energy * self.market),
            "pue": over_it,
            "cue": over_it,
            "cue_market": None if over_it is None else over_it * self.market,
        }
        return known.get(metric)


def share(measure: Measure, end: str = MID) -> float:
    """Return the share of its sub-load that a measure is counted with, at one end of its range or in the middle."""
    promised = {
        LOW: measure.effect_low,
        MID: (measure.effect_low + measure.effect_high) / 2,
        HIGH: measure.effect_high,
    }[end]
    return promised * measure.realisation


def ramp(measure: Measure, time: float) -> float:
    """Return how much of its effect a measure has at an instant [UTC s], 0 to 1; after its life none."""
    if time < measure.start or time >= measure.start + measure.life_years * YEAR_S:
        return 0.0
    return min(1.0, (time - measure.start) / (measure.ramp_months * MONTH_S)) if measure.ramp_months else 1.0


def at(measures: Sequence[Measure], time: float, *, since: float, end: str = MID) -> Effect:
    """Return which part of each sub-load measures leave at an instant: 1 where they take nothing.

    Args:
        measures: with their start and ramp.
        time: the instant [UTC s].
        since: end of the history that is carried on [UTC s]; what they took then is in it already, and not taken again.
        end: which end of each promised range: low, middle or high.
    """
    left = {"it": 1.0, "cooling": 1.0, "losses": 1.0, "market": 1.0}
    for measure in measures:
        full = share(measure, end)
        then = 1 - full * ramp(measure, since)
        left[measure.sub_load] *= (1 - full * ramp(measure, time)) / then if then > 0 else 1.0
    return Effect(**left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abatement:
    """A measure in the curve: what it saves in a full year, its worth over its life, and the cost of a tonne.

    Both ends of the range stand on the same as the middle: on what the measures before it left by their middle.
    """

    measure: Measure
    at_work: bool
    saves_kwh: float
    saves_tco2e: float | None
    saves_tco2e_low: float | None
    saves_tco2e_high: float | None
    npv: float | None
    cost_per_tco2e: float | None
    reason: str = ""


def without(measures: Sequence[Measure], loads: Loads) -> Loads:
    """Return the year as it would have been without what its measures did in it: else they would count twice."""
    months = [loads.start + (loads.end - loads.start) * (month + 0.5) / 12 for month in range(12)]
    held = Effect()
    for measure in measures:
        left = 1 - share(measure) * fmean(ramp(measure, time) for time in months)
        if left > 0:
            held = replace(held, **{measure.sub_load: getattr(held, measure.sub_load) * left})
    of = loads.energy_kwh
    served = {name: of[name] / held.it for name in ("it", "cooling", "losses")}
    energy = {
        "it": served["it"],
        "cooling": served["cooling"] / held.cooling,
        "losses": served["losses"] / held.losses,
        "other": of["other"],
    }
    whole = sum(of.values())
    grown = sum(energy.values()) / whole if whole else 1.0
    market = None if loads.market_kgco2e is None else loads.market_kgco2e * grown / held.market
    return replace(loads, energy_kwh=energy, market_kgco2e=market)


def abatement_curve(measures: Sequence[Measure], loads: Loads, *, now: float) -> list[Abatement]:
    """Return measures whose life is not over at `now` [UTC s], each on what those before it left.

    Those at work come first, as they began: they cannot be had again, and what is to come finds what they left. Then
    those that pay (NPV of 0 or more), by NPV, because among negative costs a smaller saving looks better; then the
    others by cost of a tonne; after each pick the rest is computed anew. `market` instruments come last.
    """
    base, effect = without(measures, loads), Effect()
    found: list[Abatement] = []
    for group in _groups([one for one in measures if now < one.start + one.life_years * YEAR_S], now):
        left = list(group)
        while left:
            rest = [abatement(one, base, effect, at_work=one.start <= now) for one in left]
            best = rest[0] if rest[0].at_work else min(rest, key=_rank)
            found.append(best)
            effect = _with(effect, best.measure, MID)
            left.remove(best.measure)
    return found


def _groups(measures: Sequence[Measure], now: float) -> list[list[Measure]]:
    """Measures of energy at work, those to come, and the same of instruments; each group as they begin."""
    ordered = sorted(measures, key=lambda one: (one.start, one.id))
    return [
        [one for one in ordered if (one.sub_load == "market") is market and (one.start <= now) is begun]
        for market in (False, True)
        for begun in (True, False)
    ]


def _rank(one: Abatement) -> tuple[int, float, str]:
    if one.npv is None:
        return (2, 0.0, one.measure.id)
    if one.npv >= 0 or one.cost_per_tco2e is None:
        return (0 if one.npv >= 0 else 1, -one.npv, one.measure.id)
    return (1, one.cost_per_tco2e, one.measure.id)


def _with(effect: Effect, measure: Measure, end: str) -> Effect:
    return replace(effect, **{measure.sub_load: getattr(effect, measure.sub_load) * (1 - share(measure, end))})


def abatement(measure: Measure, loads: Loads, before: Effect, *, at_work: bool = False) -> Abatement:
    """Return what a measure saves on what `before` left, valued at the site's price and factor of today.

    NPV = -capex + sum over years k of (r_k saving - opex) / (1 + r)^k, r_k the mean of its ramp in year k; cost of a
    tonne = -NPV / (tonnes a year x sum of r_k), tonnes undiscounted. A market instrument saves no energy: its tonnes
    are the share that it covers of what the market-based emissions would be.
    """
    saved = before.energy_kwh(loads) - _with(before, measure, MID).energy_kwh(loads)
    low, tonnes, high = (_tonnes(measure, loads, before, end) for end in (LOW, MID, HIGH))
    found = Abatement(
        measure=measure,
        at_work=at_work,
        saves_kwh=saved,
        saves_tco2e=tonnes,
        saves_tco2e_low=low,
        saves_tco2e_high=high,
        npv=None,
        cost_per_tco2e=None,
    )
    if loads.price_per_kwh is None:
        return replace(found, reason="no price of energy: add a tariff of the site")
    if loads.currency != measure.currency:
        text = f"the tariff is in {loads.currency}, the measure in {measure.currency}: give it in the tariff's currency"
        return replace(found, reason=text)
    ramps, rate = yearly_ramps(measure), measure.discount_rate
    earned = saved * loads.price_per_kwh * sum(part / (1 + rate) ** year for year, part in enumerate(ramps, start=1))
    npv = earned - measure.capex - annuity(rate, measure.life_years) * measure.opex_per_year
    return replace(found, npv=npv, cost_per_tco2e=-npv / (tonnes * sum(ramps)) if tonnes else None)


def _tonnes(measure: Measure, loads: Loads, before: Effect, end: str) -> float | None:
    """What a measure saves of carbon in a full year [t]; None where what a kWh emits is not known."""
    after, energy = _with(before, measure, end), before.energy_kwh(loads)
    if measure.sub_load != "market":
        factor = loads.kgco2e_per_kwh
        return None if factor is None else (energy - after.energy_kwh(loads)) * factor / 1000
    whole = sum(loads.energy_kwh.values())
    if loads.market_kgco2e is None or not whole:
        return None
    return loads.market_kgco2e * energy / whole * (before.market - after.market) / 1000


def yearly_ramps(measure: Measure) -> list[float]:
    """Return the mean of a measure's ramp in each year of its life, 0 to 1."""
    months = [min(12.0 * year, measure.ramp_months) for year in range(measure.life_years + 1)]
    risen = [until * until / (2 * measure.ramp_months) if measure.ramp_months else 0.0 for until in months]
    full = [12.0 * year - until for year, until in enumerate(months)]
    done = [part + rest for part, rest in zip(risen, full, strict=True)]
    return [(last - first) / 12 for first, last in pairwise(done)]


def annuity(rate: float, years: int) -> float:
    """Return the present worth of 1 at the end of each of so many years."""
    return float(years) if rate == 0 else (1 - (1 + rate) ** -years) / rate
