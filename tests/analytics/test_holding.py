"""The open end of the present is estimated for 1.5 intervals, then missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from analytics.holding import held
from analytics.intervals import PointRule
from collectors.reading import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

RULES = {"s/a": PointRule(interval_s={"power": 10, "energy_counter": 60, "energy": 60})}


def series(metric: str, samples: Sequence[tuple[int, float]], point: str = "s/a") -> pa.Table:
    return pa.table(
        {
            "point": pa.array([point] * len(samples), TEXT),
            "metric": pa.array([metric] * len(samples), TEXT),
            "time": pa.array([at for at, _ in samples], pa.int64()),
            "value": pa.array([value for _, value in samples], pa.float64()),
            "quality": pa.array(["measured"] * len(samples), TEXT),
        }
    )


def test_power_in_time_holds_its_value() -> None:
    (row,) = held(series("power", [(0, 100.0), (10, 120.0)]), rules=RULES, end=25).to_pylist()
    assert row == {"point": "s/a", "metric": "power", "time": 25, "value": 120.0, "quality": "estimated"}


@pytest.mark.parametrize("end", [5, 10, 26])
def test_nothing_is_held_inside_at_the_sample_or_when_late(end: int) -> None:
    assert held(series("power", [(0, 100.0), (10, 120.0)]), rules=RULES, end=end).num_rows == 0


def test_a_register_holds_its_rate() -> None:
    # 0.6 kWh in 60 s, so 0.3 kWh in the next 30 s
    (row,) = held(series("energy_counter", [(0, 10.0), (60, 10.6)]), rules=RULES, end=90).to_pylist()
    assert row["value"] == pytest.approx(10.9)


@pytest.mark.parametrize("samples", [[(60, 10.6)], [(0, 11.0), (60, 10.6)], [(0, 1.0), (120, 2.0)]])
def test_a_register_without_a_sound_last_pair_holds_nothing(samples: list[tuple[int, float]]) -> None:
    assert held(series("energy_counter", samples), rules=RULES, end=samples[-1][0] + 30).num_rows == 0


def test_amounts_unknown_points_and_undeclared_metrics_hold_nothing() -> None:
    for table in (
        series("energy", [(0, 1.0), (60, 1.0)]),
        series("power", [(0, 1.0)], point="s/other"),
        series("temperature", [(0, 20.0)]),
        series("made_up", [(0, 20.0)]),
    ):
        assert held(table, rules=RULES, end=5).num_rows == 0
