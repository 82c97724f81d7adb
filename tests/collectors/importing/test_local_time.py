"""Local hours that exist twice are told apart by order, or set aside; hours that never were are set aside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.importing.local_time import LocalClock

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Casablanca",
    "Asia/Shanghai",
    "UTC",
]
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)  # Berlin: 03:00 becomes 02:00 at 01:00 UTC
SPRING = datetime(2026, 3, 29, tzinfo=UTC)  # Berlin: 02:00 becomes 03:00 at 01:00 UTC


def local_seconds(zone: ZoneInfo, utc: int) -> int:
    """What a clock on the wall of `zone` shows, counted as if it were UTC."""
    return int(datetime.fromtimestamp(utc, zone).replace(tzinfo=UTC).timestamp())


def resolve(clock: LocalClock, local: list[int], series: list[int] | None = None) -> tuple[list[int], dict[int, str]]:
    codes = np.array(series or [0] * len(local), np.int64)
    utc, bad = clock.utc(np.array(local, np.int64), series=codes, name=lambda code: code)
    return utc.tolist(), bad


def resolve_twice(zone: ZoneInfo, local: list[int], *, cut: int) -> tuple[list[int], dict[int, str]]:
    """As an import does: two readings of the file, each in two chunks."""
    first = LocalClock(zone)
    resolve(first, local[:cut])
    resolve(first, local[cut:])
    second = LocalClock(zone, unclear=first.doubtful())
    left, bad = resolve(second, local[:cut])
    right, more = resolve(second, local[cut:])
    return left + right, bad | {cut + row: why for row, why in more.items()}


@settings(deadline=None)
@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    start=st.integers(1_704_067_200, 1_830_000_000),
    step=st.sampled_from([60, 300, 900, 1800, 3600, 7200, 86_400]),
    cut=st.integers(0, 400),
    lost=st.sets(st.integers(0, 399), max_size=60),
)
def test_a_rising_series_is_right_or_set_aside(zone: ZoneInfo, start: int, step: int, cut: int, lost: set[int]) -> None:
    utc = [start - start % step + row * step for row in range(400) if row not in lost]
    found, bad = resolve_twice(zone, [local_seconds(zone, t) for t in utc], cut=cut)
    assert [t for row, t in enumerate(found) if row not in bad] == [t for row, t in enumerate(utc) if row not in bad]


@settings(deadline=None)
@given(
    shift_s=st.integers(-86_400 * 3, -7200),
    step=st.sampled_from([60, 420, 900, 1800, 3600]),
    lost=st.sets(st.integers(0, 399), max_size=60),
    cut=st.integers(0, 400),
)
def test_around_an_autumn_night_too(shift_s: int, step: int, lost: set[int], cut: int) -> None:
    start = int(AUTUMN.timestamp()) + shift_s
    utc = [start - start % 60 + row * step for row in range(400) if row not in lost]
    found, bad = resolve_twice(BERLIN, [local_seconds(BERLIN, t) for t in utc], cut=cut)
    assert [t for row, t in enumerate(found) if row not in bad] == [t for row, t in enumerate(utc) if row not in bad]
    if not lost and utc[-1] > AUTUMN.timestamp() + 7200:
        assert not bad, "both passes are there whole"


def test_one_pass_alone_is_set_aside() -> None:
    start = int(AUTUMN.timestamp()) - 3600
    local = [local_seconds(BERLIN, start + row * 7200) for row in range(4)]  # 01:00, 02:00 (which?), 04:00, 06:00
    assert set(resolve_twice(BERLIN, local, cut=1)[1]) == {1}


def test_hourly_rows_repeat_the_hour_itself() -> None:
    start = int(AUTUMN.timestamp()) - 7200
    utc = [start + row * 3600 for row in range(6)]
    assert resolve(LocalClock(BERLIN), [local_seconds(BERLIN, t) for t in utc]) == (utc, {})


def test_series_that_take_turns_are_told_apart_each() -> None:
    start = int(AUTUMN.timestamp()) - 3600
    utc = [start + row // 3 * 900 for row in range(3 * 16)]
    local = [local_seconds(BERLIN, t) for t in utc]
    assert resolve(LocalClock(BERLIN), local, [row % 3 for row in range(len(utc))]) == (utc, {})


def test_a_third_pass_sets_the_night_aside_and_a_second_reading_knows_it() -> None:
    start = int(AUTUMN.timestamp())
    local = [local_seconds(BERLIN, start + row * 900) for row in range(8)]
    disordered = [*local[:2], local[1], *local[2:]]  # 02:15 twice, then 02:30 ... and 02:00 again
    clock = LocalClock(BERLIN)
    _, bad = resolve(clock, disordered)
    assert bad
    _, again = resolve(LocalClock(BERLIN, unclear=clock.unclear), disordered)
    assert set(again) == set(range(9))
    assert "exists twice in Europe/Berlin and the order of the rows does not tell" in again[0]


def test_newest_first_is_not_taken_for_two_passes() -> None:
    start = int(AUTUMN.timestamp()) - 3600
    local = [local_seconds(BERLIN, start + row * 3600) for row in range(4)][::-1]
    assert set(resolve(LocalClock(BERLIN), local)[1]) == {1, 2}


def test_refusing_sets_every_such_row_aside() -> None:
    start = int(AUTUMN.timestamp()) - 3600
    local = [local_seconds(BERLIN, start + row * 900) for row in range(16)]
    _, bad = resolve(LocalClock(BERLIN, fold="refuse"), local)
    assert set(bad) == set(range(4, 12))
    assert bad[4] == "local time 2026-10-25 02:00:00 exists twice in Europe/Berlin: write times with their UTC offset"


def test_an_hour_that_never_was_is_set_aside() -> None:
    midnight = int(SPRING.timestamp())
    local = [midnight + minutes * 60 for minutes in (119, 120, 150, 179, 180)]
    utc, bad = resolve(LocalClock(BERLIN), local)
    assert set(bad) == {1, 2, 3}
    assert bad[2] == "local time 2026-03-29 02:30:00 never was in Europe/Berlin, where the clock was put forward"
    assert [utc[0], utc[4]] == [midnight + 59 * 60, midnight + 60 * 60]


@pytest.mark.parametrize("name", ZONES)
def test_every_quarter_of_a_year_agrees_with_the_standard_library(name: str) -> None:
    zone = ZoneInfo(name)
    local = [int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) + row * 900 for row in range(365 * 96)]
    utc, bad = resolve(LocalClock(zone, fold="refuse"), local)
    for row in range(0, len(local), 7):
        if row not in bad:
            wall = datetime.fromtimestamp(local[row], UTC).replace(tzinfo=zone)
            assert utc[row] == wall.timestamp()
            assert datetime.fromtimestamp(utc[row], zone) == wall
    assert len(bad) in {0, 4, 8, 12}, "an hour or half of one forward, and as much back"


def test_nothing_to_read_is_no_mistake() -> None:
    assert resolve(LocalClock(BERLIN), []) == ([], {})
    assert timedelta(0) == AUTUMN.utcoffset()
