"""Contracts, market-based emissions and matching: worked cases and refusals."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from analytics.carbon import emissions_location_hourly_kgco2e
from analytics.instruments import claims, vintage_kwh
from analytics.market import NO_RESIDUAL, emissions_market_kgco2e, market_based, rest_factor
from analytics.matching import carbon_free, hourly_match, matched_kwh
from config.electricity.contracts import Certificate
from config.errors import FactorMissing, InputError, UnitError
from tests.analytics.test_green_laws import DAY, END, LATER, QUALITY, START, bought, by_time, contract, factor, lot

NOTHING = np.array([], dtype=np.float64)


def claim_of(**more: object) -> list[str | None]:
    found = claims(
        [contract(certificates=[lot()], **more)], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time
    )
    return [one.reason for one in found]


def test_january_has_its_share_of_a_years_certificates() -> None:
    one = Certificate.model_validate(lot(mwh=1.0))
    assert vintage_kwh(one, share=0.5, start=START, end=START + 31 * DAY) == pytest.approx(1000 * 0.5 * 31 / 365)


@pytest.mark.parametrize("criterion", QUALITY)
def test_one_failed_criterion_leaves_no_credit(criterion: str) -> None:
    assert claim_of(quality={**QUALITY, criterion: False}) == [f"quality criteria not met: {criterion}"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, None),
        ({"zones": ("FR",)}, "delivered in FR, not in DE"),
        ({"zones": ("DEU",)}, None),
        ({"valid_from": END}, "made while the contract did not hold"),
        ({"valid_to": START}, "made while the contract did not hold"),
        ({"valid_from": START, "valid_to": END}, None),
    ],
)
def test_what_is_delivered_elsewhere_or_outside_the_contract_is_refused(
    more: dict[str, object], reason: str | None
) -> None:
    assert claim_of(**more) == [reason]


def test_what_is_made_outside_the_contract_is_not_spread_into_it() -> None:
    one = contract(certificates=[lot(mwh=1.0)], valid_to=START + 31 * DAY)
    january, march = (
        claims([one], site="a", zone="DE", start=START + first * DAY, end=START + last * DAY, as_of=LATER, used=by_time)
        for first, last in ((0, 365), (59, 90))
    )
    assert january[0].kwh == pytest.approx(1000 * 31 / 365)
    assert (march[0].kwh, march[0].reason) == (0.0, "made while the contract did not hold")


@pytest.mark.parametrize(
    ("retired", "reason"),
    [
        (None, "not retired"),
        (END + 400 * DAY, "retired more than a year after its vintage"),
        (END, None),
        (LATER + 1, "not retired yet"),
        (START - 1, "retired before it was made: correct retired_at or its vintage"),
    ],
)
def test_only_what_is_retired_counts(retired: int | None, reason: str | None) -> None:
    one = contract(certificates=[{**lot(), "retired_at": retired}])
    (found,) = claims([one], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time)
    assert found.reason == reason
    assert (found.kwh > 0) == (reason is None)


def test_other_sites_and_other_times_have_no_claim() -> None:
    one = contract(certificates=[lot()])
    assert claims([one], site="b", zone="DE", start=START, end=END, as_of=LATER, used=by_time) == []
    assert claims([one], site="a", zone="DE", start=END, end=END + DAY, as_of=LATER, used=by_time) == []


def test_a_tariff_covers_what_certificates_leave_while_it_runs() -> None:
    tariff = contract(
        id="t", kind="green_tariff", tariff_share=0.5, valid_to=START + 73 * DAY, factor_gco2e_per_kwh=20.0
    )
    (found,) = claims([tariff], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time)
    assert found.share == pytest.approx(0.1)
    assert claims([tariff], site="a", zone="DE", start=END - DAY, end=END, as_of=LATER, used=by_time) == []
    late = contract(id="l", kind="green_tariff", valid_from=END - 73 * DAY)
    (fifth,) = claims([late], site="a", zone="DE", start=START, end=END, as_of=LATER, used=lambda *_: 0.03)
    assert fifth.share == 0.03, "of what was used while it ran, not of its time"
    assert claims([late], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time)[
        0
    ].share == pytest.approx(0.2)


def test_certificates_come_before_tariffs_and_the_rest_has_the_residual_mix() -> None:
    tariff = contract(id="t", kind="green_tariff", factor_gco2e_per_kwh=20.0, tariff_share=0.3, carbon_free=False)
    lots = contract(certificates=[lot(mwh=60.0)])
    found = market_based(
        seen_kwh=100_000.0,
        unseen_kwh=0.0,
        claims=claims([tariff, lots], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time),
        rest_gco2e_per_kwh=600.0,
    )
    assert found.kgco2e == pytest.approx(30_000 * 0.02 + 10_000 * 0.6)
    assert found.matched_kwh == pytest.approx(90_000.0)
    assert found.renewable_kwh == pytest.approx(90_000.0)
    assert found.annual_share == pytest.approx(0.6)
    assert market_based(seen_kwh=0.0, unseen_kwh=0.0, claims=[], rest_gco2e_per_kwh=1.0).annual_share is None


def test_surplus_certificates_do_not_make_less_than_nothing() -> None:
    found = market_based(
        seen_kwh=1000.0,
        unseen_kwh=0.0,
        claims=claims(
            [contract(certificates=[lot()])], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time
        ),
        rest_gco2e_per_kwh=600.0,
    )
    assert (found.kgco2e, found.unmatched_kwh) == (0.0, 0.0)


def test_without_residual_mix_the_location_factor_stands_and_is_disclosed() -> None:
    location, residual = factor(400.0), factor(600.0, basis="residual")
    alone = emissions_market_kgco2e(energy=bought(1000.0), claims=[], residual=None, location=location, note="of 2025")
    assert alone.value_reported == pytest.approx(400.0)
    assert alone.factors[0].note == f"of 2025; {NO_RESIDUAL}"
    assert "no contract covers any of it" in alone.method
    best = emissions_market_kgco2e(energy=bought(1000.0), claims=[], residual=residual, location=location)
    assert best.value_reported == pytest.approx(600.0)
    assert best.factors[0].note == ""
    with pytest.raises(FactorMissing, match="neither"):
        rest_factor(residual=None, location=None)
    with pytest.raises(UnitError):
        rest_factor(residual=None, location=factor(basis="marginal"))


def test_the_figure_lists_what_it_used_and_what_it_refused() -> None:
    lots = [lot("GO-1", 0.5), {**lot("GO-2"), "retired_at": None}]
    found = claims([contract(certificates=lots)], site="a", zone="DE", start=START, end=END, as_of=LATER, used=by_time)
    kpi = emissions_market_kgco2e(energy=bought(900.0, fill=100.0), claims=found, residual=None, location=factor(400.0))
    assert "500 kWh of c GO-1" in kpi.method
    assert "c GO-2 not counted (not retired)" in kpi.method
    assert kpi.value_reported == pytest.approx(500 * 0.4)
    assert kpi.value_measured == pytest.approx(400 * 0.4)
    assert kpi.low is not None
    assert kpi.high is not None
    assert kpi.low <= 500 * 0.4 <= kpi.high


def test_energy_without_figure_gives_none() -> None:
    from dataclasses import replace

    energy = replace(bought(1.0), value_reported=None, value_measured=None, low=None, high=None, reason="dark")
    found = emissions_market_kgco2e(energy=energy, claims=[], residual=None, location=factor())
    assert (found.value_reported, found.low, found.reason) == (None, None, "dark")


def test_a_marginal_intensity_never_fills_scope_2() -> None:
    with pytest.raises(FactorMissing, match="is marginal, direct"):
        emissions_location_hourly_kgco2e(
            pa.table({}),
            [],
            pick=lambda tree: tree.purchased,
            intensity=pa.table({}),
            zone="DE",
            site="a",
            basis="marginal, direct",
        )


def test_hours_without_load_contribute_nothing() -> None:
    nothing = np.zeros(2)
    assert hourly_match(load_kwh=nothing, contracted_kwh=np.ones(2)).hourly_share is None
    found = carbon_free(load_kwh=nothing, contracted_kwh=nothing, grid_cfe=np.ones(2))
    assert (found.share, found.contracted_share, found.grid_share, found.fallback_share) == (None, None, None, None)
    assert carbon_free(load_kwh=NOTHING, contracted_kwh=NOTHING, grid_cfe=NOTHING).share is None


def test_missing_grid_hours_take_the_yearly_share_and_are_counted() -> None:
    load, contracted = np.array([3.0, 1.0]), np.array([0.0, 0.0])
    grid = np.array([np.nan, 1.0])
    known = carbon_free(load_kwh=load, contracted_kwh=contracted, grid_cfe=grid, yearly_grid_cfe=0.5)
    assert (known.share, known.fallback_share) == (pytest.approx(0.625), 0.75)
    unknown = carbon_free(load_kwh=load, contracted_kwh=contracted, grid_cfe=grid)
    assert unknown.share == pytest.approx(0.25)


def test_percent_for_a_share_is_refused() -> None:
    with pytest.raises(InputError, match=r"64 % is 0\.64"):
        carbon_free(load_kwh=np.ones(1), contracted_kwh=np.ones(1), grid_cfe=np.array([64.0]))


@pytest.mark.parametrize("contracted", [np.array([-1.0]), np.array([np.nan]), np.array([1.0, 2.0])])
def test_impossible_hours_are_refused(contracted: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    with pytest.raises(InputError):
        matched_kwh(load_kwh=np.ones(1), contracted_kwh=contracted)


def test_an_hour_that_was_not_seen_is_never_green() -> None:
    load, dark = np.array([2.0, 2.0]), np.array([True, False])
    found = hourly_match(load_kwh=load, contracted_kwh=load, missing=dark)
    assert (found.hourly_share, found.annual_share, found.missing_hours, found.missing_load_kwh) == (0.5, 0.5, 1, 2.0)
