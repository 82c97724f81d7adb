"""The page of the plan says what `wattlas plan` and `wattlas measures` say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analytics.planning import forecast
from analytics.planning.models import DAILY, NAIVE
from tests.ui.company import HEAD, Company
from tests.ui.pages.pages import broken_books, cells, draw, words
from tests.ui.plan.test_measures import PLAN
from tests.ui.plan.test_plan import company, row
from ui import format as fmt
from ui.plan.curve import measure_rows
from ui.plan.status import plan_of
from ui.text import t
from ui.titles import rows as titles

if TYPE_CHECKING:
    from ui.service import Service

SIMPLE = {name: DAILY[name] for name in (NAIVE, "mean of four weeks")}
TARGETS = (
    row("facility_energy_kwh", "baseline_value = 20000.0\nreduction = 0.5", "easy"),
    row("facility_energy_kwh", "baseline_value = 5000.0\nreduction = 0.5", "hard"),
    row("pue", "baseline_value = 1.6\ntarget_value = 1.5", "pue"),
    row("it_energy_kwh", "target_value = 1.0", "bare"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Five months of a small site with four targets and two measures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.plan.status.HISTORY_DAYS", 150)
        found = company(tmp_path_factory.mktemp("plan"), *TARGETS)
        found.head += PLAN.replace('"2026-11-01', '"2027-11-01')
        return found


@pytest.fixture
def service(made: Company, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setattr("ui.plan.status.HISTORY_DAYS", 150)  # no more were read
    monkeypatch.setattr(forecast, "DAILY", SIMPLE)  # what is drawn here needs no fit: a busy machine drew for a minute
    return made.service


def test_each_target_stands_with_its_status_and_probability(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "plan")
    assert not app.exception
    text = words(app)
    assert "2 of 4 targets on track; 0 at risk, 1 off track, 1 without data" in text
    (easy,) = [one for one in plan_of(service).rows if one["id"] == "easy"]
    assert fmt.quantity(easy["expected"], "kWh").replace(fmt.SPACE, " ") in text
    assert "the books give no it_energy_kwh of 2025" in text
    assert {chart.key for chart in app.get("echarts_chart")} == {"chart_course"}


def test_the_overview_says_the_same_of_its_site(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    text = words(draw(monkeypatch, service, "overview", site="s"))
    rows = plan_of(service).rows
    assert "2 of 4 targets on track; 0 at risk, 1 off track, 1 without data" in text
    assert all(titles.target(row, "en").replace(fmt.SPACE, " ") in text for row in rows)


def test_a_share_is_aimed_at_and_no_more_of_it_is_forbidden() -> None:
    green = {"metric": "matched_share_annual", "unit": "1", "years": 2026, "allowed": 0.75, "expected": 0.6}
    assert titles.target(green, "en").endswith("0.60 expected, at least 0.75 aimed at")
    assert titles.target({**green, "expected": None}, "zh").endswith("目标不低于 0.75")


def test_a_course_says_when_the_budget_ends_and_how_likely_it_lasts(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = words(draw(monkeypatch, service, "plan", target="hard"))
    assert "the limit of 2026 is used up on 23 May" in text
    assert "kept with a probability of 0 %" in text
    assert "Each day of 2026" in words(draw(monkeypatch, service, "plan", target="pue"))
    assert "bare has no course by day" in words(draw(monkeypatch, service, "plan", target="bare"))
    assert not draw(monkeypatch, service, "plan", target="<nothing>").exception


def test_measures_say_what_the_command_says_and_their_progress_is_noted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = draw(monkeypatch, service, "plan")
    (of,) = measure_rows(service)
    assert any(of["title"] in line for line in cells(app))
    assert of["reason"] in words(app), "twelve months are not booked, so nothing is saved yet"
    app.selectbox(key="progress_state").set_value("started")
    app.number_input(key="progress_cost").set_value(3.5)
    app.button(key="FormSubmitter:progress-Note it").click().run()
    assert not app.exception
    step = service.stores.state.progress.newest()["ups"]
    assert (step.state, step.cost, step.currency) == ("started", 3.5, "EUR")
    assert "0 of 1 measures done, 1 at work" in words(app)


def test_without_targets_or_readings_the_page_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    app = draw(monkeypatch, Company(tmp_path_factory.mktemp("bare"), head=HEAD).service, "plan")
    assert not app.exception
    text = words(app)
    assert "No target stands" in text
    assert "wattlas plan templates" in text
    assert "No measure is planned" in text
    empty = Company(tmp_path_factory.mktemp("empty"), head=HEAD + TARGETS[0]).service
    app = draw(monkeypatch, empty, "plan", lang="zh")
    assert not app.exception
    assert app.header[0].value == t("plan.question", "zh")
    assert "无数据" in words(app)


def test_books_that_cannot_be_read_are_a_sentence(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken_books(made.folder):
        app = draw(monkeypatch, made.service, "plan")
    assert not app.exception
    assert any("cannot be drawn now" in error.value for error in app.error)
