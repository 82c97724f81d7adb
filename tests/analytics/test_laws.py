"""What must hold whatever the readings: conservation, independence, and that a gap never improves a figure."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import frame, powers
from analytics.energy import energy_kwh
from analytics.intervals import PointRule, intervals
from tests.analytics.build import HOUR, MIDNIGHT, approx, era, readings, rows, run, state, total

if TYPE_CHECKING:
    import pyarrow as pa

    Sample = tuple[int, float]

P = "s/p"
MAX_W = 2000.0
LAW = settings(max_examples=200, deadline=None)

watts = st.floats(0, MAX_W, allow_nan=False)
interval_s = st.sampled_from([1, 7, 10, 60, 420])


@st.composite
def sampled(draw: st.DrawFn) -> tuple[float, list[Sample]]:
    """An interval and power samples around one hour, some steps long enough to be bridged or to be a gap."""
    interval = draw(interval_s)
    steps = draw(st.lists(st.sampled_from([0.3, 0.5, 1, 1, 1, 1.4, 2, 3, 5]), min_size=1, max_size=40))
    at = np.cumsum([draw(st.integers(-600, 3000)), *[max(1, round(step * interval)) for step in steps]])
    return interval, [(int(time), draw(watts)) for time in at]


@st.composite
def counted(draw: st.DrawFn) -> list[Sample]:
    """A register that is read every minute or more rarely, and advances by what MAX_W allows."""
    gaps = draw(st.lists(st.sampled_from([60, 60, 60, 120, 600, 4000]), min_size=1, max_size=30))
    times = np.cumsum([draw(st.integers(-4000, 1000)), *gaps])
    drawn = [gap * draw(watts) / 3.6e6 for gap in gaps]
    return list(zip(times.tolist(), (1000 + np.cumsum([0.0, *drawn])).tolist(), strict=True))


def power_rows(interval: float, samples: list[Sample], start: int = 0, end: int = HOUR) -> list[dict[str, float]]:
    rule = PointRule(interval_s={"power": interval}, max_w=MAX_W)
    return rows(run({(P, "power"): samples}, {P: rule}, start, end).rows)


def register_rows(samples: list[Sample], start: int = 0, end: int = HOUR) -> list[dict[str, float]]:
    rule = PointRule(interval_s={"energy_counter": 60}, max_w=MAX_W)
    return rows(run({(P, "energy_counter"): samples}, {P: rule}, start, end).rows)


def seconds(found: list[dict[str, float]], share: str) -> float:
    return math.fsum(row[share] * (row["end"] - row["start"]) for row in found)


# ---------------------------------------------------------------------------------------------- rows are sound


@LAW
@given(sampled())
def test_rows_are_finite_and_their_parts_fit(case: tuple[float, list[Sample]]) -> None:
    for row in power_rows(*case):
        assert row["measured"] + row["estimated"] + row["missing"] == approx(1, abs=1e-9)
        assert 0 <= row["low_kwh"] <= row["energy_kwh"] <= row["high_kwh"] <= MAX_W * 900 / 3.6e6 * (1 + 1e-12)
        assert (row["value"] is None) == (row["missing"] == 1)
        assert all(math.isfinite(value) for value in row.values() if isinstance(value, float))


# ---------------------------------------------------------------------------------------------- conservation


@LAW
@given(counted())
def test_cells_sum_to_what_the_register_advanced(samples: list[Sample]) -> None:
    (first, begin), (last, end) = samples[0], samples[-1]
    found = register_rows(samples, first, last)
    assert math.fsum(row["energy_kwh"] for row in found) == approx(end - begin, rel=1e-9, abs=1e-9)
    assert seconds(found, "missing") == 0


@LAW
@given(sampled(), counted(), st.lists(st.integers(1, HOUR - 1), max_size=6, unique=True))
def test_cutting_the_window_anywhere_conserves_energy_and_time(
    power: tuple[float, list[Sample]], register: list[Sample], cuts: list[int]
) -> None:
    edges = [0, *sorted(cuts), HOUR]
    for exact, whole, parts in (
        (True, power_rows(*power), [power_rows(*power, a, b) for a, b in pairwise(edges)]),
        (False, register_rows(register), [register_rows(register, a, b) for a, b in pairwise(edges)]),
    ):
        flat = [row for part in parts for row in part]
        low, energy, high = (
            [math.fsum(row[column] for row in found) for found in (whole, flat)]
            for column in ("low_kwh", "energy_kwh", "high_kwh")
        )
        assert energy[1] == approx(energy[0], rel=1e-9, abs=1e-12)
        assert low[1] <= low[0] + 1e-9, "how a register's gap was spread over the parts is not known"
        assert high[1] >= high[0] - 1e-9
        if exact:
            assert (low[1], high[1]) == approx((low[0], high[0]), rel=1e-9, abs=1e-12)
        for share in ("measured", "estimated", "missing"):
            assert seconds(flat, share) == approx(seconds(whole, share), abs=1e-6)


@LAW
@given(sampled(), counted())
def test_register_deltas_and_power_cover_each_second_once(
    power: tuple[float, list[Sample]], register: list[Sample]
) -> None:
    """Both together cover what either covers, and where the register runs, its energy stands."""
    rule = PointRule(interval_s={"energy_counter": 60, "power": power[0]}, max_w=MAX_W)
    both = rows(run({(P, "energy_counter"): register, (P, "power"): power[1]}, {P: rule}).rows)
    alone = register_rows(register)
    sample = power_rows(*power)
    for mixed, counter, gauge in zip(both, alone, sample, strict=True):
        assert mixed["energy_kwh"] >= counter["energy_kwh"] - 1e-12
        assert mixed["energy_kwh"] <= counter["energy_kwh"] + gauge["energy_kwh"] + 1e-12
        assert mixed["missing"] <= min(counter["missing"], gauge["missing"]) + 1e-12
        assert mixed["missing"] >= counter["missing"] + gauge["missing"] - 1 - 1e-12


# ---------------------------------------------------------------------------------------------- independence


@LAW
@given(sampled(), st.integers(-3000, 3000))
def test_time_of_day_and_date_do_not_matter(case: tuple[float, list[Sample]], cells: int) -> None:
    """Rows move with the readings: no local time, no daylight saving, no epoch in the sums."""
    interval, samples = case
    shift = cells * 900
    moved = power_rows(interval, [(time + shift, value) for time, value in samples], shift, HOUR + shift)
    assert [{**row, "start": row["start"] - shift, "end": row["end"] - shift} for row in moved] == power_rows(*case)


@LAW
@given(st.lists(st.tuples(sampled(), counted()), min_size=2, max_size=4), st.integers(1, 80))
def test_points_do_not_bear_on_each_other(
    cases: list[tuple[tuple[float, list[Sample]], list[Sample]]], batch: int
) -> None:
    """Neither the other points nor the size of the batches changes a row."""
    series: dict[tuple[str, str], list[Sample]] = {}
    rules: dict[str, PointRule] = {}
    for number, ((interval, samples), register) in enumerate(cases):
        name = f"s/{number}"
        rules[name] = PointRule(interval_s={"power": interval, "energy_counter": 60}, max_w=MAX_W)
        series |= {(name, "power"): samples, (name, "energy_counter"): register}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "BATCH_ROWS", batch)
        together = rows(run(series, rules).rows)
    alone = [
        row
        for name, rule in rules.items()
        for row in rows(run({key: value for key, value in series.items() if key[0] == name}, {name: rule}).rows)
    ]
    assert together == alone


@LAW
@given(sampled())
def test_both_ways_to_the_extremes_agree(case: tuple[float, list[Sample]]) -> None:
    interval, samples = case
    clock = np.array([time for time, _ in samples], dtype=np.int64)
    value = np.array([value for _, value in samples])
    reach = np.full(clock.size - 1, 3.0 * interval)
    near = np.diff(clock) <= reach
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(powers, "_FEW", 64)
        few = powers._extremes(clock, value, reach)
    many = powers._extremes_of_many(clock, value, reach)
    for one, other in zip(few, many, strict=True):
        assert (one[near] == other[near]).all()


# ---------------------------------------------------------------------------------------------- the law of design 4.6


def reported(table: pa.Table) -> tuple[float, float, float]:
    """Reported energy of the point, its lower bound and the share that was measured."""
    point = state("p", "server", max_w=MAX_W, accuracy_pct=1.0)
    figure = energy_kwh(table, era(point), pick=lambda _: (P,), name="energy_kwh", site="s", limit=1.0)
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low <= figure.value <= figure.high
    assert figure.measured + figure.estimated + figure.missing == approx(1, abs=1e-9)
    return figure.value, figure.low, figure.measured


@LAW
@given(sampled(), st.data())
def test_deleting_power_readings_never_improves_a_figure(case: tuple[float, list[Sample]], data: st.DataObject) -> None:
    """Less is measured, and what is reported does not fall below the interval that stood before."""
    interval, samples = case
    kept = [sample for sample in samples if data.draw(st.booleans())]
    rule = {P: PointRule(interval_s={"power": interval}, max_w=MAX_W)}
    before, after = (run({(P, "power"): some}, rule).rows for some in (samples, kept))
    for full, rest in zip(rows(before), rows(after), strict=True):
        assert rest["measured"] <= full["measured"] + 1e-12
        assert rest["missing"] >= full["missing"] - 1e-12
        filled = rest["energy_kwh"] + rest["missing"] * (rest["end"] - rest["start"]) * MAX_W / 3.6e6
        assert filled >= full["low_kwh"] - 1e-12
    stood, found = reported(before), reported(after)
    assert found[0] >= stood[1] - 1e-12
    assert found[2] <= stood[2] + 1e-12


@LAW
@given(st.lists(st.tuples(st.sampled_from([60, 150, 300, 300, 300, 900]), watts), max_size=20), st.data())
def test_deleting_amounts_never_improves_a_figure(steps: list[tuple[int, float]], data: st.DataObject) -> None:
    """The successor of a deleted amount may speak of a longer time, but of none that was not covered before."""
    times = np.cumsum([step for step, _ in steps])
    series = [(int(time), power * 300 / 3.6e6) for time, (_, power) in zip(times, steps, strict=True)]
    kept = [one for one in series if data.draw(st.booleans())]
    rule = {P: PointRule(interval_s={"energy": 300}, max_w=MAX_W)}
    before, after = (run({(P, "energy"): some}, rule).rows for some in (series, kept))
    for full, rest in zip(rows(before), rows(after), strict=True):
        assert rest["measured"] <= full["measured"] + 1e-12
        filled = rest["energy_kwh"] + rest["missing"] * (rest["end"] - rest["start"]) * MAX_W / 3.6e6
        assert filled >= full["low_kwh"] - 1e-12
    stood, found = reported(before), reported(after)
    assert found[0] >= stood[1] - 1e-12
    assert found[2] <= stood[2] + 1e-12


@LAW
@given(counted(), st.data())
def test_deleting_register_readings_moves_no_energy_beyond_its_neighbours(
    samples: list[Sample], data: st.DataObject
) -> None:
    """Between readings that are kept the sum stays; less is measured."""
    kept = [samples[0], *(one for one in samples[1:-1] if data.draw(st.booleans())), samples[-1]]
    span = samples[0][0], samples[-1][0]
    before, after = register_rows(samples, *span), register_rows(kept, *span)
    assert math.fsum(r["energy_kwh"] for r in after) == approx(math.fsum(r["energy_kwh"] for r in before), rel=1e-9)
    assert seconds(after, "measured") <= seconds(before, "measured") + 1e-6


@LAW
@given(counted(), st.data())
def test_spikes_change_no_sum(samples: list[Sample], data: st.DataObject) -> None:
    """One reading that leaps far away and back is rejected, and the register goes on as if it had not been there."""
    times = sorted({time for time, _ in samples})
    gaps = [(a + b) // 2 for a, b in pairwise(times)]
    at = data.draw(st.sampled_from(gaps))
    wrong = data.draw(st.sampled_from([0.0, 65_535.0, 4_294_967.0]))
    rule = PointRule(interval_s={"energy_counter": 60}, max_w=MAX_W)
    result = run({(P, "energy_counter"): [*samples, (at, wrong)]}, {P: rule}, times[0], times[-1])
    assert total(result.rows, P) == approx(samples[-1][1] - samples[0][1], rel=1e-9, abs=1e-9)
    assert result.rejected["time"].to_pylist() == [MIDNIGHT + at]


@LAW
@given(counted(), st.floats(1.0, 20.0))
def test_wraps_lose_nothing(samples: list[Sample], span: float) -> None:
    """A register that starts again from 0 advances as one that does not, as long as it cannot wrap twice unseen."""
    near = [samples[0], *(b for a, b in pairwise(samples) if b[0] - a[0] < span * 3.6e6 / MAX_W)]
    steps = [b[1] - a[1] for a, b in pairwise(near) if b[0] - a[0] < span * 3.6e6 / MAX_W]
    told = [(time, value % span) for time, value in near]
    rule = PointRule(interval_s={"energy_counter": 60}, max_w=MAX_W, register_max_kwh=span)
    if len(near) > 1 and len(steps) == len(near) - 1:
        result = run({(P, "energy_counter"): told}, {P: rule}, near[0][0], near[-1][0])
        assert total(result.rows, P) == approx(math.fsum(steps), rel=1e-6, abs=1e-9)


def test_the_kernel_is_linear_in_power() -> None:
    """Twice the power is twice the energy, to the last bits."""
    noise = np.random.default_rng(5)
    samples = [(t, float(noise.uniform(0, 900))) for t in range(-60, HOUR + 60, 7)]
    rule = {P: PointRule(interval_s={"power": 7}, max_w=MAX_W)}
    once = run({(P, "power"): samples}, rule)
    twice = intervals(
        readings({(P, "power"): [(t, 2 * w) for t, w in samples]}), rules=rule, start=MIDNIGHT, end=MIDNIGHT + HOUR
    )
    assert total(twice.rows, P) == approx(2 * total(once.rows, P), rel=1e-15)
