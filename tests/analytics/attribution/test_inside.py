"""Blades of a chassis that has a meter too: each is a unit, and what is left of the chassis is one of its own."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.attribution.inside import inside_of, is_behind, less_inside, metered_units, open_kwh, unit_limits
from analytics.boundary import Tree, Unit
from config.points import PointState, Role
from tests.analytics.attribution.build import sheet


def state(name: str, role: Role = "server", *parents: str, metered: bool = True) -> PointState:
    interval = {"power": 60.0} if metered else {}
    return PointState(id=name, site="s", name=name, role=role, parents=parents, interval_s=interval)


TREE = Tree(
    (
        state("u", "utility"),
        state("c", "server", "u"),
        state("b1", "server", "c"),
        state("b2", "server", "c", metered=False),
        state("m", "server", "b1"),
        state("g", "component", "b1"),
        state("x", "server", "u"),
        state("x-gpu", "server", "u"),
        state("d", "server", "u", metered=False),
    )
)
NODES = ("b1", "b2", "m", "x", "gone", "u")


def test_nodes_inside_of_others_are_units_too() -> None:
    units = metered_units(TREE, NODES)
    assert [unit.id for unit in units] == ["c", "x", "x-gpu", "b1", "m"]
    assert inside_of(TREE, units) == {"c": ("b1",), "b1": ("m",)}
    assert is_behind(TREE, "g", "b1")
    assert not is_behind(TREE, "x-gpu", "x")
    assert not is_behind(TREE, "none", "x")


UNITS = (Unit("c", max_w=400.0, accuracy_pct=1.0), Unit("b1", accuracy_pct=2.0), Unit("b2"), Unit("x"))
INSIDE = {"c": ("b1", "b2")}


def test_what_is_left_of_a_chassis() -> None:
    of = sheet([[10.0, 10.0, 0.05, 5.0], [4.0, 4.0, 0.01, 4.0], [4.0, 0.0, 0.0, 4.0], [7.0] * 4])
    of.covered[2, 1] = of.covered[0, 2] = of.covered[2, 2] = 0.0
    of = type(of)(**{name: getattr(of, name) for name in of.__slots__} | {"index": {"c": 0, "b1": 1, "b2": 2, "x": 3}})
    found = less_inside(of, UNITS, INSIDE)
    assert found.energy.tolist() == [[2.0, 0.0, 0.0, 0.0], *of.energy[1:].tolist()]
    assert found.covered[0].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert found.low[0, 0] == pytest.approx(max(9.0 * 0.99 - 4.4 * 1.02 - 4.4, 0.0))
    assert found.high[0, 0] == pytest.approx(11.0 * 1.01 - 3.6 * 0.98 - 3.6)
    most = open_kwh(of, UNITS, INSIDE)
    assert most[0].tolist() == pytest.approx([0.0, 7.0, 0.09, 0.0])
    assert unit_limits(UNITS, INSIDE).tolist() == [0.0, 0.02, 0.0, 0.0]
    assert less_inside(of, UNITS, {}).energy.tolist() == of.energy.tolist()
    assert np.isnan(open_kwh(of, (Unit("c"), *UNITS[1:]), INSIDE)[0][2])
