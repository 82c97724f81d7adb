"""Scopes 1 and 3: what is refused, what stands beside a scope, and whole tables against their publishers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analytics.scope1 import blend_gwp100, fuel_by_energy, fuel_by_litre, gwp100, refrigerant_leak
from analytics.scope3 import embodied_kgco2e, hosted_electricity, sci, transmission_kgco2e
from config.errors import FactorMissing, InputError
from config.factors.fuels import refrigerants

if TYPE_CHECKING:
    from config.factors.fuels import Refrigerant

SPECIES = {f"HFC{name.removeprefix('R-')}": name for name in ("R-32", "R-125", "R-134a", "R-143a")}


def blends() -> list[Refrigerant]:
    return [row for row in refrigerants() if row.kind == "blend"]


@pytest.mark.parametrize("row", blends(), ids=lambda row: row.id)
@pytest.mark.parametrize("gwp_set", ["AR4", "AR5", "AR6"])
def test_shipped_blends_are_the_sum_of_their_components(row: Refrigerant, gwp_set: Any) -> None:  # noqa: ANN401
    parts = {}
    for text in row.composition_mass.split("; "):
        percent, species = text.split("% ")
        parts[SPECIES[species]] = float(percent) / 100
    known = {name: gwp100(refrigerant=name, gwp_set=gwp_set, table=refrigerants()) for name in parts}
    whole = gwp100(refrigerant=row.id, gwp_set=gwp_set, table=refrigerants())
    assert whole == pytest.approx(blend_gwp100(mass_fractions=parts, gwp=known), abs=0.01)


def test_leak_names_its_gwp_set_and_keeps_hcfc_beside_scope_1() -> None:
    latest = refrigerant_leak(refrigerant="R-410A", leak_kg=10.0, gwp_set="AR6", table=refrigerants())
    assert (latest.kgco2e, latest.gwp_set, latest.in_scope_1) == (22_555.0, "AR6", True)
    assert not refrigerant_leak(refrigerant="R-22", leak_kg=1.0, gwp_set="AR5", table=refrigerants()).in_scope_1


def test_unverified_blends_and_negative_balances_are_refused() -> None:
    with pytest.raises(FactorMissing, match="no verified GWP100"):
        refrigerant_leak(refrigerant="R-513A", leak_kg=1.0, gwp_set="AR6", table=refrigerants())
    with pytest.raises(InputError, match="more came back"):
        refrigerant_leak(refrigerant="R-32", leak_kg=-1.0, gwp_set="AR6", table=refrigerants())


def test_blends_must_be_whole_and_known() -> None:
    with pytest.raises(InputError, match="not 1"):
        blend_gwp100(mass_fractions={"R-32": 0.4}, gwp={"R-32": 1.0})
    with pytest.raises(FactorMissing, match="R-32 has no GWP100"):
        blend_gwp100(mass_fractions={"R-32": 1.0}, gwp={})


def test_biogenic_co2_stands_beside_scope_1() -> None:
    found = fuel_by_litre(litres=100.0, co2_kg_per_l=2.5, biogenic_share=0.4, ch4_n2o_kgco2e_per_l=0.1)
    assert found.scope_1_kgco2e == pytest.approx(160.0)
    assert found.biogenic_kgco2 == pytest.approx(100.0)
    with pytest.raises(InputError, match="between 0 and 1"):
        fuel_by_litre(litres=1.0, co2_kg_per_l=1.0, biogenic_share=7.0)


def test_a_gas_without_gwp_is_refused() -> None:
    with pytest.raises(FactorMissing, match="N2O"):
        fuel_by_energy(fuel_energy_kwh=1.0, co2_kg_per_tj=1.0, n2o_kg_per_tj=1.0)


def test_losses_lifetimes_and_units_of_work_must_be_possible() -> None:
    with pytest.raises(InputError, match="share of losses"):
        transmission_kgco2e(energy_kwh=1.0, factor_gco2e_per_kwh=1.0, loss_share=1.0)
    with pytest.raises(InputError, match="lifetime"):
        embodied_kgco2e(total_kgco2e=1.0, lifetime_h=0.0, reserved_h=1.0)
    assert sci(energy_kwh=1.0, intensity_gco2e_per_kwh=1.0, embodied_gco2e=1.0, units=0.0) is None


def test_host_pue_below_one_is_refused_and_scopes_differ() -> None:
    with pytest.raises(InputError, match="correct it"):
        hosted_electricity(it_energy_kwh=1.0, factor_gco2e_per_kwh=1.0, controlled=True, pue=0.9)
    plain = hosted_electricity(it_energy_kwh=1.0, factor_gco2e_per_kwh=1.0, controlled=True)
    assert (plain.scope, plain.energy_kwh, plain.includes_overhead) == (2, 1.0, False)
    tenant = hosted_electricity(it_energy_kwh=1.0, factor_gco2e_per_kwh=1.0, controlled=False)
    assert tenant.scope == 3
