"""Figures of a subject: what it had of nodes and of the site, with the worse of the shares, and reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analytics.attribution.coarse import windows_s
from analytics.attribution.figures import it_energy_of, part_of
from analytics.attribution.nodes import NodeSpec, portions
from analytics.attribution.rest import with_rest
from analytics.attribution.sums import Sums
from analytics.attribution.whole import Handed, It
from analytics.attribution.work import UNALLOCATED, Dark, unmetered, work_of
from analytics.boundary import Tree, Unit
from analytics.kpi import Kpi
from config.points import PointState
from tests.analytics.attribution.build import it, job, jobs, power, sheet
from tests.analytics.build import MIDNIGHT

if TYPE_CHECKING:
    from analytics.attribution.sums import Amount

SPECS = [NodeSpec(point="s/a"), NodeSpec(point="s/b", rest="blue")]
SITE = Kpi(
    name="facility_energy_kwh",
    unit="kWh",
    site="s",
    start=MIDNIGHT,
    end=MIDNIGHT + 900,
    value_reported=30.0,
    value_measured=30.0,
    low=28.0,
    high=33.0,
    measured=0.9,
    estimated=0.1,
    missing=0.0,
    method="sum of 2 points",
)


def sums_of(of: It | None = None, energy: tuple[float, float] = (10.0, 10.0), site: float = 30.0) -> dict[str, Amount]:
    """Half of node a is red's, node b is held by blue."""
    work = work_of(jobs(job("red", cpu_use=0.5)), by="tenant")
    chosen = of or it(SPECS, sheet([[one] for one in energy]), limit=0.01)
    nodes = power(chosen.sheet.energy, 10.0)
    found = portions(SPECS, work, nodes=nodes, gpus=power(np.empty((0, 1))), sheet=chosen.sheet)
    sums = Sums()
    sums.enter(chosen, found, work, {"facility": np.array([site])})
    assert sums.totals == {"facility": site}
    return {one.subject: one for one in sums.amounts()}


def it_of(amount: Amount) -> Kpi:
    return it_energy_of(amount, rule="reservation", site="s", start=MIDNIGHT, end=MIDNIGHT + 900)


def test_what_is_left_of_a_held_node_is_its_holders() -> None:
    found = sums_of()
    assert {name: one.own["energy"] for name, one in found.items()} == {"blue": 10.0, "red": 5.0, UNALLOCATED: 5.0}
    assert list(found)[-1] == UNALLOCATED


def test_energy_of_a_subject() -> None:
    red = it_of(sums_of()["red"])
    assert (red.value, red.measured, red.missing, red.reason) == (5.0, 1.0, 0.0, None)
    assert (red.low, red.high) == (pytest.approx(4.5 * 0.99), pytest.approx(5.5 * 1.01))


def test_part_of_the_site() -> None:
    red = sums_of()["red"]
    part = part_of(SITE, red, it_of(red), quantity="facility", total=30.0)
    assert (part.value, part.measured, part.estimated) == (pytest.approx(7.5), 0.9, pytest.approx(0.1))
    assert part.method.startswith("25.0000% of the site")
    assert part_of(replace(SITE, low=None), red, it_of(red), quantity="facility", total=30.0).low is None


def test_parts_need_a_figure_and_something_to_share() -> None:
    red = sums_of()["red"]
    silent = replace(SITE, value_reported=None, reason="no meter")
    bare = part_of(silent, red, it_of(red), quantity="facility", total=30.0)
    assert (bare.value, bare.value_measured, bare.reason) == (None, pytest.approx(7.5), "no meter")
    nothing = part_of(SITE, red, it_of(red), quantity="facility", total=0.0)
    assert (nothing.value, nothing.reason) == (None, "the site took nothing that could be shared")


def test_a_subject_that_had_nothing_is_known_to_have_had_nothing() -> None:
    found = sums_of(energy=(0.0, 0.0))
    assert found[UNALLOCATED].site["facility"] == (30.0, 30.0, 30.0)  # no IT was seen: nobody's
    ghost = replace(found["red"], own=dict.fromkeys(found["red"].own, 0.0))
    assert (it_of(ghost).value, it_of(ghost).measured, it_of(ghost).missing) == (0.0, 1.0, 0.0)


def silent(lost: float, fill: float) -> It:
    """Node a is half silent."""
    of = it(SPECS, sheet([[10.0], [10.0]], [[0.5], [1.0]]))
    return replace(of, lost=np.array([[lost], [0.0]]), fill=np.array([[fill], [0.0]]))


