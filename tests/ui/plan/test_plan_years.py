"""Budgets of several years, the target year itself, months and intensities: a probability, or why there is none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analytics.planning import forecast
from analytics.planning.models import FEW_MONTHS, MONTHLY
from config.plan.targets import Target
from config.records.rows import Entry
from tests.ui.company import HEAD, START, TREE, Company
from tests.ui.plan.test_plan import DAY, LAST, found, row
from ui.plan.gap import gap_rows, moving
from ui.plan.months import Known, Span, ahead_of, by_month, left_by_month, span_of
from ui.plan.status import _baseline
from ui.views.plan import _under

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

DIESEL = "eu-mrr-per-litre:diesel:CO2"
UNFITTED = {name: model for name, model in MONTHLY.items() if "naive" in name}
FEW_UNFITTED = {name: model for name, model in FEW_MONTHS.items() if name != "Theta"}
GOAL: dict[str, Any] = {"target_value": 1.3}
BUDGET = """
[[targets]]
id = "{id}"
metric = "{metric}"
site = "s"
path = "budget"
budget_from_year = {first}
target_year = {last}
target_value = {value}
"""
MEASURE = """
[[measures]]
id = "save"
title = "A tenth of IT"
site = "s"
sub_load = "it"
effect_low = 0.1
effect_high = 0.1
realisation = 1.0
start = "2026-07-01T00:00:00+02:00"
life_years = 5
capex = 1.0
opex_per_year = 0.0
prices_of = "2026-01-01"
discount_rate = 0.06
currency = "EUR"
owner = "o"
source = "s"
"""


def budget(name: str, first: int, last: int, value: float, metric: str = "bought_energy_kwh") -> str:
    return BUDGET.format(id=name, metric=metric, first=first, last=last, value=value)


def since_2025(folder: Path, *tables: str) -> Service:
    """1.5 kW from 1 January 2025 (Berlin) to 22 May 2026: sixteen whole months."""
    begin = -437 * DAY - 3600
    tree = TREE.replace("power = 60", "power = 86400")
    made = Company(folder, tree, HEAD + "".join(tables), START + LAST)
    times = range(begin, LAST, 86400)
    made.read("s/utility", [(at, 1500.0) for at in times])
    made.read("s/ups", [(at, 1000.0) for at in times])
    made.keep()
    records = made.service.stores.state.records
    days = date(2026, 1, 1), date(2026, 5, 1)
    fuel = Entry(kind="fuel", site="s", subject=DIESEL, start=days[0], end=days[1], value=100.0, unit="L", amount=100.0)
    (saved,) = records.add([fuel], who="ana", at=int(made.now))
    records.approve([saved.id], who="ben", at=int(made.now), solo=False)
    return made.service


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Targets of all kinds on one set of books."""
    tables = [
        row("bought_energy_kwh", "baseline_value = 20000.0\nreduction = 0.5", "months"),
        row("cue_market", "baseline_value = 1.0\ntarget_value = 0.1", "intensity"),
        row("cue_market", "baseline_value = 0.2\ntarget_value = 0.1", "never"),
        budget("lasts", 2025, 2026, 30_000.0),
        budget("ends", 2025, 2026, 20_000.0, "facility_energy_kwh"),
        budget("spent", 2025, 2026, 1_000.0),
        budget("later", 2027, 2028, 30_000.0),
        budget("far", 2025, 2035, 300_000.0),
        budget("over", 2025, 2025, 13_200.0),
        budget("missed", 2025, 2025, 13_000.0),
        budget("used-up", 2025, 2035, 18_000.0),
        row("emissions_scope_1_kgco2e", "baseline_value = 200.0\ntarget_value = 100.0", "burnt-up"),
        row("bought_energy_kwh", "baseline_value = 14000.0\ntarget_value = 13000.0", "next").replace("2030", "2027"),
        row("emissions_scope_1_kgco2e", "baseline_value = 1000.0\ntarget_value = 500.0", "burnt"),
        budget("burnt-budget", 2026, 2027, 900.0, "emissions_scope_1_kgco2e"),
        row("energy_per_work", 'baseline_value = 1.0\ntarget_value = 0.5\nper = "token"\nmodel = "llm"', "work"),
    ]
    service = since_2025(tmp_path_factory.mktemp("years"), *tables, MEASURE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.plan.status.HISTORY_DAYS", 60)
        patch.setattr(forecast, "FEW_MONTHS", FEW_UNFITTED)  # a steady load needs no fit
        by_id = found(service)
        by_id["gap"] = {"rows": gap_rows(service, [by_id["ends"]])}
        by_id["gap over"] = {"rows": gap_rows(service, [by_id["over"]])}
        return by_id


def test_an_amount_known_by_month_alone_says_what_is_left_and_when_it_runs_out(rows: dict[str, dict[str, Any]]) -> None:
    months = rows["months"]
    assert months["left"] == pytest.approx(months["allowed"] - months["so_far"])
    assert months["runs_out"] is None, "18,000 kWh are more than 13,140"
    # of 18,000 kWh 5,100 were used by 22 May: 224 days are left
    assert months["left_per_day"] == pytest.approx(months["left"] / 224, rel=0.01)
    assert months["expected_per_day"] == pytest.approx(36.0, rel=0.05), "months differ in length"


def test_a_budget_of_two_years_runs_out_on_a_day(rows: dict[str, dict[str, Any]]) -> None:
    lasts, ends = rows["lasts"], rows["ends"]
    assert (lasts["years"], lasts["status"], lasts["runs_out"]) == ("2025-2026", "on track", None)
    assert lasts["expected"] == pytest.approx(26_280.0, rel=0.01), "730 days of 36 kWh"
    assert ends["status"] == "off track"
    assert ends["runs_out"] in {"2026-07-10", "2026-07-09", "2026-07-11"}, "20,000 kWh are 555.6 days of 36"
    assert ends["left"] == pytest.approx(20_000.0 - ends["so_far"])
    assert rows["spent"]["probability"] == 0.0
    assert rows["over"]["status"] == "on track"
    assert rows["over"]["expected"] == pytest.approx(13_140.0, rel=0.01)


def test_what_no_forecast_reaches_is_refused_in_words(rows: dict[str, dict[str, Any]]) -> None:
    assert rows["later"]["reason"] == "the budget begins in 2027"
    far = rows["far"]
    assert far["status"] == "no data"
    assert "the end is 116 months away, for which 116 months in a row have to be known" in far["reason"]
    assert "2024-12 has no figure" in far["reason"]
    assert far["left"] == pytest.approx(300_000.0 - far["so_far"])
    assert rows["months"]["target_year_probability"] is None
    assert "the end is 56 months away" in rows["months"]["target_year_reason"]
    assert "no work of model llm is known at s" in rows["work"]["reason"]
    assert rows["work"]["unit"] == "J/token"


def test_the_target_year_has_a_probability_where_enough_months_are_known(rows: dict[str, dict[str, Any]]) -> None:
    following = rows["next"]
    assert "for which 20 months" in following["target_year_reason"], "sixteen are known"
    assert rows["intensity"]["so_far"] is not None
    assert rows["intensity"]["unit"] == "kgCO2e/kWh"
    assert rows["never"]["required_mean"] is None
    assert "out of reach" in rows["never"]["reason"], "four months at 0.56 are above twelve at 0.18"


def test_a_mean_out_of_reach_is_not_likely_either(rows: dict[str, dict[str, Any]]) -> None:
    never = rows["never"]
    assert (never["probability"], never["probability_with_measures"], never["status"]) == (0.0, 0.0, "off track")


def test_scope_1_goes_as_far_as_its_records(rows: dict[str, dict[str, Any]]) -> None:
    burnt = rows["burnt"]
    assert burnt["so_far"] == pytest.approx(265.0, rel=0.02), "100 L of diesel"
    assert burnt["so_far_until"] == "2026-04-30T22:00:00Z", "the last month, for no record speaks of May"
    assert burnt["due_by_now"] == pytest.approx(burnt["allowed"] * 120 / 365, rel=0.001)
    assert burnt["status"] == "on pace"
    assert rows["burnt-budget"]["so_far"] == burnt["so_far"]


def test_no_measure_changes_a_budget_that_is_over(rows: dict[str, dict[str, Any]]) -> None:
    (left,) = rows["gap over"]["rows"]
    assert (left["value"], left["met"]) == (rows["over"]["expected"], True)
    assert "the years of the budget are over" in left["reason"]


def test_what_is_used_up_needs_no_forecast(rows: dict[str, dict[str, Any]]) -> None:
    assert (rows["over"]["probability"], rows["missed"]["probability"]) == (1.0, 0.0)
    assert rows["missed"]["status"] == "off track"
    for name in ("used-up", "burnt-up"):
        assert (rows[name]["probability"], rows[name]["status"]) == (0.0, "off track"), name
        assert rows[name]["left"] < 0
        assert "no forecast" in rows[name]["reason"]
        assert any("left" in words for words in _under(rows[name], "en")), "the page has no band to print"


def test_a_measure_that_comes_and_goes_within_a_span_moves_it(tmp_path: Path) -> None:
    service = Company(tmp_path, TREE, HEAD + MEASURE.replace("life_years = 5", "life_years = 1")).service
    begin, end, later = (int(datetime(2026 + at, 7, 1, tzinfo=UTC).timestamp()) for at in (0, 1, 2))
    assert moving(service, "s", begin - DAY, later)
    assert moving(service, "s", begin - DAY, end - 10 * DAY)
    assert not moving(service, "s", begin + DAY, end - 10 * DAY)
    assert not moving(service, "s", end + DAY, later)


def test_measures_change_what_is_to_come_of_a_budget_alone(rows: dict[str, dict[str, Any]]) -> None:
    ends = rows["ends"]
    assert ends["expected_with_measures"] < ends["expected"]
    step, left = rows["gap"]["rows"]
    to_come = ends["expected"] - ends["so_far"]
    assert 0 < -step["adds"] < 0.1 * to_come
    assert step["value"] == pytest.approx(ends["expected"] + step["adds"])
    assert (left["met"], left["required_rate"]) == (False, None)


def test_a_span_of_months_counts_what_is_over_and_what_is_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "MONTHLY", UNFITTED)
    target = Target(id="t", metric="bought_energy_kwh", site="s", baseline_year=2025, target_year=2027, reduction=0.1)
    known = Known([100.0] * 30, datetime(2026, 5, 22, tzinfo=UTC), "")
    assert ahead_of(known.edge, 2026) == 8
    assert span_of(known, 2026, 2026) == Span([100.0] * 4, 0, 8)
    assert span_of(known, 2027, 2027) == Span([], 8, 20)
    assert span_of(Known([1.0], known.edge, ""), 2026, 2026) is None
    told = by_month(target, known, Span([], 8, 20), limit=1100.0, unit="kWh")
    assert isinstance(told, dict)
    assert told["expected"] == pytest.approx(1200.0)
    assert told["probability"] < 0.1
    by_market = target.model_copy(update={"metric": "emissions_market_kgco2e"})
    kept = left_by_month(by_market, known, Span([100.0] * 4, 0, 8), limit=800.0, so_far=1300.0, today=known.edge.date())
    assert kept["left"] == 400.0, "so far is above what whole months say: these count"
    assert kept["runs_out"] == "2026-09-01"
    assert "none reaches further than 120" in str(by_month(target, known, Span([], 0, 200), limit=1.0, unit="kWh"))


