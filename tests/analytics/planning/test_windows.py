"""Waiting for better hours: which are taken, what is foretold, and what that would have saved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.planning.windows import METHODS, backtest, carried_on, hours_to_run
from config.errors import InputError

DAY = np.array([400.0] * 10 + [100.0] * 4 + [400.0] * 10)
SERIES = np.tile(DAY, 21)


def test_a_repeating_noon_is_found_and_saves_what_an_oracle_does() -> None:
    found = backtest(SERIES, hours=4, within=24, interruptible=False)
    assert found is not None
    # of 24 arrivals, those at 7 to 13 h already run into the four hours of 100 that start at 10 h
    at_once = np.mean([np.roll(DAY, -hour)[:4].mean() for hour in range(24)])
    best = np.mean([min(np.roll(DAY, -hour)[at : at + 4].mean() for at in range(21)) for hour in range(24)])
    assert found.saving == pytest.approx(1 - best / at_once, abs=0.03)
    assert found.regret == pytest.approx(0.0, abs=1e-9)
    assert found.delay_h > 0
    assert (found.cases, found.unknown) == (313 - 313 // 2, 0), "the newer half of the arrivals after a week"


def test_who_may_stop_and_go_on_saves_no_less() -> None:
    noisy = SERIES + np.random.default_rng(5).normal(0, 40, SERIES.size)
    one, many = (backtest(noisy, hours=4, within=24, interruptible=free) for free in (False, True))
    assert one is not None
    assert many is not None
    assert many.oracle >= one.oracle
    assert one.regret >= 0


def test_a_gap_is_in_no_case() -> None:
    holed = SERIES.copy()
    holed[400:403] = np.nan
    found = backtest(holed, hours=4, within=24, interruptible=False)
    assert found is not None
    assert found.unknown > 0
    assert found.saving == pytest.approx(backtest(SERIES, hours=4, within=24, interruptible=False).saving, abs=0.02)  # type: ignore[union-attr]


def test_noise_shows_no_saving() -> None:
    """The method is chosen on other hours than those it is tried on: else the best of three would save in noise."""
    noise = [400 + 50 * np.random.default_rng(seed).normal(size=56 * 24) for seed in range(6)]
    found = [backtest(series, hours=4, within=24, interruptible=False) for series in noise]
    savings = [one.saving for one in found if one is not None]
    assert len(savings) == len(noise)
    assert abs(np.mean(savings)) < 0.01  # three standard errors
    assert all(one.oracle > 0.08 for one in found if one is not None)


def test_too_little_is_known() -> None:
    assert backtest(SERIES[:300], hours=4, within=24, interruptible=False) is None
    assert backtest(np.full(400, np.nan), hours=4, within=24, interruptible=False) is None
    assert backtest(np.zeros(400), hours=4, within=24, interruptible=False) is None, "nothing to save a share of"


@pytest.mark.parametrize("hours", [0, 5])
def test_a_job_that_does_not_fit_is_refused(hours: int) -> None:
    with pytest.raises(InputError, match="does not end within 4 h"):
        hours_to_run(np.ones(4), hours, interruptible=False)


def test_an_unknown_hour_is_not_chosen_around() -> None:
    with pytest.raises(InputError, match="an hour is not known"):
        hours_to_run(np.array([1.0, np.nan]), 1, interruptible=False)


def test_methods_look_back_where_they_say() -> None:
    known = np.repeat(np.arange(7.0), 24)
    said = {name: carried_on(known, 30, method=name) for name in METHODS}
    assert [values[29] for values in said.values()] == [6.0, 1.0, 3.0]
    week = np.arange(400.0)
    assert carried_on(week, 168, method="same hour a week before").tolist() == week[-168:].tolist()
    known[-24:] = np.nan
    assert np.isnan(carried_on(known, 1, method="same hour of the last day")).all()
    assert carried_on(known, 1, method="mean of the same hour over seven days").tolist() == [2.5]


@given(signal=st.lists(st.floats(0, 1000), min_size=1, max_size=48), data=st.data())
def test_no_choice_is_dearer_than_at_once(signal: list[float], data: st.DataObject) -> None:
    values = np.array(signal)
    hours = data.draw(st.integers(1, values.size))
    window = hours_to_run(values, hours, interruptible=False)
    free = hours_to_run(values, hours, interruptible=True)
    assert len(window) == len(free) == hours
    assert values[free].sum() <= values[window].sum() + 1e-6 <= values[:hours].sum() + 2e-6
