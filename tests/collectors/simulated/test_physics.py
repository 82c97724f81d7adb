"""The figures of a simulated site are those of a plausible one."""

from __future__ import annotations

import numpy as np
import pytest

from collectors.plugins.simulated import load, plant, sky
from collectors.plugins.simulated.clock import day_of_year, hour_of_day, local_times, weekday
from collectors.plugins.simulated.spec import Cooling, HeatExport, Machine, Ups, Water
from config.errors import ConfigError
from tests.collectors.simulated.plan import DAY, EPOCH, PSUS, WORKLOADS, place, point, points, site

YEAR = EPOCH + np.arange(0, 365 * DAY, 3600)


def test_fans_take_less_once_they_are_driven_by_speed() -> None:
    cooling = Cooling(fans_ratio=0.075, fans_since="2026-09-01T00:00:00Z", fans_ratio_before=0.1)
    watts = plant.cooling_power_w(cooling, np.full(60, 100e3), np.full(60, -10.0), 1_788_220_770 + np.arange(60))
    assert watts.tolist() == [10_000.0] * 30 + [7_500.0] * 30


def test_a_machine_draws_idle_to_maximum_by_utilisation() -> None:
    machine = Machine(idle_w=100.0, max_w=500.0)
    watts = load.dc_power_w(machine, np.array([0.0, 0.5, 1.0]))
    assert watts == pytest.approx([100.0, 100.0 + 400.0 * 0.5**1.2, 500.0])


def test_power_supplies_are_best_at_half_load() -> None:
    dc = np.array([50.0, 250.0, 500.0])
    ac = load.plug_power_w(dc, rated_w=500.0, psu=PSUS["titanium"])
    assert dc / ac == pytest.approx([0.90, 0.96, 0.94])


def test_ups_losses_have_standing_linear_and_square_parts() -> None:
    ups = Ups(rated_w=1000.0, standing_ratio=0.01, linear_ratio=0.02, square_ratio=0.04)
    assert plant.ups_loss_w(ups, np.array([0.0, 500.0, 1000.0])) == pytest.approx([10.0, 30.0, 70.0])


def test_wet_bulb_is_that_of_stull() -> None:
    # Stull 2011, worked example: 20 degC and 50 % give 13.7 degC
    assert sky.wet_bulb_degc(np.array([20.0]), np.array([50.0])) == pytest.approx([13.7], abs=0.05)


def test_the_sun_stands_where_astronomy_puts_it() -> None:
    equator = place().model_copy(update={"latitude_deg": 0.0, "longitude_deg": 0.0})
    equinox_noon = 1_774_008_000  # 2026-03-20T12:00:00Z
    assert sky.sun_sine(np.array([equinox_noon]), equator) == pytest.approx([1.0], abs=0.001)
    assert sky.sun_sine(np.array([equinox_noon + 12 * 3600]), equator) == pytest.approx([0.0])
    june_noon = 1_782_043_200  # 2026-06-21T12:00:00Z; 90 - 50.1 + 23.4 = 63.3 degrees in Frankfurt
    noon = june_noon - int(8.7 / 15 * 3600)
    assert sky.sun_sine(np.array([noon]), place()) == pytest.approx([np.sin(np.radians(63.3))], abs=0.002)


def test_cooling_costs_more_the_damper_and_warmer_it_is() -> None:
    watts = plant.cooling_power_w(Cooling(), np.full(60, 100e3), np.linspace(-10, 30, 60), np.arange(60))
    assert (np.diff(watts) >= 0).all()
    assert watts[0] == pytest.approx(100e3 * 0.05)  # free cooling: fans and pumps alone
    assert watts[-1] == pytest.approx(100e3 * (0.05 + 1 / 4.8))  # COP 6 - 0.12 x 10


def test_a_tower_evaporates_what_the_heat_can() -> None:
    water = Water(wet_low_ratio=0.0, wet_high_ratio=1.0, dry_below_degc=10, wet_above_degc=20, blowdown_ratio=0.25)
    litres = plant.water_l_per_s(water, np.full(3, 2.45e6), np.array([5.0, 15.0, 25.0]))
    assert litres == pytest.approx([0.0, 0.625, 1.25])


def test_heat_is_given_away_on_cold_days_and_never_more_than_there_is() -> None:
    export = HeatExport(max_w=1000.0, full_below_degc=0.0, none_above_degc=10.0, caught_ratio=0.5)
    watts = plant.heat_export_w(export, np.array([4000.0, 4000.0, 4000.0, 600.0]), np.array([-5.0, 5.0, 12.0, -5.0]))
    assert watts == pytest.approx([1000.0, 500.0, 0.0, 300.0])


def test_local_hours_follow_summer_time() -> None:
    january, july = 1_768_478_400, 1_784_116_800  # 12:00 UTC on the 15th
    local = local_times(np.array([january, july]), "Europe/Berlin")
    assert hour_of_day(local) == pytest.approx([13.0, 14.0])
    assert weekday(np.array([EPOCH])) == [3]  # 2026-01-01 was a Thursday
    assert day_of_year(np.array([EPOCH]))[0] == pytest.approx(0.0, abs=1.0)


