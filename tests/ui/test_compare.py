"""`wattlas compare`: what a planner sees, from the file alone and from the books of an own site."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from config.compare_file import load_comparison, template_names
from tests.ui.company import START, TREE, Company
from ui.cli import main
from ui.compare import compared
from ui.compare_words import advice

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
OWN = """
[[strategies]]
id = "own"
name = "Own"
kind = "colocation"
device = "H100-SXM-80GB"
devices = 8
lead_time_days = 30.0
utilisation = 0.6
capex_per_device = {{ value = 32000.0, date = 2026-03-01, source = "offer" }}
residual_share = 0.2
life_years = 4.0
maintenance_share = 0.05
place_per_kw_month = {{ value = 190.0, date = 2026-03-01, source = "offer" }}
tariff_per_kwh = {{ value = 0.1, date = 2026-03-01, source = "offer" }}
site = "{site}"
"""
CLOUD = """
title = "t"
currency = "USD"
real_rate = 0.08
[workload]
kind = "fleet"
device_hours = 8000.0
[[strategies]]
id = "cloud"
name = "Cloud"
kind = "cloud_on_demand"
currency = "EUR"
device = "H100-SXM-80GB"
devices = 8
lead_time_days = 1.0
pue = 1.2
gco2e_per_kwh = 300.0
price_per_device_hour = { value = [2.0, 2.5, 3.0], date = 2025-01-01, source = "offer" }
[strategies.green]
matched_share = 0.5
premium_per_kwh = { value = 0.01, date = 2026-03-01, source = "offer" }
[[exchange_rates]]
currency = "EUR"
to = "USD"
rate = 1.1
source = "ECB"
valid_from = 2026-01-01T00:00:00Z
valid_to = 2027-01-01T00:00:00Z
"""
NOW = START + 40.0 * DAY


def printed(file: Path, text: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    file.write_text(text)
    assert main(["compare", str(file), "--json"]) == 0, capsys.readouterr().err
    (found,) = json.loads(capsys.readouterr().out)
    return dict(found)


@pytest.mark.parametrize("name", template_names())
def test_a_template_is_a_file_to_start_from(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--template", name]) == 0
    file = tmp_path / f"{name}.toml"
    found = printed(file, capsys.readouterr().out, capsys)
    assert found["ranking"]
    assert found["advice"]
    assert all(row["told"] for row in found["strategies"]), "what was assumed is told"
    assert main(["compare", str(file)]) == 0
    said = capsys.readouterr().out
    assert found["advice"][0] in said
    assert "days ago: ask anew" in said
    assert main(["compare", str(file), "--csv"]) == 0
    assert capsys.readouterr().out.startswith("id,kind,ruled_out,")


def test_prices_are_turned_into_one_currency_by_a_rate_of_the_day(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(CLOUD)
    (row,) = compared(load_comparison(file), service=None, now=NOW)["strategies"]
    # 8,000 hours at 2.5 EUR and 1.1, and half of the energy at 0.011 more
    assert row["cost"]["p50"] == pytest.approx(22_000 + 0.011 / 2 * row["facility_energy_kwh"]["p50"], rel=0.02)
    assert any("price_per_device_hour is of 2025-01-01" in text for text in row["told"])
    assert row["market_kgco2e"]["p50"] == pytest.approx(row["location_kgco2e"]["p50"] / 2, rel=0.01)
    assert row["follows"][0]["input"] == "price_per_device_hour"


def test_without_a_rate_there_is_no_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    file.write_text(CLOUD.split("[[exchange_rates]]", maxsplit=1)[0])
    assert main(["compare", str(file)]) == 2
    assert "no rate from EUR to USD holds on" in capsys.readouterr().err


def test_an_own_site_brings_its_measured_pue_and_carbon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    company = Company(tmp_path, TREE.replace("power = 60", "power = 900"), now=NOW)
    company.steady("s/utility", 1500.0, end=40 * DAY, step=900)
    company.steady("s/ups", 1000.0, end=40 * DAY, step=900)
    company.keep()
    file = tmp_path / "c.toml"
    file.write_text(CLOUD + OWN.format(site="s"))
    found = compared(load_comparison(file), service=company.service, now=NOW)
    cloud, own = found["strategies"]
    assert any("pue 1.500 measured at s over 30 days" in text for text in own["told"])
    assert own["location_kgco2e"]["p50"] / own["facility_energy_kwh"]["p50"] == pytest.approx(0.375, rel=0.1)
    assert found["break_even"][0]["owned"] == "own"
    assert {cloud["scope"], own["scope"]} == {3}
    text = "\n".join(found["advice"])
    assert "Own costs less than Cloud above" in text
    file.write_text(CLOUD + OWN.format(site="nope"))
    assert main(["compare", str(file), "--config", str(tmp_path / "wattlas.toml")]) == 2
    assert '"nope" is no site of wattlas.toml' in capsys.readouterr().err


def test_what_rules_a_strategy_out_is_said(tmp_path: Path) -> None:
    limits = '[constraints]\ndeadline_days = 1.0\nbudget = 10.0\nregions = ["EU"]\nlatency_ms = 5.0\n'
    file = tmp_path / "c.toml"
    file.write_text(
        CLOUD.replace("[workload]", limits + "[workload]").replace("pue = 1.2", "pue = 1.2\navailable_kw = 1.0")
    )
    found = compared(load_comparison(file), service=None, now=NOW)
    reasons = found["strategies"][0]["ruled_out"]
    assert [text.split(",")[0].split(" ")[1] for text in reasons] == ["result", "costs", "region", "latency", "draws"]
    assert found["ranking"] == []
    assert "No strategy meets the constraints" in found["advice"][1]


def test_what_is_missing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.toml"
    assert main(["compare"]) == 2
    assert "name a compare file, or take one with --template: assistant" in capsys.readouterr().err
    file.write_text(CLOUD.replace("pue = 1.2\n", ""))
    assert main(["compare", str(file)]) == 2
    assert 'strategy "cloud" lacks pue: give it, or a site of your own' in capsys.readouterr().err
    own = load_comparison(_written(file, CLOUD + OWN.format(site="s")))
    from config.errors import InputError

    with pytest.raises(InputError, match="run it beside the site file"):
        compared(own, service=None, now=NOW)


def _written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


TOKENS = """
[[strategies]]
id = "api"
name = "API"
kind = "tokens"
lead_time_days = 1.0
price_per_million_tokens = { value = 0.5, date = 2026-03-01, source = "offer" }
kwh_per_million_tokens = 0.4
tokens_per_second = 100000.0
pue = 1.2
gco2e_per_kwh = 300.0
"""


def test_what_is_not_known_is_not_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = CLOUD.replace(
        'kind = "fleet"\ndevice_hours = 8000.0', 'kind = "inference"\nactive_parameters = 8e9\ntokens = 1e9'
    )
    text = work.replace("devices = 8", "devices = 8\nused_share = 0.2") + TOKENS
    found = printed(tmp_path / "c.toml", text, capsys)
    api = found["strategies"][1]
    assert api["embodied_kgco2e"] is None
    assert "What making the hardware of API emitted is not known: its carbon is not compared." in found["advice"]
    assert not any("least carbon" in words for words in found["advice"])
    for weight, lacks in (("carbon_per_kg", "embodied_kgco2e"), ("water_per_l", "wue_l_per_kwh and grid_l_per_kwh")):
        (tmp_path / "d.toml").write_text(text + f"[weights]\n{weight} = 0.1\n")
        assert main(["compare", str(tmp_path / "d.toml")]) == 2
        assert f"lacks {lacks}, which [weights] {weight} counts" in capsys.readouterr().err


def test_owning_that_never_pays_is_said() -> None:
    rows = [{"id": one, "name": one, "ruled_out": ["x"], "follows": [], "embodied_kgco2e": None} for one in ("a", "b")]
    even = [{"owned": "a", "rented": "b", "utilisation": 1.4}]
    found = {"strategies": rows, "ranking": [], "break_even": even, "currency": "USD", "draws": 1}
    assert "a costs more than b however much it is used." in advice(found)
