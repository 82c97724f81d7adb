"""The MQTT source: Debian's mosquitto, and what a broker says when it has nothing for us."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiomqtt
import pytest

from collectors.plugins.mqtt import Mqtt, listener
from config.errors import PayloadUnreadable, SourceRefused, SourceUnreachable
from tests.peers.mosquitto import running_mosquitto

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.reading import Reading

TOPICS = [{"topic": "open/{point}/power", "values": {"power": {"path": "w", "unit": "kW"}}}]
CONNACK, SUBACK_REFUSED = b"\x20\x02\x00\x00", b"\x90\x03\x00\x01\x80"


def source(port: int, **keys: object) -> Mqtt:
    table = {"id": "m", "point": "lab/hall", "host": "127.0.0.1", "port": port, "topics": TOPICS, "deadline_s": 5}
    return Mqtt.model_validate(table | keys)


async def taken(one: Mqtt) -> list[Reading]:
    return list(one.parse(await one.fetch(), datetime.now(UTC)))


async def published(broker: aiomqtt.Client, *values: int, point: str = "rack-1", retain: bool = False) -> None:
    for value in values:
        await broker.publish(f"open/{point}/power", f'{{"w": {value}}}', qos=1, retain=retain)


async def until_waiting(one: Mqtt, count: int) -> None:
    async with asyncio.timeout(5):
        while len(one._waiting.messages) < count:  # noqa: ASYNC110 - the broker tells nobody when it has delivered
            await asyncio.sleep(0.005)


@pytest.mark.peer
def test_a_real_broker_gives_live_messages_and_what_it_retained_is_stale(tmp_path: Path) -> None:
    async def script(port: int) -> None:
        async with aiomqtt.Client("127.0.0.1", port) as broker:
            await published(broker, 1, retain=True)
            one = source(port)
            first = asyncio.ensure_future(taken(one))
            await until_waiting(one, 1)
            assert not first.done(), "a retained message is no answer"
            begun = int(time.time())
            await published(broker, 2)
            (reading,) = await first
            assert (reading.point, reading.metric, reading.value) == ("lab/rack-1", "power", 2000.0)
            assert begun <= reading.time.timestamp() <= time.time()
            assert await taken(one) == [], "what was taken is taken"
            await published(broker, 3, retain=True)
            await published(broker, 4, point="rack-2")
            await until_waiting(one, 2)
            readings = await taken(one)
            assert [(each.point, each.value) for each in readings] == [("lab/rack-1", 3000.0), ("lab/rack-2", 4000.0)]
            await one.close()

    with running_mosquitto(tmp_path) as port:
        asyncio.run(script(port))


@pytest.mark.peer
def test_a_broken_connection_is_opened_again_and_nothing_that_came_is_lost(tmp_path: Path) -> None:
    async def script() -> None:
        with running_mosquitto(tmp_path) as port:
            one = source(port, deadline_s=0.3)
            assert await taken(one) == [], "nobody publishes: no reading, and no error"
            async with aiomqtt.Client("127.0.0.1", port) as broker:
                await published(broker, 1)
            await until_waiting(one, 1)
        async with asyncio.timeout(5):
            while not (one._listener and one._listener.ended):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.005)
        with pytest.raises(SourceUnreachable, match="does not answer"):
            await one.fetch()
        with running_mosquitto(tmp_path) as port:
            again = source(port)
            again._waiting = one._waiting
            async with aiomqtt.Client("127.0.0.1", port) as broker:
                first = asyncio.ensure_future(taken(again))
                while not first.done():
                    await published(broker, 2)
                    await asyncio.wait({first}, timeout=0.02)
            assert [each.value for each in await first][:2] == [1000.0, 2000.0]
            await again.close()
        await one.close()

    asyncio.run(script())


@pytest.mark.peer
def test_a_login_that_is_refused_is_told_without_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY", "wr0ng")

    async def script(port: int) -> None:
        one = source(port, user="reader", password={"env": "KEY"}, deadline_s=1)
        with pytest.raises(SourceRefused, match="refuses the login: check user and password") as caught:
            await one.fetch()
        assert "wr0ng" not in str(caught.value) + repr(one)
        monkeypatch.setenv("KEY", "s3cret")
        async with aiomqtt.Client("127.0.0.1", port, username="reader", password="s3cret") as broker:
            first = asyncio.ensure_future(taken(one))
            while not first.done():
                await published(broker, 2)
                await asyncio.wait({first}, timeout=0.02)
        assert {each.value for each in await first} == {2000.0}
        await one.close()
        monkeypatch.delenv("KEY")
        with pytest.raises(SourceRefused, match="environment variable KEY is not set"):
            await one.fetch()

    with running_mosquitto(tmp_path, password="s3cret") as port:
        asyncio.run(script(port))


@pytest.mark.peer
def test_a_topic_that_is_refused_and_a_broker_that_hangs_are_told_and_left() -> None:
    left: list[asyncio.Event] = []

    async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (CONNACK, SUBACK_REFUSED):
            await reader.read(1000)
            writer.write(answer)
        await silent(reader, writer)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        writer.close()
        await writer.wait_closed()
        left[-1].set()

    async def against(broker: object, error: type[Exception], text: str, **keys: object) -> None:
        left.append(asyncio.Event())
        async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:  # type: ignore[arg-type]
            with pytest.raises(error, match=text):
                await source(server.sockets[0].getsockname()[1], **keys).fetch()
            async with asyncio.timeout(5):
                await left[-1].wait()

    asyncio.run(against(refusing, SourceRefused, r"does not let this user subscribe to open/\+/power"))
    asyncio.run(against(silent, SourceUnreachable, "does not answer .operation timed out", deadline_s=0.2))


def test_a_flood_is_told_and_not_taken_for_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MOST_WAITING", 2)
    waiting = listener.Waiting()
    message = aiomqtt.Message("open/a/power", b"{}", 0, False, 1, None)  # noqa: FBT003 - of aiomqtt
    assert [waiting.keep(message) for _ in range(3)] == [True] * 3
    with pytest.raises(PayloadUnreadable, match="name fewer topics"):
        waiting.take("B")
    waiting.keep(message)
    assert len(waiting.take("B")) == 1
    monkeypatch.setattr(listener, "MOST_WAITING", 100)
    monkeypatch.setattr(listener, "MOST_BYTES", 3)
    assert [waiting.keep(message) for _ in range(3)] == [True] * 3
    with pytest.raises(PayloadUnreadable, match="name fewer topics"):
        waiting.take("B")
    waiting.keep(message)
    assert len(waiting.take("B")) == 1, "what was taken weighs no more"


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"topic": "a/+b"}, "is no pattern"),
        ({"topic": "a/#/b"}, "is no pattern"),
        ({"topic": "{point}/{point}"}, "is no pattern"),
        ({"topic": "a/{rack}"}, "is no pattern"),
        ({"point": "x"}, "say the same"),
        ({"values": {"power": {"unit": "kWh"}}}, "measure different things"),
        ({"values": {"pwer": {"unit": "W"}}}, 'did you mean "power"'),
        ({"values": {}}, "values"),
    ],
)
def test_mistakes_in_a_topic_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(1, topics=[TOPICS[0] | keys])


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"topics": TOPICS * 2}, "twice"),
        ({"password": {"env": "KEY"}}, "password needs user"),
        ({"ca": "/x.pem"}, "ca needs tls"),
        ({"topics": []}, "topics"),
    ],
)
def test_mistakes_in_the_table_are_told(keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        source(1, **keys)


def test_topics_of_the_broker_itself_are_not_caught_by_wildcards() -> None:
    (all_topics,) = source(1, topics=[TOPICS[0] | {"topic": "#"}]).topics
    assert all_topics.point_of("a/b", default="lab/hall") == "lab/hall"
    assert all_topics.point_of("$SYS/load", default="lab/hall") is None
