"""What 2.x and 3.x answer, played by a stub: the wire as it goes out, and what the shipper makes of each answer."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from collectors.store.influx import bootstrap
from collectors.store.influx.backoff import Backoff
from config.errors import ConfigError, StoreUnavailable, WattlasError
from tests.collectors.influx.shop import Shop, shop
from tests.collectors.store.tables import readings, tick
from tests.peers.influx_stub import Answer, Asked, running_stub

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.peer
T = 1_795_400_000
EMPTY = {"results": [{"statement_id": 0}]}
TOKEN = "secret-token"


def opened(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("INFLUX_TOKEN", TOKEN)
    return shop(tmp_path / "data", url, token={"env": "INFLUX_TOKEN"}, org="hall")


def takes_all(asked: Asked) -> Answer:
    return Answer(200, EMPTY) if asked.path == "/query" else Answer(204)


def writes(answer: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """A server that answers questions with nothing, and writes as told."""
    return lambda asked: Answer(200, EMPTY) if asked.path == "/query" else answer(asked)


def test_a_write_on_the_wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_stub(takes_all) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(tick(T, points=2, value=427.0))
        assert one.ship() == 2
        (write,) = stub.writes
    assert (write.method, write.path) == ("POST", "/api/v2/write")
    assert write.query == {"org": "hall", "bucket": "energy_raw", "precision": "s"}
    assert write.headers["Authorization"] == f"Token {TOKEN}"
    assert write.headers["Content-Encoding"] == "gzip"
    seq = one.stores.spool.highest() << 20
    assert write.lines == [
        f'power,point=fra1/srv-000{n},site=fra1 value=427,seq={seq + n}i,quality=0i,origin="bmc-1",device_time=0i {T}'
        for n in (0, 1)
    ]


@pytest.mark.parametrize(
    ("version", "status", "key", "keeps_others"),
    [("v2.7.11", 400, "message", False), ("v2.7.11", 422, "message", True), ("3.11.2", 400, "error", False)],
)
def test_a_wrong_line_is_found_whatever_the_server_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    status: int,
    key: str,
    keeps_others: bool,  # noqa: FBT001
) -> None:
    kept: set[str] = set()

    def answer(asked: Asked) -> Answer:
        bad = [line for line in asked.lines if "srv-0013" in line or "srv-0077" in line]
        kept.update(set(asked.lines) - set(bad) if keeps_others or not bad else ())
        return Answer(status, {key: f"cannot parse {len(bad)} lines"}) if bad else Answer(204)

    with running_stub(writes(answer), version=version) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(tick(T, points=100))
        one.ship()
    assert sum(line.startswith("power") for line in kept) == 98
    letters = one.influx.journal.dead_letters()
    assert [letter.line.split(",")[1] for letter in letters] == ["point=fra1/srv-0013", "point=fra1/srv-0077"]
    assert {letter.words for letter in letters} == {"cannot parse 1 lines"}
    assert len(stub.writes) < 40


def test_readings_past_retention_are_told_apart_from_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> Answer:
        old = [line for line in asked.lines if int(line.rsplit(" ", 1)[1]) < T]
        words = (
            f"failure writing points to database: partial write: dropped {len(old)} points outside retention policy of"
        )
        return Answer(422, {"code": "unprocessable entity", "message": words}) if old else Answer(204)

    with running_stub(writes(answer)) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(readings([("fra1/a", "power", T + n, 1.0) for n in range(-7, 20)]))
        one.ship()
        assert len(stub.writes) == 2
    assert (one.influx.journal.count("expired"), one.influx.journal.dead_count()) == (7, 0)


def test_a_body_too_large_is_halved_without_blame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_stub(writes(lambda asked: Answer(413 if len(asked.body) > 3000 else 204))) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(tick(T, points=100))
        assert one.ship() == 100
        assert sum(len(one.lines) for one in stub.writes if len(one.body) <= 3000) == 100
    assert one.influx.journal.dead_count() == 0


def test_a_server_that_refuses_everything_has_a_fault_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_stub(writes(lambda _: Answer(400, {"message": "internal muddle"}))) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(tick(T, points=100))
        with pytest.raises(StoreUnavailable, match="internal muddle, even for a line that is surely right"):
            one.ship()
        assert len(stub.writes) == 2
    assert one.influx.journal.dead_count() == 0
    assert one.stores.spool.backlog(one.influx.archive.shipped()).rows == 100


def test_retry_after_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_stub(writes(lambda _: Answer(429, "slow down", {"Retry-After": "37"}))) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(tick(T))
        with pytest.raises(StoreUnavailable, match="is busy"):
            one.ship()
        assert 36 < one.influx.shipper.backoff.waits(time.monotonic()) <= 37
        assert one.influx.ship() == 0
        assert len(stub.writes) == 1


def test_an_answer_that_never_came_is_sent_again_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cuts = iter([True, True])
    with running_stub(writes(lambda _: Answer(cut=next(cuts, False)))) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        for number in range(3):
            one.stores.spool.accept(tick(T + number, points=1))
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="broke off"):
                one.ship()
        assert one.ship() == 3
        assert [len(write.lines) for write in stub.writes] == [3, 3, 3]


def test_the_back_off_grows_with_jitter_to_a_minute() -> None:
    backoff = Backoff()
    waits = [backoff.failed(0.0) for _ in range(12)]
    for at, wait in enumerate(waits):
        assert 0.5 * min(2**at, 60) <= wait <= min(2**at, 60)
    assert len(set(waits)) == 12
    backoff.succeeded()
    assert backoff.waits(0.0) == 0.0
    assert backoff.failed(0.0) <= 1.0


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(401, {"message": "unauthorized access"}), "does not accept our token or password"),
        (Answer(403, {"message": "insufficient permissions"}), r"does not allow this \(insufficient permissions\)"),
        (Answer(404, {"message": 'bucket "energy_raw" not found'}), r"does not have it .* run `wattlas store init`"),
        (Answer(500, {"error": "write /wal: no space left on device"}), "has no disk space left"),
        (Answer(503, "starting", {"Retry-After": "Wed, 21 Oct"}), "is busy"),
        (Answer(200, "<!doctype html><title>Login</title>"), "is not InfluxDB"),
        (Answer(502, "<html>Bad gateway</html>"), "so it is not InfluxDB"),
        (Answer(302, "", {"Location": "https://sso/"}), "answered with status 302"),
    ],
)
def test_each_failure_is_one_sentence_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, sentence: str
) -> None:
    with running_stub(writes(lambda _: answer)) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(tick(T))
        with pytest.raises(StoreUnavailable, match=sentence) as failed:
            one.ship()
    assert str(failed.value).count("\n") == 0
    assert TOKEN not in str(failed.value)
    assert one.stores.spool.backlog(one.influx.archive.shipped()).rows == 20
    trouble = one.influx.journal.trouble()
    assert trouble is not None
    assert trouble.sentence == str(failed.value)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"results": [{"statement_id": 0, "error": "file limit exceeded"}]}),
        Answer(200, {"error": "timeout reached"}),
        Answer(200, '{"results":[{"statement_id":0,"series":[],"partial":true}]}\n'),
        Answer(200, '{"results":[{"statement_'),
        Answer(200, ""),
        Answer(200, "<html></html>"),
        Answer(200, {"results": [{"series": [{"name": "databases", "columns": ["name"], "values": [["_internal"]]}]}]}),
        Answer(200, {"results": [{"series": [{"values": []}]}]}),
    ],
)
def test_an_answer_with_an_error_or_a_hole_is_never_taken_for_no_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    with running_stub(lambda asked: answer if asked.path == "/query" else Answer(204)) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        with pytest.raises(StoreUnavailable):
            one.stores.archive.read(start=T, end=T + 60)


def buckets_2x(known: dict[str, list[Any]]) -> Callable[[Asked], Answer]:
    points: dict[str, list[str]] = {}

    def play(asked: Asked) -> Answer:
        if asked.path == "/api/v2/orgs":
            return Answer(200, {"orgs": [{"id": "0a", "name": asked.query["org"]}]})
        if asked.path == "/api/v2/buckets" and asked.method == "GET":
            rules = known.get(asked.query["name"])
            return Answer(
                200, {"buckets": [] if rules is None else [{"name": asked.query["name"], "retentionRules": rules}]}
            )
        if asked.path == "/api/v2/buckets":
            body = json.loads(asked.body)
            assert body["orgID"] == "0a"
            known[body["name"]] = body["retentionRules"]
            return Answer(201, {})
        if asked.path == "/api/v2/write":
            points[asked.query["bucket"]] = asked.lines
            return Answer(204)
        (line,) = points[asked.query["db"]]
        number, at = line.split("number=")[1].split("i ")
        series = {
            "name": "x",
            "tags": {"point": "canary"},
            "columns": ["time", "number"],
            "values": [[int(at), int(number)]],
        }
        return Answer(200, {"results": [{"statement_id": 0, "series": [series]}]})

    return play


def test_init_creates_the_buckets_of_2x_with_their_retention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[str, list[Any]] = {}
    with running_stub(buckets_2x(known)) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        found = bootstrap.init(one.influx.server, raw_retention_months=13)
        assert all(each.ok for each in found)
        assert bootstrap.init(one.influx.server, raw_retention_months=13)[0].sentence.endswith("was there.")
        bad = [each.sentence for each in bootstrap.check(one.influx.server, raw_retention_months=24) if not each.ok]
    assert known == {"energy_raw": [{"type": "expire", "everySeconds": 398 * 86_400}], "energy_hourly": []}
    assert len(bad) == 1
    assert "keeps readings 398 days and should keep them 733 days" in bad[0]


def test_init_configures_3x_before_the_first_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    play = buckets_2x({})

    def three(asked: Asked) -> Answer:
        if asked.path != "/api/v3/configure/database":
            return play(asked)
        made.append(json.loads(asked.body))
        return Answer(200 if len(made) == 1 else 409, {"error": "database already exists"})

    with running_stub(three, version="3.11.2") as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        found = bootstrap.init(one.influx.server, raw_retention_months=1)
    assert all(each.ok for each in found)
    assert made == [{"db": "energy_raw", "retention_period": "32d"}, {"db": "energy_hourly"}]


@pytest.mark.parametrize(
    ("version", "command"),
    [
        ("v2.7.11", "influx bucket create --name energy_raw --org hall --retention 9552h"),
        ("3.11.2", "influxdb3 create database --retention-period 398d energy_raw"),
        ("1.8.10", 'CREATE DATABASE "energy_raw" WITH DURATION 398d REPLICATION 1 SHARD DURATION 7d NAME "autogen"'),
    ],
)
def test_without_the_right_to_create_the_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, command: str
) -> None:
    with running_stub(lambda _: Answer(403, {"message": "forbidden"}), version=version) as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        with pytest.raises(ConfigError) as failed:
            bootstrap.init(one.influx.server, raw_retention_months=13)
    assert command in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_web_page_instead_of_a_ping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Answer(200, "<html></html>", {"Content-Type": "text/html"})
    with running_stub(lambda _: page, version="") as stub:
        one = opened(tmp_path, stub.url, monkeypatch)
        one.stores.spool.accept(tick(T))
        with pytest.raises(StoreUnavailable, match="is not InfluxDB"):
            bootstrap.check(one.influx.server, raw_retention_months=13)
        with pytest.raises(WattlasError):
            one.ship()
