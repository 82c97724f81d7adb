"""Laws: an answer depends on seed, point and time alone; registers are the integral of power and only grow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.plugins.simulated.noise import chance, smooth, steps
from collectors.plugins.simulated.reads import READS, ReadKind
from collectors.plugins.simulated.signals import BLOCK_S
from config.errors import ConfigError, InputError
from tests.collectors.simulated.plan import DAY, EPOCH, fault, points, site

POINTS = [each.id for each in points()]
POWERED = [each for each in POINTS if "power" in site().offered(each)]
SECONDS = st.integers(0, 35 * DAY)
FAULTS = [
    fault("srv", "stuck", -200, -180, repeat_days=3.5),
    fault("srv", "reset", -100, repeat_days=9.0),
    fault("srv", "drift", -50, 50),
    fault("two", "wrap", -480, register_max_kwh=777.0),
    fault("one", "exchange", -30, first_kwh=5.0),
]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**63), point=st.sampled_from(POWERED), at=SECONDS, before=SECONDS, after=SECONDS)
def test_one_instant_is_what_it_is_inside_any_range(seed: int, point: str, at: int, before: int, after: int) -> None:
    alone, among = site(seed, faults=FAULTS), site(seed, faults=FAULTS)
    when = EPOCH + np.unique(np.r_[np.linspace(min(before, at), max(after, at), 50).astype(np.int64), at])
    place = int(np.searchsorted(when, EPOCH + at))
    one = np.array([EPOCH + at])
    np.testing.assert_allclose(among.power_w(point, when)[place], alone.power_w(point, one)[0], rtol=1e-13)
    np.testing.assert_allclose(among.register_kwh(point, when)[place], alone.register_kwh(point, one)[0], rtol=1e-13)
    kinds: tuple[ReadKind, ...] = ("register", "power")
    for kind in kinds:
        assert among.rows(point, kind, when).values[place] == alone.rows(point, kind, one).values[0]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_questions_does_not_matter(seed: int, shuffle: object) -> None:
    first, second = site(seed), site(seed)
    when = EPOCH + np.arange(0, 90 * DAY, 7 * 3600)  # more blocks than are kept
    mixed = np.random.default_rng(seed).permutation(when)
    asked = {each: first.register_kwh(each, when) for each in POWERED[:4]}
    for each in reversed(asked):
        np.testing.assert_array_equal(second.register_kwh(each, mixed), asked[each][np.argsort(np.argsort(mixed))])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), point=st.sampled_from(POWERED), start=SECONDS, length=st.integers(60, 7200))
def test_a_register_counts_the_integral_of_power(seed: int, point: str, start: int, length: int) -> None:
    plant = site(seed)
    seconds = EPOCH + start + np.arange(length + 1)
    integral_kwh = np.trapezoid(plant.power_w(point, seconds)) / 3.6e6
    assert plant.truth_kwh(point, int(seconds[0]), int(seconds[-1])) == pytest.approx(integral_kwh, rel=5e-4, abs=1e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), point=st.sampled_from(POWERED), step=st.integers(1, 5000))
def test_registers_never_fall(seed: int, point: str, step: int) -> None:
    when = EPOCH + BLOCK_S - 2000 + step * np.arange(200)  # across the edge of a block
    assert (np.diff(site(seed).register_kwh(point, when)) >= 0).all()
    assert (np.diff(site(seed).water_l("t/water", when)) >= 0).all()


def test_another_seed_is_another_site() -> None:
    when = EPOCH + np.arange(0, DAY, 900)
    assert not np.allclose(site(1).power_w("t/srv", when), site(2).power_w("t/srv", when))


def test_history_and_single_questions_agree_and_are_sorted() -> None:
    plant = site()
    table = plant.readings(["t/srv", "t/two"], EPOCH + 100, EPOCH + 25 * DAY, 900)
    assert table.num_rows == 2 * (25 * DAY // 900 - 1)  # EPOCH itself lies before the start
    assert table["point"].to_pylist()[0] == "t/srv"
    when = table["time"].to_numpy()[: table.num_rows // 2]
    assert (when % 900 == 0).all()
    np.testing.assert_allclose(table["value"].to_numpy()[: when.size], plant.register_kwh("t/srv", when), atol=6e-4)
    assert set(table["metric"].to_pylist()) == {"energy_counter"}
    assert set(table["origin"].to_pylist()) == {"simulated:t"}
    assert table["device_time"].null_count == table.num_rows


def test_each_point_gives_what_an_instrument_there_would() -> None:
    plant = site()
    assert plant.offered("t/srv") == ("register", "power", "utilisation")
    assert plant.offered("t/water") == ("water",)
    assert plant.offered("t/weather") == ("temperature", "humidity")
    assert plant.offered("t/grid") == ("register", "power", "grid_intensity")
    for each in POINTS:
        for kind in plant.offered(each):
            table = plant.readings(each, EPOCH, EPOCH + 3600, 900, kind=kind, origin="bmc-1")
            assert table.num_rows == 4
            assert table["metric"].to_pylist()[0] == READS[kind].metric
    assert plant.readings("t/srv", EPOCH, EPOCH, 900).num_rows == 0


def test_questions_without_an_answer_say_so() -> None:
    with pytest.raises(InputError, match=r"t/water gives no readings of kind power: it gives water\."):
        site().readings("t/water", EPOCH, EPOCH + 900, 900, kind="power")
    with pytest.raises(InputError, match='"t/srx" is no point of the simulated site t; did you mean'):
        site().power_w("t/srx", np.array([EPOCH]))
    with pytest.raises(InputError, match="set register_epoch earlier"):
        site().register_kwh("t/srv", np.array([EPOCH - BLOCK_S]))


def test_chance_is_even_and_steps_and_smooth_noise_stay_within_bounds() -> None:
    draws = chance(5, np.arange(100_000))
    assert draws.min() >= 0
    assert draws.max() < 1
    assert np.histogram(draws, 10)[0] == pytest.approx(np.full(10, 10_000), rel=0.05)
    assert abs(np.corrcoef(draws[:-1], draws[1:])[0, 1]) < 0.02
    when = np.arange(-5000, 5000)
    assert np.unique(steps(5, when, 1000)).size in {10, 11}
    noise = smooth(5, when, 1000)
    assert np.abs(noise).max() <= 1
    assert np.abs(np.diff(noise)).max() < 0.005  # continuous


def test_a_role_that_cannot_be_simulated_is_refused() -> None:
    plant = site()
    spec = plant.spec
    battery = type(points()[0])("t/battery", "t", "battery", "battery")
    with pytest.raises(ConfigError, match='t/battery: role "battery" cannot be simulated'):
        type(plant)(1, type(spec)(**{**vars(spec), "points": {**spec.points, "t/battery": battery}}))
