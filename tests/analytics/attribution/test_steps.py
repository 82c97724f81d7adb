"""Steps of registers in what jobs had: one for each time that a job's hold on a node begins, not one a cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.attribution.nodes import NodeSpec, Power, portions
from analytics.attribution.steps import Loose, steps_kwh
from analytics.attribution.sums import Sums
from analytics.attribution.work import work_of
from tests.analytics.attribution.build import CELL_S, it, job, jobs, power, sheet

STEP = 0.1
CELLS = 4
NODE = [NodeSpec(point="s/a")]


def held(legs: list[list[int]]) -> dict[str, float]:
    """What job `a` had of a node of 1 kWh a cell, all of which it held in some cells of each leg."""
    found = Sums()
    for number, cells in enumerate(legs):
        of = sheet([[1.0] * CELLS])
        of = replace(of, starts=of.starts + number * CELLS * CELL_S)
        at = [number * CELLS + cell for cell in cells]
        rows = [job("a", start=at[0] * CELL_S, end=(at[-1] + 1) * CELL_S, cpu_share=1.0)] if at else []
        work = work_of(jobs(*rows), by="tenant")
        nodes = Power(energy=of.energy, covered=of.covered, idle=0.5 * of.energy, step_kwh=np.array([STEP]))
        parts = portions(NODE, work, nodes=nodes, gpus=power(np.empty((0, CELLS))), sheet=of)
        found.enter(it(NODE, of), parts, work, {})
    (own,) = [dict(one.own) for one in found.amounts() if one.subject == "a"]
    return own


@pytest.mark.parametrize("legs", [[[1, 2]], [[2, 3], [0, 1, 2, 3], [0, 1]]])
def test_a_job_is_off_by_one_step_however_long_it_runs(legs: list[list[int]]) -> None:
    own = held(legs)
    assert steps_kwh(own) == pytest.approx(STEP)


def test_a_job_that_comes_back_is_off_by_a_step_each_time() -> None:
    own = held([[0, 1], [], [1, 2]])
    assert own["steps"] == pytest.approx(2 * STEP)
    assert steps_kwh(own) == pytest.approx(1.959964 * STEP * (2 / 3) ** 0.5), "two that are off each by itself"


def test_another_tree_begins_anew() -> None:
    of = sheet([[1.0] * CELLS])
    nodes = Power(energy=of.energy, covered=of.covered, idle=of.energy, step_kwh=np.array([STEP]))
    nobody = work_of(jobs(), by="tenant")
    parts = portions(NODE, nobody, nodes=nodes, gpus=power(np.empty((0, CELLS))), sheet=of)
    for nodes_before, first in ((2, STEP), (1, 0.0)):
        loose = Loose(nodes=nodes_before, keys=np.array([0]), held=np.array([STEP]))
        subject, kwh = loose.rises(parts, np.empty(0, np.int64), np.array([0]))
        assert (subject.tolist(), kwh.tolist()) == ([0] * CELLS, [first, 0.0, 0.0, 0.0])


@pytest.mark.parametrize(("named", "loose"), [("s/g0;s/g1", 0.0), ("s/g0", STEP)])
def test_who_has_a_whole_node_is_not_moved_by_steps_between_its_parts(named: str, loose: float) -> None:
    of = sheet([[1.0] * CELLS])
    kwh = np.full((2, CELLS), 0.3)
    gpus = Power(energy=kwh, covered=np.ones(kwh.shape), idle=np.zeros(kwh.shape), step_kwh=np.full(2, STEP))
    nodes = Power(energy=of.energy, covered=of.covered, idle=np.zeros(of.energy.shape))
    row = job("a", end=CELLS * CELL_S, cpu_share=1.0, gpus=named, gpu_share=1.0 if ";" in named else 0.5)
    spec = [NodeSpec(point="s/a", gpus=("s/g0", "s/g1"))]
    parts = portions(spec, work_of(jobs(row), by="tenant"), nodes=nodes, gpus=gpus, sheet=of)
    assert parts.loose == pytest.approx(loose), "all of the host: what the other GPU hides is missing there"
