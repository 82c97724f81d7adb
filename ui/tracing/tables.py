"""What stands behind each figure: the formulas that compute it, and the points and records that bear on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics import (
    bills,
    carbon,
    effectiveness,
    efficiency,
    embodied,
    energy,
    green,
    losses,
    market,
    matching,
    peaks,
    ratios,
    recorded,
    relatives,
    reuse,
    scope1,
    scope3,
    upstream,
    utilisation,
    water,
    water_taken,
)
from analytics.biogenic import BIOGENIC, biogenic_of
from analytics.effectiveness import pue_points
from analytics.legs import leaves
from analytics.water import METRICS, water_points
from ui.figures.from_records import REFRIGERANT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analytics.boundary import Tree


def _of_units(pick: Callable[[Tree, int], tuple[str, ...]]) -> Callable[[Tree, int], tuple[str, ...]]:
    return lambda tree, category: leaves(tree.units(pick(tree, category)))


_FACILITY = _of_units(lambda tree, _: tree.facility)
_BOUGHT = _of_units(lambda tree, _: tree.purchased)

_ERF = _of_units(lambda tree, _: (*tree.facility, *tree.topmost("heat_export")))

# figure -> points whose ledger rows bear on it
POINTS: Mapping[str, Callable[[Tree, int], tuple[str, ...]]] = {
    "pue": pue_points,
    "dcie": pue_points,
    "pue_12_months": pue_points,
    "facility_energy_kwh": _FACILITY,
    "bought_energy_kwh": _BOUGHT,
    "it_energy_kwh": _of_units(lambda tree, category: tree.it(category) + tree.within_it(category)),
    "cooling_energy_kwh": _of_units(lambda tree, category: tree.uses(category)["cooling"]),
    "losses_energy_kwh": lambda tree, category: (
        *pue_points(tree, category),
        *leaves(tree.units(point for of_use in tree.uses(category).values() for point in of_use)),
    ),
    "emissions_location_kgco2e": _BOUGHT,
    "emissions_market_kgco2e": _BOUGHT,
    "emissions_scope_1_kgco2e": lambda _tree, _category: (),
    BIOGENIC: lambda _tree, _category: (),
    "matched_share_annual": _BOUGHT,
    "matched_share_renewable": _BOUGHT,
    "matched_share_hourly": _BOUGHT,
    "cfe": _BOUGHT,
    "energy_cost": _BOUGHT,
    "emissions_upstream_kgco2e": _BOUGHT,
    "emissions_embodied_kgco2e": lambda _tree, _category: (),
    "fuel_energy_lhv_kwh": lambda tree, _category: tree.topmost("genset"),
    "fuel_energy_hhv_kwh": lambda tree, _category: tree.topmost("genset"),
    "genset_energy_kwh": _of_units(lambda tree, _: tree.topmost("genset")),
    "pue_category_0": lambda tree, _category: leaves(tree.units(peaks.peak_points(tree))),
    "pue_mixed": lambda tree, category: (*pue_points(tree, category), *_FACILITY(tree, category)),
    "wue_with_source": lambda tree, category: (*pue_points(tree, category), *water_points(tree)),
    "cer": _of_units(lambda tree, category: (*tree.topmost("heat_removed"), *tree.uses(category)["cooling"])),
    "iteusv": lambda tree, _category: tuple(point.id for point in tree.points if point.role == "server"),
    "water_l": lambda tree, _category: tuple(water_points(tree)),
    "wue": lambda tree, category: (*pue_points(tree, category), *water_points(tree)),
    "erf": _ERF,
    "ref": _FACILITY,
    "ere": lambda tree, category: (*pue_points(tree, category), *_ERF(tree, category)),
    "cue": lambda tree, category: (*pue_points(tree, category), *_BOUGHT(tree, category)),
    "cue_market": lambda tree, category: (*pue_points(tree, category), *_BOUGHT(tree, category)),
}
FORMULAS: Mapping[str, tuple[Callable[..., object], ...]] = {
    "pue": (efficiency.pue, effectiveness.pue_of_period),
    "pue_12_months": (efficiency.pue, effectiveness.pue_of_period),
    "dcie": (efficiency.dcie, efficiency.dcie_of),
    "facility_energy_kwh": (energy.energy_kwh,),
    "bought_energy_kwh": (energy.energy_kwh,),
    "it_energy_kwh": (energy.energy_kwh,),
    "cooling_energy_kwh": (energy.energy_kwh,),
    "losses_energy_kwh": (losses.losses_of,),
    "emissions_location_kgco2e": (carbon.emissions_location_kgco2e,),
    "emissions_market_kgco2e": (market.market_based, market.emissions_market_kgco2e),
    "emissions_scope_1_kgco2e": (scope1.fuel_kg, recorded.scope_1_of),
    BIOGENIC: (scope1.fuel_kg, biogenic_of),
    "matched_share_annual": (green.matched_share_annual,),
    "matched_share_renewable": (green.matched_share_annual,),
    "matched_share_hourly": (matching.hourly_match, green.matched_share_hourly),
    "cfe": (matching.carbon_free, green.cfe_of_period),
    "energy_cost": (bills.energy_cost_of_period,),
    "wue": (water.wue_of_period,),
    "water_l": (water_taken.water_of_period,),
    "erf": (reuse.erf_of,),
    "ref": (relatives.ref, ratios.ref_of),
    "ere": (relatives.ere, ratios.ere_of),
    "cue": (relatives.cue, ratios.cue_of),
    "cue_market": (relatives.cue, market.market_based, ratios.cue_of),
    "emissions_upstream_kgco2e": (scope3.transmission_kgco2e, upstream.emissions_upstream_kgco2e),
    "fuel_energy_lhv_kwh": (recorded.fuel_energy_of,),
    "fuel_energy_hhv_kwh": (recorded.fuel_energy_of,),
    "genset_energy_kwh": (energy.energy_kwh,),
    "emissions_embodied_kgco2e": (scope3.embodied_kgco2e, embodied.emissions_embodied_kgco2e),
    "pue_category_0": (relatives.pue_category_0, peaks.pue_category_0_of_period),
    "pue_mixed": (relatives.mixed_pue, ratios.pue_mixed_of),
    "wue_with_source": (relatives.wue_with_source, ratios.wue_source_of),
    "cer": (relatives.cer, ratios.cer_of),
    "iteusv": (relatives.iteusv, utilisation.iteusv_of_period),
}


OF_CLAIMS = frozenset({"emissions_market_kgco2e", "ref", "matched_share_annual", "matched_share_hourly", "cfe"}) | {
    "matched_share_renewable",
    "cue_market",
}
OF_RECORDS: Mapping[str, tuple[str, ...]] = {  # figure -> what the kinds of its records begin with
    "emissions_scope_1_kgco2e": ("fuel", REFRIGERANT),
    BIOGENIC: ("fuel",),
    "emissions_embodied_kgco2e": ("hardware",),
    "fuel_energy_lhv_kwh": ("fuel",),
    "fuel_energy_hhv_kwh": ("fuel",),
    "pue_mixed": ("other_energy",),
}
METRICS_OF: Mapping[str, tuple[str, ...]] = {
    "wue": ("energy", *METRICS),
    "water_l": METRICS,
    "wue_with_source": ("energy", *METRICS),
    "iteusv": (utilisation.METRIC,),
}
