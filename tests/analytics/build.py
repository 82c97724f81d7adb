"""Builders for the tests of analytics: readings, trees and ledger rows in a line each."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from analytics.boundary import Era, Tree
from analytics.intervals import IntervalResult, PointRule, intervals
from collectors.ledger_row import LEDGER_SCHEMA
from collectors.reading import READING_SCHEMA
from config.site import PointState
from config.units import linear_factor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

approx: Any = pytest.approx  # within tuples and dictionaries, too
MIDNIGHT = 1_773_446_400  # 2026-03-14T00:00:00Z, an edge of the grid
HOUR = 3600
ROLES = {"facility": "utility", "it_ups_output": "ups", "it_component": "component"}  # the traces' word -> ours
UNITS = {"power": "W", "energy_counter": "kWh", "energy": "kWh"}


def readings(series: Mapping[tuple[str, str], Iterable[Sequence[Any]]]) -> pa.Table:
    """Readings from {(point, metric): [(second after midnight, value[, quality])]}, in the kernel's order."""
    rows = [
        {
            "point": point,
            "metric": metric,
            "time": MIDNIGHT + row[0],
            "value": row[1],
            "quality": row[2] if len(row) > 2 else "measured",
            "origin": "test",
            "seq": 0,
        }
        for (point, metric), of_series in sorted(series.items())
        for row in sorted(of_series, key=lambda one: one[0])
    ]
    return pa.Table.from_pylist(rows, schema=READING_SCHEMA)


def run(
    series: Mapping[tuple[str, str], Iterable[Sequence[Any]]],
    rules: Mapping[str, PointRule],
    start: int = 0,
    end: int = HOUR,
) -> IntervalResult:
    """Run the kernel over [start, end) seconds after midnight."""
    return intervals(readings(series), rules=rules, start=MIDNIGHT + start, end=MIDNIGHT + end)


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """Rows as dictionaries, with times in seconds after midnight."""
    return [{**row, "start": row["start"] - MIDNIGHT, "end": row["end"] - MIDNIGHT} for row in table.to_pylist()]


def ledger(cells: Iterable[tuple[str, int, float, float]]) -> pa.Table:
    """Ledger rows from (point, cell after midnight, kWh, covered share); bounds are 10 % off."""
    return pa.Table.from_pylist([ledger_row(*cell) for cell in cells], schema=LEDGER_SCHEMA)


def ledger_row(point: str, cell: int, kwh: float, covered: float = 1.0, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """One ledger row as a dictionary; `more` replaces columns."""
    start = MIDNIGHT + cell * 900
    return {
        "start": start,
        "end": start + 900,
        "point": point,
        "metric": "energy",
        "energy_kwh": kwh,
        "unit": "W",
        "measured": covered,
        "estimated": 0.0,
        "missing": 1 - covered,
        "quality": "measured" if covered == 1 else "partial",
        "method": "power",
        "revision": 0,
        "config_hash": "",
        "low_kwh": 0.9 * kwh,
        "high_kwh": 1.1 * kwh,
        **more,
    }


def steady(powers_kw: Mapping[str, float], hours: float = 1.0, *, without: Iterable[tuple[str, int]] = ()) -> pa.Table:
    """Ledger rows of points that each draw a steady power, less some (point, cell)."""
    gone = set(without)
    return ledger(
        [
            (point, cell, kw / 4, 1.0)
            for point, kw in powers_kw.items()
            for cell in range(round(hours * 4))
            if (point, cell) not in gone
        ]
    )


def state(name: str, role: str, *parents: str, **more: Any) -> PointState:  # noqa: ANN401 - fields of PointState
    """A metered point of site `s`; parents and feeds by their short names."""
    more["feeds"] = tuple(f"s/{feed}" for feed in more.get("feeds", ()))
    more.setdefault("interval_s", {"power": 10})
    above = tuple(f"s/{parent}" for parent in parents)
    return PointState(id=f"s/{name}", site="s", name=name, role=role, parents=above, **more)  # type: ignore[arg-type]


def era(*points: PointState, start: int = 0, end: int = HOUR) -> tuple[Era, ...]:
    """One tree over [start, end) seconds after midnight."""
    return (Era(MIDNIGHT + start, MIDNIGHT + end, Tree(points)),)


# ---------------------------------------------------------------------------------------------------- traces


@dataclass(frozen=True, slots=True)
class Case:
    """A trace as the kernel wants it: judged readings, rules, tree, and what is expected."""

    readings: pa.Table
    rules: dict[str, PointRule]
    points: tuple[PointState, ...]
    expect: list[dict[str, Any]]


def load_case(folder: Path) -> Case:
    """Read a trace and judge its readings as the product does: finite, within bounds, the last of a second stands."""
    spec = json.loads((folder / "truth.json").read_text())
    meters = {meter["id"]: meter for meter in spec["meters"]}
    newest: dict[tuple[str, str, int], float] = {}
    for row in csv.DictReader(io.StringIO((folder / "readings.csv").read_text())):
        value = float(row["value"] or "nan") * linear_factor(row["unit"], UNITS[row["metric"]])
        meter = meters[row["meter"]]
        bounded = row["metric"] != "power" or meter.get("min_w", 0) <= value <= meter.get("max_w", math.inf)
        if math.isfinite(value) and bounded:
            newest[row["meter"], row["metric"], seconds(row["time"])] = value
    columns = list(zip(*sorted(newest), strict=True))
    table = pa.table(
        {
            "point": pa.array(columns[0]).dictionary_encode(),
            "metric": pa.array(columns[1]).dictionary_encode(),
            "time": pa.array(columns[2], pa.int64()),
            "value": pa.array([newest[key] for key in sorted(newest)]),
            "quality": pa.array(["measured"] * len(newest)).dictionary_encode(),
        }
    )
    rules = {name: _rule(meter) for name, meter in meters.items()}
    return Case(table, rules, tuple(_state(meter) for meter in spec["meters"]), spec["expect"])


def seconds(text: str) -> int:
    """UTC seconds of an ISO text."""
    return int(datetime.fromisoformat(text).timestamp())


def _rule(meter: dict[str, Any]) -> PointRule:
    return PointRule(
        interval_s=meter["interval_s"],
        max_w=meter.get("max_w"),
        register_max_kwh=meter["counter_max_j"] / 3.6e6 if "counter_max_j" in meter else None,
        exchanges=(seconds(meter["exchanged_at"]),) if "exchanged_at" in meter else (),
    )


def _state(meter: dict[str, Any]) -> PointState:
    parents = tuple(meter.get("parents", [meter["parent"]] if "parent" in meter else []))
    role = ROLES.get(meter["role"], meter["role"])
    return PointState(
        id=meter["id"],
        site="t",
        name=meter["id"],
        role=role,
        parents=parents,
        feeds=tuple(meter.get("feeds", ())),
        max_w=meter.get("max_w"),
        share="copy" if "each slice" in meter.get("note", "") else None,
        interval_s=meter["interval_s"],
    )


def total(table: pa.Table, point: str, column: str = "energy_kwh") -> float:
    """Sum of a column over the energy rows of a point."""
    return math.fsum(row[column] for row in table.to_pylist() if (row["point"], row["metric"]) == (point, "energy"))
