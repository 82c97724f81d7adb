"""A register that counts in steps: figures of short times hold the truth, whether the step is declared or seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest

from analytics.intervals import REGISTER
from tests.cluster_seconds import hall
from tests.ui.company import START, TREE, Company
from ui.attribution.figures import attributed
from ui.figures import steps
from ui.figures.energy_course import energy_course
from ui.format import iso

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


def test_pue_of_two_hours_holds_the_step(tmp_path: Path) -> None:
    (pue,) = read(tmp_path).service.kpis(site="s", start=START, end=START + 8 * QUARTER, names=["pue"])
    assert pue.low is not None
    assert pue.high is not None
    assert pue.low < WATTS["s/utility"] / WATTS["s/ups"] < pue.high
    assert pue.high - pue.low > 0.2


def counted(folder: Path, *, step: float, each_s: int, watts: dict[str, float], hours: int) -> Company:
    """Registers of nobody's word that show whole steps of an uneven load."""
    tree = TREE.replace("power = 60", f"energy_counter = {each_s}").replace("000.0", "0000.0")
    company = Company(folder, tree, now=START + 2 * 86_400.0)
    for point, mean in watts.items():
        at = np.arange(0, hours * 3600 + each_s, each_s)
        shown = np.floor(truth(at, mean) / step) * step
        company.read(point, zip(at.tolist(), shown.tolist(), strict=True), "energy_counter")
    company.keep()
    return company


def truth(at: Any, mean: float) -> Any:  # noqa: ANN401 - arrays
    """Energy [kWh] since the beginning, of a load that swings by a tenth each 40 minutes."""
    return (mean * at + 0.1 * mean * 400 * (1 - np.cos(at / 400))) / 3.6e6


@pytest.mark.parametrize(
    ("step", "each_s", "mean", "hours", "start", "length"),
    [
        (1.0, QUARTER, 21_000.0, 4, 4500, QUARTER),  # five or six steps a reading
        (1.0, 60, 260.0, 12, 3600, QUARTER),  # no step within hours
        (10.0, 60, 1000.0, 24, 3600, 43_200),  # a step in ten hours, over half a day
    ],
)
def test_steps_that_are_hard_to_see_are_held(
    tmp_path: Path, step: float, each_s: int, mean: float, hours: int, start: int, length: int
) -> None:
    watts = {"s/utility": mean, "s/ups": 0.7 * mean}
    service = counted(tmp_path, step=step, each_s=each_s, watts=watts, hours=hours).service
    asked: dict[str, Any] = {"site": "s", "start": START + start, "end": START + start + length}
    for one, watt in zip(
        service.kpis(**asked, names=["facility_energy_kwh", "it_energy_kwh"]), watts.values(), strict=True
    ):
        true = float(truth(start + length, watt) - truth(start, watt))
        assert one.low is not None
        assert one.high is not None
        assert one.low <= true <= one.high
        assert one.high - one.low <= 2 * step + 1e-9


DAYS = 3
KW = {"s/utility": 1000.0, "s/ups": 700.0}  # registers of 10 kWh


def of_days(folder: Path, *, still_h: int = 0) -> tuple[Company, dict[str, Any]]:
    """Three days of registers that stand still for some hours first, and the question for their energies."""
    tree = TREE.replace("power = 60", "energy_counter = 900").replace("000.0", "0000.0")
    tree = tree.replace("interval_s", f'valid_from = "{iso(START)}"\ninterval_s')
    company = Company(folder, tree, now=START + (DAYS + 1) * 86_400.0)
    at = np.arange(0, DAYS * 86_400 + 900, 900)
    for point, mean in KW.items():
        shown = np.floor(truth(np.maximum(at - still_h * 3600, 0), mean) / 10) * 10
        company.read(point, zip(at.tolist(), shown.tolist(), strict=True), REGISTER)
    company.keep()
    asked = {"site": "s", "start": START, "end": START + DAYS * 86_400}
    return company, {**asked, "names": ["facility_energy_kwh", "it_energy_kwh"]}


@pytest.mark.parametrize("still_h", [0, 30])
def test_days_of_a_coarse_register_hold_the_truth(tmp_path: Path, still_h: int) -> None:
    """72 kWh in steps of 10 are 70 more or less 10; the last day tells the step where the first says nothing."""
    company, asked = of_days(tmp_path, still_h=still_h)
    for kpi, mean in zip(company.service.kpis(**asked), KW.values(), strict=True):
        true = float(truth(DAYS * 86_400 - still_h * 3600, mean))
        assert kpi.low is not None
        assert kpi.high is not None
        assert kpi.low <= true <= kpi.high
        assert kpi.high - kpi.low == pytest.approx(20.0)


