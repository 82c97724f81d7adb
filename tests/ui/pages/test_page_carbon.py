"""The page of carbon and carbon-free energy on full, sparse, empty and broken books."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.ui.company import START
from tests.ui.pages.pages import broken_books, cells, draw, tiles, words
from tests.ui.racked import DAY, DAYS, racked
from ui import format as fmt
from ui.figures.green_course import contracts_used, matched_hours, whole_days
from ui.text import t

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

ZONE = ZoneInfo("Europe/Berlin")
END = START + DAYS * DAY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("carbon")
    racked(folder)
    return folder


@pytest.fixture
def service(folder: Path) -> Service:
    return racked(folder, days=0).service


def test_both_scopes_contracts_and_hours_stand_side_by_side(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "green", range="7d")
    assert not app.exception
    assert not app.error
    assert {str(chart.key) for chart in app.get("echarts_chart")} == {"chart_scope_2", "chart_hours", "chart_matched"}
    start, end = whole_days(END, 7, ZONE)
    found = {kpi.name: kpi for kpi in service.kpis(site="s", start=start, end=end)}
    shown = {label: value for label, (value, _) in tiles(app).items()}
    location = found["emissions_location_kgco2e"].value
    assert shown["Scope 2, location"] == fmt.emission(location).replace(fmt.SPACE, " ")
    assert shown["Matched, hourly"] == fmt.percent(found["matched_share_hourly"].value).replace(fmt.SPACE, " ")
    assert shown["24/7 CFE"] == "-"
    text = words(app)
    assert "Contracts covered" in text
    assert "Figures of the last 7 whole days" in text
    assert "Scope 1" in text
    states = {tuple(row[:1] + row[-1:]) for row in cells(app) if len(row) == 6 and row[0] == "ppa"}
    assert states == {("ppa", "counts"), ("ppa", "not retired")}


def test_certificates_cover_the_hours_of_their_own_vintage_alone(folder: Path) -> None:
    """A lot of three days says nothing of the wind of the next three, however much of it is left over."""
    made = racked(folder, days=0)
    first, until = (fmt.iso(START + days * DAY) for days in (13, 16))
    span = 'from = "2026-03-01T00:00:00Z"\nto = "2026-04-10T00:00:00Z"'
    lot = f'from = "{first}"\nto = "{until}"'
    made.points = made.points.replace(span, lot, 1).replace(
        'retired_at = "2026-03-02T00:00:00Z"', f'retired_at = "{until}"'
    )
    shares = [
        made.service.kpis(site="s", start=START + a * DAY, end=START + b * DAY, names=["matched_share_hourly"])[0]
        for a, b in ((13, 16), (16, 19), (13, 19))
    ]
    with_lot, without, both = (kpi.value for kpi in shares)
    assert with_lot is not None
    assert with_lot == pytest.approx(0.5, abs=0.03)
    assert without == 0.0
    assert both == pytest.approx(with_lot / 2, rel=0.01)


def test_certificates_cover_no_more_than_was_bought(service: Service) -> None:
    start, end = whole_days(END, 7, ZONE)
    used = contracts_used(service, service.settings.site("s"), start, end)
    (bought,) = service.kpis(site="s", start=start, end=end, names=["bought_energy_kwh"])
    assert [one.reason for one in used] == [None, "not retired"]
    assert bought.value is not None
    assert sum(one.used_kwh for one in used) == pytest.approx(min(bought.value, used[0].claimable_kwh))


def test_an_hour_is_matched_while_the_wind_blows_and_dark_where_nothing_was_read(service: Service) -> None:
    found = matched_hours(service, service.settings.site("s"), end=END, days=15, zone=ZoneInfo("UTC"))
    assert found is not None
    assert found.values[-1][13:23] == [0.0] * 10
    assert 0 < (found.values[-1][3] or 0) <= 1
    assert found.blank >= 24  # the day without the utility meter
    assert matched_hours(service, service.settings.site("farm"), end=END, days=2, zone=ZONE) is None


def test_whole_days_end_with_the_last_midnight() -> None:
    midnight = START - 3600  # of Berlin
    assert whole_days(midnight, 2, ZONE) == (midnight - 2 * DAY, midnight)
    assert whole_days(midnight + 900, 2, ZONE) == (midnight - 2 * DAY, midnight)


def test_an_empty_a_sparse_and_a_site_without_contracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, racked(tmp_path, days=0).service, "green")
    assert not app.exception
    assert {value for value, _ in tiles(app).values()} == {"-"}
    made = racked(tmp_path, days=2)
    app = draw(monkeypatch, made.service, "green", lang="zh")
    assert not app.exception
    assert t("green.question", "zh") in words(app)
    app = draw(monkeypatch, made.service, "green", site="farm")
    assert not app.exception
    assert "No contract covers this site" in words(app)
    assert "No metered contract" in words(app)


def test_broken_books_are_a_sentence_on_every_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = racked(tmp_path, days=1)
    with broken_books(tmp_path):
        app = draw(monkeypatch, made.service, "green")
    assert not app.exception
    assert app.error
    assert all("cannot be drawn now" in error.value for error in app.error)
