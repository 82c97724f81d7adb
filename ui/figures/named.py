"""Figures of a site by name, in the order in which they are printed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.biogenic import BIOGENIC
from analytics.efficiency import dcie_of
from analytics.ratios import cue_of, ere_of
from ui.figures.bills import energy_cost
from ui.figures.emissions import emissions_market, emissions_upstream
from ui.figures.from_records import emissions_biogenic, emissions_embodied, pue_mixed, scope_1
from ui.figures.fuel_energy import fuel_energy_hhv, fuel_energy_lhv
from ui.figures.relatives import (
    category_0,
    cer,
    cfe,
    cue_market,
    iteusv,
    losses,
    matched_annual,
    matched_hourly,
    matched_renewable,
    pue_12_months,
    ref,
    water_taken,
    wue_with_source,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analytics.kpi import Kpi
    from ui.figures.site import Question

FIGURES: Mapping[str, Callable[[Question], Kpi]] = {
    "pue": lambda question: question.pue,
    "dcie": lambda question: dcie_of(question.pue),
    "facility_energy_kwh": lambda question: question.facility,
    "it_energy_kwh": lambda question: question.it,
    "cooling_energy_kwh": lambda question: question.cooling,
    "losses_energy_kwh": losses,
    "emissions_location_kgco2e": lambda question: question.emissions,
    "emissions_market_kgco2e": emissions_market,
    "emissions_scope_1_kgco2e": scope_1,
    BIOGENIC: emissions_biogenic,
    "fuel_energy_lhv_kwh": fuel_energy_lhv,
    "fuel_energy_hhv_kwh": fuel_energy_hhv,
    "genset_energy_kwh": lambda question: question.generated,
    "emissions_upstream_kgco2e": emissions_upstream,
    "emissions_embodied_kgco2e": emissions_embodied,
    "wue": lambda question: question.wue,
    "water_l": water_taken,
    "erf": lambda question: question.erf,
    "ref": ref,
    "ere": lambda question: ere_of(pue=question.pue, erf=question.erf),
    "cue": lambda question: cue_of(
        pue=question.pue, emissions=question.emissions, facility=question.facility, it=question.it
    ),
    "cue_market": cue_market,
    "matched_share_annual": matched_annual,
    "matched_share_renewable": matched_renewable,
    "matched_share_hourly": matched_hourly,
    "cfe": cfe,
    "energy_cost": energy_cost,
    "bought_energy_kwh": lambda question: replace(question.bought, name="bought_energy_kwh"),
    "pue_12_months": pue_12_months,
    "pue_category_0": category_0,
    "pue_mixed": pue_mixed,
    "wue_with_source": wue_with_source,
    "cer": cer,
    "iteusv": iteusv,
}
BY_NAME_ALONE = frozenset(  # the first reads a year, even for an hour; the others are of few sites
    {
        "pue_12_months",
        BIOGENIC,
        "cue_market",
        "bought_energy_kwh",
        "fuel_energy_lhv_kwh",
        "fuel_energy_hhv_kwh",
        "genset_energy_kwh",
        "pue_category_0",
        "pue_mixed",
        "wue_with_source",
        "water_l",
        "cer",
        "iteusv",
        "matched_share_renewable",
    }
)
