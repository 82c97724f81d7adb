"""`wattlas advise supply`: a site's own hours, plants as somebody said they run, and what it refuses to guess."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

import ui.service as service_module
from config.compare.supply import TEMPLATE, of_hours
from tests.ui.company import HEAD, START, TREE, Company
from tests.ui.pages.pages import draw, words
from ui.cli import main
from ui.phrases import phrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Any]

DAY, HOUR, DAYS = 86_400, 3600, 30
POINTS = (
    TREE.replace("power = 60", "power = 3600")
    + """
[[points]]
id = "s/solar"
role = "plant"
max_w = 10000.0
zero_ok = true
interval_s = { power = 3600 }
[[points]]
id = "s/grid"
role = "other"
interval_s = { grid_intensity = 3600 }
[[tariffs]]
id = "t"
site = "s"
currency = "EUR"
rates = [{ name = "all", price_per_kwh = 0.3 }]
"""
)
FILE = """
title = "t"
site = "s"
currency = "EUR"
real_rate = 0.05
behind_the_meter = true
export_price_per_kwh = { value = 0.01, date = 2026-04-01, source = "offer" }
[pv]
most_kw = 20.0
profile = "pv.csv"
capex_per_kw = { value = 900.0, date = 2025-12-01, source = "offer 1" }
yearly_per_kw = { value = 10.0, date = 2026-04-01, source = "offer 1" }
life_years = 25.0
embodied_gco2e_per_kwh = { value = 41.0, source = "IPCC" }
[battery]
most_kwh = 40.0
kw_per_kwh = 0.5
charge_efficiency = 0.97
discharge_efficiency = 0.96
capex_per_kwh = { value = 300.0, date = 2026-04-01, source = "offer 2" }
yearly_per_kwh = { value = 3.0, date = 2026-04-01, source = "offer 2" }
life_years = 15.0
embodied_kgco2e_per_kwh = { value = 80.0, source = "LCA" }
"""


def noon(at: int) -> bool:
    return 9 <= (START + at) % DAY // HOUR <= 14


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    made = Company(tmp_path_factory.mktemp("supply"), POINTS, HEAD, START + DAYS * DAY)
    hours = range(-DAY, DAYS * DAY, HOUR)
    made.read("s/utility", [(at, 1500.0) for at in hours if not 5 * DAY < at < 5 * DAY + 4 * HOUR])
    made.read("s/solar", [(at, 8000.0 if noon(at) else 0.0) for at in hours])
    made.read("s/grid", [(at, 400.0) for at in hours], metric="grid_intensity")
    made.keep()
    return made


@pytest.fixture
def run(company: Company, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    opened = service_module.open_service
    monkeypatch.setattr(service_module, "open_service", lambda config, data: opened(config, data, company.service.now))

    def run(text: str, *argv: str, rows: list[str] | None = None) -> Any:  # noqa: ANN401
        stamps = [START + at for at in range(0, DAYS * DAY, HOUR)]
        lines = [f"{datetime.fromtimestamp(at, UTC).isoformat()},{0.8 if noon(at - START) else 0}" for at in stamps]
        (tmp_path / "pv.csv").write_text("\n".join(["start,kwh_per_kw", *(lines if rows is None else rows)]))
        (tmp_path / "supply.toml").write_text(text)
        config = str(company.folder / "wattlas.toml")
        argv = argv or ("--from", "2026-03-14T00:00Z")
        code = main(["--config", config, "advise", "supply", str(tmp_path / "supply.toml"), "--json", *argv])
        found = capsys.readouterr()
        return json.loads(found.out)[0] if code == 0 else found.err

    return run


def test_the_load_of_the_books_is_covered_by_the_hour(run: Run) -> None:
    until = 'date = 2026-04-01, valid_to = 2026-04-10, source = "offer 2"'
    later = 'date = 2027-04-01, source = "offer 1"'
    text = FILE.replace('date = 2026-04-01, source = "offer 2"', until, 1)
    found = run(text.replace('date = 2026-04-01, source = "offer 1"', later))
    assert "battery.capex_per_kwh was valid to 2026-04-10: ask anew" in found["told"]
    assert "pv.yearly_per_kw is of 2027-04-01, a day to come: check it" in found["told"]
    first, *others = found["front"]
    assert (first["pv_kw"], first["hourly_share"], first["annual_share"]) == (0, 0, 0)
    assert found["load_kwh_per_year"] == pytest.approx(1.5 * 8760, rel=0.02)
    assert first["cost_per_year"]["p50"] == pytest.approx(0.3 * found["load_kwh_per_year"])
    assert first["carbon_kgco2e_per_year"]["p50"] == pytest.approx(0.4 * found["load_kwh_per_year"])
    assert all(row["hourly_share"] <= row["annual_share"] for row in others)
    most = max(others, key=lambda row: row["hourly_share"])
    assert most["battery_kwh"] > 0
    assert most["hourly_share"] == pytest.approx(0.97, abs=0.005)
    told = " ".join(found["told"])
    assert "pv: pv.csv" in told
    assert "hour by hour as s/grid reads it" in told
    assert "h of load were not fully seen: filled at max_w, and nothing covers them" in told
    assert "pv.capex_per_kw is of 2025-12-01" in told
    assert "720 h stand for a year by their length" in told
    assert any("in its own hour they cover" in words for words in found["advice"]), found["advice"]
    assert found["sources"]["battery.embodied_kgco2e_per_kwh"] == "LCA"


def test_a_plant_of_the_site_tells_when_it_runs(run: Run) -> None:
    metered = FILE.replace('profile = "pv.csv"', 'point = "s/solar"\npoint_kw = 10.0')
    by_meter, by_table = run(metered), run(FILE)
    assert "pv: as s/solar of 10 kW made it" in " ".join(by_meter["told"])
    assert by_meter["front"][-1]["hourly_share"] == pytest.approx(by_table["front"][-1]["hourly_share"], abs=0.06)
    assert "more than its point_kw = 2 can" in run(metered.replace("point_kw = 10.0", "point_kw = 2.0"))


def test_plants_elsewhere_leave_the_location_based_figure(run: Run) -> None:
    away = run(FILE.replace("behind_the_meter = true", "behind_the_meter = false"))
    assert len({round(row["location_kgco2e_per_year"]["p50"], 6) for row in away["front"]}) == 1
    ranged = FILE.replace(
        "[pv]", 'price_per_kwh = { value = [0.2, 0.3, 0.5], date = 2026-04-01, source = "s" }\n[pv]', 1
    )
    assert run(ranged)["without"]["cost_per_year"]["p90"] > 1.1 * run(ranged)["without"]["cost_per_year"]["p50"]
    assert away["front"][-1]["carbon_kgco2e_per_year"]["p50"] < away["front"][0]["carbon_kgco2e_per_year"]["p50"]


@pytest.mark.parametrize(
    ("change", "argv", "said"),
    [
        (("[battery]", "[battery]\nodd = 1"), (), "key battery.odd is not known here"),
        (('profile = "pv.csv"\n', ""), (), "must say when it runs: profile, a CSV beside the file, or point"),
        (("embodied_gco2e_per_kwh", "embodied_kg"), (), "must say once what making it emitted|is not known"),
        (("behind_the_meter = true", ""), (), "behind_the_meter"),
        (('"EUR"', '"USD"'), (), "no rate from EUR to USD holds on"),
        (("pv.csv", "none.csv"), (), "the profile cannot be read"),
        (("", ""), (), "lacks 24 of 744 h, the first of them 2026-03-13T00:00:00Z"),
        (("real_rate", "movable_share = 0.1\nreal_rate"), (), "must say both movable_share"),
        (
            ("real_rate", 'gco2e_per_kwh = { value = [0.0, 0.0, 9.0], source = "s" }\nreal_rate'),
            (),
            "gco2e_per_kwh is most likely 0 and yet a range",
        ),
        (("", ""), ("--from", "2026-04-10"), "672 are needed to plan by"),
    ],
)
def test_what_cannot_be_known_is_refused(run: Run, change: tuple[str, str], argv: tuple[str, ...], said: str) -> None:
    argv = argv or (("--from", "2026-03-13T00:00Z") if "lacks" in said else ())
    told = run(FILE.replace(*change) if change[0] else FILE, *argv)
    assert isinstance(told, str), told
    assert any(words in told for words in said.split("|")), told


def test_what_can_wait_covers_more(run: Run) -> None:
    """Of 36 kWh a day 9 are drawn in the sun; of the 27 others 0.3 can wait."""
    alone = FILE.split("[battery]", maxsplit=1)[0]
    rigid, free = run(alone), run(alone.replace("real_rate", "movable_share = 0.3\nmost_load_kw = 3.0\nreal_rate"))
    shares = [max(row["hourly_share"] for row in found["front"]) for found in (rigid, free)]
    assert shares == [pytest.approx(9 / 36, abs=0.02), pytest.approx((9 + 0.3 * 27) / 36, abs=0.02)]
    assert any("30% of each hour's load moves within its day, up to 3 kW" in text for text in free["told"])


def test_a_profile_with_mistakes_is_refused(run: Run) -> None:
    assert "whole hour of UTC that stands once" in run(FILE, rows=["2026-03-14T00:30:00Z,0.1"])
    assert "give 0 to 1.1" in run(FILE, rows=["2026-03-14T00:00:00Z,800"])
    assert "is no hour of a plant" in run(FILE, rows=["2026-03-14T00:00:00,0.1"])
    assert "has no rows" in run(FILE, rows=[])


def test_a_typical_year_is_of_any_year() -> None:
    hour = int(datetime(2019, 2, 28, 5, tzinfo=UTC).timestamp())
    asked = [
        int(datetime(year, month, day, 5, tzinfo=UTC).timestamp())
        for year, month, day in ((2026, 2, 28), (2028, 2, 29))
    ]
    assert list(of_hours({hour: 0.5}, [*asked, asked[0] + HOUR], typical_year=True)) == [0.5, 0.5, None]


def test_the_template_is_a_file_to_start_from(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["advise", "supply", "--template"]) == 0
    text = capsys.readouterr().out
    assert text == TEMPLATE.read_text()
    found = run(text.replace("fra1/pv", "s/solar").replace("fra1", "s").replace("180.0 ", "10.0 "))
    assert found["front"]
    assert main(["advise", "supply"]) == 2
    assert "name a supply file" in capsys.readouterr().err


def test_the_page_says_what_the_command_says(company: Company, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(FILE.replace('profile = "pv.csv"', 'point = "s/solar"\npoint_kw = 10.0'), "--to", "2027-01-01")
    folder = company.folder / "supply"
    folder.mkdir(exist_ok=True)
    (folder / "own.toml").write_text(FILE.replace('profile = "pv.csv"', 'point = "s/solar"\npoint_kw = 10.0'))
    app = draw(monkeypatch, company.service, "compare")
    assert "choose a file" in str(app.selectbox[1].options)
    shown = draw(monkeypatch, company.service, "compare", supply="own.toml", lang="zh")
    assert not shown.exception
    assert "chart_supply" in {one.key for one in shown.get("echarts_chart")}
    told = words(shown)
    assert phrase(found["told"][1], "zh") in told, "the hours that there are stand for a year"
    assert "逐时最多可覆盖" in told
    assert all(phrase(text, "zh") != text for text in [*found["advice"], *found["told"]])
    (folder / "own.toml").write_text("title = 1")
    assert draw(monkeypatch, company.service, "compare", supply="own.toml").error


def test_a_price_of_another_currency_is_turned_by_a_dated_rate_or_refused(run: Run) -> None:
    yen = FILE.replace("value = 900.0,", 'currency = "JPY", value = 180000.0,')
    assert "no rate from JPY to EUR holds" in run(yen)
    rate = """
[[exchange_rates]]
currency = "JPY"
to = "EUR"
rate = 0.005
source = "ECB"
valid_from = 2026-01-01T00:00:00Z
valid_to = 2027-01-01T00:00:00Z
"""
    found = run(yen + rate)
    assert [row["cost_per_year"] for row in found["front"]] == [row["cost_per_year"] for row in run(FILE)["front"]]
    assert "pv.capex_per_kw is in JPY: turned into EUR by today's rate" in found["told"]
    assert min(row["hourly_share"] for row in found["front"]) == 0.0, "no grain below nothing"
