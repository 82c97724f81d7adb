"""What is drawn for nothing: worked examples."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.attribution.nodes import NodeSpec, portions
from analytics.attribution.waste import Drawn, at_cap, low_use, nobodys
from analytics.attribution.work import work_of
from tests.analytics.attribution.build import it, job, jobs, power, sheet
from tests.analytics.build import MIDNIGHT


def test_nodes_that_draw_without_a_job() -> None:
    specs = [NodeSpec(point="s/a"), NodeSpec(point="s/b")]
    of = sheet([[1.0, 1.0, 1.0], [3.0, 0.0, 3.0]], [[1, 1, 1], [1, 1, 0.5]])
    work = work_of(jobs(job("red", end=900)), by="job")
    found = portions(specs, work, nodes=power(of.energy), gpus=power(np.empty((0, 3))), sheet=of)
    mask = nobodys(it(specs, of), found, since=MIDNIGHT, until=MIDNIGHT + 1800)
    assert mask.tolist() == [[False, True, False], [True, False, False]]  # records do not reach the last interval
    drawn = Drawn()
    drawn.enter(["s/a", "s/b"], of.energy, mask, it=it(specs, of), cells={"facility": np.array([6.0, 2.0, 6.0])})
    assert drawn.energy_kwh == {"s/a": 1.0, "s/b": 3.0}
    assert drawn.site["s/b"]["facility"] == pytest.approx(4.5)
    assert drawn.seconds == {"s/a": 900.0, "s/b": 900.0}


def test_who_holds_nothing_makes_no_node_busy() -> None:
    specs, of = [NodeSpec(point="s/a")], sheet([[1.0, 1.0, 1.0]])
    rows = [job("none", cpu_share=0.0, end=900), job("blink", start=900, end=901), job("short", start=1800, end=1900)]
    work = work_of(jobs(*rows), by="job")
    found = portions(specs, work, nodes=power(of.energy), gpus=power(np.empty((0, 3))), sheet=of)
    assert nobodys(it(specs, of), found, since=MIDNIGHT, until=MIDNIGHT + 2700).tolist() == [[True, True, False]]


def test_a_pod_that_every_node_has_makes_no_node_busy() -> None:
    specs, of = [NodeSpec(point="s/a")], sheet([[1.0, 1.0]])
    rows = [job("exporter", kind="daemon", end=1800), job("work", kind="pod", start=900, end=1800)]
    work = work_of(jobs(*rows), by="job")
    found = portions(specs, work, nodes=power(of.energy), gpus=power(np.empty((0, 2))), sheet=of)
    assert nobodys(it(specs, of), found, since=MIDNIGHT, until=MIDNIGHT + 1800).tolist() == [[True, False]]
    assert found.value[work.subject[found.row] == work.subjects.index("c/exporter")].sum() > 0, "it has its part"


def test_gpus_at_their_limit() -> None:
    gpus = sheet([[0.175, 0.16], [0.175, 0.175], [0.175, 0.175]], [[1, 1], [1, 0.5], [1, 1]])  # 700 W and 640 W
    assert at_cap(gpus, [700.0, 700.0, None]).tolist() == [[True, False], [True, False], [False, False]]


def test_jobs_that_use_little_of_what_they_hold() -> None:
    table = jobs(
        job("lazy", gpu_share=1.0, gpu_use=0.1, cpu_use=0.5),
        job("lazy", "s/b", gpu_share=1.0, gpu_use=0.1),
        job("busy", gpu_share=1.0, gpu_use=0.9),
        job("cpu", cpu_share=0.5, cpu_use=0.02),
        job("unknown", gpu_share=1.0),
        job("nothing", cpu_share=0.0),
    )
    found = low_use(work_of(table, by="job"), below=0.2)
    assert found == {"c/lazy": pytest.approx(0.1), "c/cpu": pytest.approx(0.04)}
