"""Does an estimated month hold the truth? 500 simulated months with 20 % of their readings deleted, seeds fixed.

A meter's power has a day's and a week's shape, a slow drift and noise with memory; gaps last from a quarter of an hour
to two days. Half of the months are estimated by the profile alone, half by a balance with a noisy parent. The figure is
the product's own: the month's energy with all proposed estimates approved.
"""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest

from analytics.boundary import Tree
from analytics.cells import Grid
from analytics.energy import energy_kwh
from analytics.frame import plain
from analytics.overlay import Estimates, overlaid
from analytics.proposals import Known, Proposal, proposals
from analytics.sheets import one_sheet
from collectors.arrays import arrow_of, one_text
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.build import MIDNIGHT, era, state

pytestmark = pytest.mark.bench
MONTHS, SEED = 500, 20_261_127
PER_DAY, DAYS, FIRST, LAST = 96, 86, 28, 58  # the month has 30 days, with 28 before and after it
CELLS, DELETED, LEAST = PER_DAY * DAYS, 0.2, 0.93
MONTH = slice(FIRST * PER_DAY, LAST * PER_DAY)
POINTS = (state("grid", "utility", max_w=1e7), state("ups", "ups", "grid", max_w=1e7))


def load_kwh(random: np.random.Generator) -> np.ndarray:
    at = np.arange(CELLS) / PER_DAY
    day = random.uniform(0, 0.3) * np.sin(2 * np.pi * (at + random.uniform(0, 1)))
    week = random.uniform(0, 0.15) * (at.astype(np.int64) % 7 >= 5)
    drift = random.uniform(-0.2, 0.2) * at / DAYS
    memory, noise = random.uniform(0.5, 0.98), random.standard_normal(CELLS)
    wander = np.zeros(CELLS)
    for cell in range(1, CELLS):
        wander[cell] = memory * wander[cell - 1] + (1 - memory**2) ** 0.5 * noise[cell]
    return np.maximum(random.uniform(5, 200) * (1 + day - week + drift + random.uniform(0, 0.08) * wander), 0.1)


def kept(random: np.random.Generator) -> np.ndarray:
    there = np.ones(CELLS, dtype=np.bool_)
    while there[MONTH].mean() > 1 - DELETED:
        length = int(np.exp(random.uniform(0, np.log(2 * PER_DAY))))
        first = int(random.integers(MONTH.start, MONTH.stop - length))
        there[first : first + length] = False
    return there


def rows(name: str, kwh: np.ndarray, there: np.ndarray) -> pa.Table:
    cells = np.arange(CELLS)[there]
    start, seen = MIDNIGHT + cells * 900, kwh[there]
    columns = {
        "start": arrow_of(start),
        "end": arrow_of(start + 900),
        "point": one_text(name, cells.size),
        "metric": one_text("energy", cells.size),
        **{column: arrow_of(seen) for column in ("energy_kwh", "low_kwh", "high_kwh")},
        "measured": arrow_of(np.ones(cells.size)),
        "missing": arrow_of(np.zeros(cells.size)),
    }
    return pa.table({key: columns[key] for key in LEDGER_SCHEMA.names if key in columns})


def cells_of(found: list[Proposal]) -> Estimates:
    columns = ("starts", "missing_s", "energy_kwh", "low_kwh", "high_kwh")
    joined = [np.concatenate([getattr(one, column) for one in found]) for column in columns]
    return Estimates(["s/ups"], np.zeros(joined[0].size, dtype=np.int64), *joined)


def month_holds(random: np.random.Generator, method: str) -> tuple[bool, float, float]:
    """Whether the truth lies within, and by how much the estimate and the interval are off or wide."""
    truth, there = load_kwh(random), kept(random)
    parent = truth * random.uniform(1.02, 1.3) + random.uniform(0, 0.02) * truth.mean() * random.standard_normal(CELLS)
    both = pa.concat_tables(
        [rows("s/grid", np.maximum(parent, truth), np.ones(CELLS, dtype=np.bool_)), rows("s/ups", truth, there)]
    ).unify_dictionaries()
    tree = Tree(POINTS if method == "balance" else POINTS[1:])
    points = [one.id for one in tree.points]
    sheet = one_sheet([both], points, Grid(MIDNIGHT, MIDNIGHT + CELLS * 900, 900)).of(points)
    start, end = MIDNIGHT + MONTH.start * 900, MIDNIGHT + MONTH.stop * 900
    found = list(proposals(Known(tree, sheet, sheet, {}), start=start, end=end, ranked=lambda _: (method,)))
    assert not [one.reason for one in found if one.reason]
    times = plain(both["start"])
    inside = both.filter(arrow_of((times >= start) & (times < end)))
    laid = overlaid([inside], cells_of(found), start=start, end=end)
    eras = era(*POINTS, start=start - MIDNIGHT, end=end - MIDNIGHT)
    figure = energy_kwh(laid, eras, pick=lambda _: ("s/ups",), name="it_energy_kwh", site="s")
    whole = float(truth[MONTH].sum())
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    return figure.low <= whole <= figure.high, figure.value / whole - 1, (figure.high - figure.low) / whole


@pytest.mark.parametrize("method", ["profile", "balance"])
def test_months_with_a_fifth_deleted(method: str) -> None:
    random = np.random.default_rng(SEED)
    holds, off, width = zip(*(month_holds(random, method) for _ in range(MONTHS // 2)), strict=True)
    sys.stdout.write(
        f"\n{method}: {np.mean(holds):.1%} of {MONTHS // 2} months hold the truth; off by {np.abs(off).mean():.2%} "
        f"on average, at most {np.abs(off).max():.2%}; interval {np.mean(width):.1%} wide\n"
    )
    assert np.mean(holds) >= LEAST
