"""`wattlas weather`: days of outdoor air from the books."""

from __future__ import annotations

import json
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.ui.company import HEAD, START, TREE, Company
from ui import service as service_module
from ui.cli import main
from ui.plan.verify import _temperatures

if TYPE_CHECKING:
    from pathlib import Path

ROOF = """
[[points]]
id = "s/roof"
role = "other"
interval_s = { temperature = 3600, humidity = 3600 }
"""
HOUR = 3600


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    made = Company(tmp_path_factory.mktemp("w"), points=TREE + ROOF, head=HEAD + "altitude_m = 0\n")
    hours = range(-HOUR, 49 * HOUR, HOUR)  # the local day begins an hour before START
    made.read("s/roof", [(at, 30.0 if at < 12 * HOUR else 10.0) for at in hours], metric="temperature")
    made.read("s/roof", [(at, 50.0) for at in hours if at < 30 * HOUR], metric="humidity")
    made.keep()
    return made


@pytest.fixture
def at_then(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    opened = service_module.open_service
    monkeypatch.setattr(service_module, "open_service", lambda config, data: opened(config, data, lambda: company.now))
    return company


def said(company: Company, capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(["--config", str(company.folder / "wattlas.toml"), "weather", *argv])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_a_day_has_its_wet_bulb_where_both_were_read(at_then: Company, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("s/roof", "--from", "2026-03-14", "--to", "2026-03-16")
    _, text, _ = said(at_then, capsys, *span, "--below", "10", "--json")
    first, second = json.loads(text)
    assert first["temperature_degc"] == pytest.approx((30 * 13 + 10 * 11) / 24, abs=0.5)
    assert first["wet_bulb_highest_degc"] == pytest.approx(22.0, abs=0.1)  # 30 degC at 50 %
    assert first["hours_known"] == 24
    assert first["hours_below"] == pytest.approx(11, abs=1)
    assert second["temperature_degc"] == pytest.approx(10)
    assert second["humidity_percent"] is second["wet_bulb_degc"] is None, "a quarter of the day is no day"
    assert 5 <= second["hours_known"] <= 8
    assert "wet_bulb_degc" in said(at_then, capsys, *span)[1]


def test_a_measure_may_be_driven_by_the_wet_bulb(at_then: Company) -> None:
    measure = SimpleNamespace(driver="wet_bulb", temperature_point="s/roof", weather_from_degc=None)
    edges = [START - HOUR + day * 24 * HOUR for day in range(3)]
    days = [SimpleNamespace(start=first, end=last) for first, last in pairwise(edges)]
    known, unknown = _temperatures(at_then.service, measure, days)  # type: ignore[arg-type]
    assert known == pytest.approx((22.0 * 13 + 5.4 * 11) / 24, abs=0.5)
    assert unknown is None
    for driver, above in (("wet_bulb", 22.0 - 8.0), ("dry_bulb", 30.0 - 8.0)):
        measure = SimpleNamespace(driver=driver, temperature_point="s/roof", weather_from_degc=8.0)
        degrees = _temperatures(at_then.service, measure, days)[0]  # type: ignore[arg-type]
        cold = 0.0 if driver == "wet_bulb" else 10.0 - 8.0
        assert degrees == pytest.approx((above * 13 + cold * 11) / 24, abs=0.5), "what is colder counts as none"


def test_what_it_cannot_tell_it_says(at_then: Company, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, words = said(at_then, capsys, "s/rof", "--from", "2026-03-14")
    assert (code, 'did you mean "s/roof"' in words) == (2, True)
    low = Company(tmp_path, points=TREE + ROOF)
    assert low.service.settings.site("s").altitude_m is None
    code, _, words = said(low, capsys, "s/roof", "--from", "2026-03-14")
    assert (code, "has no altitude_m" in words) == (2, True)
