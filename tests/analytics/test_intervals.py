"""The kernel by hand: every rule of design 4.3 to 4.5 on numbers that fit on one line."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from analytics import frame
from analytics.intervals import PointRule, intervals, reach_s
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.reading import READING_SCHEMA
from config.errors import InputError
from tests.analytics.build import HOUR, MIDNIGHT, approx, readings, rows, run, total

P = "s/p"
TEN = PointRule(interval_s={"power": 300}, max_w=2000)
POWER, COUNTER = (P, "power"), (P, "energy_counter")


def test_a_trapezoid_is_cut_exactly_at_the_edge() -> None:
    """From 0 W at 600 s to 1200 W at 1200 s the power at 900 s is 600 W.

    First cell: 300 s x (0 + 600) / 2 = 90,000 Ws = 0.025 kWh; second: 300 s x (600 + 1200) / 2 = 0.075 kWh.
    """
    first, second = rows(run({POWER: [(600, 0.0), (1200, 1200.0)]}, {P: TEN}, 0, 1800).rows)
    assert (first["energy_kwh"], second["energy_kwh"]) == (approx(0.025), approx(0.075))
    assert (first["value"], second["value"]) == (300.0, 900.0)
    assert (first["estimated"], first["missing"], first["quality"]) == (
        approx(1 / 3),
        approx(2 / 3),
        "partial",
    )


@pytest.mark.parametrize(
    ("apart", "quality", "method"),
    [(300, "measured", "power"), (450, "measured", "power"), (451, "estimated", "power"), (900, "estimated", "power")],
)
def test_distance_decides_what_a_segment_is_worth(apart: int, quality: str, method: str) -> None:
    """Up to 1.5 intervals measured, up to 3 estimated."""
    (row,) = rows(run({POWER: [(0, 100.0), (apart, 100.0)]}, {P: TEN}, 0, apart).rows)
    assert (row["quality"], row["method"], row["value"]) == (quality, method, 100.0)


def test_beyond_three_intervals_nothing_is_invented() -> None:
    result = run({POWER: [(0, 100.0), (901, 100.0)]}, {P: TEN}, 0, 1800)
    assert [(r["energy_kwh"], r["missing"], r["quality"], r["method"], r["value"]) for r in rows(result.rows)] == [
        (0.0, 1.0, "missing", "none", None)
    ] * 2


def test_an_estimated_sample_makes_both_its_segments_estimated() -> None:
    samples = [(0, 60.0), (300, 60.0), (600, 60.0, "estimated"), (900, 60.0)]
    (row,) = rows(run({POWER: samples}, {P: TEN}, 0, 900).rows)
    assert (row["measured"], row["estimated"], row["quality"]) == (
        approx(1 / 3),
        approx(2 / 3),
        "estimated",
    )


def test_bounds_reach_as_far_as_a_bridge_could() -> None:
    """The segment from 300 s to 600 s may be bridged from any sample within three intervals: 10 W to 500 W."""
    samples = [(-600, 900.0), (0, 10.0), (300, 100.0), (600, 100.0), (900, 500.0), (1500, 900.0)]
    (row,) = rows(run({POWER: samples}, {P: TEN}, 300, 600).rows)
    assert row["energy_kwh"] == approx(300 * 100 / 3.6e6)
    assert row["low_kwh"] == approx(300 * 10 / 3.6e6)
    assert row["high_kwh"] == approx(300 * 500 / 3.6e6)


def test_many_samples_within_an_interval_have_the_same_bounds() -> None:
    """Samples each second of a point declared at 300 s: extremes over 900 s on either side."""
    samples = [(t, 100.0 + (t == 1500) * 400 - (t == 150) * 60) for t in range(-900, 2700)]
    middle = rows(run({POWER: samples}, {P: TEN}, 900, 960).rows)[0]
    assert middle["energy_kwh"] == approx(60 * 100 / 3.6e6)
    assert middle["low_kwh"] == approx(60 * 40 / 3.6e6)
    assert middle["high_kwh"] == approx(60 * 500 / 3.6e6)


def test_a_register_comes_first_then_amounts_then_power() -> None:
    """Register known until 300 s, an amount for 300 to 600 s, power all along.

    0.1 kWh from the register, 0.2 kWh from the amount, and 300 s at 1200 W = 0.1 kWh from power.
    """
    rule = PointRule(interval_s={"energy_counter": 300, "energy": 300, "power": 300}, max_w=6000)
    series = {
        COUNTER: [(0, 50.0), (300, 50.1)],
        (P, "energy"): [(300, 9.9), (600, 0.2)],
        POWER: [(t, 1200.0) for t in range(0, 1201, 300)],
    }
    first, second = rows(run(series, {P: rule}, 0, 1800).rows)
    assert first["energy_kwh"] == approx(0.4)
    assert (first["method"], first["quality"], first["value"]) == (
        "register+energy+power",
        "measured",
        approx(1600),
    )
    assert (second["method"], second["energy_kwh"]) == ("power", approx(0.1))


def test_power_fills_the_minute_that_a_reset_loses() -> None:
    """The register falls at 600 s: nobody knows its minute, but power does: 60 s x 600 W = 0.01 kWh."""
    rule = PointRule(interval_s={"energy_counter": 60, "power": 60}, max_w=2000)
    counter = [(t, 7.0 + t / 6000 if t < 600 else (t - 600) / 6000) for t in range(0, 901, 60)]
    series = {COUNTER: counter, POWER: [(t, 600.0) for t in range(0, 901, 60)]}
    (row,) = rows(run(series, {P: rule}, 0, 900).rows)
    assert row["energy_kwh"] == approx(14 * 0.01 + 0.01)
    assert (row["method"], row["quality"]) == ("register+power", "measured")


def test_amounts_speak_of_the_interval_that_ends_at_their_time() -> None:
    """0.3 kWh told at 1000 s for 900 s: 800 s of them lie in the first cell."""
    rule = PointRule(interval_s={"energy": 900})
    first, second = rows(run({(P, "energy"): [(1000, 0.3)]}, {P: rule}, 0, 1800).rows)
    assert (first["energy_kwh"], second["energy_kwh"]) == (approx(0.3 * 8 / 9), approx(0.3 / 9))
    assert first["low_kwh"] == first["energy_kwh"] == first["high_kwh"]
    assert first["method"] == "energy"


def test_amounts_closer_than_their_interval_do_not_overlap() -> None:
    rule = PointRule(interval_s={"energy": 900})
    found = run({(P, "energy"): [(900, 0.2), (1500, 0.1)]}, {P: rule}, 0, 1800)
    assert [r["energy_kwh"] for r in rows(found.rows)] == [approx(0.2), approx(0.1)]
    assert rows(found.rows)[1]["measured"] == approx(600 / 900)


def test_gauges_counters_and_amounts_of_other_metrics_have_rows_of_their_own() -> None:
    """A temperature from 20 to 26 has the mean 23; a water register that goes from 5 to 65 L gives 60 L."""
    rule = PointRule(interval_s={"temperature": 900, "water_counter": 900, "water": 900}, max_w=1.0)
    series = {
        (P, "temperature"): [(0, 20.0), (900, 26.0)],
        (P, "water_counter"): [(0, 5.0), (900, 65.0)],
        (P, "water"): [(900, 7.0)],
    }
    found = {row["metric"]: row for row in rows(run(series, {P: rule}, 0, 900).rows)}
    assert {name: (row["value"], row["unit"], row["method"]) for name, row in found.items()} == {
        "temperature": (23.0, "degC", "mean"),
        "water": (approx(7.0), "L", "amount"),
        "water_counter": (approx(60.0), "L", "register"),
    }
    assert {row[column] for row in found.values() for column in ("energy_kwh", "low_kwh", "high_kwh")} == {None}


def test_every_declared_metric_has_a_row_for_every_cell() -> None:
    rule = PointRule(interval_s={"power": 10, "temperature": 60})
    found = rows(run({}, {"s/b": rule, "s/a": rule}, 450, HOUR).rows)
    assert [(r["point"], r["metric"], r["start"], r["end"], r["missing"]) for r in found] == [
        (point, metric, start, end, 1.0)
        for point in ("s/a", "s/b")
        for metric in ("energy", "temperature")
        for start, end in ((450, 900), (900, 1800), (1800, 2700), (2700, 3600))
    ]
    assert found[0]["energy_kwh"] == 0.0
    assert run({}, {}).rows.num_rows == 0


def test_a_metric_without_a_declared_interval_is_not_judged() -> None:
    """Power that nobody declared gives a row of missing energy, so that it is seen; a temperature gives none."""
    series = {POWER: [(0, 9.0), (10, 9.0)], (P, "temperature"): [(0, 9.0)], ("s/stranger", "power"): [(0, 1.0)]}
    (row,) = rows(run(series, {P: PointRule(interval_s={})}, 0, 900).rows)
    assert (row["metric"], row["missing"]) == ("energy", 1.0)


def test_a_metric_outside_the_catalogue_is_left_out() -> None:
    rule = PointRule(interval_s={"power": 300, "mood": 300})
    found = rows(run({(P, "mood"): [(0, 1.0), (300, 1.0)]}, {P: rule}, 0, 900).rows)
    assert [row["metric"] for row in found] == ["energy"]


def test_a_window_off_the_grid_has_short_rows_at_its_ends() -> None:
    found = rows(run({POWER: [(t, 360.0) for t in range(0, 3601, 300)]}, {P: TEN}, 100, 2000).rows)
    assert [(row["start"], row["end"]) for row in found] == [(100, 900), (900, 1800), (1800, 2000)]
    assert [row["energy_kwh"] for row in found] == [approx(s * 1e-4) for s in (800, 900, 200)]
    assert {row["quality"] for row in found} == {"measured"}


def test_a_window_within_one_cell_is_one_row() -> None:
    (row,) = rows(run({POWER: [(0, 360.0), (300, 360.0)]}, {P: TEN}, 60, 120).rows)
    assert (row["start"], row["end"], row["energy_kwh"]) == (60, 120, approx(0.006))


def test_cells_of_another_length() -> None:
    table = readings({POWER: [(t, 360.0) for t in range(0, 3601, 300)]})
    found = intervals(table, rules={P: TEN}, start=MIDNIGHT, end=MIDNIGHT + HOUR, length_s=1800).rows
    assert found["energy_kwh"].to_pylist() == [approx(0.18)] * 2


def test_what_is_no_number_is_refused_and_leaks_nowhere() -> None:
    samples = [(0, 60.0), (300, math.nan), (600, math.inf), (900, 60.0)]
    result = run({POWER: samples}, {P: TEN}, 0, 900)
    assert rows(result.rows)[0]["energy_kwh"] == approx(0.015)
    assert result.rejected["reason"].to_pylist() == ["not a finite number"] * 2
    assert result.rejected["quality"].to_pylist() == ["rejected"] * 2
    assert result.rejected.schema.equals(READING_SCHEMA)


def test_a_table_of_the_five_needed_columns_is_enough() -> None:
    """Plain text columns, several chunks and no reason column serve as well."""
    whole = readings({COUNTER: [(0, 1.0), (60, 0.0), (120, 1.01), (180, 1.02)], POWER: [(0, 5.0), (300, 5.0)]})
    plain = whole.select(["point", "metric", "time", "value", "quality"]).cast(
        pa.schema(
            [("point", "string"), ("metric", "string"), ("time", "int64"), ("value", "float64"), ("quality", "string")]
        )
    )
    chunked = pa.concat_tables([plain.slice(0, 2), plain.slice(2)])
    rule = {P: PointRule(interval_s={"energy_counter": 60, "power": 300}, max_w=2000)}
    results = [
        intervals(table, rules=rule, start=MIDNIGHT, end=MIDNIGHT + 900)
        for table in (whole, pa.concat_tables([whole.slice(0, 2), whole.slice(2)]), plain, chunked)
    ]
    assert len({str(result.rows.to_pylist()) for result in results}) == 1
    assert [result.rejected["time"].to_pylist() for result in results] == [[MIDNIGHT + 60]] * 4
    assert results[3].rejected.column_names == ["point", "metric", "time", "value", "quality", "reason"]


def test_rows_have_the_books_schema() -> None:
    table = run({POWER: [(0, 1.0), (300, 1.0)]}, {P: TEN}).rows
    assert table.schema.equals(LEDGER_SCHEMA)
    assert set(table["revision"].to_pylist()) == {0}
    assert set(table["config_hash"].to_pylist()) == {""}
    assert table.column("value").null_count == 3


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (readings({POWER: [(0, 1.0), (0, 2.0)]}), "s/p power are not in strict order of time"),
        (readings({POWER: [(0, 1.0, "rejected")]}), "hold rejected ones"),
        (
            pa.concat_tables([readings({POWER: [(0, 1.0)]}), readings({("s/q", "power"): [(0, 1.0)]})] * 2),
            "several places",
        ),
        (
            pa.concat_tables(
                [readings({POWER: [(0, 1.0)]}), readings({COUNTER: [(0, 1.0)]}), readings({POWER: [(9, 1.0)]})]
            ),
            "several places",
        ),
    ],
)
def test_readings_out_of_order_are_refused(table: pa.Table, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        intervals(table, rules={P: TEN}, start=MIDNIGHT, end=MIDNIGHT + HOUR)


def test_disorder_in_a_later_series_names_it() -> None:
    table = readings({POWER: [(0, 1.0), (9, 1.0)], ("s/q", "power"): [(0, 1.0), (5, 2.0)]})
    upside_down = table.take([0, 1, 3, 2])
    with pytest.raises(InputError, match="s/q power"):
        intervals(upside_down, rules={P: TEN, "s/q": TEN}, start=MIDNIGHT, end=MIDNIGHT + HOUR)


def test_a_window_without_time_is_refused() -> None:
    with pytest.raises(InputError, match="holds no time"):
        run({}, {}, 900, 900)


@pytest.mark.parametrize(
    ("interval_s", "reach"),
    [({}, 0), ({"power": 10}, 30), ({"energy_counter": 60}, 3600), ({"power": 10, "energy_counter": 900}, 12_600)],
)
def test_reach_is_as_far_as_readings_bear(interval_s: dict[str, float], reach: int) -> None:
    assert reach_s(PointRule(interval_s=interval_s)) == reach


def test_readings_beyond_the_reach_change_nothing() -> None:
    """What `reach_s` promises to the bookkeeper, on sampled power."""
    noise = np.random.default_rng(3)
    samples = [(t, float(noise.uniform(100, 900))) for t in range(-9000, 9000, 7)]
    rule = PointRule(interval_s={"power": 10}, max_w=2000)
    near = [one for one in samples if -reach_s(rule) <= one[0] <= HOUR + reach_s(rule)]
    assert run({POWER: samples}, {P: rule}).rows.equals(run({POWER: near}, {P: rule}).rows)
    assert total(run({POWER: near}, {P: rule}).rows, P) > 0


def test_no_readings_at_all_are_no_error() -> None:
    empty = readings({}).slice(0, 0)
    table = pa.table({name: pa.chunked_array([], empty.schema.field(name).type) for name in empty.column_names})
    found = intervals(table, rules={P: TEN}, start=MIDNIGHT, end=MIDNIGHT + 900)
    assert found.rows["missing"].to_pylist() == [1.0]
    assert found.rejected.num_rows == 0


def test_batches_are_cut_between_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "BATCH_ROWS", 3)
    series = {(f"s/{name}", "power"): [(0, 360.0), (300, 360.0), (600, 360.0), (900, 360.0)] for name in "abc"}
    table = run(series, {f"s/{name}": TEN for name in "abc"}, 0, 900).rows
    assert table["energy_kwh"].to_pylist() == [approx(0.09)] * 3


def test_series_of_one_kind_that_do_not_adjoin_are_laid_end_to_end() -> None:
    """Two points with register and power: the registers stand apart in the table."""
    rule = PointRule(interval_s={"energy_counter": 300, "power": 300}, max_w=2000)
    both = {"energy_counter": [(0, 1.0), (300, 1.05)], "power": [(300, 360.0), (600, 360.0)]}
    series = {(name, metric): both[metric] for name in ("s/a", "s/b") for metric in both}
    table = run(series, {"s/a": rule, "s/b": rule}, 0, 600).rows
    assert table["energy_kwh"].to_pylist() == [approx(0.08)] * 2


def test_few_and_many_samples_within_reach_have_the_same_bounds() -> None:
    """A peak is a bound from the first segment on whose bridge could end in it: not one earlier."""
    for apart in (100, 113, 128, 300):
        peak, first = 12 * apart, (12 - 900 // apart) * apart
        samples = [(t, 100.0 + (t == peak) * 50) for t in range(0, 40 * apart, apart)]
        bounds = [rows(run({POWER: samples}, {P: TEN}, at, at + 1).rows)[0]["high_kwh"] for at in (first - 1, first)]
        assert bounds == [approx(100 / 3.6e6), approx(150 / 3.6e6)]


def test_a_register_with_one_reading_leaves_all_to_power() -> None:
    rule = PointRule(interval_s={"energy_counter": 300, "power": 300}, max_w=2000)
    (row,) = rows(run({COUNTER: [(0, 5.0)], POWER: [(0, 360.0), (300, 360.0)]}, {P: rule}, 0, 300).rows)
    assert (row["energy_kwh"], row["method"]) == (approx(0.03), "power")


def test_amounts_closer_than_their_interval_may_be_as_little_as_over_the_whole_of_it() -> None:
    """0.2 kWh to 900 s; 0.1 kWh to 1350 s: 450 s long, but if the first were deleted, 900 s; 0.09 the same way."""
    rule = PointRule(interval_s={"energy": 900})
    found = run({(P, "energy"): [(900, 0.2), (1350, 0.1), (1800, 0.09)]}, {P: rule}, 0, 1800)
    first, second = rows(found.rows)
    assert (first["energy_kwh"], second["energy_kwh"]) == (approx(0.2), approx(0.19))
    assert (first["low_kwh"], second["low_kwh"]) == (approx(0.1), approx(0.045 + 0.045))
    assert (first["high_kwh"], second["high_kwh"]) == (approx(0.2), approx(0.1 + 0.09))
