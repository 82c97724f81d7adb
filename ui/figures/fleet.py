"""Figures of the whole fleet: amounts as sums of the sites', PUE as sum over sum and as EDC-weighted mean, labelled.

A company's month is the sum of its sites' own months (design 4.10). A site without a figure leaves the fleet without
one, and its reason says which.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.fleet import Part, edc_weighted_mean, fleet_ratio
from analytics.kpi import summed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analytics.fleet import Ratio
    from analytics.kpi import Kpi

FLEET = "fleet"
AMOUNTS = frozenset({"kWh", "kgCO2e", "kgCO2"})
RATIOS = (("pue", fleet_ratio), ("pue_edc_weighted", edc_weighted_mean))


def fleet_figures(figures: Sequence[Kpi]) -> list[Kpi]:
    """Return the fleet's figures from those of its sites, several figures of each, in the order of their names."""
    by_name: dict[str, list[Kpi]] = {}
    for figure in figures:
        by_name.setdefault(figure.name, []).append(figure)
    found = [summed(of_name, site=FLEET) for of_name in by_name.values() if of_name[0].unit in AMOUNTS]
    if "pue" in by_name and "facility_energy_kwh" in by_name:
        found += [_ratio(name, ratio, by_name) for name, ratio in RATIOS]
    return found


def _ratio(name: str, ratio: Callable[..., Ratio], by_name: dict[str, list[Kpi]]) -> Kpi:
    """Return one ratio of the fleet: each site's IT energy follows from its PUE, which is of cells that both cover."""
    energy = {figure.site: figure.value for figure in by_name["facility_energy_kwh"]}
    parts = [_part(figure.value, energy.get(figure.site)) for figure in by_name["pue"]]
    found = ratio(parts=parts)
    without = [figure.site for figure, part in zip(by_name["pue"], parts, strict=True) if part.above is None]
    return replace(
        summed(by_name["facility_energy_kwh"], site=FLEET),
        name=name,
        unit="1",
        value_reported=found.value,
        value_measured=found.value,
        low=None,
        high=None,
        category=min((figure.category for figure in by_name["pue"] if figure.category is not None), default=None),
        method=f"{found.label} of {len(parts)} sites, lowest category of them",
        reason=f"no PUE of {', '.join(without)}" if without else found.reason,
    )


def _part(pue: float | None, edc_kwh: float | None) -> Part:
    if not pue or edc_kwh is None:
        return Part(above=None, below=None)
    return Part(above=edc_kwh, below=edc_kwh / pue, edc_kwh=edc_kwh)
