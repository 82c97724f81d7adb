"""`/api/v1/ingest` against who overdoes it: bodies have limits, a hasty sender waits, nothing hostile is our fault."""

from __future__ import annotations

import gzip
import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.ui.api.halls import Halls, halls
from tests.ui.api.sent import INGEST, line, reading

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.api.asgi import Client


@pytest.fixture
def hall(tmp_path: Path) -> Halls:
    return halls(tmp_path)


@pytest.fixture
def client(hall: Halls) -> Client:
    return hall.client("ingest")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content-type": "application/xml"}, b"<a/>", 415),
        ({"content-encoding": "br"}, b"x", 415),
        ({"content-encoding": "gzip"}, b"no gzip", 400),
        ({"content-encoding": "gzip"}, gzip.compress(b"x" * 99, mtime=0)[:-9], 400),
        ({"content-encoding": "gzip"}, gzip.compress(b"x", mtime=0) * 2, 400),
        ({"content-encoding": "gzip"}, gzip.compress(b"\0" * (9 << 20), mtime=0), 413),
        ({"content-length": "99999999999"}, b"x", 413),
        ({"content-length": "x"}, b"x", 413),
        ({"content-length": "0"}, b"x" * (9 << 20), 413),
    ],
)
def test_bodies_have_limits(client: Client, headers: dict[str, str], body: bytes, status: int) -> None:
    answer = client.post(INGEST, body, headers=headers)
    assert answer.status == status
    assert answer.error


def test_too_many_readings_are_refused(client: Client) -> None:
    assert "send at most 200,000 at once" in client.post(INGEST, "\n" * 200_001 + line()).error


def test_a_hasty_sender_waits(tmp_path: Path) -> None:
    hall = halls(tmp_path, "\n[server]\nrequests_per_minute = 6.0\nburst = 2\n")
    client = hall.client("ingest")
    answers = [client.post(INGEST, [reading(at)]) for at in range(3)]
    assert [one.status for one in answers] == [204, 204, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 10
    assert hall.client("ingest").post(INGEST, [reading()]).status == 204


def test_hostile_bodies_are_never_our_fault(client: Client) -> None:
    luck = random.Random(7)  # noqa: S311 - luck, no secret
    seeds = [line().encode(), json.dumps([reading(), reading(60, off=True, source="a")]).encode()]
    for number in range(120):
        body = bytearray(seeds[number % 2])
        for _ in range(luck.randrange(1, 8)):
            at = luck.randrange(len(body))
            body[at : at + luck.randrange(4)] = luck.choice(
                [b"", b"\\", b'"', b"{", b"\xff", b"9" * 400, b"e9", b"=", b","]
            )
        kind = luck.choice(["application/json", "text/plain"])
        assert client.post(INGEST, bytes(body), headers={"content-type": kind}).status in {204, 400, 403, 429}


def test_a_store_that_is_away_is_told_without_its_place(hall: Halls, client: Client) -> None:
    spool = hall.kept.service().stores.spool
    spool.close()
    for path in (hall.company.folder / "data" / "spool").iterdir():
        path.unlink()
    spool.path.mkdir()
    answer = client.post(INGEST, [reading()])
    assert answer.status == 503
    assert str(hall.company.folder) not in answer.error
    assert answer.headers["retry-after"]
