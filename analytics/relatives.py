"""The relatives of PUE (ISO/IEC 30134 and EN 50600-4 series): pure formulas of energies of one boundary and period.

Where a denominator is zero there is no figure: None, never 0. A value that cannot be (PUE below 1, ERF above 1) is
returned as it is, for it shows an error of data. Clauses that could not be read stand in `UNVERIFIED`; figures made
with them carry that label (notes/standards.md sections 1 and 10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from config.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNVERIFIED: Final = "unverified basis"
KWH_PER_MWH: Final = 1000

# Green Grid (2011) weights by energy bought from outside; only that of condenser water was confirmed (standards 1.2)
GREEN_GRID_WEIGHTS: Final[Mapping[str, float]] = {
    "electricity": 1.0,
    "natural_gas": 0.35,
    "fuel_oil": 0.35,
    "chilled_water": 0.4,
    "hot_water": 0.4,
    "steam": 0.4,
    "condenser_water": 0.03,
}
VERIFIED_WEIGHTS: Final = frozenset({"condenser_water"})
PLAIN_WEIGHTS: Final[Mapping[str, float]] = dict.fromkeys(GREEN_GRID_WEIGHTS, 1.0)  # Regulation (EU) 2024/1364


def pue_category_0(*, facility_peak_kw: float, it_peak_kw: float, all_electric: bool = True) -> float | None:
    """Return the ratio of yearly peak powers [kW]: total at the utility meter over IT at the UPS output.

    The Green Grid 2010, category 0: all-electric sites alone, and never mixed with ratios of energy.

    >>> pue_category_0(facility_peak_kw=1500.0, it_peak_kw=1000.0)
    1.5
    >>> pue_category_0(facility_peak_kw=1500.0, it_peak_kw=1000.0, all_electric=False) is None
    True
    """
    return _ratio(facility_peak_kw, it_peak_kw) if all_electric else None


def ere(*, facility_energy_kwh: float, reused_energy_kwh: float, it_energy_kwh: float) -> float | None:
    """Return energy reuse effectiveness: facility energy less reused energy [kWh] over IT energy [kWh].

    ERE = (E_DC - E_reuse) / E_IT = (1 - ERF) * PUE; the Green Grid. It may be below 1.

    >>> ere(facility_energy_kwh=150.0, reused_energy_kwh=60.0, it_energy_kwh=100.0)
    0.9
    """
    return _ratio(facility_energy_kwh - reused_energy_kwh, it_energy_kwh)


def erf(*, reused_energy_kwh: float, facility_energy_kwh: float) -> float | None:
    """Return the energy reuse factor: heat handed over outside the boundary [kWh] over facility energy [kWh].

    ISO/IEC 30134-6, EN 50600-4-6; Regulation (EU) 2024/1364 Annex III(c): ERF = EREUSE / EDC.

    >>> erf(reused_energy_kwh=60.0, facility_energy_kwh=150.0)
    0.4
    """
    return _ratio(reused_energy_kwh, facility_energy_kwh)


def ref(*, renewable_energy_kwh: float, facility_energy_kwh: float) -> float | None:
    """Return the renewable energy factor: renewable energy with retired certificates [kWh] over facility energy [kWh].

    ISO/IEC 30134-3, EN 50600-4-3; Regulation (EU) 2024/1364 Annex III(d): REF = ERES-TOT / EDC.

    >>> ref(renewable_energy_kwh=75.0, facility_energy_kwh=150.0)
    0.5
    """
    return _ratio(renewable_energy_kwh, facility_energy_kwh)


def cue(*, emissions_kgco2e: float, it_energy_kwh: float) -> float | None:
    """Return carbon usage effectiveness [kgCO2e/kWh]: emissions of the facility [kgCO2e] over IT energy [kWh].

    ISO/IEC 30134-8. Say with it whether the emissions are location- or market-based, direct or life-cycle, and whether
    generator fuel and refrigerants are in. Unverified basis.

    >>> cue(emissions_kgco2e=54.0, it_energy_kwh=100.0)
    0.54
    """
    return _ratio(emissions_kgco2e, it_energy_kwh)


def wue(*, water_l: float, it_energy_kwh: float) -> float | None:
    """Return water usage effectiveness [L/kWh]: water taken in [L] over IT energy [kWh].

    ISO/IEC 30134-9, EN 50600-4-9: category 1 counts potable water, category 2 all water that enters the boundary.
    Regulation (EU) 2024/1364 Annex III(b) divides m3 by MWh: the same number.

    >>> wue(water_l=180.0, it_energy_kwh=100.0)
    1.8
    """
    return _ratio(water_l, it_energy_kwh)


def wue_with_source(*, wue_site: float, pue: float, grid_water_l_per_kwh: float) -> float:
    """Return site and source water [L per IT kWh]: WUE_site + PUE * W_grid.

    W_grid is the water [L] that a kWh of the electricity mix takes to make; method after Li et al. and WRI.

    >>> round(wue_with_source(wue_site=1.8, pue=1.5, grid_water_l_per_kwh=2.0), 6)
    4.8
    """
    return wue_site + pue * grid_water_l_per_kwh


def cer(*, heat_removed_kwh: float, cooling_energy_kwh: float, heat_driven: bool = False) -> float | None:
    """Return the cooling efficiency ratio: heat removed [kWh thermal] over the electricity that it took [kWh].

    ISO/IEC 30134-7, a yearly figure; not for cooling that heat drives (absorption). Unverified basis.

    >>> cer(heat_removed_kwh=400.0, cooling_energy_kwh=100.0)
    4.0
    >>> cer(heat_removed_kwh=400.0, cooling_energy_kwh=100.0, heat_driven=True) is None
    True
    """
    return None if heat_driven else _ratio(heat_removed_kwh, cooling_energy_kwh)


def iteusv(*, mean_utilisation: Sequence[float]) -> float | None:
    """Return IT equipment utilisation for servers [%] from the mean utilisation (0 to 1) of all servers at each sample.

    ISO/IEC 30134-5: the yearly mean of sum(CPU_i(t)) / N over samples at fixed intervals, N servers in operation.
    Unverified basis.

    >>> iteusv(mean_utilisation=[0.25, 0.5])
    37.5
    """
    return 100 * sum(mean_utilisation) / len(mean_utilisation) if mean_utilisation else None


def weighted_energy_kwh(*, energy_kwh: Mapping[str, float], weights: Mapping[str, float] = PLAIN_WEIGHTS) -> float:
    """Return a site's energy [kWh] from several carriers: sum of w_i * E_i.

    With `PLAIN_WEIGHTS` this is EDC of Regulation (EU) 2024/1364; `GREEN_GRID_WEIGHTS` but for condenser water are an
    unverified basis.

    >>> weighted_energy_kwh(energy_kwh={"electricity": 100.0, "chilled_water": 50.0})
    150.0
    >>> weighted_energy_kwh(energy_kwh={"electricity": 100.0, "chilled_water": 50.0}, weights=GREEN_GRID_WEIGHTS)
    120.0

    Raises:
        InputError: a carrier has no weight.
    """
    unknown = sorted(energy_kwh.keys() - weights.keys())
    if unknown:
        msg = f"{unknown[0]} has no weight: add one to the table of weights, for none is guessed"
        raise InputError(msg)
    return sum(weights[carrier] * kwh for carrier, kwh in energy_kwh.items())


def mixed_pue(
    *, energy_kwh: Mapping[str, float], it_energy_kwh: float, weights: Mapping[str, float] = PLAIN_WEIGHTS
) -> tuple[float | None, str]:
    """Return the PUE of a site with fuel, chilled water or heat besides electricity [kWh], and what its weights are.

    >>> mixed_pue(energy_kwh={"electricity": 120.0, "chilled_water": 30.0}, it_energy_kwh=100.0)
    (1.5, 'plain kWh')
    >>> mixed_pue(energy_kwh={"electricity": 132.0, "chilled_water": 20.0}, it_energy_kwh=100.0,
    ...           weights=GREEN_GRID_WEIGHTS)
    (1.4, 'weighted, unverified basis')
    """
    total = weighted_energy_kwh(energy_kwh=energy_kwh, weights=weights)
    shaky = {carrier for carrier in energy_kwh if weights[carrier] != 1} - VERIFIED_WEIGHTS
    label = f"weighted, {UNVERIFIED}" if shaky else "weighted"
    plain = all(weights[carrier] == 1 for carrier in energy_kwh)
    return _ratio(total, it_energy_kwh), "plain kWh" if plain else label


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None
