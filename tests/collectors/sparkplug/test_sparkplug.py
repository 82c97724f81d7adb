"""Sparkplug B: births name, deaths silence, gaps are not believed; bytes by others, and Debian's mosquitto between."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from collectors.plugins.sparkplug import Sparkplug
from collectors.plugins.sparkplug.wire import Metric, payload_of, rebirth
from config.errors import PartlyUnreadable
from tests.collectors.sparkplug.payloads import PAYLOAD, message
from tests.peers.mosquitto import running_mosquitto

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.reading import Reading

AT = datetime(2026, 3, 1, tzinfo=UTC)
FLOAT, DOUBLE, INT32, INT64, UINT64 = 9, 10, 3, 4, 8
VALUES = [
    {"node": "edge", "device": "m1", "name": "P", "point": "ups", "metric": "power", "unit": "kW"},
    {"node": "edge", "device": "m1", "name": "E", "point": "ups", "metric": "energy_counter", "unit": "kWh"},
    {"node": "edge", "name": "Room", "point": "room", "metric": "temperature", "unit": "degC"},
]
BD = {"name": "bdSeq", "datatype": INT64, "long_value": 3}
NBIRTH = message(BD, {"name": "Room", "alias": 1, "datatype": FLOAT, "float_value": 21.5}, seq=0)
DBIRTH = message(
    {"name": "P", "alias": 2, "datatype": DOUBLE, "double_value": 1.5},
    {"name": "E", "alias": 3, "datatype": UINT64, "long_value": 4021},
    seq=1,
)
OTHER = message({"name": "E", "alias": 2, "datatype": UINT64}, {"name": "P", "alias": 3, "datatype": DOUBLE}, seq=1)
POWER, REGISTER, ROOM = ("lab/ups", "power"), ("lab/ups", "energy_counter"), ("lab/room", "temperature")


def source(port: int = 1, **keys: Any) -> Sparkplug:  # noqa: ANN401 - of its table
    table = {"id": "s", "point": "lab/ups", "host": "127.0.0.1", "port": port, "group": "g", "values": VALUES}
    return Sparkplug.model_validate(table | {"deadline_s": 5} | keys)


def data(watts: float, seq: int, alias: int = 2, **keys: Any) -> tuple[str, bytes]:  # noqa: ANN401 - of a metric
    return "DDATA/edge/m1", message({"alias": alias, "double_value": watts, **keys}, seq=seq)


BORN = (("NBIRTH/edge", NBIRTH), ("DBIRTH/edge/m1", DBIRTH))


def payload(*sent: tuple[str, bytes], retained: bool = False, **before: object) -> bytes:
    messages = [
        {"topic": f"spBv1.0/g/{topic}", "body": b64encode(body).decode(), "retained": retained, "at": AT.timestamp()}
        for topic, body in sent
    ]
    return json.dumps({"messages": messages, **before}).encode()


def told(*sent: tuple[str, bytes], **keys: Any) -> tuple[list[Reading], str]:  # noqa: ANN401 - of `payload`
    found: list[Reading] = []
    try:
        found.extend(source().parse(payload(*sent, **keys), AT))
    except PartlyUnreadable as error:
        return found, str(error)
    return found, ""


def values(*sent: tuple[str, bytes], **keys: Any) -> list[tuple[tuple[str, str], float]]:  # noqa: ANN401 - as above
    found, said = told(*sent, **keys)
    assert not said, said
    return [((one.point, one.metric), one.value) for one in found]


BIRTH_VALUES = [(ROOM, 21.5), (POWER, 1500.0), (REGISTER, 4021.0)]


def test_births_give_values_and_names_to_aliases() -> None:
    assert values(*BORN, data(2.5, 2), data(4022, 3, alias=3)) == [*BIRTH_VALUES, (POWER, 2500.0), (REGISTER, 4022.0)]


def test_seq_begins_anew_after_255_and_a_gap_is_not_believed() -> None:
    run = [data(1.0, seq % 256) for seq in range(2, 258)]
    assert len(values(*BORN, *run)) == 3 + 256
    found, said = told(*BORN, data(1.0, 2), data(9.0, 4), data(9.0, 5))
    assert [one.value for one in found][3:] == [1000.0]
    assert said == (
        "edge speaks by aliases that no birth has named, or after its death, and its values are missing: "
        "restart the node, or write rebirth = true."
    )
    found, said = told(*BORN, data(9.0, 4), ("NBIRTH/edge", NBIRTH), ("DBIRTH/edge/m1", OTHER), data(2.0, 2, alias=3))
    assert [one.value for one in found][-1] == 2000.0, "a birth may give an alias to another name"


def test_what_is_named_needs_no_birth() -> None:
    assert values(data(3.0, 7, alias=2, name="P", datatype=DOUBLE)) == [(POWER, 3000.0)]


def test_after_a_death_nothing_is_said_until_the_next_birth() -> None:
    death = ("NDEATH/edge", message(BD))
    named = ("DDATA/edge/m1", message({"name": "P", "datatype": DOUBLE, "double_value": 9.0}, seq=2))
    found, said = told(*BORN, death, named)
    assert len(found) == 3
    assert "edge speaks by aliases that no birth has named, or after its death" in said, "else nobody asks for a birth"
    assert values(*BORN, death, *BORN) == BIRTH_VALUES * 2
    late = ("NDEATH/edge", message(BD | {"long_value": 2}))
    assert values(*BORN, late, data(2.0, 2)) == [*BIRTH_VALUES, (POWER, 2000.0)], "of the session before"
    again = ("DDATA/edge/m1", message({"name": "P", "datatype": DOUBLE, "double_value": 9.0}, seq=3))
    assert values(named, late, again) == [(POWER, 9000.0)] * 2, "whose session nobody knows may be the one before"
    found, said = told(*BORN, ("DDEATH/edge/m1", message(seq=2)), data(2.0, 3))
    assert len(found) == 3
    assert "edge speaks by aliases" in said


@pytest.mark.parametrize(
    "keys",
    [{"is_null": True}, {"quality": 0}, {"quality": 500}, {"datatype": 12}],
    ids=["null", "bad", "stale", "text"],
)
def test_what_is_no_good_value_is_none(keys: dict[str, Any]) -> None:
    assert values(*BORN, data(2.0, 2, **keys)) == BIRTH_VALUES
    assert values(*BORN, data(2.0, 2, quality=192))[-1] == (POWER, 2000.0)


def test_a_register_at_0_and_a_retained_birth_are_none() -> None:
    assert values(*BORN, data(0, 2, alias=3)) == BIRTH_VALUES
    assert values(*BORN, retained=True) == []


def test_the_device_s_time_is_kept_and_never_used() -> None:
    def ms(ago_s: float) -> int:
        return int((AT - timedelta(seconds=ago_s)).timestamp() * 1000)

    sent = (
        data(2.0, 2, timestamp=ms(60)),
        data(3.0, 3, timestamp=ms(900)),
        data(4.0, 4, timestamp=ms(60), is_historical=True),
    )
    found, _ = told(*BORN, *sent)
    fresh, old, historical = found[3:]
    assert {one.time for one in found} == {AT}
    assert fresh.device_time == AT - timedelta(seconds=60)
    assert (fresh.reason, old.reason, historical.reason) == (
        None,
        "repeats a value of 900 s ago",
        "repeats a value of 60 s ago",
    )
    assert values(*BORN, data(2.0, 2, timestamp=2**63))[-1] == (POWER, 2000.0), "a clock that is none"


def test_signed_numbers_are_two_s_complement() -> None:
    assert Metric(raw=2**32 - 5).number(INT32) == -5
    assert Metric(raw=2**64 - 5).number(INT64) == -5
    assert Metric(raw=2**64 - 5).number(UINT64) == 2**64 - 5
    assert Metric(raw=251).number(1) == -5


def test_bytes_that_are_no_message_are_told_and_the_others_count() -> None:
    found, said = told(*BORN, ("DDATA/edge/m1", b"\x12\xff"), ("NCMD/edge", b"\x12\xff"), ("STATE", b"on"))
    assert len(found) == 3
    assert said == "MQTT broker 127.0.0.1:1 sent 1 messages that are no Sparkplug B; the others count."


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        payload_of(body)
    except ValueError:
        return


@given(st.lists(st.tuples(st.text(max_size=9), st.integers(0, 2**64 - 1), st.floats(allow_nan=False)), max_size=4))
def test_what_protobuf_writes_is_read(rows: list[tuple[str, int, float]]) -> None:
    sent = [{"name": name, "alias": alias, "datatype": DOUBLE, "double_value": value} for name, alias, value in rows]
    found = payload_of(message(*sent, seq=7))
    assert found.seq == 7
    assert [(one.name, one.alias, one.number(DOUBLE)) for one in found.metrics] == rows


def test_the_command_of_a_rebirth_is_read_by_protobuf() -> None:
    try:
        found = PAYLOAD.FromString(rebirth(1_772_323_200_000))
    except DecodeError:
        pytest.fail("no protobuf")
    (metric,) = found.metrics
    assert (found.timestamp, metric.name, metric.datatype) == (1_772_323_200_000, "Node Control/Rebirth", 11)
    assert metric.boolean_value is True


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"values": []}, "values"),
        ({"values": [VALUES[0], VALUES[0] | {"name": "Q"}]}, "lab/ups power twice"),
        ({"values": [VALUES[0], VALUES[0] | {"point": "x"}]}, "edge/m1/P twice"),
        ({"values": [VALUES[0] | {"unit": "kWh"}]}, "measure different things"),
        ({"group": "a/b"}, "group"),
        ({"password": {"env": "K"}}, "password needs user"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(**keys)


async def polled(one: Sparkplug) -> tuple[list[tuple[tuple[str, str], float]], str]:
    found: list[Reading] = []
    said = ""
    try:
        found.extend(one.parse(await one.fetch(), AT))
    except PartlyUnreadable as error:
        said = str(error)
    return [((each.point, each.metric), each.value) for each in found], said


async def until(one: Sparkplug, topic: str) -> None:
    async with asyncio.timeout(5):
        while not (waiting := one._waiting.messages) or waiting[-1].topic != f"spBv1.0/g/{topic}":  # noqa: ASYNC110 - the broker tells nobody when it has delivered
            await asyncio.sleep(0.005)


@pytest.mark.peer
def test_through_a_real_broker_names_outlive_a_poll_and_a_rebirth_is_asked_for_where_it_may_be(tmp_path: Path) -> None:
    async def script(port: int) -> None:
        async with aiomqtt.Client("127.0.0.1", port) as edge:
            await edge.subscribe("spBv1.0/g/NCMD/edge")

            async def publish(*sent: tuple[str, bytes]) -> None:
                for topic, body in sent:
                    await edge.publish(f"spBv1.0/g/{topic}", body, qos=1)

            for rebirth_allowed in (False, True):
                one = source(port, rebirth=rebirth_allowed)
                first = asyncio.ensure_future(polled(one))
                while not first.done():
                    await publish(data(9.0, 9))
                    await asyncio.wait({first}, timeout=0.02)
                found, said = await first
                assert found == []
                assert "edge speaks by aliases that no birth has named" in said
                await publish(("DDEATH/edge/m1", b"the last of what the first poll was sent"))
                await until(one, "DDEATH/edge/m1")
                one._waiting.take("")
                await publish(*BORN)
                await until(one, "DBIRTH/edge/m1")
                assert await polled(one) == (BIRTH_VALUES, "")
                await publish(data(2.0, 2))
                await until(one, "DDATA/edge/m1")
                assert await polled(one) == ([(POWER, 2000.0)], ""), "the birth was a poll ago"
                await publish(("NDEATH/edge", message(BD)), data(2.0, 3))
                await until(one, "DDATA/edge/m1")
                assert (await polled(one))[0] == []
                await one.close()
            async with asyncio.timeout(5):
                command = await anext(aiter(edge.messages))
            assert PAYLOAD.FromString(command.payload).metrics[0].name == "Node Control/Rebirth"

    with running_mosquitto(tmp_path) as port:
        asyncio.run(script(port))
