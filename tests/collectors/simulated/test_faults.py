"""Each fault does to the readings what it says, where it says, and nothing to the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import ValidationError

from collectors.plugins.simulated.faults import Fault
from tests.collectors.simulated.plan import EPOCH, fault, site, times

if TYPE_CHECKING:
    from collectors.plugins.simulated.reads import ReadKind

START, END = 2.0, 5.0  # hours of the fault within the hours 0 to 8 that are read
WHEN = times(0, 8)
ON = (WHEN[0] + START * 3600 <= WHEN) & (WHEN[0] + END * 3600 > WHEN)


def shown(kind: str, read: ReadKind, *, ends: bool = True, **rest: object) -> tuple[np.ndarray, np.ndarray]:
    """Values of `srv` with and without one fault."""
    broken = site(faults=[fault("srv", kind, START, END if ends else None, **rest)])
    return broken.rows("t/srv", read, WHEN).values, site().rows("t/srv", read, WHEN).values


@pytest.mark.parametrize("read", ["register", "power"])
def test_a_gap_is_nothing_at_all(read: ReadKind) -> None:
    faulty, clean = shown("gap", read)
    np.testing.assert_array_equal(faulty, clean[~ON])


@pytest.mark.parametrize(("kind", "value"), [("zero", 0.0), ("sentinel", 65535.0)])
def test_a_zero_or_sentinel_replaces_the_value(kind: str, value: float) -> None:
    faulty, clean = shown(kind, "power")
    np.testing.assert_array_equal(faulty, np.where(ON, value, clean))


def test_a_stuck_value_is_that_of_the_start_until_it_jumps_back() -> None:
    faulty, clean = shown("stuck", "register")
    np.testing.assert_array_equal(faulty, np.where(ON, clean[ON][0], clean))


def test_a_reset_register_begins_again_at_zero_and_goes_on_truly() -> None:
    faulty, clean = shown("reset", "register", ends=False)
    after = START * 3600 + WHEN[0] <= WHEN
    assert faulty[after][0] == 0
    np.testing.assert_allclose(np.diff(faulty[after]), np.diff(clean[after]), atol=0.002)
    np.testing.assert_array_equal(faulty[~after], clean[~after])


def test_an_exchanged_meter_begins_at_its_own_value() -> None:
    faulty, _ = shown("exchange", "register", ends=False, first_kwh=12.4)
    assert faulty[ON][0] == 12.4


def test_a_wrapping_register_stays_below_its_end() -> None:
    faulty, clean = shown("wrap", "register", ends=False, register_max_kwh=100.0)
    after = START * 3600 + WHEN[0] <= WHEN
    assert faulty[after].max() < 100.0
    np.testing.assert_allclose(faulty[after], clean[after] % 100.0, atol=0.002)
    assert (np.diff(faulty[after]) < 0).any()  # 8 hours of 60 kW wrap at least once


@pytest.mark.parametrize("read", ["register", "power"])
def test_a_unit_slip_is_a_thousand_times_too_small(read: ReadKind) -> None:
    faulty, clean = shown("unit_slip", read)
    np.testing.assert_allclose(faulty[ON], clean[ON] / 1000, atol=0.06)
    np.testing.assert_array_equal(faulty[~ON], clean[~ON])


def test_drift_grows_and_a_recalibrated_register_keeps_what_it_counted() -> None:
    faulty, clean = shown("drift", "power", drift_per_day=0.24)
    hours = np.where(ON, (WHEN - WHEN[0]) / 3600 - START, 0)
    np.testing.assert_allclose(faulty, clean * (1 + 0.01 * hours), atol=0.2)
    faulty, clean = shown("drift", "register", drift_per_day=0.24)
    excess = faulty - clean
    assert (np.diff(excess) > -0.002).all()
    assert not excess[: ON.argmax()].any()
    during = clean[ON.nonzero()[0][-1] + 1] - clean[ON][0]
    assert excess[-1] == pytest.approx(during * 0.24 * 3 / 24 / 2, abs=0.003)


def test_duplicates_come_twice_and_disorder_comes_newest_first() -> None:
    twice, clean = shown("duplicate", "register")
    np.testing.assert_array_equal(twice, np.repeat(clean, np.where(ON, 2, 1)))
    shuffled, clean = shown("out_of_order", "register")
    np.testing.assert_array_equal(np.sort(shuffled), np.sort(clean))
    np.testing.assert_array_equal(shuffled[ON], clean[ON][::-1])


def test_a_wrong_clock_shows_in_the_device_time_or_stamps_the_rows_of_a_logger() -> None:
    broken = site(faults=[fault("srv", "clock_skew", START, END, skew_s=420)])
    table = broken.readings("t/srv", int(WHEN[0]), int(WHEN[-1]) + 1, 900)
    np.testing.assert_array_equal(table["time"].to_numpy(), WHEN)
    ahead = [device - time for device, time in zip(table["device_time"].to_pylist(), WHEN, strict=True) if device]
    assert ahead == [420] * ON.sum()
    logger = site(faults=[fault("srv", "clock_skew", START, END, skew_s=-60, device_stamps=True)])
    np.testing.assert_array_equal(logger.rows("t/srv", "power", WHEN).times, WHEN - 60 * ON)


def test_a_repeated_fault_comes_again_and_again_and_a_reset_counts_from_the_latest() -> None:
    broken = site(faults=[fault("srv", "zero", 0, 1, repeat_days=0.125)])
    values = broken.rows("t/srv", "power", times(-3, 24)).values
    zeros = (values == 0).reshape(-1, 4).all(axis=1)  # by hour
    np.testing.assert_array_equal(zeros, [False] * 3 + [True, False, False] * 8)
    reset = site(faults=[fault("srv", "reset", 0, repeat_days=0.125)]).rows("t/srv", "register", times(0, 24)).values
    assert (reset == 0).sum() == 8


def test_faults_touch_only_what_they_name() -> None:
    broken = site(faults=[fault("srv", "zero", START, END, reads=["power"])])
    np.testing.assert_array_equal(
        broken.rows("t/srv", "register", WHEN).values, site().rows("t/srv", "register", WHEN).values
    )
    assert not (broken.rows("t/srv", "utilisation", WHEN).values == 0).any()
    wrap = fault("srv", "wrap", START, register_max_kwh=100.0)
    assert wrap.hits("register")
    assert not wrap.hits("power")
    np.testing.assert_array_equal(broken.power_w("t/srv", WHEN), site().power_w("t/srv", WHEN))
    assert broken.truth_kwh("t/srv", EPOCH, int(WHEN[-1])) == site().truth_kwh("t/srv", EPOCH, int(WHEN[-1]))


def test_faults_lie_over_each_other_in_their_order() -> None:
    both = site(faults=[fault("srv", "reset", 1), fault("srv", "unit_slip", START, END)])
    reset = site(faults=[fault("srv", "reset", 1)])
    slipped = both.rows("t/srv", "register", WHEN).values[ON]
    np.testing.assert_allclose(slipped, reset.rows("t/srv", "register", WHEN).values[ON] / 1000, atol=0.001)


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "gap", "start": EPOCH, "end": EPOCH},
        {"kind": "drift", "start": EPOCH, "repeat_days": 2.0},
        {"kind": "broken", "start": EPOCH},
        {"kind": "gap", "start": EPOCH, "reads": ["smell"]},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate({"point": "t/srv", **table})
