"""The meter tree: what makes the facility, what makes IT, and what must balance."""

from __future__ import annotations

import pytest

from analytics.boundary import EQUIPMENT_ROLES, Balance, Era, Tree, Unit, eras, seen_share
from config.errors import InputError
from tests.analytics.build import approx, state

HALL = Tree(
    (
        state("utility", "utility"),
        state("ups-in", "ups_input", "utility"),
        state("ups", "ups", "ups-in"),
        state("pdu-a", "pdu", "ups"),
        state("pdu-b", "pdu", "ups"),
        state("cooling", "cooling", "utility"),
        state("cooling-ups", "ups", "cooling"),
        state("cooling-server", "server", "cooling-ups"),
        state("light", "lighting", "utility"),
        state("srv", "server", "pdu-a", "pdu-b", feeds=["srv-a", "srv-b"], max_w=900.0),
        state("srv-a", "feed", "pdu-a"),
        state("srv-b", "feed", "pdu-b"),
        state("blade", "server", "srv"),
        state("gpu", "component", "srv"),
        state("mig", "component", "gpu", share="copy"),
        state("switch", "network", "pdu-b"),
        state("pv", "pv", "utility"),
        state("genset", "genset"),
    )
)


def ids(*names: str) -> tuple[str, ...]:
    return tuple(f"s/{name}" for name in names)


def test_the_facility_is_what_enters_it() -> None:
    assert HALL.facility == ids("utility", "pv", "genset")
    assert HALL.purchased == ids("utility")


def test_it_is_counted_where_the_category_says_and_never_below_cooling() -> None:
    assert HALL.it(1) == ids("ups")
    assert HALL.it(2) == ids("pdu-a", "pdu-b")
    assert HALL.it(3) == ids("srv", "switch")
    assert [HALL.it_basis(category) for category in (1, 2, 3)] == ["UPS output", "PDU output", "IT equipment"]


def test_without_a_ups_category_1_is_at_the_pdus() -> None:
    tree = Tree((state("utility", "utility"), state("pdu", "pdu", "utility")))
    assert (tree.it(1), tree.it_basis(1)) == (ids("pdu"), "PDU output, for there is no UPS")
    assert tree.it(3) == ()


def test_another_category_does_not_exist() -> None:
    with pytest.raises(InputError, match="PUE category 0 does not exist: choose 1"):
        HALL.it(0)


def test_a_utility_meter_below_another_is_not_added() -> None:
    tree = Tree((state("site", "utility"), state("hall", "utility", "site"), state("other", "utility")))
    assert tree.facility == ids("site", "other")


def test_parents_that_are_gone_are_no_parents() -> None:
    tree = Tree((state("pdu", "pdu", "removed"),))
    assert tree.ancestors("s/pdu") == frozenset()
    assert tree.balances == ()


def test_cooling_and_lighting_behind_the_ups_are_no_it() -> None:
    tree = Tree(
        (
            state("utility", "utility"),
            state("ups", "ups", "utility"),
            state("fan", "cooling", "ups"),
            state("fan-1", "cooling", "fan"),
            state("tower", "cooling", "utility"),
            state("gate", "other", "ups"),
            state("office", "other", "utility"),
            state("main", "other"),
            state("ups-2", "ups", "main"),
        )
    )
    assert tree.within_it(1) == ids("fan")
    assert tree.within_it(2) == ()
    assert tree.uses(1) == {"cooling": ids("fan", "tower"), "lighting": (), "overhead": (), "other": ids("office")}


def test_equipment_is_itself_or_its_feeds() -> None:
    assert HALL.units(ids("srv")) == (Unit("s/srv", ids("srv-a", "srv-b"), 1, 900.0, None),)
    assert HALL.units(ids("switch"), sign=-1) == (Unit("s/switch", (), -1, None, None),)


def test_feeds_lend_their_ceilings_and_errors() -> None:
    """400 W and 500 W of two feeds bound their server at 900 W; the worse meter's error stands for both."""
    feeds = state("a", "feed", max_w=400.0, accuracy_pct=1.0), state("b", "feed", max_w=500.0, accuracy_pct=2.0)
    (unit,) = Tree((state("srv", "server", feeds=["a", "b", "gone"]), *feeds)).units(["s/srv"])
    assert (unit.max_w, unit.accuracy_pct, unit.feeds) == (900.0, 2.0, ids("a", "b"))
    (unit,) = Tree((state("srv", "server", feeds=["a", "b"], accuracy_pct=0.5), feeds[0], state("b", "feed"))).units(
        ["s/srv"]
    )
    assert (unit.max_w, unit.accuracy_pct) == (None, 0.5)


