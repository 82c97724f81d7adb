"""Laws of attribution: whatever the nodes and jobs, nothing is lost, doubled, or given to whom it does not belong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.attribution.nodes import NodeSpec, Portions, Power, portions
from analytics.attribution.split import RULES
from analytics.attribution.sums import Sums
from analytics.attribution.work import work_of
from tests.analytics.attribution.build import it, job, jobs, sheet

CELLS = 4
SHARES = st.sampled_from([0.0, 0.125, 0.25, 0.5, 1.0])
USES = st.one_of(st.none(), st.sampled_from([0.0, 0.25, 1.0]))
KWH = st.sampled_from([0.0, 0.5, 1.0, 2.5, 10.0])
CARDS = ("s/b-0", "s/b-1")
POINTS = ("s/a", "s/b", "s/c")  # b has two GPUs


@st.composite
def placements(draw: st.DrawFn, name: str = "") -> dict[str, Any]:
    start = draw(st.integers(0, CELLS * 900 - 1))
    share = draw(SHARES)
    use = draw(USES)
    return job(
        name or draw(st.sampled_from(["red", "blue", "green"])),
        draw(st.sampled_from(POINTS)),
        start=start,
        end=draw(st.integers(start + 1, CELLS * 900)),
        cpu_share=share,
        cpu_use=None if use is None else use * draw(st.sampled_from([share, 1.0])),  # a pod may use more than it has
        gpus=draw(st.sampled_from(["", "s/b-0", "s/b-0:0.25;s/b-1", "s/b-1:0.5"])),
        gpu_share=draw(SHARES),
        gpu_use=draw(USES),
    )


@st.composite
def halls(draw: st.DrawFn) -> dict[str, Any]:
    energy = np.array(draw(st.lists(KWH, min_size=3 * CELLS, max_size=3 * CELLS))).reshape(3, CELLS)
    gpu = np.array(draw(st.lists(KWH, min_size=2 * CELLS, max_size=2 * CELLS))).reshape(2, CELLS)
    seen = np.array(draw(st.lists(st.sampled_from([0.5, 1.0]), min_size=2 * CELLS, max_size=2 * CELLS)))
    idle = draw(st.sampled_from([0.0, 0.3, 1.0, 5.0]))
    rule = draw(st.sampled_from(RULES))
    known = draw(st.booleans())
    specs = [
        NodeSpec(point=point, gpus=CARDS if point == "s/b" else (), rule=rule, idle_declared=known) for point in POINTS
    ]
    ones = np.ones((3, CELLS))
    return {
        "specs": specs,
        "nodes": Power(energy=energy, covered=ones, idle=idle * ones),
        "gpus": Power(energy=gpu, covered=seen.reshape(2, CELLS), idle=np.full((2, CELLS), idle / 2)),
        "sheet": sheet(energy.tolist()),
    }


def by_cell(hall: dict[str, Any], rows: list[dict[str, Any]], name: str) -> np.ndarray[Any, Any]:
    """Shares of one subject by node and cell."""
    work = work_of(jobs(*rows), by="tenant")
    found = portions(work=work, **hall)
    ours = work.subject[found.row] == (work.subjects.index(name) if name in work.subjects else -1)
    table = np.zeros((3, CELLS))
    np.add.at(table, (found.node[ours], found.cell[ours]), found.value[ours])
    return table


@settings(max_examples=40, deadline=None)
@given(halls(), st.lists(placements(), max_size=6))
def test_every_node_and_the_site_add_up_in_every_interval(hall: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    work = work_of(jobs(*rows), by="tenant")
    found = portions(work=work, **hall)
    assert (found.value >= 0).all()
    assert ((found.low <= found.value) & (found.value <= found.high)).all()
    taken = np.zeros((3, CELLS))
    np.add.at(taken, (found.node, found.cell), found.value)
    assert np.allclose(taken + found.rest(), 1.0, atol=1e-9)
    assert (found.rest_low <= found.rest() + 1e-9).all()
    assert (found.rest() <= found.rest_high + 1e-9).all()
    for cell in range(CELLS):  # the site, interval by interval
        amounts = np.where(np.arange(CELLS) == cell, 7.0, 0.0)
        sums = Sums()
        sums.enter(it(hall["specs"], hall["sheet"]), found, work, {"facility": amounts})
        shared = [one.site["facility"][0] for one in sums.amounts()]
        assert np.isclose(sum(shared), 7.0)
        assert np.isclose(sum(one.own["energy"] for one in sums.amounts()), hall["sheet"].energy.sum())


@settings(max_examples=40, deadline=None)
@given(halls(), st.lists(placements(), max_size=5), placements("late"))
def test_a_late_record_touches_its_own_intervals_and_nodes_alone(
    hall: dict[str, Any], rows: list[dict[str, Any]], late: dict[str, Any]
) -> None:
    first, last = ((late[key] - int(hall["sheet"].starts[0])) for key in ("start", "end"))
    elsewhere = np.ones((3, CELLS), bool)
    elsewhere[POINTS.index(late["point"]), first // 900 : -(-last // 900)] = False
    for name in ("red", "blue", "green"):
        before, after = by_cell(hall, rows, name), by_cell(hall, [*rows, late], name)
        assert (before[elsewhere] == after[elsewhere]).all()
    assert (by_cell(hall, [*rows, late], "late")[elsewhere] == 0).all()


@settings(max_examples=40, deadline=None)
@given(halls(), st.lists(placements(), max_size=4), placements("one"))
def test_alike_jobs_get_alike_and_order_does_not_matter(
    hall: dict[str, Any], rows: list[dict[str, Any]], one: dict[str, Any]
) -> None:
    both = [*rows, one, {**one, "tenant": "other"}]
    assert np.allclose(by_cell(hall, both, "one"), by_cell(hall, both, "other"), atol=1e-12)
    assert np.allclose(by_cell(hall, both, "one"), by_cell(hall, both[::-1], "one"), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(halls(), st.lists(placements(), max_size=4), placements("ghost"))
def test_without_reservation_and_use_there_is_nothing(
    hall: dict[str, Any], rows: list[dict[str, Any]], ghost: dict[str, Any]
) -> None:
    nothing = {"cpu_share": 0.0, "cpu_use": 0.0, "gpu_share": 0.0, "gpu_use": 0.0, "gpus": ""}
    assert (by_cell(hall, [*rows, ghost | nothing], "ghost") == 0).all()


@settings(max_examples=40, deadline=None)
@given(
    halls(),
    st.lists(placements(), min_size=1, max_size=4),
    st.sampled_from([0.0, 0.5, 3.0, np.nan]),
    st.lists(st.booleans(), min_size=2 * CELLS, max_size=2 * CELLS),
)
def test_the_interval_of_a_silent_gpu_counter_holds_what_it_would_have_said(
    hall: dict[str, Any], rows: list[dict[str, Any]], last: float, gone_at: list[bool]
) -> None:
    """Readings of GPUs are deleted, some or all; what the full readings gave lies between low and high."""
    nodes, cards = hall["nodes"], hall["gpus"]
    kwh = np.minimum(cards.energy, nodes.energy[1] / 2)  # together no more than their node
    silent = np.array(gone_at).reshape(2, CELLS)
    full = replace(cards, energy=kwh, covered=np.ones((2, CELLS)))
    gone = replace(
        full,
        energy=np.where(silent, 0.0, kwh),
        covered=np.where(silent, 0.0, 1.0),
        lost=np.where(silent, last, 0.0),
        most=np.where(silent, 5.0, 0.0),
    )
    work = work_of(jobs(*rows), by="tenant")
    before, after = (portions(work=work, **hall | {"gpus": gpus}) for gpus in (full, gone))

    def table(found: Portions, column: str) -> np.ndarray[Any, Any]:
        whole = np.zeros((len(work.subjects), 3, CELLS))
        np.add.at(whole, (work.subject[found.row], found.node, found.cell), getattr(found, column))
        return whole

    value = table(before, "value")
    assert (table(after, "low") <= value + 1e-9).all()
    assert (value <= table(after, "high") + 1e-9).all()
    assert (after.rest_low <= before.rest() + 1e-9).all()
    assert (before.rest() <= after.rest_high + 1e-9).all()
