"""A site in somebody else's building: the provider's overhead is a row of the books and follows what IT drew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from config.errors import ConfigError
from tests.ui.company import START, Company
from ui.cli import main

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600
HOSTED = """
[[points]]
id = "s/a"
role = "server"
max_w = 1000.0
interval_s = { power = 60 }
[[points]]
id = "s/b"
role = "server"
max_w = 1000.0
interval_s = { power = 60 }
[[points]]
id = "s/overhead"
role = "overhead"
provider_pue = 1.2
provider_pue_source = "statement of 2025"
[[points.changes]]
from = "2026-03-14T01:00:00Z"
provider_pue = 1.5
provider_pue_source = "statement of 2026"
"""


@pytest.fixture
def hosted(tmp_path: Path) -> Company:
    company = Company(tmp_path, HOSTED)
    company.steady("s/a", 600.0, end=2 * HOUR)
    company.steady("s/b", 400.0, end=2 * HOUR)
    company.keep()
    return company


def kwh(company: Company, start: int, end: int) -> list[float]:
    return [round(float(str(row["energy_kwh"])), 6) for row in company.rows("s/overhead", start, end)]


def test_the_overhead_is_booked_by_the_pue_of_its_time(hosted: Company) -> None:
    assert kwh(hosted, 0, 2 * HOUR) == [0.05] * 4 + [0.125] * 4  # 0.2, then 0.5 of 0.25 kWh
    booked, it = (hosted.service.stores.books.rows([point], ["energy"]) for point in ("s/overhead", "s/a"))
    assert booked["start"].to_pylist() == it["start"].to_pylist()
    assert booked["method"].to_pylist()[:8] == ["provider PUE"] * 8
    assert booked["estimated"].to_pylist()[:8] == [1.0] * 8
    assert kwh(hosted, 450, 900 + 300) == [0.025, pytest.approx(0.2 * 1.0 / 12, abs=1e-5)]  # off the grid


def test_late_readings_of_it_revise_the_overhead_too(hosted: Company) -> None:
    hosted.steady("s/a", 1000.0, start=900, end=1800)
    kept = hosted.keep()
    assert kwh(hosted, 900, 1800) == [pytest.approx(0.07, abs=1e-3)]  # 0.2 of 1.4 kW
    assert kept.rows_revised >= 2
    (row,) = hosted.rows("s/overhead", 900, 1800)
    assert row["revision"] == 1
    fresh = Company(hosted.folder / "fresh", HOSTED)
    fresh.folder.mkdir()
    for point, watts, end in (("s/a", 600.0, 2 * HOUR), ("s/b", 400.0, 2 * HOUR)):
        fresh.steady(point, watts, end=end)
    fresh.steady("s/a", 1000.0, start=900, end=1800)
    fresh.keep()
    assert kwh(fresh, 0, 2 * HOUR) == kwh(hosted, 0, 2 * HOUR)


def test_figures_say_whose_pue_they_rest_on(hosted: Company) -> None:
    names = ["pue", "facility_energy_kwh", "emissions_location_kgco2e", "losses_energy_kwh"]
    found = hosted.service.kpis(site="s", start=START, end=START + 2 * HOUR, names=names, category=3)
    pue, energy, carbon, losses = found
    assert pue.value == pytest.approx(1.35)
    assert energy.value == pytest.approx(2.7)  # 2 kWh of IT, 0.2 and 0.5 kWh beside it
    assert energy.estimated == pytest.approx(1 / 3)
    assert [factor.value for factor in energy.factors] == [1.2, 1.5]
    assert "provider's PUE 1.2 of s/overhead, 1.5 of s/overhead" in energy.method
    assert carbon.factors[1].source == "statement of 2026"
    assert len(carbon.factors) == 3
    assert (losses.value, losses.measured) == (pytest.approx(0.0, abs=1e-9), pytest.approx(2 / 3))


def test_the_overhead_of_now_follows_the_power_of_it(hosted: Company) -> None:
    hosted.now = START + 2 * HOUR + 30
    overhead = hosted.service.power_now("s")[-1]
    assert (overhead.watts, overhead.stale, overhead.metered) == (500.0, False, False)  # (1.5 - 1) * (600 W + 400 W)
    assert hosted.service.freshness("s").points == 2, "it is no meter"
    flow = hosted.service.energy_flow("s", START, START + 2 * HOUR)
    assert {use.name: use.energy_kwh for use in flow.sources}["grid"] == pytest.approx(2.7)
    silent = Company(hosted.folder / "silent", HOSTED)
    silent.folder.mkdir()
    silent.steady("s/a", 600.0)
    assert silent.service.power_now("s")[-1].watts is None, "one of the two was never read"


def test_the_check_names_dates_within_a_cell_and_a_pue_that_nothing_uses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = HOSTED.replace("T01:00:00Z", "T01:05:00Z") + '[[points]]\nid = "s/grid"\nrole = "utility"\n'
    _ = Company(tmp_path, text).service
    assert main(["check", "--config", str(tmp_path / "wattlas.toml")]) == 0
    told = capsys.readouterr().out
    assert "2026-03-14T01:05:00Z lies within a quarter of an hour" in told
    assert "so the provider_pue of s/overhead is not used" in told
    assert "provider's PUE 1.5 (statement of 2026)" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('provider_pue_source = "statement of 2025"', ""), "stand together"),
        (('role = "overhead"', 'role = "cooling"'), 'is for role = "overhead" only'),
        (("provider_pue = 1.2", "provider_pue = 0.9"), "provider_pue"),
        (('role = "overhead"', 'role = "overhead"\ninterval_s = { power = 60 }'), "no meter sees"),
    ],
)
def test_a_slip_is_told_in_one_sentence(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        _ = Company(tmp_path, HOSTED.replace(*change)).service


def test_the_providers_wue_stands_where_no_meter_sees_water(tmp_path: Path) -> None:
    stated = 'provider_wue = 0.18\nprovider_wue_source = "report of 2025"\n'
    company = Company(tmp_path, HOSTED.replace("[[points.changes]]", f"{stated}[[points.changes]]"))
    company.steady("s/a", 600.0, end=2 * HOUR)
    company.steady("s/b", 400.0, end=2 * HOUR)
    company.keep()
    (wue,) = company.service.kpis(site="s", start=START, end=START + 2 * HOUR, names=["wue"])
    assert (wue.value, wue.measured, wue.estimated) == (0.18, 0.0, 1.0)
    assert wue.method == "water by the provider's WUE 0.18 of s/overhead"
    assert [(use.id, use.source) for use in wue.factors] == [("provider_wue:s/overhead", "report of 2025")]
    company.points = company.points.replace(
        "provider_pue = 1.5", 'provider_wue = 0.2\nprovider_wue_source = "x"\nprovider_pue = 1.5'
    )
    wue, before = (
        company.service.kpis(site="s", start=START, end=START + hours * HOUR, names=["wue"])[0] for hours in (2, 1)
    )
    assert wue.value is None
    assert wue.reason == "the provider's WUE differs within the period: ask for its parts"
    assert before.value == 0.18


def test_a_providers_wue_has_a_source_and_an_overhead(tmp_path: Path) -> None:
    for old, new, words in (
        ("provider_pue = 1.2", "provider_wue = 0.2\nprovider_pue = 1.2", "stand together"),
        ('role = "server"', 'role = "server"\nprovider_wue = 0.2\nprovider_wue_source = "x"', "only, not"),
    ):
        with pytest.raises(ConfigError, match=words):
            _ = Company(tmp_path, HOSTED.replace(old, new, 1)).service
