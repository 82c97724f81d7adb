"""Traces with known energy straight through the kernel and the figures: the shared ones and our own."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from analytics.boundary import Era, Tree
from analytics.effectiveness import pue_of_period
from analytics.energy import energy_kwh
from analytics.intervals import intervals
from analytics.uses import energy_by_use
from tests.analytics.build import Case, approx, load_case, rows, seconds
from tests.traces import KINDS, trace, write_trace

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.kpi import Kpi

SHARED = [
    "counter_and_power", "counter_clean", "counter_coarse", "counter_exchange", "counter_gap", "counter_reset",
    "counter_wrap", "power_clean", "power_disorder", "power_drops", "power_duplicates", "power_gap", "power_jitter",
    "power_sentinels", "power_seven_minutes", "power_zeros", "tree_hall",
]  # fmt: skip


@pytest.mark.parametrize("case", SHARED)
def test_shared_trace_is_within_its_tolerance(case: str, truth: Path) -> None:
    check(load_case(truth / case))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_own_trace_is_within_its_tolerance(kind: str, seed: int, tmp_path: Path) -> None:
    write_trace(trace(kind, seed=seed), tmp_path)
    check(load_case(tmp_path))


def test_our_kinds_cover_the_shared_ones() -> None:
    assert set(SHARED) <= set(KINDS)


def test_losses_of_the_shared_hall_lie_within_their_bounds(truth: Path) -> None:
    """Ten minutes of each meter are lost, each in an hour of its own; lights have no meter here: they are a loss."""
    case = load_case(truth / "tree_hall")
    expected = {wanted["meter"]: wanted for wanted in case.expect if "meter" in wanted}
    true = {meter: wanted["energy_kwh"] for meter, wanted in expected.items()}
    start, end = (seconds(expected["utility"][edge]) for edge in ("start", "end"))
    gaps = [
        pc.and_(
            pc.equal(case.readings["point"].cast(pa.string()), meter),
            pc.equal(pc.floor(pc.divide(pc.subtract(case.readings["time"], start), 600)), 30 * number),
        )
        for number, meter in enumerate(true, start=1)
    ]
    kept = case.readings.filter(pc.invert(reduce(pc.or_, gaps)))
    ledger = intervals(kept, rules=case.rules, start=start, end=end).rows
    points = tuple(one._replace(max_w=one.max_w or 20e3) for one in case.points if one.role != "lighting")
    uses = energy_by_use(ledger, (Era(start, end, Tree(points)),), category=1)
    assert uses.losses_low <= true["utility"] - true["ups-out"] - true["cooling"] <= uses.losses_high
    assert 0.9 < uses.used_share < 1


def check(case: Case) -> None:
    start, end = min(seconds(e["start"]) for e in case.expect), max(seconds(e["end"]) for e in case.expect)
    ledger = intervals(case.readings, rules=case.rules, start=start, end=end).rows
    for row in rows(ledger):
        assert row["measured"] + row["estimated"] + row["missing"] == approx(1, abs=1e-9)
        assert row["low_kwh"] <= row["energy_kwh"] <= row["high_kwh"]
    for wanted in case.expect:
        if "kpi" in wanted:
            check_figure(case, ledger, wanted)
        else:
            check_rows(ledger, wanted)


def check_rows(ledger: pa.Table, wanted: dict[str, Any]) -> None:
    start, end = seconds(wanted["start"]), seconds(wanted["end"])
    of_meter = [row for row in ledger.to_pylist() if row["point"] == wanted["meter"] and start <= row["start"] < end]
    assert len(of_meter) == (end - start) / 900, "one row per interval"
    assert sum(row["energy_kwh"] for row in of_meter) == approx(wanted["energy_kwh"], rel=wanted["rel_tol"])
    measured = sum(row["measured"] for row in of_meter) / len(of_meter)
    covered = measured + sum(row["estimated"] for row in of_meter) / len(of_meter)
    assert wanted.get("coverage_min", 0) <= covered <= wanted.get("coverage_max", 1) + 1e-9
    assert measured <= wanted.get("measured_share_max", 1) + 1e-9


def check_figure(case: Case, ledger: pa.Table, wanted: dict[str, Any]) -> None:
    eras = (Era(seconds(wanted["start"]), seconds(wanted["end"]), Tree(case.points)),)
    figure = _FIGURES[wanted["kpi"]](ledger, eras, wanted["category"])
    assert figure.value == approx(wanted["value"], rel=wanted["rel_tol"]), figure
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low <= wanted["value"] <= figure.high


def _pue(ledger: pa.Table, eras: tuple[Era, ...], category: int) -> Kpi:
    return pue_of_period(ledger, eras, category=category, site="t")


def _it_energy(ledger: pa.Table, eras: tuple[Era, ...], category: int) -> Kpi:
    return energy_kwh(
        ledger,
        eras,
        pick=lambda tree: tree.it(category),
        less=lambda tree: tree.within_it(category),
        name="it_energy_kwh",
        site="t",
    )


_FIGURES = {"pue": _pue, "it_energy_kwh": _it_energy}