def test_what_a_month_used_beyond_its_pace_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "MONTHLY", UNFITTED)
    target = Target(id="t", metric="bought_energy_kwh", site="s", baseline_year=2025, target_year=2027, reduction=0.1)
    known = Known([100.0] * 23, datetime(2026, 12, 11, tzinfo=UTC), "")
    span = Span([100.0] * 11, 0, 1)
    told = by_month(target, known, span, limit=1250.0, unit="kWh", used=1400.0)
    assert isinstance(told, dict)
    # 300 in ten of 31 days, then 21 days at the pace of 100 a month
    assert told["expected"] == pytest.approx(1400.0 + 100.0 * 21 / 31)
    assert (told["probability"], told["low_80"] >= 1400.0) == (0.0, True), "1,400 of 1,250 are used"
    kept = left_by_month(target, known, span, limit=1250.0, so_far=1400.0, today=known.edge.date())
    assert (kept["left"], kept["left_per_day"], kept["runs_out"]) == (-150.0, 0.0, "2026-12-11")
    on_pace = by_month(target, known, span, limit=1250.0, unit="kWh", used=1100.0 + 100.0 * 10 / 31)
    assert isinstance(on_pace, dict)
    assert on_pace["expected"] == pytest.approx(1200.0)
    kept = left_by_month(target, known, span, limit=1190.0, so_far=1150.0, today=known.edge.date())
    # 67.7 to come over 21 days, 40 are left: they last 12.4 days
    assert kept["runs_out"] == "2026-12-23"
    assert kept["expected_per_day"] == pytest.approx(100.0 / 31)


