"""REF, ERE and CUE of figures, by hand; no value where one of the two has none; gaps are never renewable."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.instruments import Claim
from analytics.kpi import FactorUse, Kpi
from analytics.ratios import RenewableYear, cue_of, ere_of, ref_of, renewable_kwh
from tests.analytics.build import approx

GRID = FactorUse(id="g", value=500.0, unit="gCO2e/kWh", year=2026, zone="DE", basis="average, direct", source="Office")


def figure(name: str, value: float | None, *, low: float | None = None, high: float | None = None, **more: Any) -> Kpi:  # noqa: ANN401
    fields: dict[str, Any] = {
        "unit": "1",
        "site": "s",
        "start": 0,
        "end": 86_400,
        "value_measured": value,
        "measured": 1.0,
        "estimated": 0.0,
        "missing": 0.0,
        "method": name,
    }
    low, high = value if low is None else low, value if high is None else high
    return Kpi(name=name, value_reported=value, low=low, high=high, **fields | more)


def claim(kind: Any, kwh: float, **more: Any) -> Claim:  # noqa: ANN401
    fields: dict[str, Any] = {"certificate": "", "share": 0.0, "gco2e_per_kwh": 0.0, "carbon_free": True}
    return Claim(contract=kind, kind=kind, kwh=kwh, **fields | {"renewable": True} | more)


def year(kwh: float, *claims: Claim, on_site_kwh: float = 0.0) -> RenewableYear:
    return RenewableYear(facility_kwh=kwh, bought_kwh=kwh - on_site_kwh, on_site_kwh=on_site_kwh, claims=claims)


def test_what_a_site_makes_itself_counts_as_far_as_its_meters_saw_it() -> None:
    claims = [claim("on_site", 60.0), claim("on_site", 60.0), claim("certificates", 20.0)]
    assert renewable_kwh([year(120.0, *claims)]) == {"ERES-GOO": 20.0, "ERES-PPA": 0.0, "ERES-OS": 0.0}
    assert renewable_kwh([year(120.0, *claims, on_site_kwh=70.0)])["ERES-OS"] == 70.0


def test_a_tariff_makes_no_kwh_green_that_was_not_bought() -> None:
    tariff = claim("green_tariff", 0.0, share=1.0)
    own = RenewableYear(facility_kwh=340.0, bought_kwh=240.0, on_site_kwh=0.0, claims=[tariff])
    assert ref_of(facility=figure("f", 340.0), years=[own]).value == approx(240 / 340)


def test_a_tariff_covers_no_more_of_what_was_bought_than_certificates_leave() -> None:
    """600 of 840 kWh bought have certificates: tariffs are of the other 240, and of nothing that the own plant made."""
    tariffs = [claim("green_tariff", 0.0, share=share) for share in (0.8, 0.5)]
    own = RenewableYear(
        facility_kwh=1200.0, bought_kwh=840.0, on_site_kwh=360.0, claims=[claim("certificates", 600.0), *tariffs]
    )
    assert renewable_kwh([own]) == {"ERES-GOO": approx(840.0), "ERES-PPA": 0.0, "ERES-OS": 0.0}
    assert ref_of(facility=figure("f", 1200.0), years=[own]).value == approx(0.7)


def test_ref_carries_no_surplus_over_the_new_year() -> None:
    facility = figure("f", 240.0)
    assert ref_of(facility=facility, years=[year(120.0, claim("ppa", 240.0)), year(120.0)]).value == approx(0.5)


def test_renewable_energy_is_split_by_how_it_was_got_and_never_beyond_the_facility() -> None:
    claims = [claim("ppa", 40.0), claim("certificates", 80.0), claim("on_site", 5.0, reason="not retired")]
    found = renewable_kwh([year(100.0, *claims)])
    assert found == {"ERES-GOO": 60.0, "ERES-PPA": 40.0, "ERES-OS": 0.0}
    nuclear = claim("certificates", 50.0, renewable=False)
    assert sum(renewable_kwh([year(100.0, nuclear)]).values()) == 0.0


def test_ref_leaves_time_that_was_not_seen_below_the_line() -> None:
    facility = figure("facility_energy_kwh", 200.0, low=190.0, high=250.0, value_measured=150.0, missing=0.25)
    found = ref_of(facility=facility, years=[year(150.0, claim("certificates", 500.0))])
    assert found.value == approx(0.75)  # 150 of 200 kWh were seen
    assert (found.low, found.high) == approx((0.6, 150 / 190))
    assert found.value_measured == approx(1.0)
    refused = ref_of(facility=facility, years=[year(150.0, claim("ppa", 100.0, reason="not retired"))])
    assert refused.value == 0.0
    assert "ppa  not counted (not retired)" in refused.method
    none = ref_of(facility=replace(facility, value_reported=None, low=None, high=None, reason="dark"), years=[])
    assert (none.value, none.reason) == (None, "dark")


def test_ere_is_pue_less_what_was_reused() -> None:
    pue, erf = figure("pue", 1.5, low=1.4, high=1.6), figure("erf", 0.4, low=0.3, high=0.5, measured=0.9, missing=0.1)
    found = ere_of(pue=pue, erf=erf)
    assert found.value == approx(0.9)  # 0.6 * 1.5
    assert (found.low, found.high) == approx((0.7, 1.12))
    assert (found.measured, found.estimated, found.missing) == approx((0.9, 0.0, 0.1))
    absent = ere_of(pue=pue, erf=figure("erf", None, reason="no heat"))
    assert (absent.value, absent.low, absent.reason) == (None, None, "no heat")


def test_cue_is_emissions_over_it_energy_with_its_factor() -> None:
    emissions = figure("e", 54.0, low=50.0, high=60.0, factors=(GRID,))
    facility = figure("f", 150.0, low=140.0, high=160.0)
    dark = figure("it", None)
    found = cue_of(pue=figure("pue", 1.5), emissions=emissions, facility=facility, it=dark)
    assert found.value == approx(0.54)  # 54 kg over 100 kWh of IT
    assert (found.low, found.high) == approx((1.5 * 50 / 160, 1.5 * 60 / 140))
    assert found.factors == (GRID,)
    assert "unverified basis" in found.method
    nothing = cue_of(pue=figure("pue", 1.5), emissions=emissions, facility=figure("f", 0.0), it=figure("it", 0.0))
    assert (nothing.value, nothing.low, nothing.high) == (None, None, None)


def test_what_the_facility_may_be_off_counts_once_in_cue() -> None:
    """54 kg, 50 to 60, over 100 kWh, 95 to 105: 0.476 to 0.632, not 0.375 to 0.771 by PUE and facility as well."""
    told: dict[str, Any] = {
        "pue": figure("pue", 1.5, low=1.2, high=1.8),
        "emissions": figure("e", 54.0, low=50.0, high=60.0),
        "facility": figure("f", 150.0, low=140.0, high=160.0),
    }
    it = figure("it", 100.0, low=95.0, high=105.0)
    found = cue_of(**told, it=it)
    assert (found.low, found.value, found.high) == approx((50 / 105, 0.54, 60 / 95))
    for other in (replace(it, start=3600), figure("it", None), figure("it", 0.0)):
        wide = cue_of(**told, it=other)
        assert (wide.low, wide.high) == approx((1.2 * 50 / 160, 1.8 * 60 / 140))
    far = cue_of(**told, it=figure("it", 60.0, low=55.0, high=65.0))
    assert (far.low, far.value) == approx((0.54, 0.54)), "no bound lies beyond the value"
    unbounded = {**told, "pue": replace(told["pue"], low=None, high=None)}
    assert cue_of(**unbounded, it=it).high == approx(60 / 95)
    assert cue_of(**unbounded, it=figure("it", None)).high is None


@settings(max_examples=200, deadline=None)
@given(*[st.floats(0.1, 10)] * 3, st.tuples(*[st.floats(0, 0.9)] * 6))
def test_cue_holds_the_truth_of_its_figures_and_is_no_wider_for_it_energy(
    facility: float, it: float, kg_per_kwh: float, off: tuple[float, ...]
) -> None:
    def around(name: str, true: float, below: float, above: float) -> Kpi:
        return figure(name, true, low=true * (1 - below), high=true * (1 + above))

    whole = around("facility", facility, *off[:2])
    kg = around("emissions", facility * kg_per_kwh, *off[2:4])
    part = around("it", it, *off[4:])
    assert part.low is not None
    assert part.high is not None
    ratio = figure(
        "pue", facility / it, low=facility * (1 - off[0]) / part.high, high=facility * (1 + off[1]) / part.low
    )
    found, wide = (cue_of(pue=ratio, emissions=kg, facility=whole, it=one) for one in (part, figure("it", None)))
    assert None not in (found.low, found.high, wide.low, wide.high)
    bounds = [wide.low, found.low, facility * kg_per_kwh / it, found.high, wide.high]
    assert all(one <= other * (1 + 1e-12) for one, other in pairwise(bounds))  # type: ignore[operator]


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1000), st.floats(0.1, 1000), st.floats(0, 500))
def test_less_seen_never_makes_ref_greener(claimed: float, seen: float, lost: float) -> None:
    kept = max(0.0, seen - lost)
    held = claim("certificates", claimed)
    before = ref_of(facility=figure("f", seen), years=[year(seen, held)])
    after = ref_of(facility=figure("f", seen, value_measured=kept, high=seen), years=[year(kept, held)])
    assert before.high is not None
    assert after.value is not None
    assert after.value <= before.high + 1e-12
