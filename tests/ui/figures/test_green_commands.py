"""Contracts, tariffs, water and heat of a site file come out of `kpi`, `trace`, `audit` and `factors`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ui.cli import main
from ui.figures.auditing import cuts
from ui.figures.emissions import years
from ui.figures.named import FIGURES
from ui.tracing.tables import FORMULAS, POINTS

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
[company]
name = "Test"
currency = "EUR"
[factors]
files = ["own.csv"]
[[sites]]
id = "t"
name = "Test site"
zone = "XT"
time_zone = "Europe/Berlin"
pue_category = 1
[[sites]]
id = "farm"
name = "Wind farm"
zone = "XT"
time_zone = "Europe/Berlin"
[[points]]
id = "t/grid"
role = "utility"
max_w = 4000
interval_s = { power = 300 }
[[points]]
id = "t/ups"
role = "ups"
parent = "grid"
max_w = 2000
interval_s = { power = 300 }
[[points]]
id = "t/heat"
role = "heat_export"
max_w = 2000
interval_s = { power = 300 }
[[points]]
id = "t/water"
role = "water"
interval_s = { water_counter = 300 }
[[points]]
id = "farm/wind"
role = "pv"
max_w = 9000
zero_ok = true
interval_s = { power = 300 }
[[contracts]]
id = "ppa"
kind = "ppa"
sites = { t = 0.5 }
zones = ["XT"]
technology = "wind"
factor_gco2e_per_kwh = 0.0
renewable = true
carbon_free = true
point = "farm/wind"
quality = { QUALITY }
[[contracts.certificates]]
id = "GO-1"
mwh = 0.048
from = "2026-06-16T00:00:00+02:00"
to = "2026-06-17T00:00:00+02:00"
retired_at = "2026-07-01T00:00:00Z"
[[tariffs]]
id = "t26"
site = "t"
currency = "EUR"
rates = [{ name = "all", price_per_kwh = 0.25 }]
"""
QUALITY = (
    "conveys_rate_claim only_instrument tracked_and_retired vintage_close same_market supplier_rate_from_retired "
    "direct_contract_owns_claim residual_mix_or_disclosed"
)
DAY = ("--from", "2026-06-16", "--to", "2026-06-17")
MIDNIGHT = datetime(2026, 6, 15, 22, tzinfo=UTC)  # 2026-06-16 begins in Berlin
POWERS = {"t/grid": 2000.0, "t/ups": 1000.0, "t/heat": 500.0}
HEADER = "id,zone,year,value,unit,basis,scope,source,licence,verified,note"


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401
    """A company with a day of readings; the function runs a command and returns what it printed."""
    for variable in ("WATTLAS_CONFIG", "WATTLAS_DATA"):
        monkeypatch.setenv(variable, "")
        monkeypatch.delenv(variable)
    told = ", ".join(f"{name} = true" for name in QUALITY.split())
    (tmp_path / "wattlas.toml").write_text(SITE.replace("{ QUALITY }", f"{{ {told} }}"))
    (tmp_path / "own.csv").write_text(f"{HEADER}\nxt-2026,XT,2026,500,gCO2e/kWh,average,direct,Office,CC0,yes,\n")
    rows = ["time,point,metric,value,unit"]
    for step in range(289):
        at = MIDNIGHT + timedelta(minutes=5 * step)
        time = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        rows += [f"{time},{point},power,{watts},W" for point, watts in POWERS.items()]
        rows.append(f"{time},farm/wind,power,{8000.0 if step < 72 else 0.0},W")
        rows.append(f"{time},t/water,water_counter,{1000 + step * 2},L")
    (tmp_path / "r.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, code: int = 0) -> Any:  # noqa: ANN401 - JSON
        capsys.readouterr()
        found = main(list(argv))
        text, err = capsys.readouterr()
        assert found == code, err
        return json.loads(text) if "--json" in argv else text + err

    run("import", "r.csv")
    return run


def figures(out: Any, *argv: str) -> dict[str, Any]:  # noqa: ANN401
    return {one["name"]: one for one in out("kpi", *DAY, "--site", "t", *argv, "--json")}


def test_both_scope_2_figures_water_heat_shares_and_cost_stand_together(out: Any) -> None:  # noqa: ANN401
    found = figures(out)
    assert found["emissions_location_kgco2e"]["value"] == pytest.approx(24.0)
    assert found["emissions_market_kgco2e"]["value"] == pytest.approx(12.0), "24 of 48 kWh are claimed"
    assert "no residual mix is known" in found["emissions_market_kgco2e"]["factors"][0]["note"]
    assert found["wue"]["value"] == pytest.approx(576 / 24)
    assert found["erf"]["value"] == pytest.approx(0.25)
    assert found["matched_share_annual"]["value"] == pytest.approx(0.5)
    assert found["matched_share_hourly"]["value"] == pytest.approx(0.25, abs=0.02)
    assert found["energy_cost"]["value"] == pytest.approx(12.0)
    assert found["energy_cost"]["unit"] == "EUR"
    assert "pue_12_months" not in found


def test_a_tariff_in_another_currency_needs_a_rate_of_its_date(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    path = tmp_path / "wattlas.toml"
    path.write_text(path.read_text().replace('currency = "EUR"\nrates', 'currency = "USD"\nrates'))
    cost = figures(out)["energy_cost"]
    assert (cost["value"], cost["unit"]) == (None, "EUR")
    assert "no rate from USD to EUR holds on 2026-06-15" in cost["reason"]
    rate = '[[exchange_rates]]\ncurrency = "USD"\nto = "EUR"\nsource = "ECB"\n'
    for value, begin, end in (
        (0.8, "2026-06-01T00:00", "2026-06-16T10:00"),
        (0.9, "2026-06-16T10:00", "2026-07-01T00:00"),
    ):
        rate_of = f'{rate}rate = {value}\nvalid_from = "{begin}:00Z"\nvalid_to = "{end}:00Z"\n'
        path.write_text(path.read_text() + rate_of)
    cost = figures(out)["energy_cost"]
    assert cost["value"] == pytest.approx(12.0 * 0.85)
    assert "0.8 EUR for 1 USD" in cost["method"]


def test_a_green_tariff_covers_what_was_used_while_it_ran(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """2 kW until noon, 500 W from 12:10 on: a tariff from 12:15 on covers 5.875 kWh, not half of the day's 30."""
    rows = ["time,point,metric,value,unit"]
    for step in range(145, 289):
        time = (MIDNIGHT + timedelta(minutes=5 * step)).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows.append(f"{time},t/grid,power,500,W")
    rows[1] = rows[1].replace(",500,", ",2000,")
    (tmp_path / "less.csv").write_text("\n".join(rows) + "\n")
    out("import", "less.csv")
    path = tmp_path / "wattlas.toml"
    ppa = path.read_text()
    quality = next(line for line in ppa.splitlines() if line.startswith("quality"))
    tariff = (
        '[[contracts]]\nid = "mix"\nkind = "green_tariff"\nsites = { t = 1.0 }\nzones = ["XT"]\ntechnology = "mix"\n'
        f"factor_gco2e_per_kwh = 0.0\nrenewable = true\ncarbon_free = true\n{quality}\n"
        "valid_from = 2026-06-16T12:15:00+02:00\n"
    )
    path.write_text(f"{ppa.replace('mwh = 0.048', 'mwh = 0.0048')}\n{tariff}")
    names = ("bought_energy_kwh", "emissions_market_kgco2e", "matched_share_annual", "ref")
    found = figures(out, *(part for name in names for part in ("--name", name)))
    bought, under = found["bought_energy_kwh"]["value"], 11.75 * 0.5
    claimed = 2.4 + under
    assert bought == pytest.approx(30.1875)
    assert found["emissions_market_kgco2e"]["value"] == pytest.approx((bought - claimed) * 0.5)
    assert found["matched_share_annual"]["value"] == pytest.approx(claimed / bought)
    assert found["ref"]["value"] == pytest.approx(claimed / bought)
    (claim,) = [row for row in out("trace", "ref", *DAY, "--site", "t", "--json") if row["name"] == "mix"]
    assert claim["share"] == pytest.approx(under / bought)


def test_the_rolling_year_is_given_by_name_and_says_why_it_is_not_there(out: Any) -> None:  # noqa: ANN401
    found = figures(out, "--name", "pue_12_months")["pue_12_months"]
    assert found["value"] is None
    assert found["start"] == "2025-06-16T22:00:00Z"
    assert found["value_measured"] == pytest.approx(2.0)
    leap = out("kpi", "--from", "2024-02-28", "--to", "2024-02-29", "--site", "t", "--name", "pue_12_months", "--json")
    assert leap[0]["start"] == "2023-02-27T23:00:00Z"


def test_every_figure_can_be_traced(out: Any) -> None:  # noqa: ANN401
    assert FIGURES.keys() == POINTS.keys() == FORMULAS.keys()
    found = out("trace", "emissions_market_kgco2e", *DAY, "--site", "t", "--rows", "--json")
    kinds = [row["kind"] for row in found]
    assert kinds[:6] == ["figure", "formula", "formula", "factor", "claim", "point"]
    assert kinds.count("row") == 96
    assert (found[4]["name"], found[4]["text"]) == ("GO-1", "ppa ppa: 24 kWh may be claimed")
    point = found[5]
    assert (point["name"], point["rows"], point["readings"], point["measured"]) == ("t/grid", 96, 288, 1.0)
    hourly = out("trace", "matched_share_hourly", *DAY, "--site", "t", "--json")
    assert [row["role"] for row in hourly if row["kind"] == "point"] == ["utility", "plant of contract ppa"]
    (tariff,) = [row for row in out("trace", "energy_cost", *DAY, "--site", "t", "--json") if row["kind"] == "tariff"]
    assert tariff["text"] == "EUR: all 0.25 per kWh; demand 0 per kW, fixed 0 a month"
    text = out("trace", "wue", *DAY, "--site", "t")
    assert "t/water" in text
    assert "analytics.water.wue_of_period" in text
    assert "no figure" in out("trace", "wu", *DAY, "--site", "t", code=2)


def test_the_audit_shows_residuals_by_time_and_suspects(out: Any) -> None:  # noqa: ANN401
    rows = out("audit", "--from", "2026-06-15", "--to", "2026-06-18", "--site", "t", "--by", "day", "--json")
    residuals = [row for row in rows if row["kind"] == "residual"]
    assert [row["start"][:10] for row in residuals] == ["2026-06-14", "2026-06-15", "2026-06-16"]
    assert residuals[1]["residual_kwh"] == pytest.approx(24.0)
    assert residuals[1]["share"] == pytest.approx(0.5)
    suspects = [row for row in rows if row["kind"] == "suspect"]
    assert {row["node"] for row in suspects} == {"t/grid", "t/ups"}
    assert "not seen for 66." in suspects[0]["text"]
    assert "residual" in out("audit", *DAY)


def test_factors_are_listed_looked_for_and_taken_in(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    assert [row["value"] for row in out("factors", "list", "--site", "t", "--json")] == [500.0]
    assert out("factors", "list", "--zone", "CN", "--year", "2023", "--json")
    missing = out("factors", "missing", "--year", "2026", "--year", "2025", "--json")
    assert {(row["year"], "residual" in row["needed_for"]) for row in missing if "scope 2" in row["needed_for"]} == {
        (2025, False),
        (2025, True),
        (2026, True),
    }
    (tmp_path / "office.csv").write_text("zone,year,value\nXT,2026,600\n")
    fixed = [
        text
        for pair in ("unit=gCO2e/kWh", "basis=residual", "scope=direct", "source=Office", "licence=CC0")
        for text in ("--all", pair)
    ]
    assert "1 added" in out("factors", "import", "office.csv", "--edition", "2027", "--dry-run", *fixed)
    assert figures(out)["emissions_market_kgco2e"]["value"] == pytest.approx(12.0)
    assert "Written to" in out("factors", "import", "office.csv", "--edition", "2027", "--why", "new mix", *fixed)
    assert figures(out)["emissions_market_kgco2e"]["value"] == pytest.approx(24 * 0.6)
    assert "0 added, 0 changed" in out("factors", "import", "office.csv", "--edition", "2027", *fixed)
    assert "write column=text" in out("factors", "import", "office.csv", "--edition", "1", "--all", "x=1", code=2)
    assert "write column=text" in out("factors", "import", "office.csv", "--edition", "1", "--all", "basis", code=2)
    other = tmp_path / "other.csv"
    out("factors", "import", "office.csv", "--edition", "1", "--into", str(other), "--column", "value=value", *fixed)
    assert other.exists()
    bare = tmp_path / "wattlas.toml"
    bare.write_text(bare.read_text().replace('[factors]\nfiles = ["own.csv"]\n', "").replace('"XT"', '"DE"'))
    assert "no own factor table" in out("factors", "import", "office.csv", "--edition", "1", *fixed, code=2)


def test_a_site_without_any_factor_says_so_in_both_figures(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    (tmp_path / "own.csv").write_text(f"{HEADER}\nxt-2020,XT,2020,500,gCO2e/kWh,average,direct,Office,CC0,yes,\n")
    found = figures(out)
    for name in ("emissions_location_kgco2e", "emissions_market_kgco2e"):
        assert found[name]["value"] is None
        assert "No direct average factor of XT for 2026" in found[name]["reason"]


def test_a_residual_mix_alone_gives_the_market_based_figure(out: Any, tmp_path: Path) -> None:  # noqa: ANN401
    (tmp_path / "own.csv").write_text(f"{HEADER}\nxt-r,XT,2026,600,gCO2e/kWh,residual,direct,Office,CC0,yes,\n")
    found = figures(out)
    assert found["emissions_location_kgco2e"]["value"] is None
    assert found["emissions_market_kgco2e"]["value"] == pytest.approx(14.4)


def test_periods_are_cut_at_local_days_months_and_years() -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Berlin")
    start = int(datetime(2025, 12, 30, 12, tzinfo=zone).timestamp())
    end = int(datetime(2026, 2, 2, tzinfo=zone).timestamp())
    assert len(cuts(start, end, zone, by="month")) == 3
    assert len(cuts(start, end, zone, by="day")) == 34
    assert [year for *_, year in years(start, end, zone)] == [2025, 2026]


def test_a_fleet_stands_below_its_sites(out: Any) -> None:  # noqa: ANN401
    found = out("kpi", *DAY, "--site", "t", "--fleet", "--json")
    fleet = {row["name"]: row["value"] for row in found if row["site"] == "fleet"}
    assert fleet["facility_energy_kwh"] == pytest.approx(48.0)
    assert fleet["pue"] == fleet["pue_edc_weighted"] == pytest.approx(2.0)
