"""The company's boundary: worked sums by each approach, and the law that each kWh counts once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.consolidation import consolidated, excluded, parts
from analytics.kpi import Kpi
from config.organisation import Organisation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.consolidation import Part

START = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400
ENTITIES = [{"id": "de", "name": "GmbH", "share": 1.0}, {"id": "jv", "name": "Joint venture", "share": 0.5}]


def held(site: str, entity: str = "de", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    control = {"operational_control": True, "financial_control": False, "share": 1.0, "electricity_scope": 2}
    return {"site": site, "entity": entity, **control, **more}


def organisation(*holdings: dict[str, Any], approach: str = "operational_control", **more: Any) -> Organisation:  # noqa: ANN401
    tables = {"approach": approach, "entities": ENTITIES, "holdings": list(holdings), **more}
    return Organisation.model_validate(tables)


def figure(site: str, value: float | None, reason: str | None = None) -> Kpi:
    return Kpi(
        name="bought",
        unit="kWh",
        site=site,
        start=START,
        end=START + DAY,
        value_reported=value,
        value_measured=value,
        low=value,
        high=value,
        measured=1.0,
        estimated=0.0,
        missing=0.0,
        method="one point",
        reason=reason,
    )


def total(figures: Sequence[tuple[Kpi, float]]) -> Kpi:
    return consolidated(figures, name="sum", unit="kWh", of="company", start=START, end=START + DAY, told=["rule"])


def test_by_control_a_site_counts_whole_and_by_equity_at_the_companys_share() -> None:
    # 60 % of the site by an entity that is wholly the company's, 40 % by one that is half: 0.6 + 0.4 x 0.5 = 0.8
    joint = [held("a", share=0.6), held("a", "jv", share=0.4)]
    found, reason = parts(organisation(*joint, approach="equity_share"), site="a", start=START, end=START + DAY)
    assert reason is None
    assert [one.weight for one in found] == [0.6, 0.2]
    assert sum(one.control for one in found) == pytest.approx(0.8)
    (whole,), _ = parts(organisation(held("a", share=0.6)), site="a", start=START, end=START + DAY)
    assert (whole.weight, whole.control) == (1.0, 1.0)
    hosted = organisation(held("a", operational_control=False, electricity_scope=3))
    (landlord,), _ = parts(hosted, site="a", start=START, end=START + DAY)
    assert (landlord.scope, landlord.weight, landlord.control) == (3, 1.0, 0.0)
    by_money = organisation(held("a", electricity_scope=3), approach="financial_control")
    (bought,), _ = parts(by_money, site="a", start=START, end=START + DAY)
    assert bought.control == 0.0


def test_a_site_that_changes_hands_is_cut_there_and_one_that_is_nobodys_is_told() -> None:
    noon = START + DAY // 2
    moved = organisation(held("a", valid_to=noon), held("a", "jv", valid_from=noon))
    (kept,), _ = parts(moved, site="a", start=START, end=START + DAY)
    assert (kept.start, kept.end, kept.weight) == (START, START + DAY, 1.0)  # the company's before and after
    sold = organisation(held("a", valid_to=noon), held("a", "jv", valid_from=noon), approach="equity_share")
    first, second = parts(sold, site="a", start=START, end=START + DAY)[0]
    assert (first.start, first.end, first.weight) == (START, noon, 1.0)
    assert (second.start, second.end, second.weight) == (noon, START + DAY, 0.5)
    only = parts(sold, site="a", start=START, end=START + DAY, entity="jv")
    assert only == ([second], None)
    found, reason = parts(organisation(held("a", valid_to=noon)), site="a", start=START, end=START + DAY)
    assert found == []
    assert reason is not None
    assert reason.startswith("a belongs to no entity for all of the period")
    assert parts(organisation(), site="a", start=START, end=START + DAY)[1]


def test_what_is_left_out_is_named_with_its_reason_while_it_is_left_out() -> None:
    sold = {"site": "a", "reason": "sold", "valid_from": START + DAY}
    found = organisation(held("a", valid_to=START + DAY), exclusions=[sold])
    assert excluded(found, start=START, end=START + DAY) == []
    assert excluded(found, start=START, end=START + DAY + 1) == ["a left out (sold)"]
    ended = organisation(exclusions=[{"site": "a", "reason": "test", "valid_to": START}])
    assert excluded(ended, start=START, end=START + DAY) == []
    assert parts(ended, site="a", start=START - DAY, end=START) == ([], None)


def test_sites_are_weighed_and_one_without_a_figure_leaves_the_sum_without_one() -> None:
    both = total([(figure("a", 100.0), 1.0), (figure("b", 50.0), 0.6), (figure("c", None, "no meter"), 0.0)])
    assert both.value == pytest.approx(130.0)
    assert "b x 0.6: one point" in both.method
    assert both.method.endswith("; rule")
    lacking = total([(figure("a", 100.0), 1.0), (figure("b", None, "no meter"), 0.6)])
    assert lacking.value is None
    assert "no meter" in (lacking.reason or "")
    none = total([])
    assert (none.value, none.method) == (0.0, "no site has anything in it; rule")


@given(
    cuts=st.lists(st.integers(1, 95), max_size=3, unique=True).map(sorted),
    owners=st.lists(st.sampled_from(["de", "jv"]), min_size=4, max_size=4),
    scopes=st.lists(st.sampled_from([2, 3]), min_size=4, max_size=4),
)
def test_the_entities_together_count_each_second_of_each_site_once(
    cuts: list[int], owners: list[str], scopes: list[int]
) -> None:
    edges = [None, *(START + cut * 900 for cut in cuts), None]
    spans = zip(edges, edges[1:], owners, scopes, strict=False)
    holdings = [
        held("a", owner, electricity_scope=scope, valid_from=first, valid_to=last)
        for first, last, owner, scope in spans
    ]
    company = organisation(*holdings)
    everything, _ = parts(company, site="a", start=START, end=START + DAY)
    split = [
        one
        for entity in ("de", "jv")
        for one in parts(company, site="a", start=START, end=START + DAY, entity=entity)[0]
    ]

    def quarters(found: Sequence[Part]) -> list[tuple[int, int, float]]:
        return sorted((at, one.scope, one.weight) for one in found for at in range(one.start, one.end, 900))

    assert quarters(split) == quarters(everything)
    assert sum((one.end - one.start) * one.weight for one in everything) == DAY
    assert all(one.end == other.start for one, other in pairwise(everything))
