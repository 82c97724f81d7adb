"""Settings: questions to a site file, at any time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InputError
from config.site import Company, Point, Settings, Site, SourceTable

START = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400


def point(name: str, role: str = "server", **more: object) -> Point:
    return Point.model_validate({"id": name, "site": "fra1", "role": role, **more})


def source(name: str, **more: object) -> SourceTable:
    return SourceTable.model_validate({"id": name, "kind": "ipmi", "point": "fra1/srv-1", **more})


def settings(points: list[Point], sources: list[SourceTable] | None = None) -> Settings:
    table = {"id": "fra1", "name": "F", "zone": "DE", "time_zone": "Europe/Berlin", "currency": "EUR"}
    return Settings(
        company=Company(name="Example AI", currency="EUR"),
        sites=(Site.model_validate(table),),
        points=tuple(points),
        sources=tuple(sources or ()),
        path=Path("wattlas.toml"),
    )


MOVED = point("srv-1", parent="pdu-a", changes=[{"from": START + 10 * DAY, "parent": "pdu-b"}])
HALL = settings(
    [
        point("pdu-a", "pdu"),
        point("pdu-b", "pdu", valid_from=START + 5 * DAY),
        MOVED,
        point("srv-2", valid_to=START + 20 * DAY),
    ],
    [
        source("old", interval_s=60, valid_to=START + 15 * DAY),
        source("new", interval_s=10, valid_from=START + 15 * DAY),
    ],
)
TIMES = st.integers(START, START + 30 * DAY)


@given(st.lists(TIMES, max_size=8))
def test_the_tree_of_a_time_is_the_same_whatever_was_asked_before(times: list[int]) -> None:
    for time in times:
        states = [HALL.state(point.id, time) for point in HALL.points]
        assert HALL.points_at("fra1", time) == tuple(state for state in states if state is not None)


@given(TIMES, TIMES)
def test_within_two_change_times_the_tree_is_the_same(one: int, other: int) -> None:
    start, end = sorted((one, other))
    if not HALL.change_times("fra1", start, end + 1):
        assert HALL.points_at("fra1", start) == HALL.points_at("fra1", end)


def test_change_times_are_those_within_and_in_order() -> None:
    times = [START + days * DAY for days in (5, 10, 15, 20)]
    assert HALL.change_times("fra1", 0, START + 99 * DAY) == times
    assert HALL.change_times("fra1", times[0], times[3]) == times[1:3]
    assert HALL.change_times("nowhere", 0, START) == []


def test_a_moved_server_keeps_its_former_parent_in_the_past() -> None:
    before, after = HALL.state("fra1/srv-1", START), HALL.state("fra1/srv-1", START + 10 * DAY)
    assert before is not None
    assert after is not None
    assert (before.parents, after.parents) == (("fra1/pdu-a",), ("fra1/pdu-b",))


def test_points_of_a_period_are_those_that_exist_at_some_time_of_it() -> None:
    assert [point.name for point in HALL.points_of("fra1", START, START + DAY)] == ["pdu-a", "srv-1", "srv-2"]
    assert [point.name for point in HALL.points_of("fra1", START + 20 * DAY, START + 21 * DAY)] == [
        "pdu-a",
        "pdu-b",
        "srv-1",
    ]


def test_a_source_declares_the_interval_of_its_time_and_the_point_the_rest() -> None:
    declared = point("srv-1", interval_s={"power": 300, "energy_counter": 900})
    site = settings([declared], list(HALL.sources))
    before, after = site.state("fra1/srv-1", START), site.state("fra1/srv-1", START + 15 * DAY)
    assert before is not None
    assert after is not None
    assert before.interval_s == {"power": 60, "energy_counter": 900}
    assert after.interval_s == {"power": 10, "energy_counter": 900}


def test_a_source_keeps_what_its_kind_alone_understands() -> None:
    table = source("bmc", host="10.0.0.1", password={"env": "BMC"}, interval_s=5)
    assert table.table() == {
        "id": "bmc",
        "kind": "ipmi",
        "point": "fra1/srv-1",
        "interval_s": 5.0,
        "deadline_s": 5.0,
        "host": "10.0.0.1",
        "password": {"env": "BMC"},
    }
    assert "BMC" not in repr(table)


def test_an_unknown_site_or_point_names_the_near_one() -> None:
    with pytest.raises(InputError, match=r'"fra2" is no site of wattlas\.toml; did you mean "fra1"\?$'):
        HALL.site("fra2")
    with pytest.raises(InputError, match=r'did you mean "fra1/srv-1"\?$'):
        HALL.point("fra1/srv1")
    with pytest.raises(InputError, match="`wattlas check` lists the points"):
        HALL.point("x")


def test_a_known_site_and_point_are_found() -> None:
    assert HALL.site("fra1").time_zone == "Europe/Berlin"
    assert HALL.point("fra1/srv-1") == MOVED
