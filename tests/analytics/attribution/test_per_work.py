"""Wall to token: worked examples, and work that nobody counted never makes a figure better."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from analytics.attribution.per_work import Count, billed, counted, gpu_hours, per_unit, recorded, together
from analytics.attribution.work import work_of
from analytics.kpi import Kpi
from collectors.ledger_row import LEDGER_SCHEMA
from tests.analytics.attribution.build import job, jobs
from tests.analytics.build import MIDNIGHT, approx, ledger_row

HOUR = 3600
SPAN: dict[str, Any] = {"start": MIDNIGHT, "end": MIDNIGHT + HOUR}
ENERGY = Kpi(
    name="facility_energy_kwh",
    unit="kWh",
    site="s",
    value_reported=1.0,
    value_measured=0.9,
    low=0.8,
    high=1.1,
    measured=0.9,
    estimated=0.1,
    missing=0.0,
    method="one point",
    start=MIDNIGHT,
    end=MIDNIGHT + HOUR,
)
TOKENS = Count(amount=1e6, measured=1.0, estimated=0.0, method="counters s/llm")


def test_joules_a_token() -> None:
    found = per_unit(ENERGY, TOKENS, per="token")
    assert (found.name, found.unit) == ("energy_per_token_j", "J/token")
    assert (found.value, found.value_measured, found.low, found.high) == approx((3.6, 3.24, 2.88, 3.96))
    assert (found.measured, found.estimated) == approx((0.9, 0.1))
    assert found.method == "over 1e+06 tokens (counters s/llm); one point"


@pytest.mark.parametrize(
    ("name", "unit", "per", "expected"),
    [
        ("emissions_location_kgco2e", "kgCO2e", "request", ("emissions_location_per_request_gco2e", 0.001)),
        ("water_l", "L", "gpu-hour", ("water_per_gpu_hour_l", 1e-6)),
        ("energy_cost", "EUR", "job", ("cost_per_job_money", 1e-6)),
    ],
)
def test_grams_litres_and_money(name: str, unit: str, per: str, expected: tuple[str, float]) -> None:
    found = per_unit(replace(ENERGY, name=name, unit=unit), TOKENS, per=per)
    assert (found.name, found.value) == (expected[0], pytest.approx(expected[1]))
    assert found.unit == {"kgCO2e": "gCO2e", "L": "L", "EUR": "EUR"}[unit] + f"/{per}"


def test_work_that_was_not_counted() -> None:
    some = replace(TOKENS, measured=0.97)
    assert (per_unit(ENERGY, some, per="token").low, per_unit(ENERGY, some, per="token").missing) == (
        None,
        approx(0.03),
    )
    assert "not counted for 50.0%" in (per_unit(ENERGY, replace(TOKENS, measured=0.5), per="token").reason or "")
    assert "nobody counted any token" in (per_unit(ENERGY, replace(TOKENS, amount=0.0), per="token").reason or "")
    silent = replace(ENERGY, value_reported=None, reason="no meter")
    assert per_unit(silent, TOKENS, per="token").reason == "no meter"


def test_work_that_may_lie_outside_of_the_period() -> None:
    cut = replace(TOKENS, measured=0.5, estimated=0.5, least=0.5e6, most=2e6)
    found = per_unit(ENERGY, cut, per="token")
    assert (found.low, found.value, found.high) == approx((1.44, 3.6, 7.92))
    assert per_unit(ENERGY, replace(cut, least=0.0), per="token").high is None
    rounded = replace(TOKENS, measured=0.97917, estimated=0.02083 - 1e-17)
    assert per_unit(ENERGY, rounded, per="token").low is not None
    assert replace(TOKENS, measured=0.9, estimated=0.1 - 1e-12).missing == 0.0


def test_counters_of_a_model() -> None:
    def row(point: str, cell: int, metric: str, amount: float | None, covered: float = 1.0) -> dict[str, object]:
        more = {"metric": metric, "energy_kwh": None, "value": amount, "unit": "count"}
        return ledger_row(point, cell, 0.0, covered, **more)

    rows = [row("s/in", cell, "token_counter", 100.0) for cell in range(4)]
    rows += [row("s/in", 0, "tokens", 7.0)]  # the register counts
    rows += [row("s/out", cell, "tokens", None if cell else 50.0, 0.0 if cell else 1.0) for cell in range(4)]
    table = pa.Table.from_pylist(rows, schema=LEDGER_SCHEMA)
    found = counted(table, points=["s/in", "s/out"], work="token", **SPAN)
    assert found == Count(amount=450.0, measured=0.625, estimated=0.0, method="counters s/in, s/out")
    assert found.missing == 0.375
    silent = counted(table, points=["s/in", "s/gone"], work="token", **SPAN)
    assert silent == Count(amount=400.0, measured=0.5, estimated=0.0, method="counters s/in")
    assert "not counted for 50.0%" in (per_unit(ENERGY, silent, per="token").reason or "")
    assert counted(table, points=["s/in"], work="step", **SPAN) is None


def test_work_of_job_records() -> None:
    table = jobs(
        job("1", end=HOUR, key=1, tenant="red", tokens=1000.0),
        job("1", "s/b", end=HOUR, key=1, tenant="red", tokens=1000.0),
        job("2", end=2 * HOUR, key=2, tenant="red", tokens=1000.0),
        job("3", end=HOUR, key=3, tenant="red"),
    )
    work = work_of(table, by="tenant")
    tokens = recorded(table, work, subject="red", per="token", **SPAN)
    assert tokens.amount == 1500.0
    assert (tokens.measured, tokens.estimated, tokens.missing) == approx((4 / 9, 2 / 9, 1 / 3))
    assert tokens.method == "records of 2 of 3 jobs"
    assert (tokens.least, tokens.most) == (1000.0, 2000.0)  # job 2 ran twice as long: all of its tokens or none
    assert recorded(table, work, subject="red", per="job", **SPAN).amount == 2.5
    nobody = recorded(table, work, subject="blue", per="job", **SPAN)
    assert (nobody.amount, nobody.measured, nobody.missing) == (0.0, 0.0, 1.0)


def test_gpu_hours() -> None:
    table = jobs(job("1", gpu_share=0.5, start=-HOUR, end=HOUR), job("1", "s/b", gpu_share=1.0, end=1800))
    work = work_of(table, by="tenant")
    gpus = [8 if point == "s/a" else 4 for point in work.points]
    assert gpu_hours(work, subject="1", gpus_of=gpus, **SPAN).amount == 4.0 + 2.0
    assert gpu_hours(work, subject="2", gpus_of=gpus, **SPAN).amount == 0.0


def test_work_of_bills() -> None:
    whole, cut = (100.0, MIDNIGHT, MIDNIGHT + HOUR), (100.0, MIDNIGHT + HOUR // 2, MIDNIGHT + 2 * HOUR)
    found = billed([whole, cut, (7.0, MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR)], **SPAN)
    assert found is not None
    assert (found.amount, found.least, found.most) == approx((100.0 + 100.0 / 3, 100.0, 200.0))
    assert (found.measured, found.estimated, found.method) == (0.0, 1.0, "bills")
    assert billed([], **SPAN) is None
    both = together(replace(TOKENS, amount=100.0), replace(found, amount=300.0))
    assert (both.amount, both.measured, both.estimated, both.missing) == approx((400.0, 0.25, 0.75, 0.0))
    assert (both.least, both.most, both.method) == (200.0, 300.0, "counters s/llm and bills")
    assert together(replace(TOKENS, amount=0.0), found) == found