def test_a_gap_is_filled_at_the_ceiling_or_there_is_no_figure() -> None:
    little = it_of(sums_of(silent(0.4, 1.0))["red"])
    assert (little.value, little.value_measured, little.missing) == (5.5, 5.0, 0.5)
    assert "missing time filled at max_w with 0.5 kWh" in little.method
    much = it_of(sums_of(silent(4.0, 6.0))["red"])
    assert much.value is None
    assert much.reason == "28.6% of its energy by last known power is missing (limit 5%)"
    bare = it_of(sums_of(silent(0.4, float("nan")))["red"])
    assert "set max_w" in (bare.reason or "")
    held = it_of(sums_of(silent(0.4, float("nan")))["blue"])
    assert held.value == 10.0  # the silent node is none of its own


def test_time_on_nodes_without_a_meter_is_no_zero() -> None:
    table = jobs(job("red"), job("red", "s/dark"), job("blue"), job("gone", ""), job("later", start=900, end=1800))
    work = work_of(table, by="tenant")
    watts = {"s/a": 500.0, "s/dark": 1000.0}
    found = unmetered(work, [({"s/a"}, MIDNIGHT, MIDNIGHT + 900)], watts)
    half = 0.5 * 0.25  # half of 1 kW for a quarter of an hour
    assert found["red"] == Dark(0.5, pytest.approx(half))  # type: ignore[arg-type]  # a number about as great
    assert (found["blue"], found["later"], found["gone"].share) == (Dark(), Dark(), 1.0)
    assert np.isnan(found["gone"].kwh)
    gone = it_energy_of(sums_of()["red"], rule="use", site="s", start=0, end=1, unmetered=found["gone"])
    assert (gone.value, gone.reason) == (
        None,
        "1 of its job records name no node, so that nothing measures them: import these with nodes",
    )
    assert unmetered(work_of(jobs(), by="tenant"), [({"s/a"}, 0, 1)], {}) == {}
    red = sums_of()["red"]
    dark = it_energy_of(red, rule="use", site="s", start=MIDNIGHT, end=MIDNIGHT + 900, unmetered=Dark(0.5, 1.0))
    assert (dark.value, dark.measured, dark.missing) == (None, 0.5, 0.5)
    assert dark.reason == "50.0% of its time was on nodes that no meter sees (limit 5%)"


def test_a_little_time_without_a_meter_is_at_its_ceiling() -> None:
    red = sums_of()["red"]
    span: dict[str, Any] = {"site": "s", "start": MIDNIGHT, "end": MIDNIGHT + 900}
    few = Dark(0.04, 0.5)
    found = it_energy_of(red, rule="use", unmetered=few, **span)
    assert (found.value, found.value_measured, found.missing) == (5.5, 5.0, 0.04)
    assert found.high == pytest.approx(5.5 * 1.01 + 0.5)
    assert found.low == pytest.approx(4.5 * 0.99)
    assert "its time on nodes without a meter at max_w with 0.5 kWh" in found.method
    open_ended = it_energy_of(red, rule="use", unmetered=Dark(0.04, float("nan")), **span)
    assert (open_ended.value, open_ended.reason) == (
        None,
        "nothing bounds its time on nodes that no meter sees: set max_w",
    )
    plain = part_of(SITE, red, found, quantity="facility", total=30.0)
    more = part_of(SITE, red, found, quantity="facility", total=30.0, unmetered=few)
    assert (plain.value, plain.low) == (more.value, more.low)
    assert more.high == pytest.approx((plain.high or 0.0) * 1.1)
    none = replace(red, own={**red.own, "energy": 0.0}, site={"facility": (0.0, 0.0, 0.0)})
    assert part_of(SITE, none, found, quantity="facility", total=30.0, unmetered=few).high == SITE.high
    some = replace(none, site={"facility": (0.0, 0.0, 1.0)})
    assert part_of(SITE, some, found, quantity="facility", total=30.0, unmetered=few).high == SITE.high


