"""Intervals hold the truth as often as they say, and fall together where there is nothing to be off."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.uncertainty import (
    half_width_95,
    half_width_ratio_95,
)

SITES = 2000


@pytest.mark.parametrize("meters", [1, 2, 3, 5, 8, 20, 100])
def test_half_widths_hold_95_percent_of_sums(meters: int) -> None:
    random = np.random.default_rng(20261123 + meters)
    limits = random.uniform(0.1, 5.0, meters)
    errors = (random.uniform(-1, 1, (40_000, meters)) * limits).sum(axis=1)
    inside = float((np.abs(errors) <= half_width_95(limits=limits.tolist())).mean())
    assert 0.945 <= inside <= 0.955


def test_ratios_of_two_thousand_sites_lie_in_their_intervals() -> None:
    random = np.random.default_rng(5)
    inside = 0
    for _ in range(SITES):
        count = int(random.integers(1, 12))
        above = {
            f"m{n}": (float(random.uniform(10, 100)), 0.01 * random.choice([0.2, 0.5, 1, 2])) for n in range(count)
        }
        below = {name: above[name] for name in list(above)[: count // 2]} | {
            f"it{n}": (float(random.uniform(10, 100)), 0.01) for n in range(int(random.integers(1, 6)))
        }
        off = {name: random.uniform(-1, 1) * (above | below)[name][1] for name in above | below}
        truth = sum(v for v, _ in above.values()) / sum(v for v, _ in below.values())
        seen = sum(v * (1 + off[n]) for n, (v, _) in above.items()) / sum(
            v * (1 + off[n]) for n, (v, _) in below.items()
        )
        half = half_width_ratio_95(above=above, below=below)
        assert half is not None
        inside += abs(seen - truth) <= half
    assert 0.935 <= inside / SITES <= 0.965


def test_nothing_to_divide_by_has_no_interval() -> None:
    assert half_width_ratio_95(above={"a": (1.0, 0.1)}, below={"b": (0.0, 0.1)}) is None
    assert half_width_ratio_95(above={"a": (0.0, 0.1)}, below={"b": (1.0, 0.1)}) == 0.0


def test_meters_without_error_add_nothing() -> None:
    assert half_width_95(limits=[0.0, 0.0]) == 0.0
