"""The demo company: its two files fit together, and its figures are those of a plausible company."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from collectors.plugins.simulated import Simulated, load_simulation, simulated_company, simulated_sites
from collectors.plugins.simulated.company import DEMO_SIMULATION_FILE, DEMO_SITE_FILE
from config.catalogue import metric
from config.errors import ConfigError
from config.factors.lookup import grid_factor
from config.loading import load_settings

if TYPE_CHECKING:
    from pathlib import Path

END = 1_795_392_000  # 2026-11-23T00:00:00Z
START = END - 396 * 86_400
HOURS = np.arange(START, END, 3600)
COMPANY = simulated_company()
SETTINGS = load_settings(DEMO_SITE_FILE)
SITES = [each.id for each in SETTINGS.sites]


def test_all_sites_are_simulated_and_there_are_few_enough_points() -> None:
    assert set(COMPANY) == set(SITES) == {"fra1", "sha1", "sin1", "aws-use1", "edge-us"}
    assert len(SETTINGS.points) <= 65
    assert "DEMO" in SETTINGS.company.name


@pytest.mark.parametrize("site_id", SITES)
def test_thirteen_months_stay_within_the_bounds_of_the_points(site_id: str) -> None:
    site = COMPANY[site_id]
    for state in SETTINGS.points_at(site_id, END):
        if "power" not in site.offered(state.id):
            continue
        watts = site.power_w(state.id, HOURS + 137)
        assert state.max_w is not None
        assert watts.max() < state.max_w, state.id
        assert watts.max() > 0.3 * state.max_w, f"{state.id}: a needlessly high ceiling makes every gap expensive"
        assert watts.min() > (state.min_w or 0) or state.zero_ok, state.id
        assert watts.min() >= 0, state.id


@pytest.mark.parametrize("site_id", SITES)
def test_a_point_declares_the_interval_of_all_that_it_gives(site_id: str) -> None:
    for state in SETTINGS.points_at(site_id, END):
        given = {"register": "energy_counter", "water": "water_counter"}
        kinds = [kind for kind in COMPANY[site_id].offered(state.id) if kind != "utilisation"]
        assert {given.get(kind, kind) for kind in kinds} == set(state.interval_s), state.id
        assert all(metric(name) for name in state.interval_s)


def test_the_wind_of_the_contract_is_about_its_certificates() -> None:
    """A park of 2.4 MW makes in a year what its lots of 100 MWh a week say, and hours differ."""
    frankfurt, park = COMPANY["fra1"], "fra1/wind-park"
    assert frankfurt.offered(park) == ("register",)
    assert frankfurt.truth_kwh(park, START, END) == pytest.approx((END - START) / (7 * 86_400) * 100_000, rel=0.2)
    watts = frankfurt.power_w(park, HOURS)
    assert watts.max() < 2_400_000
    assert watts.max() > 4 * watts.min() > 0
    assert ((free := frankfurt.grid_carbon_free_ratio(HOURS)) > 0).all()
    assert free.max() < 1


def test_the_figures_are_plausible() -> None:
    frankfurt, singapore = COMPANY["fra1"], COMPANY["sin1"]

    def kwh(*points: str) -> float:
        return sum(COMPANY[each.split("/")[0]].truth_kwh(each, START, END) for each in points)

    it_kwh = kwh("fra1/ups-a", "fra1/ups-b")
    assert 1.12 < kwh("fra1/grid", "fra1/pv", "fra1/genset") / it_kwh < 1.25
    assert 1.30 < kwh("sin1/grid") / kwh("sin1/ups") < 1.50  # the tropics
    edges = np.array([START, END])
    assert 0.1 < np.diff(frankfurt.water_l("fra1/water", edges))[0] / it_kwh < 0.8
    assert 1.5 < np.diff(singapore.water_l("sin1/water", edges))[0] / kwh("sin1/ups") < 2.5
    assert 0.6 * 1200 < it_kwh / (396 * 24) < 1200  # kW of the installed 1,200


@pytest.mark.parametrize("site_id", SITES)
def test_the_grid_is_as_clean_over_a_year_as_its_published_factor(site_id: str) -> None:
    zone = SETTINGS.site(site_id).zone
    factor, _ = grid_factor(zone, 2026, policy="latest_published", files=SETTINGS.factors.files)
    mean = COMPANY[site_id].grid_intensity_gco2e_per_kwh(HOURS).mean()
    assert mean == pytest.approx(factor.value, rel=0.06)


def test_all_live_sources_are_valid_and_cover_every_point_once() -> None:
    sources = [Simulated.model_validate(each.table()) for each in SETTINGS.sources]
    asked = [
        (point, kind)
        for each in sources
        for point in each.points or (each.point,)
        for kind in each.reads
        if kind in COMPANY[point.split("/")[0]].offered(point)
    ]
    assert len(asked) == len(set(asked))
    given = {(point, kind) for site in COMPANY.values() for point in site.spec.points for kind in site.offered(point)}
    assert {(point, kind) for point, kind in given if kind != "utilisation"} == set(asked)


def test_meters_in_the_site_file_fit_the_faults() -> None:
    faults = {(each.point, each.kind): each for site in COMPANY.values() for each in site.spec.faults}
    assert SETTINGS.point("fra1/cpu").exchanges == (faults["fra1/cpu", "exchange"].start,)
    wrapping = SETTINGS.point("sin1/h100").meter_at(END)
    assert wrapping is not None
    assert wrapping.register_max_kwh == faults["sin1/h100", "wrap"].register_max_kwh


@pytest.mark.bench
def test_thirteen_months_of_registers_take_at_most_eight_seconds() -> None:
    fresh = simulated_sites(SETTINGS, load_simulation(DEMO_SIMULATION_FILE))
    began = time.process_time()
    rows = 0
    for site in fresh.values():
        counted = [each for each in site.spec.points if "register" in site.offered(each)]
        rows += site.readings(counted, START, END, 900).num_rows
    assert rows > 2_000_000
    assert time.process_time() - began < 8


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[zones.SG]", "[zones.SX]", r"no table \[zones.SG\] for the site"),
        ('point = "fra1/pdu-2b"', 'point = "fra1/pdu-9b"', '"fra1/pdu-9b" is no simulated point; did you mean'),
        ("peak_w = 180000.0", "peak_kw = 180.0", "peak_kw"),
        ("seed = 20261123", "seed = ", "simulation.toml cannot be read"),
        ("load_ratio = [0.02, 0.1, 0.2, 0.5, 1.0]", "load_ratio = [0.5, 0.1]", "load_ratio must rise"),
    ],
)
def test_a_mistake_in_the_simulation_file_is_one_sentence(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "simulation.toml"
    text = DEMO_SIMULATION_FILE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=says):
        simulated_sites(SETTINGS, load_simulation(path))


def test_a_simulation_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read"):
        load_simulation(tmp_path / "nowhere.toml")
