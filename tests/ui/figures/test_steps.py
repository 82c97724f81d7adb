"""A register that counts in steps: figures of short times hold the truth, whether the step is declared or seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.cluster_seconds import hall
from tests.ui.company import START, TREE, Company
from ui.attribution.figures import attributed

if TYPE_CHECKING:
    from pathlib import Path

STEP, EACH_S, QUARTER = 0.1, 10, 900
WATTS = {"s/utility": 260.0, "s/ups": 180.0}  # 65 and 45 Wh a quarter hour, of steps of 100


def read(folder: Path, more: str = "") -> Company:
    """Two hours of two registers that count in whole steps."""
    tree = TREE.replace("interval_s = { power = 60 }", f"interval_s = {{ energy_counter = {EACH_S} }}\n{more}")
    company = Company(folder, tree, now=START + 86_400.0)
    for point, watts in WATTS.items():
        at = np.arange(0, 8 * QUARTER + EACH_S, EACH_S)
        shown = np.round(np.floor(at * watts / 3.6e6 / STEP) * STEP, 9)
        company.read(point, zip(at.tolist(), shown.tolist(), strict=True), "energy_counter")
    company.keep()
    return company


@pytest.mark.parametrize("more", ["", f"register_step_kwh = {STEP}"])
def test_a_quarter_hour_of_a_coarse_register_holds_the_truth(tmp_path: Path, more: str) -> None:
    service = read(tmp_path, more).service
    for number in range(4):
        start = START + number * QUARTER
        asked: dict[str, Any] = {"site": "s", "start": start, "end": start + QUARTER}
        facility, it = service.kpis(**asked, names=["facility_energy_kwh", "it_energy_kwh"])
        for one, watts in ((facility, WATTS["s/utility"]), (it, WATTS["s/ups"])):
            assert one.value is not None
            assert one.low is not None
            assert one.high is not None
            assert 0 <= one.low <= watts / 4000 <= one.high <= one.value + STEP + 1e-9


def test_a_step_is_seen_whenever_it_was_asked_for_first(tmp_path: Path) -> None:
    company = read(tmp_path)
    asked: dict[str, Any] = {"site": "s", "start": START, "end": START + QUARTER, "names": ["facility_energy_kwh"]}
    widths = []
    for now in (START + 5.0, START + 86_400.0):  # before anything of that hour was read, and the day after
        company.now = now
        (kpi,) = company.service.kpis(**asked)
        widths.append(0.0 if kpi.low is None or kpi.high is None else kpi.high - kpi.low)
    assert widths[1] >= STEP
    assert widths[0] < STEP  # of the same books without a step: what the first look leaves behind must not stay


def test_pue_of_two_hours_holds_the_step(tmp_path: Path) -> None:
    (pue,) = read(tmp_path).service.kpis(site="s", start=START, end=START + 8 * QUARTER, names=["pue"])
    assert pue.low is not None
    assert pue.high is not None
    assert pue.low < WATTS["s/utility"] / WATTS["s/ups"] < pue.high
    assert pue.high - pue.low > 0.2


def test_jobs_of_minutes_lie_inside_of_their_intervals(tmp_path: Path) -> None:
    sizes: dict[str, Any] = {"nodes": 4, "gpus": 8, "hours": 5, "seed": 5, "mean_minutes": 15.0}
    one = hall(tmp_path, gpu_s=EACH_S, node_s=EACH_S, gpu_step_kwh=STEP, node_step_kwh=STEP, **sizes)
    service = one.company.service
    span = (one.start, one.end)
    found = attributed(service, service.settings.site("s"), *span, by="job", names=["it_energy_kwh"])
    kpis = {each.of: each.kpi for each in found}
    inside = [(kpis[name].low or 0.0) <= true <= (kpis[name].high or 0.0) for name, true in one.truth.items()]
    assert len(inside) > 250
    assert np.mean(inside) >= 0.99
