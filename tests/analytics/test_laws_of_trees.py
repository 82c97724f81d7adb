"""What must hold whatever a site draws: parts sum to the whole, nothing counts twice, PUE is not below 1."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.effectiveness import pue_of_period
from analytics.energy import energy_kwh
from analytics.uses import energy_by_use, residuals
from tests.analytics.build import MIDNIGHT, era, ledger, state

if TYPE_CHECKING:
    from random import Random

    import pyarrow as pa

    from config.site import PointState

LAW = settings(max_examples=200, deadline=None)
CELLS = 4
SERVERS = ("srv-0", "srv-1", "srv-2")
SITE = (
    state("utility", "utility"),
    state("ups", "ups", "utility"),
    state("pdu-a", "pdu", "ups"),
    state("pdu-b", "pdu", "ups"),
    state("tower", "cooling", "utility"),
    state("light", "lighting", "utility"),
    *(state(name, "server", "pdu-a", "pdu-b", feeds=[f"{name}-a", f"{name}-b"], max_w=5e3) for name in SERVERS),
    *(state(f"{name}-{side}", "feed", f"pdu-{side}") for name in SERVERS for side in "ab"),
)
INSIDE = (state("gpu", "component", "srv-0"), *(state(f"mig-{n}", "component", "gpu", share="copy") for n in range(7)))

kwh = st.floats(0.01, 1.0, allow_nan=False)
Cells = list[tuple[str, int, float, float]]


@st.composite
def hall(draw: st.DrawFn) -> Cells:
    """An hour of a hall whose meters see losses on the way down: (point, cell, kWh, covered)."""
    cells: Cells = []
    for cell in range(CELLS):
        feeds = {f"{name}-{side}": draw(kwh) for name in SERVERS for side in "ab"}
        pdus = {f"pdu-{s}": (1 + draw(kwh) / 50) * sum(e for f, e in feeds.items() if f[-1] == s) for s in "ab"}
        ups = (1 + draw(kwh) / 20) * sum(pdus.values())
        told = {**feeds, **pdus, "ups": ups, "tower": draw(kwh), "light": draw(kwh)}
        told["utility"] = (ups + told["tower"] + told["light"]) * (1 + draw(kwh) / 20)
        cells += [(f"s/{name}", cell, energy, 1.0) for name, energy in told.items()]
    return cells


def it_kwh(table: pa.Table, *more: PointState) -> float | None:
    trees = era(*SITE, *more)
    return energy_kwh(table, trees, pick=lambda tree: tree.it(3), name="it_energy_kwh", site="s").value


@LAW
@given(hall(), st.data())
def test_uses_and_residuals_sum_to_what_enters(cells: Cells, data: st.DataObject) -> None:
    """Within 0.1 % and beyond: exactly, in whatever cells are left."""
    kept = [cell for cell in cells if data.draw(st.integers(0, 30))]
    uses = energy_by_use(ledger(kept), era(*SITE), category=1)
    parts = uses.it + uses.cooling + uses.lighting + uses.other + uses.losses
    assert parts == pytest.approx(uses.facility, rel=1e-12)
    for balance in residuals(ledger(kept), era(*SITE)):
        assert balance.residual_kwh >= -1e-12, "children never take more than their parents"


@settings(LAW, max_examples=100)
@given(st.lists(st.tuples(kwh, kwh, kwh, kwh), min_size=CELLS, max_size=CELLS), st.data())
def test_deleting_readings_never_narrows_what_losses_may_be(
    drawn: list[tuple[float, float, float, float]], data: st.DataObject
) -> None:
    """Whatever is gone, what was lost lies between the bounds, and these lie beyond those that stood before."""
    metered = {"max_w": 100e3, "accuracy_pct": 1.0, "register_step_kwh": 0.1, "interval_s": {"energy_counter": 10}}
    roles = {"utility": "utility", "ups": "ups", "tower": "cooling", "light": "lighting"}
    site = [state(name, role, *["utility"][: name != "utility"], **metered) for name, role in roles.items()]
    cells = [
        (f"s/{name}", cell, energy, 1.0)
        for cell, amounts in enumerate(drawn)
        for name, energy in zip(roles, (sum(amounts), *amounts[1:]), strict=True)
    ]
    some = [cell for cell in cells if data.draw(st.integers(0, 10))]
    fewer = [cell for cell in some if data.draw(st.integers(0, 10))]
    found = [energy_by_use(ledger(kept), era(*site), category=1) for kept in (cells, some, fewer)]
    for uses in found:
        assert uses.losses_low <= sum(lost for lost, *_ in drawn) <= uses.losses_high
    for before, after in pairwise(found):
        assert after.losses_low <= before.losses_low + 1e-9
        assert after.losses_high >= before.losses_high - 1e-9


@LAW
@given(st.lists(kwh, min_size=CELLS, max_size=CELLS), st.integers(0, 20), st.integers(1, CELLS - 1), st.data())
def test_what_a_ups_stores_lies_within_what_losses_may_be(
    loads: list[float], stored: int, outage: int, data: st.DataObject
) -> None:
    """Charged where all is read, given back in an outage that silences meters: time that is silent can lose less than
    nothing, so the losses of the rest are no bound, and a gap is bounded by ceilings alone (DECISIONS.md 57)."""
    stored_kwh = min(stored, loads[outage])
    entered = list(loads)
    entered[0] += stored_kwh
    entered[outage] -= stored_kwh
    site = [state("utility", "utility", max_w=400e3), state("ups", "ups", "utility", max_w=400e3)]
    silent = data.draw(st.sets(st.sampled_from(["utility", "ups"]), min_size=1))
    cells = [
        (f"s/{name}", cell, amounts[cell], 1.0)
        for name, amounts in (("utility", entered), ("ups", loads))
        for cell in range(CELLS)
        if cell != outage or name not in silent
    ]
    uses = energy_by_use(ledger(cells), era(*site), category=1)
    assert uses.losses_low <= 1e-9, "all that entered was used"
    assert uses.losses_high >= -1e-9
    assert uses.losses == pytest.approx(stored_kwh), "over the time in which all is read"


@LAW
@given(hall())
def test_pue_grows_with_the_category_and_is_not_below_one(cells: Cells) -> None:
    values = [pue_of_period(ledger(cells), era(*SITE), category=category, site="s").value for category in (1, 2, 3)]
    assert None not in values
    assert [1.0, *values] == sorted([1.0, *values])  # type: ignore[type-var]


@LAW
@given(hall(), kwh)
def test_what_lies_inside_equipment_adds_nothing(cells: Cells, gpu: float) -> None:
    """A GPU in a server, and seven slices that repeat it."""
    inside = [(point.id, cell, gpu, 1.0) for point in INSIDE for cell in range(CELLS)]
    assert it_kwh(ledger([*cells, *inside]), *INSIDE) == it_kwh(ledger(cells))


@LAW
@given(hall(), st.integers(1, CELLS - 1), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_the_cut_of_tables_do_not_matter(cells: Cells, cut: int, chance: Random) -> None:
    shuffled = list(cells)
    chance.shuffle(shuffled)
    early, late = ([cell for cell in shuffled if (cell[1] < cut) == first] for first in (True, False))
    whole = pue_of_period(ledger(cells), era(*SITE), category=3, site="s")
    parts = pue_of_period([ledger(early), ledger(late)], era(*SITE), category=3, site="s")
    assert parts.value == pytest.approx(whole.value, rel=1e-12)
    assert (whole.start, whole.end) == (MIDNIGHT, MIDNIGHT + 3600)


@LAW
@given(hall(), st.data())
def test_a_silent_server_never_makes_pue_better_than_its_bounds(cells: Cells, data: st.DataObject) -> None:
    """However many of its readings are gone, the lower bound stays below the PUE that stood before."""
    before = pue_of_period(ledger(cells), era(*SITE), category=3, site="s").value
    feed = f"s/{data.draw(st.sampled_from(SERVERS))}-a"
    gone = data.draw(st.integers(0, CELLS - 1))
    after = pue_of_period(ledger([c for c in cells if c[:2] != (feed, gone)]), era(*SITE), category=3, site="s")
    assert before is not None
    assert after.low is not None
    assert after.low <= before
