"""Energy of GPUs to those that were given them, the rest of the node by CPU: worked examples, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analytics.attribution.cards import at_least
from analytics.attribution.nodes import NodeSpec, Portions, Power, portions
from analytics.attribution.work import Work, work_of
from collectors.jobs.job import GUESSED
from tests.analytics.attribution.build import job, jobs, power, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence


def share_of(found: Portions, work: Work, name: str, column: str = "value") -> float:
    wanted = work.subjects.index(name)
    return float(getattr(found, column)[work.subject[found.row] == wanted].sum())


GPUS = ("s/a-0", "s/a-1")
SPEC = NodeSpec(point="s/a", gpus=GPUS)


def on_gpus(
    *rows: dict[str, Any], gpu_kwh: Sequence[float], node_kwh: float = 10.0, **more: float
) -> tuple[Portions, Work]:
    """One node with two GPUs: the rest of it is idle at 1 kWh, each GPU at 0.5."""
    work = work_of(jobs(*rows), by="job")
    of = sheet([[node_kwh]])
    gpus: Power = power(np.array(gpu_kwh).reshape(2, 1), 0.5, **more)
    return portions([SPEC], work, nodes=power(of.energy, 1.0), gpus=gpus, sheet=of), work


def test_gpus_go_to_whom_they_were_given_and_the_rest_by_cpu() -> None:
    found, work = on_gpus(
        job("1", gpus="s/a-0", gpu_share=0.5, cpu_share=0.5),
        job("2", gpus="s/a-1", gpu_share=0.5, cpu_share=0.5),
        gpu_kwh=(5.0, 1.0),
    )
    assert share_of(found, work, "c/1") == pytest.approx(0.5 + 0.2)  # 5 of 10 by its GPU, half of the 4 that are left
    assert share_of(found, work, "c/2") == pytest.approx(0.1 + 0.2)
    assert share_of(found, work, "c/1", "low") == pytest.approx(0.5 + 0.05)  # the host's 3 above idle are anybody's


def test_slices_of_a_gpu_and_a_gpu_of_nobody() -> None:
    found, work = on_gpus(
        job("1", gpus="s/a-0:0.5", gpu_share=0.25, cpu_share=0.0, gpu_use=1.0),
        job("2", gpus="s/a-0:0.25", gpu_share=0.125, cpu_share=0.0, gpu_use=0.0),
        gpu_kwh=(4.5, 0.5),
    )
    assert share_of(found, work, "c/1") == pytest.approx((4.0 + 0.25) / 10)  # all above idle, half of 0.5
    assert share_of(found, work, "c/2") == pytest.approx(0.125 / 10)
    assert found.rest()[0, 0] == pytest.approx((0.125 + 0.5 + 5.0) / 10)


def test_gpus_that_are_not_named_are_alike() -> None:
    found, work = on_gpus(job("1", gpu_share=0.5, cpu_share=0.0, gpus=""), gpu_kwh=(4.5, 0.5))
    # 0.5 of 0.5 idle of each GPU, and all of 4 above it: nobody else is there
    assert share_of(found, work, "c/1") == pytest.approx((0.25 + 4.0 + 0.25) / 10)


def test_who_names_no_gpu_has_what_nobody_names() -> None:
    free = job("1", gpu_share=0.5, cpu_share=0.0)
    found, work = on_gpus(free, job("2", gpu_share=0.5, cpu_share=0.0, gpus="s/a-1"), gpu_kwh=(4.5, 0.5))
    assert share_of(found, work, "c/1") == pytest.approx(0.45)
    assert share_of(found, work, "c/2") == pytest.approx(0.05)
    both = job("3", gpu_share=1.0, cpu_share=0.0, gpus="s/a-0;s/a-1")
    found, work = on_gpus(free, both, gpu_kwh=(0.5, 0.5))  # all are named: alike of each, of which more is reserved
    assert share_of(found, work, "c/1") == pytest.approx(0.1 / 3)


def test_gpus_that_say_more_than_their_node_are_cut_to_it() -> None:
    found, work = on_gpus(job("1", gpus="s/a-0;s/a-1", gpu_share=1.0), gpu_kwh=(8.0, 8.0))
    assert share_of(found, work, "c/1") == pytest.approx(1.0)


def test_where_a_gpu_is_silent_the_greater_share_counts() -> None:
    rows = job("1", gpu_share=1.0, cpu_share=0.25, gpus="s/a-0;s/a-1"), job("2", cpu_share=0.25, gpu_share=0.0)
    found, work = on_gpus(*rows, gpu_kwh=(5.0, 1.0), covered=0.5)
    assert not found.by_gpu.any()
    # 2 kWh idle of all parts, 8 above: 1 to 0.25 of both, for more is reserved than there is
    assert share_of(found, work, "c/1") == pytest.approx(0.8)
    assert share_of(found, work, "c/2") == pytest.approx(0.2)


def test_a_silent_gpu_has_its_last_known_power_and_at_most_what_the_others_left() -> None:
    rows = job("red", gpus="s/a-0", gpu_share=0.5, cpu_share=0.0, cpu_use=0.0), job("blue", cpu_share=1.0)
    work = work_of(jobs(*rows), by="tenant")
    of = sheet([[10.0]])
    kwh, seen = np.array([[1.0], [2.0]]), np.array([[0.5], [1.0]])

    def split_with(lost: float, most: float) -> Portions:
        gpus = Power(
            energy=kwh,
            covered=seen,
            idle=np.full((2, 1), 0.5),
            lost=np.array([[lost], [0.0]]),
            most=np.array([[most], [0]]),
        )
        return portions([SPEC], work, nodes=power(of.energy, 1.0), gpus=gpus, sheet=of)

    found = split_with(4.0, 6.0)
    assert (found.by_gpu.all(), found.guessed.all()) == (True, True)
    assert share_of(found, work, "red") == pytest.approx(0.5)  # 1 seen and 4 at its last known power
    assert share_of(found, work, "red", "low") == pytest.approx(0.1)
    assert share_of(found, work, "red", "high") == pytest.approx(0.7)
    assert share_of(found, work, "blue") == pytest.approx(0.3)  # the host's rest
    assert share_of(found, work, "blue", "low") == pytest.approx(0.1)
    assert share_of(found, work, "blue", "high") == pytest.approx(0.7)
    much = split_with(40.0, np.nan)
    assert share_of(much, work, "red") == share_of(much, work, "red", "high") == pytest.approx(0.8)
    never = split_with(np.nan, np.nan)  # not known before: by the greater share, and anything may be true
    assert (never.by_gpu.any(), never.guessed.all()) == (False, True)
    assert (share_of(never, work, "red", "low"), share_of(never, work, "red", "high")) == (0.0, 1.0)


def test_gpus_and_nodes_of_others_are_left_out() -> None:
    found, work = on_gpus(
        job("1", gpus="s/z-0", gpu_share=0.5, cpu_share=0.0),
        job("2", point="s/z"),
        job("3", start=-900, end=0),
        gpu_kwh=(5.0, 1.0),
    )
    assert share_of(found, work, "c/1") == 0.0
    assert found.rest()[0, 0] == pytest.approx(1.0)


def test_a_silent_node_took_at_least_what_its_gpus_say() -> None:
    of = sheet([[0.0, 2.0, 5.0]], [[0.0, 0.5, 1.0]])
    nan = np.nan
    bounded, lost, fill = at_least(
        of, np.array([[3.0, 3.0, 9.0]]), np.array([[1.0, 4.0, 0.0]]), np.array([[2.0, nan, 0.0]])
    )
    assert bounded.low[0].tolist() == pytest.approx([3.0, 3.0, 4.5])
    assert lost[0].tolist() == [3.0, 4.0, 0.0]
    assert fill[0, 0] == 3.0
    assert np.isnan(fill[0, 1])


@pytest.mark.parametrize("gpu_kwh", [(), (4.0, 1.0)])
def test_a_part_of_a_node_that_is_a_guess_may_be_anything(gpu_kwh: tuple[float, ...]) -> None:
    rows = [job("1", gpu_share=0.5, state=f"COMPLETED{GUESSED}"), job("2", point="s/b")]
    work = work_of(jobs(*rows), by="job")
    of = sheet([[10.0], [10.0]])
    specs = [NodeSpec(point="s/a", gpus=GPUS if gpu_kwh else ()), NodeSpec(point="s/b")]
    found = portions(
        specs, work, nodes=power(of.energy, 1.0), gpus=power(np.array(gpu_kwh).reshape(-1, 1), 0.5), sheet=of
    )
    assert found.guessed[:, 0].tolist() == [True, False]
    assert (share_of(found, work, "c/1", "low"), share_of(found, work, "c/1", "high")) == (0.0, 1.0)
    assert (found.rest_low[0, 0], found.rest_high[0, 0]) == (0.0, pytest.approx(1.0))
    assert share_of(found, work, "c/2", "low") > 0


def test_who_has_all_of_a_gpu_has_it_whatever_is_guessed_of_the_host() -> None:
    rows = [job("1", gpus="s/a-0", gpu_share=0.5, state=f"COMPLETED{GUESSED}"), job("2", gpus="s/a-1", gpu_share=0.5)]
    work = work_of(jobs(*rows), by="job")
    of = sheet([[10.0]])
    specs = [NodeSpec(point="s/a", gpus=GPUS)]
    found = portions(specs, work, nodes=power(of.energy, 1.0), gpus=power(np.array([[4.0], [1.0]]), 0.5), sheet=of)
    assert share_of(found, work, "c/1", "low") == pytest.approx(0.4)
    assert share_of(found, work, "c/2", "low") == pytest.approx(0.1)
    assert share_of(found, work, "c/1", "high") == pytest.approx(0.9), "all but the other's GPU"
