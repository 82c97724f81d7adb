"""Do the intervals of figures hold the truth as often as they say? 2,000 simulated sites, seeds fixed beforehand.

Every meter of a site is off by a constant factor within its class, drawn evenly (GUM 4.3.7); the figures are those of
the product, computed from ledger rows that such meters would have given. Registers without gaps: nothing but metering
error is in play, so 95 % of the intervals must hold the truth, no fewer and no more.
"""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest

from analytics.effectiveness import pue_of_period
from analytics.energy import energy_kwh
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.build import era, ledger_row, state

pytestmark = pytest.mark.bench
SITES, SEED = 2000, 20_261_127
CLASSES = (0.2, 0.5, 1.0, 2.0)
CELLS = 4


def test_intervals_of_two_thousand_sites() -> None:
    random = np.random.default_rng(SEED)
    energy = pue = 0
    for _ in range(SITES):
        feeds, servers = int(random.integers(1, 5)), int(random.integers(1, 30))
        it_kwh = random.uniform(0.5, 20.0, servers)
        shares = random.dirichlet(np.full(feeds, 4.0)) * it_kwh.sum() * random.uniform(1.05, 1.8)
        truth = {f"feed-{n}": kwh for n, kwh in enumerate(shares)} | {f"srv-{n}": kwh for n, kwh in enumerate(it_kwh)}
        accuracy = {name: float(random.choice(CLASSES)) for name in truth}
        points = [
            state(name, "utility" if name.startswith("feed") else "server", accuracy_pct=accuracy[name], max_w=1e6)
            for name in truth
        ]
        seen = {name: kwh * (1 + random.uniform(-1, 1) * accuracy[name] / 100) for name, kwh in truth.items()}
        table = pa.Table.from_pylist(
            [
                ledger_row(f"s/{name}", cell, kwh / CELLS, low_kwh=kwh / CELLS, high_kwh=kwh / CELLS)
                for name, kwh in seen.items()
                for cell in range(CELLS)
            ],
            schema=LEDGER_SCHEMA,
        )
        eras = era(*points, end=CELLS * 900)
        total = energy_kwh(table, eras, pick=lambda tree: tree.facility, name="facility_energy_kwh", site="s")
        ratio = pue_of_period(table, eras, category=3, site="s")
        assert total.low is not None
        assert total.high is not None
        assert ratio.low is not None
        assert ratio.high is not None
        energy += total.low <= shares.sum() <= total.high
        pue += ratio.low <= shares.sum() / it_kwh.sum() <= ratio.high
    sys.stdout.write(
        f"\ntruth within the interval: energy {energy / SITES:.2%}, PUE {pue / SITES:.2%} of {SITES} sites\n"
    )
    assert 0.935 <= energy / SITES <= 0.965
    assert 0.935 <= pue / SITES <= 0.965
