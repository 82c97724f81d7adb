"""Energy by use and balances: the parts sum to the whole, nothing twice."""

from __future__ import annotations

from analytics.uses import Residual, energy_by_use, residuals
from tests.analytics.build import approx, era, ledger, state, steady

SITE = (
    state("utility", "utility"),
    state("ups", "ups", "utility"),
    state("fan", "cooling", "ups"),
    state("tower", "cooling", "utility"),
    state("light", "lighting", "utility"),
    state("office", "other", "utility"),
)
LOAD = {"s/utility": 10.0, "s/ups": 6.0, "s/fan": 0.5, "s/tower": 2.0, "s/light": 0.3, "s/office": 0.7}


def test_uses_and_losses_sum_to_the_facility() -> None:
    """IT is the UPS less its fan; 1.0 kW is left for losses."""
    uses = energy_by_use(steady(LOAD), era(*SITE), category=1)
    assert (uses.facility, uses.it, uses.cooling) == (10.0, 5.5, 2.5)
    assert (uses.lighting, uses.other, uses.losses) == (approx(0.3), approx(0.7), approx(1.0))
    assert uses.used_share == 1.0


def test_cells_in_which_a_use_is_dark_are_left_out() -> None:
    """Else the losses would hold what the silent meter hides."""
    uses = energy_by_use(steady(LOAD, without=[("s/tower", 1)]), era(*SITE), category=1)
    assert (uses.facility, uses.losses, uses.used_share) == (7.5, approx(0.75), 0.75)


def test_a_hall_without_meters_for_uses_has_losses_alone() -> None:
    uses = energy_by_use(steady(LOAD), era(*SITE[:2]), category=1)
    assert (uses.it, uses.cooling, uses.losses) == (6.0, 0.0, 4.0)
    known = {name: (uses.energy_of(name), uses.share_of(name)) for name in ("cooling", "pv", "losses", "grid")}
    assert known == {"cooling": (None, 0.0), "pv": (None, 0.0), "losses": (4.0, 1.0), "grid": (10.0, 1.0)}


def test_a_meter_that_reads_nothing_is_a_measured_zero() -> None:
    uses = energy_by_use(steady({**LOAD, "s/light": 0.0}), era(*SITE), category=1)
    assert (uses.energy_of("lighting"), uses.share_of("lighting")) == (0.0, 1.0)


def test_residuals_are_taken_over_common_cells() -> None:
    """Utility: 10 - 6 - 2 - 0.3 - 0.7 = 1 kW; UPS: 6 - 0.5 = 5.5 kW, both over the three common quarters."""
    found = {r.parents: r for r in residuals(steady(LOAD, without=[("s/tower", 1)]), era(*SITE))}
    utility, ups = found["s/utility",], found["s/ups",]
    assert (utility.residual_kwh, utility.share, utility.used_share) == (approx(0.75), approx(0.1), 0.75)
    assert (ups.parents_kwh, ups.children_kwh, ups.used_share) == (6.0, 0.5, 1.0)
    assert utility.children == ("s/ups", "s/tower", "s/light", "s/office")


def test_a_balance_without_energy_has_no_share() -> None:
    (found, _) = residuals(ledger([]), era(*SITE))
    assert (found.share, found.residual_kwh, found.used_share) == (None, 0.0, 0.0)
    assert isinstance(found, Residual)


def test_what_comes_in_sums_to_what_is_used() -> None:
    """Sources are the facility's own meters over the same cells as the uses, so both sides of a flow are equal."""
    site = (*SITE, state("roof", "pv"), state("diesel", "genset"))
    load = {**LOAD, "s/roof": 1.5, "s/diesel": 0.25}
    uses = energy_by_use(steady(load, without=[("s/tower", 1)]), era(*site), category=1)
    assert (uses.grid, uses.pv, uses.genset) == (7.5, approx(1.125), approx(0.1875))
    parts = uses.it + uses.cooling + uses.lighting + uses.other + uses.losses
    assert uses.grid + uses.pv + uses.genset == approx(uses.facility) == approx(parts)
