"""Tokens bought through an API are energy of the same ledger, by a factor with its source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.ui.usage.bought import END, MARCH, company, write
from ui import service as service_module
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
[[sites]]
id = "api"
name = "Tokens from an API"
zone = "IRL"
time_zone = "UTC"
pue_category = 3
[[points]]
id = "api/model"
role = "server"
max_w = 50000.0
interval_s = { energy = 3600 }
[[points]]
id = "api/building"
role = "overhead"
provider_pue = PUE
provider_pue_source = "S"
[[usage]]
id = "tokens"
provider = "acme"
points = [{ point = "api/model", regions = ["eu"], kinds = ["tokens"] }]
[[models]]
id = "big"
points = ["api/model"]
"""
FACTORS = (
    "id,provider,kind,name,low,high,unit,year,basis,source,boundary\n"
    "acme-out,acme,tokens,big:output,0.4,0.6,Wh/1000 tokens,2026,measured by the provider,its report of 2026,BOUNDARY\n"
    "acme-big,acme,tokens,big,0.1,0.1,Wh/1000 tokens,2026,measured by the provider,its report of 2026,BOUNDARY\n"
)
ROW = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-05T00:00:00Z", "provider": "acme", "region": "eu"}
USE = [
    {**ROW, "model": "big", "input_tokens": "8000000", "output_tokens": "2000000"},
    {**ROW, "model": "big", "input_tokens": "2000000", "output_tokens": ""},
]
KWH = 10_000_000 * 0.1e-6 + 2_000_000 * 0.5e-6  # 1 kWh read and 1 kWh written


@pytest.mark.parametrize(("pue", "boundary", "whole"), [("1.0", "facility", KWH), ("1.25", "it", 1.25 * KWH)])
def test_tokens_are_in_the_ledger_with_factor_and_source(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pue: str,
    boundary: str,
    whole: float,
) -> None:
    (tmp_path / "factors.csv").write_text(FACTORS.replace("BOUNDARY", boundary))
    shop = company(tmp_path, text=SITE.replace("PUE", pue), own='[factors]\ncoefficients = ["factors.csv"]\n')
    _ = shop.service
    opened = service_module.open_service
    monkeypatch.setattr(service_module, "open_service", lambda config, data: opened(config, data, lambda: shop.now))
    bill = write(tmp_path / "use.csv", USE)
    assert main(["--config", str(tmp_path / "wattlas.toml"), "usage", "import", str(bill), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["kwh"], row["low_kwh"], row["high_kwh"]) == pytest.approx((KWH, 1.8, 2.2))
    (figure,) = shop.service.kpis(site="api", start=MARCH, end=END, names=["facility_energy_kwh"])
    assert figure.value == pytest.approx(whole)
    assert (figure.measured, figure.estimated) == (0.0, pytest.approx(1.0))
    by_token = ["kpi", "--from", "2026-03-01T00:00:00Z", "--to", "2026-03-05T00:00:00Z", "--per", "token", "--json"]
    assert main(["--config", str(tmp_path / "wattlas.toml"), *by_token, "--name", "facility_energy_kwh"]) == 0
    (token,) = json.loads(capsys.readouterr().out)
    assert (token["of"], token["value"]) == ("big", pytest.approx(whole * 3.6e6 / 12_000_000))
    assert (token["measured"], token["estimated"]) == (0.0, pytest.approx(1.0))
    used = {factor.id: factor for factor in figure.factors}
    assert used["acme-out"].source == "its report of 2026"
    assert used["acme-out"].value == pytest.approx(0.5)


def test_a_factor_that_holds_the_building_is_not_raised_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "factors.csv").write_text(FACTORS.replace("BOUNDARY", "facility"))
    shop = company(tmp_path, text=SITE.replace("PUE", "1.2"), own='[factors]\ncoefficients = ["factors.csv"]\n')
    _ = shop.service
    bill = write(tmp_path / "use.csv", USE)
    assert main(["--config", str(tmp_path / "wattlas.toml"), "usage", "import", str(bill)]) == 0
    told = capsys.readouterr().err
    assert "acme-out holds the building already, and api/building adds it again" in told
    rows = shop.service.ledger(start=MARCH, end=END, points=["api/model"], metrics=["energy"])
    assert rows.num_rows == 0, "nothing is known, nothing is booked"


def test_a_model_without_factor_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = company(tmp_path, text=SITE.replace("PUE", "1.2"))
    _ = shop.service
    bill = write(tmp_path / "use.csv", USE)
    assert main(["--config", str(tmp_path / "wattlas.toml"), "usage", "import", str(bill)]) == 0
    told = capsys.readouterr().err
    assert 'tokens of "big:input" (acme) have no coefficient, and none that is verified ships: add your own' in told
    assert "in Wh/1000 tokens, with its source, to a file of [factors] coefficients" in told
    local = [{**USE[0], "start": "2026-03-01T00:00:00"}]
    assert (
        main(["--config", str(tmp_path / "wattlas.toml"), "usage", "import", str(write(tmp_path / "l.csv", local))])
        == 2
    )
    assert "has no offset from UTC" in capsys.readouterr().err
