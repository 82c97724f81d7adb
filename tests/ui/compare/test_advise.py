"""`wattlas advise shift`: the hours it names, what it counts, and what it says where it cannot know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import ui.service as service_module
from tests.ui.company import HEAD, START, TREE, Company
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

DAY, HOUR = 86_400, 3600
DAYS = 20
GRID = """
[[points]]
id = "s/grid"
role = "other"
interval_s = { grid_intensity = 3600 }
[[tariffs]]
id = "t"
site = "s"
currency = "EUR"
rates = [
  { name = "night", price_per_kwh = 0.1, hours = [[22, 6]] },
  { name = "day", price_per_kwh = 0.3 },
]
"""


def company(folder: Path, *, days: int = DAYS, now: int = DAYS * DAY) -> Company:
    made = Company(folder, TREE.replace("power = 60", "power = 3600") + GRID, HEAD, START + now)
    hours = range(-DAY, days * DAY, HOUR)
    made.read("s/utility", [(at, 1500.0) for at in hours])
    noon = {at: 100.0 if 11 <= (START + at) % DAY // HOUR <= 15 else 400.0 for at in hours}
    made.read("s/grid", list(noon.items()), metric="grid_intensity")
    made.keep()
    return made


@pytest.fixture
def advise(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    opened = service_module.open_service

    def run(made: Company, *argv: str) -> Any:  # noqa: ANN401
        monkeypatch.setattr(service_module, "open_service", lambda config, data: opened(config, data, made.service.now))
        code = main(["--config", str(made.folder / "wattlas.toml"), "advise", "shift", "--json", *argv])
        found = capsys.readouterr()
        return json.loads(found.out) if code == 0 else found.err

    return run


def test_the_clean_noon_and_the_cheap_night_are_found(tmp_path: Path, advise: Any) -> None:  # noqa: ANN401
    made = company(tmp_path)
    carbon, cost = advise(made, "--hours", "4", "--power-kw", "100")
    assert carbon["start"][11:16] == "11:00"
    assert (carbon["at_once"], carbon["then"]) == (400.0, 100.0)
    assert carbon["saving"] == 0.75
    assert carbon["saves_kgco2e"] == pytest.approx(100 * 4 * 0.3)
    assert 0.3 < carbon["saving_before"] < 0.75
    assert carbon["regret"] == pytest.approx(0.0, abs=1e-9)
    assert carbon["cases"] > 140
    assert "no emission avoided in the grid is claimed" in carbon["caveat"]
    assert cost["then"] == pytest.approx(0.1)
    assert cost["unit"] == "EUR/kWh"


def test_a_rate_that_changes_at_half_past_an_hour_of_utc(tmp_path: Path, advise: Any) -> None:  # noqa: ANN401
    """In Kolkata it is 5:30 later than UTC: night ends at 6:00 there, 00:30 UTC, so half of that hour is dear."""
    made = company(tmp_path)
    made.head = HEAD.replace("Europe/Berlin", "Asia/Kolkata")
    _, cost = advise(made, "--hours", "1", "--within", "1")
    assert cost["start"][11:16] == "00:00"
    assert cost["at_once"] == pytest.approx((0.1 + 0.3) / 2)


def test_what_cannot_be_known_is_said(tmp_path: Path, advise: Any) -> None:  # noqa: ANN401
    ended = company(tmp_path, days=15, now=(15 + 3) * DAY)
    carbon, _ = advise(ended, "--hours", "4")
    assert "336 are needed" in carbon["reason"]
    assert "give 1 <= hours <= within <= 168" in advise(ended, "--hours", "30")
    assert "above 0" in advise(ended, "--hours", "3", "--power-kw", "0")
    assert "above 0" in advise(ended, "--hours", "3", "--power-kw", "inf")


def test_where_the_next_hours_cost_nothing_there_is_no_share_saved(tmp_path: Path, advise: Any) -> None:  # noqa: ANN401
    made = company(tmp_path)
    made.points = made.points.replace("price_per_kwh = 0.1", "price_per_kwh = 0.0").replace("= 0.3 }", "= 0.0 }")
    found = advise(made, "--hours", "2", "--power-kw", "10")
    assert not isinstance(found, str), found
    assert (found[1]["at_once"], found[1]["saving"], found[1]["saves_money"]) == (0.0, None, 0.0)
