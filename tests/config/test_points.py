"""Points: ids, dated attributes, meters. The law: the past keeps the tree of its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.meters import Meter
from config.points import Point, PointState
from config.reading.fields import epoch_seconds

START = 1_767_225_600  # 2026-01-01T00:00:00Z
END = START + 365 * 86_400

instants = st.integers(START, END)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["server", "pdu", "other"]),
        "parents": st.lists(st.sampled_from(["fra1/a", "fra1/b", "fra1/c"]), max_size=2, unique=True),
        "max_w": st.floats(1, 1e6),
        "tenant": st.sampled_from(["", "red", "blue"]),
        "rack": st.sampled_from(["", "A01"]),
        "interval_s": st.dictionaries(st.sampled_from(["power", "energy_counter"]), st.floats(1, 3600)),
        "zero_ok": st.booleans(),
    },
).filter(bool)
changes = st.lists(st.tuples(instants, attributes), max_size=6, unique_by=lambda change: change[0])


def point(dated: list[tuple[int, dict[str, Any]]], **more: Any) -> Point:  # noqa: ANN401 - any attribute
    rows = [{"from": start, **values} for start, values in dated]
    return Point.model_validate({"id": "srv-1", "site": "fra1", "role": "server", "changes": rows, **more})


def held(dated: list[tuple[int, dict[str, Any]]], time: int) -> dict[str, Any]:
    values: dict[str, Any] = {"role": "server"}
    for start, change in sorted(dated, key=lambda row: row[0]):
        if start <= time:
            values |= change
    plain = {key: tuple(value) if key == "parents" else value for key, value in values.items()}
    return plain | {key: plain[key] or None for key in ("tenant", "rack") if key in plain}


@given(changes, instants)
def test_what_held_at_a_time_is_the_sum_of_the_changes_until_then(dated: Any, time: int) -> None:  # noqa: ANN401
    state = point(dated).at(time)
    assert state is not None
    assert {key: getattr(state, key) for key in held(dated, time)} == held(dated, time)


@given(changes, instants, attributes, instants)
def test_a_later_change_never_touches_the_past(dated: Any, new: int, values: Any, time: int) -> None:  # noqa: ANN401
    if time < new and all(start != new for start, _ in dated):
        assert point([*dated, (new, values)]).at(time) == point(dated).at(time)


@given(changes, st.randoms(use_true_random=False), instants)
def test_the_order_of_changes_in_the_file_does_not_matter(dated: Any, random: Any, time: int) -> None:  # noqa: ANN401
    shuffled = list(dated)
    random.shuffle(shuffled)
    assert point(shuffled) == point(dated)
    assert point(shuffled).at(time) == point(dated).at(time)


@given(changes, instants)
def test_between_two_edges_nothing_changes(dated: Any, time: int) -> None:  # noqa: ANN401
    whole = point(dated)
    edge = max((each for each in whole.edges() if each <= time), default=START)
    assert whole.at(edge) == whole.at(time)


@given(changes, instants, instants, instants)
def test_a_point_is_there_from_valid_from_until_before_valid_to(dated: Any, one: int, other: int, time: int) -> None:  # noqa: ANN401
    start, end = sorted((one, other))
    if start < end:
        whole = point(dated, valid_from=start, valid_to=end)
        assert (whole.at(time) is not None) == (start <= time < end)
        assert all(start <= edge <= end for edge in whole.edges())


def test_a_point_without_dates_is_there_at_all_times() -> None:
    assert point([]).at(START) == PointState(id="fra1/srv-1", site="fra1", name="srv-1", role="server")
    assert point([]).edges() == set()


@pytest.mark.parametrize(
    ("table", "id_", "site", "name", "parents"),
    [
        ({"id": "srv-1", "site": "fra1"}, "fra1/srv-1", "fra1", "srv-1", ()),
        ({"id": "fra1/srv-1"}, "fra1/srv-1", "fra1", "srv-1", ()),
        ({"id": "fra1/srv-1", "site": "fra1", "name": "Big one"}, "fra1/srv-1", "fra1", "Big one", ()),
        ({"id": "srv-1", "site": "fra1", "parent": "a"}, "fra1/srv-1", "fra1", "srv-1", ("fra1/a",)),
        (
            {"id": "srv-1", "site": "fra1", "parents": ["a", "fra1/b"]},
            "fra1/srv-1",
            "fra1",
            "srv-1",
            ("fra1/a", "fra1/b"),
        ),
    ],
)
def test_ids_become_full_however_they_are_written(
    table: dict[str, Any], id_: str, site: str, name: str, parents: tuple[str, ...]
) -> None:
    whole = Point.model_validate({"role": "server", **table})
    assert (whole.id, whole.site, whole.name, whole.parents) == (id_, site, name, parents)


def test_parents_of_a_change_become_full_too() -> None:
    state = point([(START, {"parent": "pdu-c"})]).at(START)
    assert state is not None
    assert state.parents == ("fra1/pdu-c",)


def test_an_empty_tenant_of_a_change_clears_it() -> None:
    state = point([(START, {"tenant": ""})], tenant="red").at(START)
    assert state is not None
    assert state.tenant is None


def test_a_point_is_frozen() -> None:
    with pytest.raises(ValidationError):
        point([]).id = "x"  # type: ignore[misc] # that this fails is the test


def test_meters_say_their_range_and_their_exchanges() -> None:
    meters = [
        {"id": "M-2", "from": START + 100, "register_max_kwh": 1000.0},
        {"id": "M-1", "to": START + 100, "register_max": "262143.328 J"},
    ]
    whole = point([], meters=meters)
    before, after = whole.meter_at(START), whole.meter_at(START + 100)
    assert before is not None
    assert after is not None
    assert before.register_max_kwh == pytest.approx(262143.328 / 3.6e6, rel=1e-12)
    assert after.register_max_kwh == 1000.0
    assert whole.exchanges == (START + 100,)


def test_a_register_in_kwh_is_taken_as_it_is() -> None:
    assert Meter.model_validate({"id": "M-1", "register_max": "999999.9 kWh"}).register_max_kwh == 999999.9


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))),
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        START,
        float(START),
    ],
)
def test_an_instant_becomes_whole_utc_seconds(value: object) -> None:
    assert epoch_seconds(value) == START


@pytest.mark.parametrize("value", [True, None, [], "2026", 12])
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must"):
        epoch_seconds(value)