def test_months_of_a_mean_count_by_their_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "MONTHLY", UNFITTED)
    target = Target(id="t", metric="pue", site="s", baseline_year=2025, baseline_value=1.6, target_year=2026, **GOAL)
    months = [1.5, 1.0]  # January has 31 days, February 28
    known = Known([1.2] * 22 + months, datetime(2026, 3, 1, tzinfo=UTC), "")
    span = Span(months, 0, 10)
    gone, ahead = span.days(known.edge)
    assert (gone.tolist(), ahead.sum()) == ([31.0, 28.0], 306.0)
    told = by_month(target, known, span, limit=1.3, unit="1")
    assert isinstance(told, dict)
    alike = forecast.by_months(np.array(known.values), 10)
    assert alike is not None
    expected = (1.5 * 31 + 1.0 * 28 + float(alike.values @ ahead)) / 365
    assert told["expected"] == pytest.approx(expected)
    assert told["low_80"] <= told["expected"] <= told["high_80"]


def test_a_reduction_to_a_pue_below_one_is_refused(tmp_path: Path) -> None:
    one = Target(id="t", metric="pue", site="s", baseline_year=2025, target_year=2030, reduction=0.4)
    figure = SimpleNamespace(value=1.5, reason=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.plan.status.figure_of", lambda *_: figure)
        service = Company(tmp_path, TREE, HEAD).service
        value, why = _baseline(service, one)
        assert value is None
        told = "reduction 0.4 of the books' PUE 1.500 of 2025 is 0.900, and no PUE is below 1: give a target_value of"
        assert (why or "").startswith(told)
        assert _baseline(service, one.model_copy(update={"reduction": 0.2})) == (1.5, None)
