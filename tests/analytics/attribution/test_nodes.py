"""Energy of nodes to those that had them: worked examples, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analytics.attribution.idle import idle_w, lowest_w
from analytics.attribution.nodes import NodeSpec, Portions, portions
from analytics.attribution.split import RULES
from analytics.attribution.work import NONE, Work, work_of
from tests.analytics.attribution.build import job, jobs, power, sheet

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
