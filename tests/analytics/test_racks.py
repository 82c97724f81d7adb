"""Racks: what of them draws, how much is seen, and the law that silence is never zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.boundary import Tree
from analytics.racks import rack_load, racks, warmest
from analytics.spans import means_by_span
from tests.analytics.build import state

PLACE = {"room": "Hall 1", "rack": "A01"}
HALL = Tree(
    (
        state("pdu", "pdu", max_w=5000.0),
        state("strip", "pdu", "pdu", max_w=2000.0, **PLACE),
        state("inside", "server", "strip", max_w=900.0, **PLACE),
        state("srv", "server", "pdu", feeds=["srv-a", "srv-b"], max_w=900.0, interval_s={}, **PLACE),
        state("srv-a", "feed", "pdu", **PLACE),
        state("srv-b", "feed", "pdu", **PLACE),
        state("gpu", "component", "srv", interval_s={"power": 10, "temperature": 10}, **PLACE),
        state("inlet", "other", interval_s={"temperature": 60}, **PLACE),
        state("lone", "server", "pdu", feeds=["gone"], interval_s={}, rack="B01"),
        state("free", "server", "pdu", rack="B02"),
    )
)


def test_a_rack_is_its_topmost_loads() -> None:
    bare, unrated, full = racks(HALL)
    assert (full.room, full.name, full.rating_w) == ("Hall 1", "A01", 2900.0)
    assert [unit.id for unit in full.units] == ["s/strip", "s/srv"]
    assert full.sensors == ("s/inlet",)
    assert len(full.points) == 7
    assert (bare.room, bare.name, bare.units, bare.rating_w) == ("", "B01", (), None)
    assert (unrated.name, unrated.rating_w) == ("B02", None)


def test_feeds_stand_in_for_a_silent_meter_only_together() -> None:
    *_, full = racks(HALL)
    found = rack_load(full, {"s/strip": 1000.0, "s/srv-a": 200.0, "s/srv-b": 250.0})
    assert (found.watts, found.share) == (1450.0, 0.5)
    one_cord = rack_load(full, {"s/strip": 1000.0, "s/srv-a": 200.0, "s/srv-b": None})
    assert (one_cord.watts, one_cord.seen_w, one_cord.seen, one_cord.loads) == (None, 1000.0, 1, 2)


def test_a_rack_without_loads_or_rating_has_no_share() -> None:
    bare, unrated, _ = racks(HALL)
    assert rack_load(bare, {}).watts is None
    assert (rack_load(unrated, {"s/free": 0.0}).watts, rack_load(unrated, {"s/free": 0.0}).share) == (0.0, None)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e4)), min_size=2, max_size=2))
def test_silence_is_never_a_smaller_total(watts: list[float | None]) -> None:
    *_, full = racks(HALL)
    found = rack_load(full, {"s/strip": watts[0], "s/srv": watts[1]})
    if None in watts:
        assert found.watts is None
    else:
        assert found.watts == pytest.approx(sum(one for one in watts if one is not None))


def test_an_inlet_is_not_cool_while_a_sensor_is_silent() -> None:
    assert warmest([]) is None
    assert warmest([None, 21.0]) is None, "the silent one may be the warm one"
    assert warmest([None, 27.5]) == 27.5, "warm it is in any case"
    assert warmest([21.0, 22.0]) == 22.0


def test_a_span_with_an_unknown_cell_has_no_mean() -> None:
    starts = np.array([-900, 0, 900, 1800, 2700, 9000])
    values = np.array([9.0, 1.0, 3.0, np.nan, 4.0, 9.0])
    assert means_by_span(values, starts=starts, edges=[0, 1800, 3600, 5400]).tolist() == pytest.approx(
        [2.0, np.nan, np.nan], nan_ok=True
    )