def test_balances_join_parents_that_share_a_child() -> None:
    """The switch has a PDU of its own; its two feeds hold the server to both. Cooling and IT hang on the utility."""
    assert set(HALL.balances) == {
        Balance(ids("utility"), ids("ups-in", "cooling", "light")),
        Balance(ids("ups-in"), ids("ups")),
        Balance(ids("ups"), ids("pdu-a", "pdu-b")),
        Balance(ids("pdu-a"), ids("srv-a")),
        Balance(ids("pdu-b"), ids("srv-b", "switch")),
        Balance(ids("cooling"), ids("cooling-ups")),
        Balance(ids("cooling-ups"), ids("cooling-server")),
        Balance(ids("srv"), ids("blade")),
    }


def test_a_server_on_two_pdus_without_feeds_balances_on_both() -> None:
    tree = Tree(
        (
            state("a", "pdu"),
            state("b", "pdu"),
            state("c", "pdu"),
            state("one", "server", "a"),
            state("two", "server", "b"),
            state("both", "server", "a", "b"),
            state("far", "server", "c"),
        )
    )
    assert set(tree.balances) == {
        Balance(ids("a", "b"), ids("one", "two", "both")),
        Balance(ids("c"), ids("far")),
    }


def test_a_point_without_a_meter_is_looked_through() -> None:
    rack = state("rack", "other", "pdu", interval_s={"temperature": 60})
    tree = Tree((state("pdu", "pdu"), rack, state("srv", "server", "rack")))
    assert tree.balances == (Balance(ids("pdu"), ids("srv")),)


def test_what_an_unmetered_parent_also_feeds_has_no_balance() -> None:
    bare = state("bare", "pdu", interval_s={})
    tree = Tree((state("pdu", "pdu"), bare, state("srv", "server", "pdu", "bare"), state("alone", "server", "pdu")))
    assert tree.balances == ()


def test_eras_are_cut_where_the_tree_changes() -> None:
    points = {0: (state("a", "utility"),), 50: (state("b", "utility"),)}
    found = eras(lambda at: Tree(tuple(points[at])), [50, 0, 100, 50, 300], start=0, end=100)
    assert found == (Era(0, 50, Tree(points[0])), Era(50, 100, Tree(points[50])))


def test_the_share_seen_now_weighs_by_last_known_power() -> None:
    """300 W are silent of 1000 W; an unread point weighs as the mean of the others."""
    assert seen_share([(700.0, False), (300.0, True)]) == approx(0.7)
    assert seen_share([(500.0, False), (500.0, False), (None, True)]) == approx(2 / 3)
    assert seen_share([(None, True)]) is None
    assert seen_share([]) is None
    assert seen_share([(0.0, False), (0.0, True)]) == 0.5


def test_equipment_roles_are_the_site_files() -> None:
    assert {"server", "storage", "network", "it"} == EQUIPMENT_ROLES


def test_a_plant_elsewhere_is_in_no_energy_of_the_site() -> None:
    tree = Tree((state("grid", "utility"), state("wind", "plant"), state("ups", "ups", "grid")))
    assert (tree.facility, tree.purchased) == (("s/grid",), ("s/grid",))
    assert "s/wind" not in {point for of_use in tree.uses(1).values() for point in of_use}
    assert all("s/wind" not in (*one.parents, *one.children) for one in tree.balances)


def test_a_tree_with_steps_is_as_one_made_anew() -> None:
    """Units with a step, by their own register or a feed's, are made anew; the others are as they were."""
    points = [
        one._replace(interval_s={"energy_counter": 60}) if one.role in {"utility", "feed"} else one
        for one in HALL.points
    ]
    tree = Tree(tuple(points))
    picked = [*tree.facility, *tree.it(1), *tree.it(3)]
    before = tree.units(picked)
    steps = {"s/utility": 0.5, "s/srv-a": 0.1}
    anew = Tree(tuple(one._replace(register_step_kwh=steps.get(one.id)) for one in points))
    found = tree.stepped(steps)
    assert found == anew
    assert found.units(picked) == anew.units(picked)
    assert [unit.step_kwh for unit in found.units(["s/utility", "s/srv", "s/ups"])] == [0.5, 0.1, 0.0]
    assert tree.units(picked) == before, "the tree that all questions share stays as it is"