@pytest.mark.parametrize("by", ["month", "day"])
def test_bars_of_months_and_days_hold_the_steps_that_the_figure_of_the_same_time_holds(
    tmp_path: Path, by: Literal["month", "day"]
) -> None:
    company, _ = of_days(tmp_path)
    service = company.service
    parts = energy_course(service, service.settings.site("s"), end=START + DAYS * 86_400, by=by, count=DAYS)
    assert parts
    for part in parts:
        names = ["facility_energy_kwh", "it_energy_kwh", "losses_energy_kwh", "pue"]
        found = service.kpis(site="s", start=part.start, end=part.end, names=names)
        drawn = (part.facility, part.it, part.losses, part.pue)
        assert [(one.value, one.low, one.high) for one in drawn] == [(kpi.value, kpi.low, kpi.high) for kpi in found]
        assert part.facility.high is not None
        assert part.facility.high == pytest.approx((part.facility.value or 0.0) + 10)


def test_days_beside_each_other_hold_their_steps(tmp_path: Path) -> None:
    company, asked = of_days(tmp_path)
    for day in company.service.days("s", end=asked["end"], count=DAYS):
        (kpi,) = company.service.kpis(site="s", start=day.start, end=day.end, names=["facility_energy_kwh"])
        assert (day.facility.low, day.facility.high) == (kpi.low, kpi.high)
        assert (kpi.high or 0.0) - (kpi.value or 0.0) == pytest.approx(10)


def test_a_step_outlives_the_readings_that_showed_it(tmp_path: Path) -> None:
    company, asked = of_days(tmp_path)
    company.service.ship()
    fresh = company.service.kpis(**asked)
    company.now = START + 500 * 86_400.0
    company.keep()
    company.service.upkeep()
    assert not company.service.stores.archive.read(points=list(KW), start=START, end=START + DAYS * 86_400).num_rows
    old = company.service.kpis(**asked)
    assert [(one.low, one.high) for one in old] == [(one.low, one.high) for one in fresh]
    assert [(one.high or 0.0) - (one.low or 0.0) for one in old] == pytest.approx([20.0, 20.0])


def test_a_meter_that_came_counts_in_its_own_steps(tmp_path: Path) -> None:
    """Steps of 10 kWh until a meter of steps of 1 comes at noon; a later month has that one's, also before it moves."""
    noon = 43_200
    tree = TREE.replace("power = 60", "energy_counter = 900").replace("000.0", "0000.0")
    at = iso(START + noon)
    changed = f'meters = [{{ id = "old", to = "{at}" }}, {{ id = "new", from = "{at}" }}]\n'
    head, tail = tree.split('role = "utility"\n')
    company = Company(tmp_path, f'{head}role = "utility"\n{changed}{tail}', now=START + 2 * 86_400.0)
    for first, last, step in ((0, noon - 900, 10), (noon, 86_400, 1)):
        times = np.arange(first, last + 900, 900)
        for point, mean in (("s/utility", 33_000.0), ("s/ups", 23_000.0)):
            shown = np.floor(truth(times - first, mean) / step) * step + first
            company.read(point, zip(times.tolist(), shown.tolist(), strict=True), REGISTER)
    company.keep()
    state = company.service.stores.state
    kept = state.register_steps.of(start=0, end=START + 86_400)
    assert [told for (point, _), told in sorted(kept.items()) if point == "s/utility"] == [
        (10 * 3_600_000, False),
        (3_600_000, False),
    ]
    april = START + 30 * 86_400
    asked = {"s/utility"}
    assert steps.steps_of(company.service, "s", START, START + 900, asked) == {"s/utility": 10.0}
    assert steps.steps_of(company.service, "s", april, april + 900, asked) == {"s/utility": 1.0}


def test_a_step_that_shows_later_is_seen_then(tmp_path: Path) -> None:
    company = Company(tmp_path, TREE.replace("power = 60", "energy_counter = 60"), now=START + 1200.0)
    highs = []
    for first, last in ((0, 1200), (1260, 7200)):
        company.now = START + last + 60.0
        at = np.arange(first, last + 60, 60)
        for point, watts in WATTS.items():
            shown = np.floor(at * watts / 3.6e6 / STEP) * STEP
            company.read(point, zip(at.tolist(), shown.tolist(), strict=True), "energy_counter")
        company.keep()
        (it,) = company.service.kpis(site="s", start=START, end=START + QUARTER, names=["it_energy_kwh"])
        highs.append(it.high)
    assert highs == [0.0, pytest.approx(STEP)]


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
