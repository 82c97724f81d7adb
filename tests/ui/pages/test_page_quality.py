"""The page of data quality: gaps in the calendar and by point, balances, estimates through their life, sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, START, TREE, Company
from tests.ui.pages.pages import broken_books, cells, draw, unfold, words
from tests.ui.records.test_estimates import DARK, DAY, POINTS, QUARTER, watts
from ui import session
from ui.cli import main
from ui.figures.data_quality import coverage_rows, quarantine_rows, source_rows
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

MONTH = {"month": "2026-04"}
SOURCE = """
[[sources]]
id = "ups-bmc"
kind = "simulated"
point = "s/ups"
interval_s = 60
profile = "day"
password = { env = "SECRET_OF_THE_UPS" }
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Sixty days of two meters, of which one was silent for a day, and one reading beyond its bounds."""
    made = Company(tmp_path_factory.mktemp("quality"), POINTS, now=START + 62.0 * DAY)
    times = range(0, 60 * DAY, QUARTER)
    made.read("s/ups", [(at, watts(at)) for at in times if at not in DARK])
    made.read("s/utility", [(at, 1.25 * watts(at)) for at in times])
    made.read("s/ups", [(62 * DAY - 7200, 9_000_000.0)])
    made.keep()
    return made


@pytest.fixture
def service(made: Company) -> Service:
    return made.service


def test_gaps_are_seen_by_day_and_by_point(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "quality", **MONTH)
    assert not app.exception
    text = words(app)
    assert "days are measured throughout" in text
    (worst, *_) = coverage_rows(service, service.settings.site("s"), START + 30 * DAY, START + 31 * DAY)
    assert (worst["point"], worst["seen"]) == ("s/ups", pytest.approx(0.0, abs=0.03))
    assert "1 of 2 meters were not seen throughout 2026-04" in text
    assert any("s/ups" in row[0] and row[3].endswith(" h") for row in cells(app) if len(row) == 4)
    assert "1 balances: 0 contradict themselves" in text
    assert "No source is polled" in text
    assert {chart.key for chart in app.get("echarts_chart")} == {"chart_calendar"}


def test_what_was_refused_is_read_when_asked_for(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = draw(monkeypatch, service, "quality", **MONTH)
    app.button(key="quarantine_go").click().run()
    assert not app.exception
    assert "1 readings of 1 points were refused" in words(app)
    (row,) = quarantine_rows(service, int(service.now()) - DAY, int(service.now()))
    assert "upper bound of s/ups" in row["reason"]
    path = str(service.settings.path)
    assert main(["audit", "coverage", "--from", "2026-04", "--json", "--config", path]) == 0
    assert json.loads(capsys.readouterr().out)[0]["point"] == "s/ups"
    assert main(["audit", "quarantine", "--config", path]) == 0
    assert main(["audit", "sources", "--config", path]) == 0
    assert "no [[sources]]" in capsys.readouterr().out
    app = draw(monkeypatch, service, "quality", lang="zh", **MONTH)
    app.button(key="quarantine_go").click().run()
    assert any("高于 s/ups 的上限" in cell for row in cells(app) for cell in row)


def test_estimates_are_proposed_approved_by_another_and_taken_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def person(name: str) -> None:
        monkeypatch.setattr(session, "actor", lambda: name)

    person("ada")
    app = draw(monkeypatch, service, "quality", **MONTH)
    app.button(key="propose_go").click().run()
    assert not app.exception
    assert "1 estimates wait for approval, 0 stand" in words(app)
    app.button(key="estimate_go").click().run()
    assert app.error, "ada proposed it"
    person("bob")
    app.button(key="estimate_go").click().run()
    assert "No estimate waits, 1 stand" in words(app)
    (one,) = service.stores.state.estimates.all()
    unfold(app, "fold_withdraw")
    app.multiselect(key="withdraw_ids").set_value([one.id])
    app.text_input(key="withdraw_reason").set_value("the logger was found")
    app.button(key="withdraw_go").click().run()
    assert not app.exception
    assert "No estimate waits, 0 stand" in words(app)


def test_sources_say_how_they_fare_and_nothing_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_UPS", "hunter2")
    service = Company(tmp_path, TREE + SOURCE, now=START + 3600.0).service
    app = draw(monkeypatch, service, "quality", lang="zh")
    assert not app.exception
    assert app.header[0].value == t("data.question", "zh")
    assert [row["state"] for row in source_rows(service)] == ["never"]
    text = words(app)
    assert "1 个数据源中 1 个静默" in text
    assert "hunter2" not in text + str(source_rows(service))


def test_an_empty_site_is_no_green_calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, Company(tmp_path, head=HEAD).service, "quality", month="nothing", site="<b>")
    assert not app.exception
    text = words(app)
    assert "Nothing was measured in these days" in text
    assert not app.get("echarts_chart")
    app = draw(monkeypatch, Company(tmp_path, "", HEAD).service, "quality")
    assert "No meter of this site is set up" in words(app)


def test_broken_books_are_a_sentence(made: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken_books(made.folder):
        app = draw(monkeypatch, made.service, "quality", **MONTH)
    assert not app.exception
    assert any("cannot be drawn now" in error.value for error in app.error)


@pytest.mark.parametrize(
    ("zone", "hours", "first"),
    [
        ("America/Los_Angeles", -4.0, "2026-02"),  # 31 March, 13:00 there, 20:00 UTC: March goes on
        ("America/Los_Angeles", 3.0, "2026-02"),  # 31 March, 20:00 there, April in UTC
        ("Asia/Shanghai", -4.0, "2026-03"),  # 1 April, 4:00 there, March in UTC
    ],
)
def test_months_are_those_of_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, hours: float, first: str
) -> None:
    made = Company(tmp_path, TREE, HEAD.replace("Europe/Berlin", zone), now=START + 18 * DAY + hours * 3600)
    app = draw(monkeypatch, made.service, "quality")
    assert app.selectbox(key="choice_month").options[0] == first
    assert not app.exception


def test_a_month_of_which_nothing_is_booked_has_no_silent_meter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Company(tmp_path, TREE, now=START + 18 * DAY - 7200 + 120.0)  # two minutes into April in Berlin
    text = words(draw(monkeypatch, made.service, "quality", month="2026-04"))
    assert "Nothing of 2026-04 is booked yet" in text
    assert "were not seen throughout" not in text
