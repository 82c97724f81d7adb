"""Energy of nodes to those that had them: worked examples, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analytics.attribution.cards import at_least
from analytics.attribution.idle import idle_w, lowest_w
from analytics.attribution.nodes import NodeSpec, Portions, Power, portions
from analytics.attribution.split import RULES
from analytics.attribution.work import NONE, Work, work_of
from collectors.jobs.job import GUESSED
from tests.analytics.attribution.build import job, jobs, power, sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_GPU = np.empty((0, 1))


def share_of(found: Portions, work: Work, name: str, column: str = "value") -> float:
    wanted = work.subjects.index(name)
    return float(getattr(found, column)[work.subject[found.row] == wanted].sum())


def split(
    *rows: dict[str, Any], node_kwh: float = 10.0, idle: float = 4.0, rule: str = "reservation"
) -> tuple[Portions, Work]:
    """One node without GPUs over one interval."""
    work = work_of(jobs(*rows), by="tenant")
    of = sheet([[node_kwh]])
    found = portions(
        [NodeSpec(point="s/a", rule=rule)], work, nodes=power(of.energy, idle), gpus=power(NO_GPU), sheet=of
    )
    return found, work


@pytest.mark.parametrize(
    ("rule", "red", "blue", "rest"),
    [
        ("reservation", 0.25 * 0.4 + 0.75 * 0.6, 0.5 * 0.4 + 0.25 * 0.6, 0.25 * 0.4),  # a quarter is nobody's
        ("use", 0.75, 0.25, 0.0),
        ("equal", 0.5 * 0.4 + 0.75 * 0.6, 0.5 * 0.4 + 0.25 * 0.6, 0.0),
    ],
)
def test_idle_power_by_each_rule(rule: str, red: float, blue: float, rest: float) -> None:
    rows = job("red", cpu_share=0.25, cpu_use=0.24), job("blue", cpu_share=0.5, cpu_use=0.08)
    found, work = split(*rows, rule=rule)
    assert share_of(found, work, "red") == pytest.approx(red)
    assert share_of(found, work, "blue") == pytest.approx(blue)
    assert found.rest()[0, 0] == pytest.approx(rest)


@pytest.mark.parametrize("rule", RULES)
def test_who_neither_reserved_nor_used_gets_nothing(rule: str) -> None:
    found, work = split(job("red", cpu_use=0.5), job("ghost", cpu_share=0.0, cpu_use=0.0), rule=rule)
    assert share_of(found, work, "ghost") == share_of(found, work, "ghost", "high") == 0.0


@pytest.mark.parametrize("rule", RULES)
def test_without_any_use_all_is_idle(rule: str) -> None:
    found, work = split(job("red", cpu_use=0.0), rule=rule)
    assert share_of(found, work, "red") == pytest.approx({"reservation": 0.5, "use": 0.0, "equal": 1.0}[rule])


def test_equal_is_for_the_time_that_anybody_is_there() -> None:
    found, work = split(job("red", end=300), job("blue", start=150, end=450), rule="equal", idle=10.0)
    assert share_of(found, work, "red") == pytest.approx(0.25)  # 450 of 900 s, alike
    assert found.rest()[0, 0] == pytest.approx(0.5)


def test_a_part_of_an_interval_and_unknown_use() -> None:
    found, work = split(job("red", end=300, cpu_share=1.0))
    assert share_of(found, work, "red") == pytest.approx(0.6 + 0.4 / 3)  # all above idle, a third of the idle time
    # for two thirds of the time nobody was there: as much of what is above idle may be nobody's, and no more
    assert share_of(found, work, "red", "low") == pytest.approx(0.4 / 3 + 0.6 / 3)
    assert share_of(found, work, "red", "high") == share_of(found, work, "red")
    assert found.rest_low[0, 0] == pytest.approx(found.rest()[0, 0]) == pytest.approx(0.4 * 2 / 3)
    assert found.rest_high[0, 0] == pytest.approx((0.4 + 0.6) * 2 / 3)


def test_inferred_idle_power_may_be_anything() -> None:
    work = work_of(jobs(job("red", cpu_share=0.125)), by="tenant")
    of = sheet([[10.0]])
    spec = NodeSpec(point="s/a", idle_declared=False)
    found = portions([spec], work, nodes=power(of.energy, 10.0), gpus=power(NO_GPU), sheet=of)
    assert share_of(found, work, "red") == share_of(found, work, "red", "low") == pytest.approx(0.125)
    assert share_of(found, work, "red", "high") == pytest.approx(1.0)
    assert (found.rest_low[0, 0], found.rest_high[0, 0]) == (0.0, pytest.approx(0.875))


def test_the_interval_holds_any_split_of_what_is_above_idle() -> None:
    found, work = split(job("red", cpu_use=0.5), job("blue"))  # use of blue is not known
    assert share_of(found, work, "red") == pytest.approx(0.5)
    assert share_of(found, work, "red", "low") == pytest.approx(0.2)
    assert share_of(found, work, "red", "high") == pytest.approx(0.8)


def test_more_reserved_than_there_is_leaves_nothing_and_no_more() -> None:
    found, _ = split(*(job(name, cpu_share=0.8) for name in ("red", "blue")))
    assert found.rest()[0, 0] == pytest.approx(0.0)
    assert found.value.sum() == pytest.approx(1.0)


def test_a_silent_node_is_shared_by_reservation() -> None:
    found, work = split(job("red", cpu_share=0.25, cpu_use=0.2), node_kwh=0.0)
    assert share_of(found, work, "red") == pytest.approx(0.25)


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


def test_nobody_at_all() -> None:
    empty = jobs()
    for by in ("tenant", "job"):
        work = work_of(empty, by=by)
        of = sheet([[1.0]])
        found = portions([SPEC], work, nodes=power(of.energy), gpus=power(np.zeros((2, 1))), sheet=of)
        assert found.rest().tolist() == [[1.0]]


def test_records_without_a_name_are_summed_as_none() -> None:
    work = work_of(jobs(job("1", model=""), job("2", model="llm")), by="model")
    assert sorted(work.subjects) == [NONE, "llm"]
    odd = work_of(jobs(job("1", model=""), job("2", model=NONE), job("3", model="unallocated")), by="model")
    assert sorted(odd.subjects) == ['"(none)"', '"unallocated"', NONE]


def test_idle_power_is_the_lowest_of_a_week_or_what_was_declared() -> None:
    day = 96
    energy = np.full((2, 9 * day), 0.1)
    energy[0, 5], energy[1, 8 * day] = 0.025, 0.05  # 100 W on day 0, 200 W on day 8
    covered = np.ones_like(energy)
    covered[1, :day] = 0.5
    days, lowest = lowest_w(
        energy=energy, covered=covered, starts=np.arange(9 * day) * 900, seconds=np.full(9 * day, 900.0)
    )
    wanted = np.array([0, 6, 7, 8])
    found = idle_w(days=days, lowest=lowest, wanted=wanted, declared=(None, None))
    assert found.round(6).tolist() == [[100, 100, 400, 400], [0, 400, 400, 200]]
    assert idle_w(days=days, lowest=lowest, wanted=wanted, declared=(70.0, None))[0].tolist() == [70.0] * 4


def test_what_is_off_says_nothing_of_idle_power() -> None:
    energy = np.array([[0.1, 0.0, 0.0, 0.04, 0.1, 0.06]])  # off for two intervals and a part of the next
    told = {"starts": np.arange(6) * 900, "seconds": np.full(6, 900.0)}
    assert lowest_w(energy=energy, covered=np.ones_like(energy), **told)[1].round(6).tolist() == [[240.0]]


def test_what_one_subject_shares_with_itself_is_no_uncertainty() -> None:
    rows = [job("red"), job("red"), job("red", end=450)]
    found, work = split(*rows)
    value = share_of(found, work, "red")
    assert share_of(found, work, "red", "low") == pytest.approx(value)
    assert share_of(found, work, "red", "high") == pytest.approx(value)
    found, work = split(*rows, job("blue"))
    assert share_of(found, work, "red", "high") <= 1.0 + 1e-9
    assert share_of(found, work, "red", "low") < share_of(found, work, "red") < share_of(found, work, "red", "high")


def test_portions_of_some_cells() -> None:
    work = work_of(jobs(job("red", end=2700)), by="tenant")
    of = sheet([[1.0, 2.0, 3.0]])
    found = portions([NodeSpec(point="s/a")], work, nodes=power(of.energy), gpus=power(np.empty((0, 3))), sheet=of)
    part = found.cut(1, 3)
    assert (part.cell.tolist(), part.by_gpu.shape, part.value.tolist()) == ([0, 1], (1, 2), found.value[1:].tolist())


def test_who_is_in_no_row_is_no_subject() -> None:
    both = jobs(job("red"), job("blue"))
    assert work_of(both.slice(0, 1), by="tenant").subjects == ("red",)
    assert work_of(both.slice(0, 0), by="tenant").subjects == ()


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


def test_who_reserved_nothing_and_was_not_measured_may_have_used_it_all() -> None:
    rows = [job("asks", cpu_share=0.25), job("ghost", cpu_share=0.0)]
    of = sheet([[10.0]])

    def found() -> dict[str, tuple[float, ...]]:
        work = work_of(jobs(*rows), by="tenant")
        split = portions(
            [NodeSpec(point="s/a")], work, nodes=power(of.energy, 4.0), gpus=power(np.zeros((0, 1))), sheet=of
        )
        names = ("asks", "ghost")
        return {
            name: tuple(share_of(split, work, name, column) for column in ("value", "low", "high")) for name in names
        }

    assert found() == {"asks": pytest.approx((0.7, 0.1, 0.7)), "ghost": pytest.approx((0.0, 0.0, 0.6))}
    rows[1] |= {"cpu_use": 0.0}
    rows[0] |= {"cpu_use": 0.1}
    assert found() == {"asks": pytest.approx((0.7, 0.7, 0.7)), "ghost": (0.0, 0.0, 0.0)}