def test_intervals_of_an_hourly_register_are_not_known_apart() -> None:
    of = sheet([[1.0] * 5, [1.0] * 5])
    work = work_of(jobs(job("red", start=600, end=3000, cpu_share=1.0)), by="tenant")
    found = portions(SPECS, work, nodes=power(of.energy), gpus=power(np.empty((0, 5))), sheet=of)
    sums = Sums()
    chosen = replace(it(SPECS, of), window_s=np.array([3600, 0]))
    sums.enter(chosen, found, work, {"facility": np.full(5, 3.0)})
    amounts = {one.subject: one for one in sums.amounts()}
    red = it_of(amounts["red"])
    assert red.value == pytest.approx(4.0)  # all that was drawn, for nobody else was there
    assert red.low == pytest.approx(0.9 * 4 / 3)  # all of the hour's energy may lie in a quarter that it had a third of
    assert red.high == pytest.approx(1.1 * 4)
    assert sum(one.own["energy"] for one in amounts.values()) == pytest.approx(10.0)
    assert sum(one.site["facility"][0] for one in amounts.values()) == pytest.approx(15.0)
    tree = Tree(
        (
            PointState(
                id="s/a", site="s", name="a", role="server", interval_s={"energy_counter": 3600.0, "temp": 10.0}
            ),
            PointState(id="s/b", site="s", name="b", role="server", feeds=("s/a",), interval_s={"power": 60.0}),
        )
    )
    units = (*tree.units(["s/a", "s/b"]), Unit("gone"))
    assert windows_s(tree, units).tolist() == [3600, 3600, 0]


@pytest.mark.parametrize(
    ("declared", "words", "seconds"),
    [
        (3.0, "idle power 12 W a node, as declared", 900_000.0),
        (0.0, "idle power 12 W a node, the lowest of a week", 900_000.0),
        (1.5, "idle power 12 W a node, 50% of it declared, else the lowest of a week", 900_000.0),
        (3.0, "idle power 75000 W a node, as declared", 144.0),
    ],
)
def test_the_idle_power_that_was_taken_is_told(declared: float, words: str, seconds: float) -> None:
    red = sums_of()["red"]
    own = {**red.own, "idle": 3.0, "idle_declared": declared, "seconds": seconds}
    assert it_of(replace(red, own=own)).method.endswith(words)


def test_what_no_meter_of_a_node_sees() -> None:
    nodes, whole = sheet([[3.0, 3.0], [2.0, 2.0]], [[1.0, 1.0], [1.0, 0.5]]), sheet([[9.0, 4.0]])
    found = with_rest(nodes, whole)
    assert (found.energy[2].tolist(), found.covered[2].tolist()) == ([4.0, 0.0], [1.0, 0.0])
    assert (found.low[2, 0], found.high[2, 0]) == (pytest.approx(8.1 - 5.5), pytest.approx(9.9 - 4.5))


def test_a_rate_that_was_not_measured_in_its_interval_is_told() -> None:
    """Of two intervals red is there in the second alone, whose intensity is known for a fifth."""
    of = it(SPECS[:1], sheet([[10.0, 10.0]]))
    work = work_of(jobs(job("red", start=900, end=1800, cpu_share=1.0)), by="tenant")
    found = portions(SPECS[:1], work, nodes=power(of.sheet.energy, 10.0), gpus=power(np.empty((0, 2))), sheet=of.sheet)

    def red_of(measured: float, unknown: float) -> Kpi:
        sums = Sums()
        rates = {"location": np.array([[1.0, measured], [0.0, unknown]])}
        sums.enter(of, found, work, {"location": np.array([5.0, 5.0])}, rates=rates)
        red = {one.subject: one for one in sums.amounts()}["red"]
        return part_of(SITE, red, it_of(red), quantity="location", total=10.0)

    bridged, unknown = red_of(0.2, 0.02), red_of(0.2, 0.8)
    assert (bridged.measured, bridged.estimated, bridged.missing) == pytest.approx((0.2, 0.78, 0.02))
    assert (unknown.value, unknown.reason) == (
        None,
        "80.0% of it lies in intervals without a grid_intensity (limit 5%): import it",
    )


def test_what_is_left_goes_by_time_where_a_holder_changes() -> None:
    heirs = (Handed(1, 0, "green", 0.25), Handed(1, 0, "", 0.25))
    found = sums_of(replace(it(SPECS, sheet([[10.0], [10.0]])), handed=heirs))
    energy = {name: one.own["energy"] for name, one in found.items()}
    assert energy == {"blue": 5.0, "red": 5.0, "green": 2.5, UNALLOCATED: 7.5}
    assert (found["green"].own["low"], found["green"].own["high"]) == (0.0, pytest.approx(11.0))
    assert found["green"].own["measured_s"] == 0.0
