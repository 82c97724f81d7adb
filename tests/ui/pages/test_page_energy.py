"""The page of energy and PUE on full, sparse, empty and broken books."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from analytics.uses import energy_by_use
from tests.analytics.build import era, ledger, state
from tests.analytics.test_change import KPI
from tests.ui.company import HEAD, START, Company
from tests.ui.pages.pages import broken_books, cells, draw, unfold, words
from tests.ui.racked import DAY, DAYS, racked
from ui import charts
from ui import format as fmt
from ui.figures.energy_course import Part, energy_course, local_months, power_hours
from ui.text import t
from ui.titles.courses import course
from ui.tokens import palette
from ui.views import energy_hours, power
from ui.views.energy_reading import POINTS_DRAWN, STEPS_S, step_s, zones
from ui.views.reading import closed_end

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

ZONE = ZoneInfo("Europe/Berlin")
END = START + DAYS * DAY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("energy")
    racked(folder)
    return folder


@pytest.fixture
def service(folder: Path) -> Service:
    return racked(folder, days=0).service


def test_flows_months_hours_and_figures_come_from_the_books(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "energy", range="7d")
    assert not app.exception
    assert not app.error
    assert {str(chart.key) for chart in app.get("echarts_chart")} >= {
        "chart_load",
        "chart_pue",
        "chart_uses",
        "chart_course",
    }
    text = words(app)
    assert "71 % of the energy reached IT, 21 % went to cooling" in text
    assert ["Lighting", "not metered", "-", "-"] in list(cells(app))
    assert "Energy by month" in text  # no month of these books is whole
    assert "2 with less than 95 % of the time seen have no bar" in text or "1 with less" in text
    assert "Readings missing on" in text
    end = closed_end(service, "s")
    (kpi,) = service.kpis(site="s", start=end - 7 * DAY, end=end, names=["facility_energy_kwh"])
    assert any(row[:2] == ["Facility energy", fmt.energy(kpi.value).replace(fmt.SPACE, " ")] for row in cells(app))


def test_hours_of_the_day_are_a_view_beside_months_and_days(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "energy", by="hour")
    assert not app.exception
    assert {str(chart.key) for chart in app.get("echarts_chart")} >= {"chart_power_hours"}
    assert "hours without a reading are hatched" in words(app)
    app.button_group(key="choice_by").set_value("day").run()
    assert app.query_params["by"] == "day"
    assert {str(chart.key) for chart in app.get("echarts_chart")} >= {"chart_course"}


def test_days_stand_beside_months_and_a_dark_day_has_no_bar(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "energy", by="day")
    assert not app.exception
    assert "with less than 95 % of the time seen have no bar" in words(app)
    (bars,) = [chart for chart in app.get("echarts_chart") if chart.key == "chart_course"]
    option = json.loads(bars.proto.spec)
    assert option["series"][0]["markArea"]["data"]
    assert None in [bar["value"] for bar in option["series"][0]["data"]]
    parts = energy_course(service, service.settings.site("s"), end=END, by="day", count=10)
    assert sum(part.sure for part in parts) == 10 - 1  # the last one is not over
    assert parts[0].uses.it == pytest.approx(parts[0].it.value)


@pytest.mark.parametrize(("query", "opened"), [({}, False), ({"zone": "none"}, True), ({"zone": "other/x"}, False)])
def test_the_fold_of_zones_stays_open_for_who_chooses_none(
    service: Service, monkeypatch: pytest.MonkeyPatch, *, query: dict[str, str], opened: bool
) -> None:
    app = draw(monkeypatch, service, "energy", range="7d", **query)
    (fold,) = [one for one in app.expander if one.label == t("energy.zone_neutral", "en")]
    assert fold.proto.expanded is opened


def test_a_zone_has_a_partial_pue_where_it_is_asked_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert zones(service, "s") == {"s/ups": "ups", "s/pdu": "PDU *one*"}
    app = draw(monkeypatch, service, "energy", range="7d", zone="s/pdu")
    assert not app.exception
    assert "PDU *one*: no partial PUE for this period" in words(app)  # a node of it is silent: 16 % of its IT
    assert any(row[0] == "Partial PUE" for row in cells(app))


def test_a_figure_opens_its_lineage(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, service, "energy", range="7d")
    unfold(app, "fold_lineage_energy")
    app.selectbox(key="lineage_energy").set_value("pue").run()
    assert not app.exception
    steps = [row[0] for row in cells(app) if row[0] in {"Figure", "Formula", "Point"}]
    assert steps.count("Figure") == 1
    assert steps.count("Point") >= 2
    assert "wattlas trace pue --site s" in words(app)


def test_utc_moves_clocks_and_leaves_days_to_the_site(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    link = {"range": "7d", "by": "hour"}
    local, utc = (words(draw(monkeypatch, service, "energy", **link, clock=clock)) for clock in ("site", "utc"))
    assert "clock of Europe/Berlin" in local
    assert "clock of UTC" in utc
    assert "CET" in local
    assert "UTC" in utc
    site = service.settings.site("s")
    of_site, of_utc = (power_hours(service, site, end=END, days=3, zone=ZoneInfo(zone)) for zone in (ZONE.key, "UTC"))
    assert of_site.values[-2][5] == of_utc.values[-1][3]  # 2 April, in summer time


def test_a_series_never_has_more_than_two_thousand_points() -> None:
    for length_s in (DAY, 30 * DAY, 365 * DAY, 400 * DAY):
        assert length_s / step_s(length_s) <= POINTS_DRAWN
    assert step_s(10_000 * DAY) == STEPS_S[-1]


def test_months_are_those_of_the_clock() -> None:
    (start, end) = local_months(START, 1, ZONE)
    assert (fmt.month(start, ZONE), fmt.month(end, ZONE)) == ("2026-03", "2026-04")
    assert end - start == 31 * DAY - 3600  # summer time began


def test_an_empty_and_a_sparse_site_explain_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = draw(monkeypatch, racked(tmp_path, days=0).service, "energy")
    assert not app.exception
    assert "No energy is booked for this period" in words(app)
    assert not app.get("echarts_chart")
    app = draw(monkeypatch, racked(tmp_path, days=1).service, "energy", lang="zh", range="1y")
    assert not app.exception
    assert t("energy.question", "zh") in words(app)


def test_broken_books_are_a_sentence_on_every_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = racked(tmp_path, days=1)
    with broken_books(tmp_path):
        app = draw(monkeypatch, made.service, "energy")
    assert not app.exception
    assert app.error
    assert all("cannot be drawn now" in error.value for error in app.error)


def shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *points: str, category: int = 1, watts: float = 800.0, by: str = ""
) -> str:
    made = Company(folder, head=HEAD.replace("pue_category = 1", f"pue_category = {category}"), now=START + 2.0 * DAY)
    for point in points:
        made.steady(point, watts * (1.25 if point == "s/utility" else 1.0), end=2 * DAY)
    made.keep()
    app = draw(monkeypatch, made.service, "energy", range="24h", by=by)
    assert not app.exception
    return words(app) + "\n".join(" ".join(row) for row in cells(app))


def test_it_that_no_meter_shows_is_no_zero_and_its_energy_no_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shown(tmp_path, monkeypatch, "s/utility", "s/ups", category=2)
    assert "reached IT" not in text
    assert "IT load" not in text
    assert "IT and losses 24.0 kWh 100 %" in text
    assert "Site power by use" in text


def test_it_alone_has_its_hours_where_the_facility_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shown(tmp_path, monkeypatch, "s/ups", by="hour")
    assert "IT power alone, kW, mean of each hour" in text
    assert "Nothing of this period is booked" not in text


NOTHING = energy_by_use(ledger([]), era(state("utility", "utility")), category=1)


def test_a_month_without_a_pue_has_no_dash_in_its_title() -> None:
    kpi = replace(KPI, value_reported=9750.0)
    part = Part(
        START,
        START + DAY,
        whole=True,
        uses=NOTHING,
        pue=replace(KPI, value_reported=None),
        facility=kpi,
        it=kpi,
        cooling=kpi,
        losses=kpi,
    )
    assert course([part], {START: "2026-11"}, "month", "en").replace(fmt.SPACE, " ") == "9.75 MWh in 2026-11"


def test_a_site_of_a_few_watts_is_no_row_of_zeros() -> None:
    option = charts.hour_map(
        ["Sat 14"],
        [[0.0041] * 24],
        [[True] * 24],
        unit="kW",
        gap_word="",
        colours=palette("light"),
        step=energy_hours._round(0.0041),
    )
    assert option["series"][0]["data"][0]["value"] == [0, 0, 0.0041]
    assert option["tooltip"]["valueFormatter"] == "%.4f kW"


def test_no_value_of_hours_ago_stands_where_the_present_does() -> None:
    step = fmt.POWER[0]
    assert power._band("it", [1000.0, 2000.0], step, ["it"], "en").end == f"IT load\n2.00{fmt.SPACE}kW"
    assert power._band("it", [1000.0, None], step, ["it"], "en").end == "IT load"


def test_figures_of_a_young_site_begin_with_its_first_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap in each of the long steps of its first days cut these off, and what was missing in them with it."""
    made = Company(tmp_path, now=START + 6.0 * DAY)
    for point, watts in (("s/utility", 1000.0), ("s/ups", 800.0)):
        for half in range(12):
            begin = half * DAY // 2 + (7200 if half < 6 else 0)
            made.steady(point, watts, start=begin, end=(half + 1) * DAY // 2)
    made.keep()
    text = words(draw(monkeypatch, made.service, "energy", range="1y"))
    assert "Sat 14 Mar 2026, 03:00 CET to" in text
