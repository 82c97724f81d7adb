"""The first page on real stores: full, sparse, empty and wrong; every figure comes from the books."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import streamlit as st
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

from tests.ui.pages.pages import tables, tiles, words
from ui import format as fmt
from ui import session
from ui.cli import main
from ui.text import t
from ui.views import reading

if TYPE_CHECKING:
    from collections.abc import Callable

APP = Path(__file__).parents[3] / "ui" / "app.py"
SITE = """
[company]
name = "Test *company*"
currency = "EUR"
[factors]
files = ["factors.csv"]
[[sites]]
id = "t"
name = "Frankfurt"
zone = "XT"
time_zone = "Europe/Berlin"
currency = "EUR"
[[sites]]
id = "u"
name = "Shanghai"
zone = "XT"
time_zone = "Asia/Shanghai"
currency = "CNY"
"""
POINTS = {"grid": ("utility", None, 4600.0), "ups": ("ups", "grid", 3400.0), "cool": ("cooling", "grid", 900.0)}
POINTS |= {"srv-1": ("server", "ups", 1700.0), "srv-2": ("server", "ups", 1650.0)}


def site_file() -> str:
    points = ""
    for name, (role, parent, _) in POINTS.items():
        points += f'[[points]]\nid = "{name}"\nsite = "t"\nname = "Name of {name}"\nrole = "{role}"\nmax_w = 6000\n'
        points += f'parent = "{parent}"\n' if parent else ""
        points += "interval_s = { power = 300 }\n"
    return SITE + points


def readings(hours: float, *, silent: str = "", hole: str = "") -> str:
    """Recent samples every 5 minutes; `silent` stopped half an hour ago, `hole` was away for two hours."""
    now = int(time.time())
    rows = ["time,point,metric,value,unit"]
    for at in range(now - int(hours * 3600), now, 300):
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, (_, _, watts) in POINTS.items():
            gone = (name == silent and at > now - 1800) or (name == hole and now - 5 * 3600 < at < now - 3 * 3600)
            if not gone:
                rows.append(f"{stamp},t/{name},power,{watts * (1 + 0.1 * math.sin(at / 9000)):.1f},W")
    return "\n".join(rows) + "\n"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., AppTest]:
    """Draw the page on given readings."""
    header = "id,zone,year,value,unit,basis,scope,source,licence,verified,note"
    years = range(datetime.now(UTC).year - 1, datetime.now(UTC).year + 2)
    rows = [f"xt-{year},XT,{year},500,gCO2e/kWh,average,direct,Office,CC0,yes,\n" for year in years]
    (tmp_path / "factors.csv").write_text(f"{header}\n{''.join(rows)}")
    (tmp_path / "wattlas.toml").write_text(site_file())
    for variable in ("WATTLAS_CONFIG", "WATTLAS_DATA"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    monkeypatch.setenv("WATTLAS_CONFIG", str(tmp_path / "wattlas.toml"))
    set_log_level("error")  # a page outside a server is no news

    def draw(text: str = "", **parameters: str) -> AppTest:
        if text:
            (tmp_path / "r.csv").write_text(text)
            assert main(["import", str(tmp_path / "r.csv")]) == 0, capsys.readouterr().err
        app = AppTest.from_file(str(APP), default_timeout=60)
        for key, value in parameters.items():
            app.query_params[key] = value
        return app.run()

    return draw


def charts(app: AppTest) -> set[str]:
    """Keys of the charts drawn."""
    return {str(chart.key) for chart in app.get("echarts_chart")}


def figures(app: AppTest) -> dict[str, list[str]]:
    found = next(rows for rows in tables(app) if "95 % interval" in rows[0])
    return {name: cells for name, *cells in (list(row.values()) for row in found)}


def test_a_full_day_is_drawn_from_its_books(page: Callable[..., AppTest]) -> None:
    app = page(readings(30), range="24h")
    assert not app.exception
    shown = tiles(app)
    assert shown["PUE interim (24 h)"] == ("1.35", "100 % measured")  # the books began 30 h ago: nothing to compare
    assert shown["Facility power"][1] == "every meter seen"
    assert shown["Facility power"][0].endswith(" kW")
    assert shown["Meters reporting"] == ("5 of 5", "none silent")
    assert shown["Emissions (24 h)"][1] == "100 % measured"
    text = words(app)
    assert "All 5 meters report" in text
    assert "Every kWh of IT takes 1.35 kWh in all" in text
    assert "Power stayed between" in text
    assert "of the time used" in text
    assert "factor: Office, XT" in text
    assert "500 gCO₂e/kWh" in text
    assert charts(app) == {"chart_power", "chart_pue", "chart_emissions"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_stands_beside_each_tile(page: Callable[..., AppTest], lang: str) -> None:
    app = page(readings(3), range="24h", lang=lang)
    assert len(tiles(app)) == 6
    assert sum(html.body.count('class="tip" tabindex="0"') for html in app.html) == 6


def test_what_is_booked_is_not_drawn_anew_with_what_is_live(page: Callable[..., AppTest]) -> None:
    app = page(readings(3), range="24h")
    live, booked = [html.body for html in app.html if 'class="tiles"' in html.body]
    assert "Facility power" in live
    assert "Emissions" not in live
    assert "Emissions" in booked
    assert not any('class="age"' in one for one in (live, booked))


def test_the_page_says_the_same_as_the_command(
    page: Callable[..., AppTest], capsys: pytest.CaptureFixture[str]
) -> None:
    app = page(readings(30), range="24h")
    end = int(time.time()) - 600
    end -= end % 900
    capsys.readouterr()
    assert main(["kpi", "--site", "t", "--from", fmt.iso(end - 86_400), "--to", fmt.iso(end), "--name", "pue"]) == 0
    printed = next(line for line in capsys.readouterr().out.splitlines() if " pue " in line).split()[2]
    assert tiles(app)["PUE interim (24 h)"][0] == fmt.ratio(float(printed))


def test_a_silent_meter_is_named_and_a_hole_stays_a_hole(page: Callable[..., AppTest]) -> None:
    app = page(readings(30, silent="srv-2", hole="cool"), range="24h")
    assert not app.exception
    text = words(app)
    assert "1 of 5 meters is silent" in text
    assert "% of IT power seen" in text
    assert "Name of srv-2" in text
    assert "server · t/srv-2 · last value" in text
    assert "of the period has no full set of meters" in text
    assert tiles(app)["Meters reporting"] == ("4 of 5", "1 silent")
    assert figures(app)["Power losses"][0] == "-"
    assert tiles(app)["IT power"][1].endswith("% of IT power seen")


def test_books_that_began_an_hour_ago_say_so(page: Callable[..., AppTest]) -> None:
    app = page(readings(2.2))
    assert not app.exception
    (label,) = [label for label in tiles(app) if label.startswith("PUE")]
    assert label in {"PUE interim (1 h)", "PUE interim (2 h)"}
    assert tiles(app)[label][0] == "1.35"


def test_an_empty_site_explains_itself_and_shows_no_zero(page: Callable[..., AppTest]) -> None:
    app = page()
    assert not app.exception
    shown = tiles(app)
    assert [value for label, (value, _) in shown.items() if label != "Meters reporting"] == ["-"] * 5
    assert shown["Meters reporting"] == ("0 of 5", "5 silent")
    text = words(app)
    assert "No meter has reported its power yet" in text
    assert "wattlas collect" in text
    assert "Nothing of this period is booked" in text
    assert not app.get("echarts_chart")


def test_the_period_before_is_compared_only_where_it_is_whole(page: Callable[..., AppTest]) -> None:
    app = page(readings(60), range="24h")
    assert not app.exception
    shown = tiles(app)
    assert shown["PUE interim (24 h)"] == ("1.35", "0.00")
    label = "Facility energy (24 h)"
    now, before = (kpi_kwh(app, back) for back in (0, 1))
    assert shown[label][1] == fmt.signed_percent(now / before - 1).replace(fmt.SPACE, " ")
    assert shown["Emissions (24 h)"][1] == shown[label][1]  # one factor for both days
    assert "in the 24 h before" in words(app)


def kpi_kwh(app: AppTest, back: int) -> float:
    """Facility energy of the last closed day, or of the day before, as the service gives it."""
    service = session.kept().service()
    end = reading.closed_end(service, "t") - back * 86_400
    (kpi,) = service.kpis(site="t", start=end - 86_400, end=end, names=["facility_energy_kwh"])
    assert kpi.value is not None
    return kpi.value


def test_readings_that_ended_are_called_old_and_nothing_is_drawn_for_now(page: Callable[..., AppTest]) -> None:
    text = readings(30)
    cut = datetime.fromtimestamp(time.time() - 3 * 3600, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    app = page("\n".join(row for row in text.splitlines() if row < cut or row.startswith("time")), range="24h")
    assert not app.exception
    shown = tiles(app)
    assert shown["Facility power"][0] == "-"
    assert shown["Facility power"][1] == "0 of 1 meters seen"
    assert "0 % of IT power seen" in shown["IT power"][1]
    assert shown["PUE interim (24 h)"] == ("-", "not given")
    text = words(app)
    assert "Last value 3 h ago" in text
    assert "5 of 5 meters are silent; 0 % of IT power seen" in text
    assert "needed" in text  # why there is no PUE


def test_a_store_that_cannot_be_read_is_a_sentence_on_each_card(page: Callable[..., AppTest], tmp_path: Path) -> None:
    page(readings(3))
    for log in (tmp_path / "data" / "books").rglob("_delta_log/*.json"):
        log.write_text("this is no log")
    st.cache_data.clear()
    st.cache_resource.clear()
    app = page()
    assert not app.exception
    assert app.error
    assert all("cannot be drawn now" in error.value for error in app.error)


def test_a_pue_below_one_is_called_wrong(page: Callable[..., AppTest]) -> None:
    text = "\n".join(
        row.replace(row.split(",")[3], str(float(row.split(",")[3]) / 3)) if ",t/grid," in row else row
        for row in readings(30).splitlines()
    )
    app = page(text, range="24h")
    assert not app.exception
    assert "says that IT took more than the facility" in words(app)


def test_what_is_installed_is_told_and_drawn(page: Callable[..., AppTest], tmp_path: Path) -> None:
    limit = 'pue_category = 1\ninstalled_it_kw = 8.0\n[[sites]]\nid = "u"'
    (tmp_path / "wattlas.toml").write_text(site_file().replace('[[sites]]\nid = "u"', limit))
    app = page(readings(30), range="24h")
    assert not app.exception
    value, chip = tiles(app)["IT power"]
    share = float(value.removesuffix(" kW")) / 8  # of a rounded value: the tile's own share has all digits
    assert float(chip.removesuffix(" %")) == pytest.approx(100 * share, abs=0.6)
    (chart,) = [chart for chart in app.get("echarts_chart") if chart.key == "chart_power"]
    assert "IT installed 8.00" in chart.proto.spec.replace(fmt.SPACE, " ")


def test_the_sites_stand_side_by_side_with_reasons(page: Callable[..., AppTest]) -> None:
    app = page(readings(30), range="24h")
    rows = next(rows for rows in tables(app) if "Site" in rows[0])
    assert [row["Site"] for row in rows] == ["Frankfurt", "Shanghai", "All sites of Test *company*"]
    assert rows[0]["PUE"] == "1.35"
    assert [row["Facility energy"] for row in rows[1:]] == ["no facility meter", "not from all sites"]
    assert "Shanghai\nIT energy" in words(app)


def test_only_simulated_books_are_marked_demo(page: Callable[..., AppTest], tmp_path: Path) -> None:
    assert "simulated" not in words(page())
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "demo_history.json").write_text("{}")
    app = page()
    assert "DEMO: simulated readings, no real site." in words(app)
    assert sum(":violet-badge[" in str(element.value) and "DEMO" in str(element.value) for element in app.markdown) == 2


def test_a_site_without_points_says_what_to_do(page: Callable[..., AppTest]) -> None:
    app = page(site="u")
    assert not app.exception
    assert "add [[points]] to the site file" in words(app)
    assert tiles(app)["Meters reporting"][0] == "-"
    assert "Asia/Shanghai" in words(app)


def test_chinese_is_complete(page: Callable[..., AppTest]) -> None:
    app = page(readings(30), range="24h", lang="zh")
    assert not app.exception
    assert tiles(app)[t("overview.pue_interim", "zh", period="24 小时")] == ("1.35", "实测 100 %")
    assert "全部 5 个电表均在上报" in words(app)
    assert app.header[0].value == t("overview.question", "zh")


def test_what_a_link_says_wrongly_falls_back(page: Callable[..., AppTest]) -> None:
    app = page(lang="xx", range="abc", site="nowhere")
    assert not app.exception
    assert app.header[0].value == "Is the site healthy and efficient?"
    assert "PUE interim (7 d)" in tiles(app)
    assert "Frankfurt" in words(app)


def test_a_choice_follows_the_link_on_the_browsers_way_back(page: Callable[..., AppTest]) -> None:
    app = page(lang="en")
    for name, (there, back) in {"site": ("u", "t"), "range": ("24h", "7d"), "clock": ("utc", "site")}.items():
        app.button_group(key=f"choice_{name}").set_value(there).run()
        assert app.query_params[name] == there
        app.query_params[name] = back
        app.run()
        assert app.button_group(key=f"choice_{name}").value == back
    assert not app.exception


def test_a_choice_stands_in_the_link(page: Callable[..., AppTest]) -> None:
    app = page()
    app.button_group(key="choice_site").set_value("u").run()
    app.button_group(key="choice_range").set_value("24h").run()
    assert not app.exception
    assert app.query_params["site"] == "u"
    assert app.query_params["range"] == "24h"


def test_names_twice_as_wide_are_a_list_sooner(page: Callable[..., AppTest], tmp_path: Path) -> None:
    assert page().button_group(key="choice_site").options == ["Frankfurt", "Shanghai"]
    wide = "上海青浦一号数据中心"  # ten letters, as wide as twenty
    text = site_file().replace('"Frankfurt"', f'"{wide}甲乙"').replace('"Shanghai"', f'"{wide}"')
    (tmp_path / "wattlas.toml").write_text(text)
    assert page(lang="zh").selectbox(key="choice_site").options == [f"{wide}甲乙", wide]


def test_names_from_files_are_never_markup(page: Callable[..., AppTest]) -> None:
    assert any(r"Test \*company\*" in caption.value for caption in page().caption)


def test_a_wrong_site_file_is_one_sentence_on_the_page(page: Callable[..., AppTest], tmp_path: Path) -> None:
    (tmp_path / "wattlas.toml").write_text("[company]\nname = 1\n")
    app = page()
    assert not app.exception
    assert "wattlas.toml" in app.error[0].value.replace("\\", "")


def test_a_file_that_turns_wrong_keeps_the_page_and_says_so(page: Callable[..., AppTest], tmp_path: Path) -> None:
    app = page()
    (tmp_path / "wattlas.toml").write_text("[company")
    app.run()
    assert not app.exception
    assert "keeps the former one" in app.warning[0].value
    assert tiles(app)
    (tmp_path / "wattlas.toml").write_text(site_file().replace("Frankfurt", "Dublin"))
    app.run()
    assert not [one for one in app.warning if "keeps the former one" in one.value]
    assert "Dublin" in words(app)


def test_a_site_without_a_facility_meter_shows_its_it_and_no_pue(page: Callable[..., AppTest], tmp_path: Path) -> None:
    text = "\n".join(row for row in readings(30).splitlines() if ",t/grid," not in row)
    (tmp_path / "wattlas.toml").write_text(site_file().replace('role = "utility"', 'role = "other"'))
    app = page(text, range="24h")
    assert not app.exception
    shown = tiles(app)
    assert shown["Facility power"] == ("-", "no live facility meter")
    assert shown["PUE interim (24 h)"] == ("-", "not given")
    assert "IT power alone" in words(app)
    assert figures(app)["IT energy"][0].endswith("kWh")
    assert charts(app) == {"chart_power"}
