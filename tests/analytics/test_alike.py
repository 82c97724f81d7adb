"""Nodes of one chassis that each give the whole are found by their sameness, and by nothing less."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from analytics.alike import LEAST_INTERVALS, alike
from analytics.suspects import suspects

RANDOM = np.random.default_rng(7)
LOAD = RANDOM.uniform(0.1, 0.3, LEAST_INTERVALS)


def table(energies: dict[str, np.ndarray], *, begin: int = 0, measured: float = 1.0) -> pa.Table:
    rows = [
        (name, begin + 900 * at, energy)
        for name, series in energies.items()
        for at, energy in enumerate(series.tolist())
    ]
    RANDOM.shuffle(rows)
    points, starts, values = zip(*rows, strict=True)
    return pa.table(
        {
            "point": pa.array(points).dictionary_encode(),
            "start": pa.array([int(start) for start in starts], pa.int64()),
            "energy_kwh": pa.array([float(value) for value in values]),
            "measured": pa.array([measured] * len(points)),
        }
    )


def test_what_is_the_same_to_the_last_bit_is_one_meter_read_twice() -> None:
    off = LOAD.copy()
    off[5] = np.nextafter(off[5], 1.0)
    found = alike([table({"a": LOAD, "b": LOAD, "c": off, "d": LOAD[::-1]})])
    assert found == [("a", "b")]


def test_months_are_taken_together_in_any_order() -> None:
    half = LEAST_INTERVALS // 2
    parts = [table({"a": LOAD[half:], "b": LOAD[half:]}, begin=900 * half), table({"a": LOAD[:half], "b": LOAD[:half]})]
    assert alike(parts) == [("a", "b")]
    assert alike(parts[:1]) == [], "half a day is no proof"
    assert alike([parts[1], table({"a": LOAD[half:], "b": LOAD[:half]}, begin=900 * half)]) == []


def test_idle_machines_at_whole_watts_and_what_was_estimated_prove_nothing() -> None:
    assert alike([table({"a": np.full(200, 0.025), "b": np.full(200, 0.025)})]) == []
    assert alike([table({"a": LOAD, "b": LOAD}, measured=0.5)]) == []
    assert alike([]) == []


def test_the_audit_names_them() -> None:
    nodes = tuple(f"s/n{number}" for number in range(6))
    found = suspects(residuals=[], drifting=[], missing={}, same=[nodes, ("s/x", "s/y")])
    assert [one.point for one in found] == [*nodes, "s/x", "s/y"]
    assert found[0].reasons == (
        "s/n0, s/n1, s/n2, s/n3 and 2 more say the same in every interval: each may give what they share",
    )
    assert found[-1].reasons == ("s/x, s/y say the same in every interval: each may give what they share",)