def test_people_rest_at_night_and_at_weekends_and_work_grows() -> None:
    def busy(times: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        workload = WORKLOADS["people"].model_copy(update={"noise_ratio": 0.0})
        return float(load.utilisation_ratio(workload, times, seed=1, time_zone="UTC", since=EPOCH).mean())

    monday = EPOCH + 4 * DAY + np.arange(0, DAY, 300)
    afternoon, night = monday[150:210], monday[:60]
    assert busy(afternoon) > 1.5 * busy(night)
    assert busy(monday + 5 * DAY) < 0.7 * busy(monday)
    assert busy(monday + 364 * DAY) == pytest.approx(1.1 * busy(monday), rel=0.005)


def test_jobs_run_for_their_share_of_the_time() -> None:
    added = load.jobs(WORKLOADS["jobs"], EPOCH + np.arange(0, 400 * DAY, 1800), seed=3)
    running = added > 0
    assert running.mean() == pytest.approx(0.7 * 0.98, abs=0.04)  # job_chance x (1 - restart_chance)
    assert added[running].min() >= 0.75


def test_a_year_has_seasons_in_cooling_solar_water_and_heat() -> None:
    centre = site()
    summer, winter = YEAR[24 * 170 : 24 * 200], YEAR[: 24 * 30]
    for name in ("t/cooling", "t/pv"):
        assert centre.power_w(name, summer).mean() > 1.4 * centre.power_w(name, winter).mean()
    assert centre.power_w("t/heat", winter).mean() > 3 * centre.power_w("t/heat", summer).mean()
    litres = [np.diff(centre.water_l("t/water", each[[0, -1]]))[0] for each in (summer, winter)]
    assert litres[0] > 2 * litres[1]
    assert centre.wet_bulb_degc(YEAR).mean() < centre.temperature_degc(YEAR).mean()
    assert centre.temperature_degc(YEAR).mean() == pytest.approx(11.0, abs=1.0)
    assert centre.humidity_percent(YEAR).min() >= 15
    assert centre.humidity_percent(YEAR).max() <= 99


def test_the_grid_is_cleaner_at_noon_in_summer_and_its_shares_sum_to_one() -> None:
    centre = site()
    mix = centre.grid_mix_ratio(YEAR)
    np.testing.assert_allclose(np.sum(list(mix.values()), axis=0), 1.0, rtol=1e-9)
    assert all(0 <= share.min() <= share.max() <= 1 for share in mix.values())
    intensity = centre.grid_intensity_gco2e_per_kwh(YEAR)
    np.testing.assert_allclose(intensity, mix["coal"] * 940 + mix["gas"] * 400, rtol=1e-9)
    july = slice(24 * 181, 24 * 212)
    hour = (YEAR // 3600) % 24
    assert intensity[july][hour[july] == 11].mean() < 0.7 * intensity[july][hour[july] == 22].mean()


def test_the_genset_runs_its_test_and_the_grid_gives_less_meanwhile() -> None:
    centre = site()
    month = EPOCH + np.arange(0, 28 * DAY, 300)
    on = centre.power_w("t/genset", month) > 0
    assert on.sum() == 4 * 12  # four tests of an hour
    start = month[on][0]
    before, during = centre.power_w("t/grid", np.array([start - 600, start + 600]))
    assert during < before


def test_a_missing_table_or_workload_is_named() -> None:
    centre = site()
    bare = {name: each for name, each in centre.spec.place.machines.items() if name != "one"}
    spec = {**vars(centre.spec), "place": centre.spec.place.model_copy(update={"machines": bare})}
    with pytest.raises(ConfigError, match=r"no table \[sites\.t\.machines\.one\] for the point t/one: add it\."):
        type(centre)(1, type(centre.spec)(**spec)).power_w("t/one", YEAR[:1])
    spec = {**vars(centre.spec), "workloads": {"people": WORKLOADS["people"]}}
    with pytest.raises(ConfigError, match='t/srv: workload = "jobs" is unknown'):
        type(centre)(1, type(centre.spec)(**spec)).power_w("t/srv", YEAR[:1])
    loose = {each.id: each for each in points() if each.id != "t/srv"}
    spec = {**vars(centre.spec), "points": loose}
    with pytest.raises(ConfigError, match="t/srv-a is a feed of no machine"):
        type(centre)(1, type(centre.spec)(**spec)).power_w("t/srv-a", YEAR[:1])
    spec = {**vars(centre.spec), "points": {"t/gpu": point("gpu", "component")}}
    with pytest.raises(ConfigError, match="t/gpu is a component of nothing"):
        type(centre)(1, type(centre.spec)(**spec)).power_w("t/gpu", YEAR[:1])


def test_a_meter_beneath_the_grid_connection_sees_its_own_branch_alone() -> None:
    centre = site()
    branch = {**centre.spec.points, "t/branch": point("branch", "utility", ["t/grid"])}
    branch["t/cooling"] = point("cooling", "cooling", ["branch"])
    deep = type(centre)(7, type(centre.spec)(**{**vars(centre.spec), "points": branch}))
    np.testing.assert_array_equal(deep.power_w("t/branch", YEAR[:99]), centre.power_w("t/cooling", YEAR[:99]))
    np.testing.assert_allclose(deep.power_w("t/grid", YEAR[:99]), centre.power_w("t/grid", YEAR[:99]), rtol=1e-12)
