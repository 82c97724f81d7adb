"""Do forecast bands hold what they say? 60 simulated sites, seeds fixed, each with a horizon of three to eight weeks.

A site's days have a weekend, a season of the year, a drift and noise with memory; the last weeks are kept back, at four
places. Said is: 80 % bands hold 75 to 85 % of sums, and the forecast errs less than the naive one at most sites
and more than 1.1 times as much at none.
"""

from __future__ import annotations

import sys

import numpy as np
import pytest

from analytics.planning.forecast import by_days
from analytics.planning.models import WEEK

pytestmark = pytest.mark.bench
SITES, SEED, DAYS = 60, 20_261_127, 400
BEHIND = 1.1  # error against the naive model, above which no site may lie
WINDOWS = (0, 30, 60, 90)  # days before the last one at which a horizon ends


def days_of(random: np.random.Generator) -> np.ndarray:
    at = np.arange(DAYS)
    weekend = random.uniform(0, 0.1) * (at % 7 >= 5)
    season = random.uniform(0, 0.06) * np.sin(2 * np.pi * (at / 365 + random.uniform(0, 1)))
    drift = random.uniform(-0.1, 0.3) * at / 365
    memory, noise = random.uniform(0.3, 0.95), random.standard_normal(DAYS)
    wander = np.zeros(DAYS)
    for day in range(1, DAYS):
        wander[day] = memory * wander[day - 1] + (1 - memory**2) ** 0.5 * noise[day]
    return 1000 * (1 - weekend + season + drift + random.uniform(0.005, 0.03) * wander)


def test_bands_of_sixty_sites() -> None:
    random = np.random.default_rng(SEED)
    holds, ratios = [], []
    for _ in range(SITES):
        series, horizon = days_of(random), int(random.integers(20, 60))
        off, naive = [], []
        for back in WINDOWS:
            known, came = series[: DAYS - back - horizon], series[DAYS - back - horizon : DAYS - back]
            found = by_days(known, horizon)
            assert found is not None
            band = found.total_band(horizon, 0.8)
            assert band is not None
            holds.append(band[0] <= came.sum() <= band[1])
            off.append(np.abs(came - found.values).mean())
            naive.append(np.abs(came - np.resize(known[-WEEK:], horizon)).mean())
        ratios.append(np.sum(off) / np.sum(naive))
    worse = np.array(ratios) > BEHIND
    sys.stdout.write(
        f"\n80 % bands hold {np.mean(holds):.0%} of {len(holds)} sums at {SITES} sites; error against the naive model: "
        f"median {np.median(ratios):.2f}, worst {np.max(ratios):.2f} (wished: 1.1), "
        f"{np.mean(worse):.0%} of sites above 1.1\n"
    )
    assert np.median(ratios) <= 1.0
    assert not worse.any()
    assert 0.75 <= np.mean(holds) <= 0.85
