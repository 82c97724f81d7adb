"""Scopes 1 and 3: what is refused, what stands beside a scope, and whole tables against their publishers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analytics.scope1 import blend_gwp100, gwp100
from analytics.scope3 import embodied_kgco2e, transmission_kgco2e
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


def test_unverified_blends_are_refused() -> None:
    with pytest.raises(FactorMissing, match="no verified GWP100"):
        gwp100(refrigerant="R-513A", gwp_set="AR6", table=refrigerants())


def test_blends_must_be_whole_and_known() -> None:
    with pytest.raises(InputError, match="not 1"):
        blend_gwp100(mass_fractions={"R-32": 0.4}, gwp={"R-32": 1.0})
    with pytest.raises(FactorMissing, match="R-32 has no GWP100"):
        blend_gwp100(mass_fractions={"R-32": 1.0}, gwp={})


def test_losses_and_lifetimes_must_be_possible() -> None:
    with pytest.raises(InputError, match="share of losses"):
        transmission_kgco2e(energy_kwh=1.0, factor_gco2e_per_kwh=1.0, loss_share=1.0)
    with pytest.raises(InputError, match="lifetime"):
        embodied_kgco2e(total_kgco2e=1.0, lifetime_h=0.0, reserved_h=1.0)
