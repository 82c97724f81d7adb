"""What measures do together to a site's energy, and what a tonne that they save costs.

Effects multiply on what is left of each sub-load, IT first, because overheads fall with the IT that they serve; so the
order of independent measures changes no total, and a total never exceeds what there is (notes/planner.md section 6.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from config.measures import Measure

YEAR_S: Final = 365.25 * 86_400
MONTH_S: Final = YEAR_S / 12
LOW, MID, HIGH = "low", "mid", "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """A site's year: energy by sub-load [kWh], its price, and what a kWh emits [kgCO2e/kWh]; None is not known.

    `energy_kwh` has keys it, cooling, losses and other; they sum to the facility's.
    """

    energy_kwh: Mapping[str, float]
    price_per_kwh: float | None
    currency: str
    kgco2e_per_kwh: float | None


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
        known = {
            "it_energy_kwh": self.it,
            "facility_energy_kwh": energy,
            "emissions_location_kgco2e": energy,
            "emissions_market_kgco2e": energy * self.market,
            "pue": energy / self.it if self.it > 0 else None,
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
    """Return what measures leave at an instant [UTC s]; a history that ends at `since` holds their effect of then."""
    left = {"it": 1.0, "cooling": 1.0, "losses": 1.0, "market": 1.0}
    for measure in measures:
        full = share(measure, end)
        then = 1 - full * ramp(measure, since)
        left[measure.sub_load] *= (1 - full * ramp(measure, time)) / then if then > 0 else 1.0
    return Effect(**left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Abatement:
    """A measure in the curve: what it saves in a full year, its worth, and the cost of a tonne."""

    measure: Measure
    saves_kwh: float
    saves_tco2e: float | None
    npv: float | None
    cost_per_tco2e: float | None
    reason: str = ""


def abatement_curve(measures: Sequence[Measure], loads: Loads, *, end: str = MID) -> list[Abatement]:
    """Return measures that save energy in the order in which to take them, each on what those before it left.

    Those that pay (NPV of 0 or more) come first, by NPV, because among negative costs a smaller saving looks better;
    then the others by cost of a tonne. After each pick the rest is computed anew. `market` instruments are not in it.
    """
    left, effect = [one for one in measures if one.sub_load != "market"], Effect()
    found: list[Abatement] = []
    while left:
        rest = [abatement(one, loads, effect, end=end) for one in left]
        best = min(rest, key=_rank)
        found.append(best)
        effect = _with(effect, best.measure, end)
        left.remove(best.measure)
    return found


def _rank(one: Abatement) -> tuple[int, float, str]:
    if one.npv is None:
        return (2, 0.0, one.measure.id)
    if one.npv >= 0 or one.cost_per_tco2e is None:
        return (0 if one.npv >= 0 else 1, -one.npv, one.measure.id)
    return (1, one.cost_per_tco2e, one.measure.id)


def _with(effect: Effect, measure: Measure, end: str) -> Effect:
    return replace(effect, **{measure.sub_load: getattr(effect, measure.sub_load) * (1 - share(measure, end))})


def abatement(measure: Measure, loads: Loads, before: Effect, *, end: str = MID) -> Abatement:
    """Return what a measure saves on what `before` left, valued at the site's price and factor of today.

    NPV = -capex + a (saving - opex), a = (1 - (1 + r)^-L) / r; cost of a tonne = -NPV / (L x tonnes a year), tonnes
    undiscounted. A market instrument saves no energy: its tonnes are market-based ones.
    """
    saved = before.energy_kwh(loads) - _with(before, measure, end).energy_kwh(loads)
    covered = sum(loads.energy_kwh.values()) * share(measure, end) if measure.sub_load == "market" else saved
    factor = loads.kgco2e_per_kwh
    tonnes = None if factor is None else covered * factor / 1000
    if loads.price_per_kwh is None:
        return _unpriced(measure, saved, tonnes, "no price of energy: add a tariff of the site")
    if loads.currency != measure.currency:
        text = f"the tariff is in {loads.currency}, the measure in {measure.currency}: give it in the tariff's currency"
        return _unpriced(measure, saved, tonnes, text)
    yearly = saved * loads.price_per_kwh - measure.opex_per_year
    npv = -measure.capex + annuity(measure.discount_rate, measure.life_years) * yearly
    cost = -npv / (tonnes * measure.life_years) if tonnes else None
    return Abatement(measure=measure, saves_kwh=saved, saves_tco2e=tonnes, npv=npv, cost_per_tco2e=cost)


def _unpriced(measure: Measure, saved: float, tonnes: float | None, reason: str) -> Abatement:
    return Abatement(measure=measure, saves_kwh=saved, saves_tco2e=tonnes, npv=None, cost_per_tco2e=None, reason=reason)


def annuity(rate: float, years: int) -> float:
    """Return the present worth of 1 at the end of each of so many years."""
    return float(years) if rate == 0 else (1 - (1 + rate) ** -years) / rate
