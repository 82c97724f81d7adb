"""`wattlas plan`: a year against its limit, by forecast or by pace, and never on a sum with holes."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.planning.course import burn_down
from analytics.planning.forecast import Forecast, by_days
from tests.ui.company import HEAD, START, TREE, Company
from ui.cli import main
from ui.plan.forecast import forecast_rows
from ui.plan.status import _from_now, plan_of, plan_rows, year_of

if TYPE_CHECKING:
    from pathlib import Path

    from ui.service import Service

DAY = 86_400
LAST = 70 * DAY  # of the readings; the books begin on 14 March
YEAR_BEGINS = -73 * DAY - 3600  # 1 January in Berlin, before START
TARGET = """
[[targets]]
id = "{id}"
metric = "{metric}"
site = "s"
baseline_year = 2025
target_year = 2030
{value}
"""


@pytest.fixture(autouse=True)
def _few_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.plan.status.HISTORY_DAYS", 150)  # no more were read


def company(folder: Path, *targets: str, dark: range = range(0), begin: int = YEAR_BEGINS - DAY) -> Company:
    folder.mkdir(exist_ok=True)
    made = Company(folder, TREE.replace("power = 60", "power = 3600"), HEAD + "".join(targets), START + LAST)
    times = range(begin, LAST, 3600)
    made.read("s/utility", [(at, 1500.0) for at in times if at not in dark])
    made.read("s/ups", [(at, 1000.0) for at in times])
    made.keep()
    return made


def row(metric: str, value: str, name: str = "t") -> str:
    return TARGET.format(id=name, metric=metric, value=value)


def found(service: Service) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in plan_rows(service)}


def test_a_year_is_what_was_booked_and_what_is_to_come(tmp_path: Path) -> None:
    targets = [
        row("facility_energy_kwh", "baseline_value = 20000.0\nreduction = 0.5", "easy"),
        row("facility_energy_kwh", "baseline_value = 5000.0\nreduction = 0.5", "hard"),
        row("pue", "baseline_value = 1.6\ntarget_value = 1.5", "pue"),
        row("pue", "baseline_value = 1.6\ntarget_value = 1.01", "lost").replace("2030", "2026"),
        row("bought_energy_kwh", "baseline_value = 14000.0\nreduction = 0.1", "pace"),
        row("it_energy_kwh", "target_value = 1.0", "bare"),
    ]
    rows = found(company(tmp_path, *targets).service)
    easy, hard, pue, pace, bare = (rows[name] for name in ("easy", "hard", "pue", "pace", "bare"))
    # 1.5 kW for the 8,760 hours of 2026
    assert easy["expected"] == pytest.approx(13_140.0, rel=0.005)
    assert easy["allowed"] == pytest.approx(18_000.0)  # a fifth of the way from 20,000 to 10,000
    assert (easy["status"], easy["runs_out"]) == ("on track", None)
    assert easy["left_per_day"] > 36.0
    assert easy["expected_per_day"] == pytest.approx(36.0, rel=0.001)
    assert (hard["status"], hard["probability"]) == ("off track", 0.0)
    assert hard["runs_out"] == "2026-05-23", "4,500 kWh were used up by now"
    assert pue["expected"] == pytest.approx(1.5)
    assert pue["status"] == "on track"
    assert pue["required_mean"] > pue["allowed"], "so far it was better"
    lost = rows["lost"]
    assert (lost["required_mean"], lost["probability"], lost["status"]) == (None, 0.0, "off track"), "0.7 is no PUE"
    assert "out of reach" in lost["reason"]
    assert pace["status"] == "on pace"
    assert "not known by day, and fewer than nine months in a row are known" in pace["reason"]
    assert bare["status"] == "no data"
    assert "the books give no it_energy_kwh of 2025" in bare["reason"]


def test_a_figure_that_is_not_known_by_day_goes_by_its_months(tmp_path: Path) -> None:
    targets = [
        row("bought_energy_kwh", "baseline_value = 20000.0\nreduction = 0.5", "sum"),
        row("cue", "baseline_value = 0.1\ntarget_value = 0.05", "mean"),
        row("bought_energy_kwh", "baseline_value = 2000.0\nreduction = 0.5", "spent"),
    ]
    rows = found(company(tmp_path, *targets, begin=-300 * DAY).service)
    # eleven whole months of 1.5 kW are known: 8,760 hours of it in 2026
    assert rows["sum"]["expected"] == pytest.approx(13_140.0, rel=0.02)
    assert rows["sum"]["status"] == "on track"
    assert rows["sum"]["model"].startswith("months, most by ")
    assert rows["sum"]["low_80"] <= rows["sum"]["expected"] <= rows["sum"]["high_80"]
    assert rows["mean"]["expected"] == pytest.approx(1.5 * 0.375, rel=0.2), "a mean of months, no sum"
    assert rows["mean"]["status"] == "off track"
    assert rows["spent"]["probability"] == 0.0, "its closed months are above the limit: nothing to come mends that"
    json.dumps(list(rows.values()))


def test_a_year_with_a_hole_has_no_status_and_few_days_no_forecast(tmp_path: Path) -> None:
    target = row("facility_energy_kwh", "baseline_value = 20000.0\nreduction = 0.5")
    holed = found(company(tmp_path / "a", target, dark=range(10 * DAY, 40 * DAY)).service)["t"]
    assert holed["status"] == "no data"
    assert "is missing" in holed["reason"]
    recent = company(tmp_path / "b", target, dark=range(60 * DAY, 62 * DAY)).service
    few = found(recent)["t"]
    assert few["status"] in {"on pace", "no data"}
    months = {one["month"]: one for one in forecast_rows(recent, recent.settings.site("s"), "facility_energy_kwh")}
    assert months["2026-05"]["booked"] is None
    assert months["2026-05"]["days_without_figure"] >= 2
    assert months["2026-12"]["forecast"] is None


def test_a_day_that_goes_on_counts_once_and_summer_time_makes_no_day_longer(tmp_path: Path) -> None:
    made = company(tmp_path)
    service = made.service
    site = service.settings.site("s")
    year = year_of(service, site)
    edge = datetime.fromtimestamp(year.until, ZoneInfo("Europe/Berlin"))
    assert (year.days_gone, year.days_left) == (
        (edge.date() - date(2026, 1, 1)).days,
        (date(2027, 1, 1) - edge.date()).days,
    )
    assert year.days_gone + year.days_left == 365
    hours = edge.hour + edge.minute / 60
    assert year.left_of_day == pytest.approx(1 - hours / 24)
    ahead = by_days(np.full(70, 24.0), 3)
    cut = _from_now(ahead, "it_energy_kwh", year)
    assert cut is not None
    assert cut.values == pytest.approx([24.0 * year.left_of_day, 24.0, 24.0])
    assert _from_now(ahead, "pue", year) is ahead


def test_a_step_of_the_planned_load_is_in_the_forecast(tmp_path: Path) -> None:
    steps = "".join(
        f'[[planned_it]]\nsite = "s"\nstart = "{day}T00:00:00+02:00"\nit_kw = {power}\nsource = "plan"\n'
        for day, power in (("2025-12-01", 1.0), ("2026-07-01", 2.0))
    )
    target = row("it_energy_kwh", "baseline_value = 12000.0\nreduction = 0.5")
    one = found(company(tmp_path, target, steps).service)["t"]
    assert one["expected_by_drivers"] == pytest.approx(8760.0 + 184 * 24, rel=0.005)


def test_a_year_of_which_nothing_is_booked_is_the_present_one(tmp_path: Path) -> None:
    head = HEAD + row("pue", "baseline_value = 1.6\ntarget_value = 1.5")
    fresh = found(Company(tmp_path, TREE, head, START + LAST).service)["t"]
    assert (fresh["year"], fresh["status"], fresh["so_far"]) == (2026, "no data", None)


def test_what_the_command_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = company(tmp_path, row("pue", "baseline_value = 1.6\ntarget_value = 1.5"))
    rows = forecast_rows(made.service, made.service.settings.site("s"), "pue")
    assert rows[3]["booked"] == pytest.approx(1.5)
    assert rows[11]["forecast"] == pytest.approx(1.5)
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    assert main(["plan", "status"]) == 0
    assert "pue" in capsys.readouterr().out
    assert main(["plan", "forecast", "--metric", "it_energy_kwh", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 12
    assert main(["plan", "forecast", "--metric", "wue"]) == 2
    assert '"wue" is no figure that is known by day' in capsys.readouterr().err
    assert main(["plan", "templates", "--json"]) == 0
    assert any(one["id"] == "cndcp-pue-cool" for one in json.loads(capsys.readouterr().out))


def test_the_course_of_a_year_burns_down_to_what_is_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = [
        row("facility_energy_kwh", "baseline_value = 20000.0\nreduction = 0.5", "easy"),
        row("pue", "baseline_value = 1.6\ntarget_value = 1.5", "pue"),
    ]
    made = company(tmp_path, *targets)
    plan = plan_of(made.service)
    first, *_, last = plan.courses["easy"]
    (of,) = [one for one in plan.rows if one["id"] == "easy"]
    assert (first["at"], first["booked"], first["even"]) == ("2026-01-01", of["allowed"], of["allowed"])
    assert plan.courses["easy"][31]["booked"] == pytest.approx(of["allowed"] - 31 * 36, rel=1e-3)
    assert (last["at"], last["even"]) == ("2027-01-01", 0.0)
    assert last["expected"] == pytest.approx(of["allowed"] - of["expected"])
    assert last["low_80"] == pytest.approx(of["allowed"] - of["high_80"])
    (turn,) = [one for one in plan.courses["easy"] if one["booked"] is not None and one["expected"] is not None]
    assert turn["booked"] == turn["expected"] == turn["low_80"]
    pue = plan.courses["pue"]
    assert len(pue) == 365
    assert {round(one["booked"] or one["expected"], 3) for one in pue} == {1.5}
    monkeypatch.setattr("ui.plan.status.plan_of", lambda _: plan)
    assert main(["plan", "burn-down", "pue", "--json", "--config", str(tmp_path / "wattlas.toml")]) == 0
    assert json.loads(capsys.readouterr().out) == pue
    assert main(["plan", "burn-down", "puee", "--config", str(tmp_path / "wattlas.toml")]) == 2
    assert "pue" in capsys.readouterr().err


def test_after_a_day_without_a_figure_nothing_is_called_booked() -> None:
    days = [(date(2026, 1, 1), 2.0), (date(2026, 1, 2), None), (date(2026, 1, 3), 2.0)]
    rows = burn_down(2026, days, None, until=date(2026, 1, 4), limit=100.0, so_far=None)
    assert [one["booked"] for one in rows[:4]] == [100.0, 98.0, None, None]
    early = burn_down(2026, days, None, until=date(2026, 1, 1), limit=100.0, so_far=None)
    assert early[-1]["booked"] is None, "what is booked ends where the question does"
    late = burn_down(2026, days[2:], None, until=date(2026, 1, 4), limit=100.0, so_far=None)
    assert [one["booked"] for one in late[:4]] == [100.0, None, None, None], "the books began on the third"


def test_a_course_without_enough_errors_has_no_band() -> None:
    few = Forecast(values=np.array([2.0]), errors=np.zeros((1, 1)), weights={}, mase={}, between=1.0)
    rows = burn_down(2026, [], few, until=date(2026, 1, 1), limit=365.0, so_far=0.0)
    assert (rows[1]["expected"], rows[1]["low_80"]) == (363.0, None)
