"""Power by use: a gap in one use is a gap of the whole, and labels follow the site's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ui.figures.series import PowerSeries, day_marks, labels, marked, newest_run, power_series

BERLIN = ZoneInfo("Europe/Berlin")
START = int(datetime(2026, 6, 16, tzinfo=UTC).timestamp())


def cells(count: int, step_s: int = 900, start: int = START) -> list[int]:
    return list(range(start, start + count * step_s, step_s))


def series(**uses: list[float | None]) -> PowerSeries:
    return PowerSeries(cells(len(next(iter(uses.values())))), 900, uses)


def test_a_cell_is_known_only_where_every_drawn_use_is() -> None:
    found = series(it=[100.0, 100.0, None, 100.0], losses=[20.0, None, 20.0, 30.0])
    assert found.total == [120.0, None, None, 130.0]
    assert found.stacked == {"it": [100.0, None, None, 100.0], "losses": [20.0, None, None, 30.0]}
    assert found.ratio == [1.2, None, None, 1.3]
    assert found.known_share == 0.5
    assert found.gaps == [(0, 3)]


def test_gaps_at_both_ends_are_shaded_to_the_edge() -> None:
    assert series(it=[None, None, 1.0, 1.0, None, None]).gaps == [(0, 2), (3, 5)]
    assert series(it=[1.0, 1.0]).gaps == []


def test_books_begin_with_their_first_known_cell() -> None:
    found = series(it=[None, None, 1.0, None, 2.0]).since_first_known()
    assert found.times[0] == START + 1800
    assert found.uses["it"] == [1.0, None, 2.0]
    assert series(it=[None, None]).since_first_known().times == []


def test_there_is_no_ratio_without_it_and_none_to_nothing() -> None:
    assert series(cooling=[1.0]).ratio == [None]
    assert series(it=[0.0], losses=[1.0]).ratio == [None]


def test_there_is_no_ratio_where_the_facility_is_not_metered() -> None:
    assert series(it=[1.0], cooling=[0.2]).ratio == [None]


def test_a_use_that_is_nowhere_known_is_not_drawn_and_it_comes_first() -> None:
    times = cells(2, step_s=1800)
    found = power_series(
        {"losses": (times, [1.0, None]), "other": (times, [None, None]), "it": (times, [2.0, 2.0])}, step_s=900
    )
    assert list(found.uses) == ["it", "losses"]
    assert found.step_s == 1800
    assert power_series({}, step_s=900).times == []


def test_labels_name_the_day_where_it_begins() -> None:
    times = cells(3, start=int(datetime(2026, 6, 15, 21, 45, tzinfo=UTC).timestamp()))
    assert labels(times, BERLIN, "en") == ["23:45", "16 Jun", "00:15"]
    week = cells(3 * 96)
    assert labels(week, BERLIN, "en")[:2] == ["16 Jun, 02:00", "16 Jun, 02:15"]
    assert labels(week, BERLIN, "zh")[88] == "6月17日"


def test_the_hour_that_exists_twice_has_labels_of_its_own() -> None:
    times = cells(25, step_s=3600, start=int(datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp()))
    found = labels(times, BERLIN, "en")
    assert len(set(found)) == 25
    assert found[2:4] == ["02:00", "02:00 CET"]


def test_an_axis_prints_midnights_or_a_few_hours() -> None:
    week = cells(7 * 96)
    assert [week[i] for i in marked(week, BERLIN)] == [START + 79_200 + day * 86_400 for day in range(7)]
    assert len(marked(cells(30 * 96), BERLIN)) <= 8
    hours = [datetime.fromtimestamp(cells(96)[i], BERLIN).hour for i in marked(cells(96), BERLIN)]
    assert hours == [3, 6, 9, 12, 15, 18, 21, 0]
    assert marked(cells(2), BERLIN) == [0]
    assert marked([], BERLIN) == []


def test_the_line_of_a_tile_begins_after_the_last_gap() -> None:
    assert newest_run([1.0, 2.0, None, 3.0, 4.0]) == [3.0, 4.0]
    assert newest_run([1.0, 2.0]) == [1.0, 2.0]
    assert newest_run([1.0, None]) == newest_run([None, 1.0]) == newest_run([]) == []


def test_the_last_day_is_always_marked() -> None:
    assert day_marks(30) == [1, 8, 15, 22, 29]
    assert day_marks(0) == []
