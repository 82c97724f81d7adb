"""Claim 10 of the design: a secret planted in every setting that takes one is in no text that leaves the program."""

from __future__ import annotations

import asyncio
import logging
import pickle
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from collectors.contract import Collector
from collectors.forward.central import Central
from collectors.health import told
from collectors.jobs.sources import JobSource
from collectors.store.alerts import AlertEvent
from collectors.store.influx.client import Server
from config.alerts.alerting import Channel
from config.attribution.clusters import Cluster
from config.errors import WattlasError
from config.secrets import SECRET_KEYS
from config.sign_in import SignIn
from tests.peers.scheduler import serving
from tests.ui.access.planted import AWKWARD, PLAIN, TRACES, everything, planted_fields, secret_fields
from ui.alerts.notify import send
from ui.serving.serve import sign_in_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.peer
EVERY = {one.name: one for one in everything("http://127.0.0.1:9")}  # where nobody answers
CLIENTS = {"cloudwatch-0"}  # boto3's client takes half a second to make, and speaks no words of ours
CASES = [
    *((name, 0, secret) for name in EVERY for secret in (PLAIN, AWKWARD)),
    *((name, status, PLAIN) for name, one in EVERY.items() if one.asks for status in (200, 401)),
    *((name, status, PLAIN) for name, one in EVERY.items() if one.asks for status in (302, 500) if name not in CLIENTS),
    *((name, 200, AWKWARD) for name, one in EVERY.items() if one.asks and name not in CLIENTS),
]
EVENT = AlertEvent(key="k", at=0, rule="r", word="firing", severity="warning", title="t", body="b", subjects=("s/p",))
CLUSTER = Cluster.model_validate({"id": "a", "site": "s", "nodes": [{"hosts": "n", "cpus": 1}]})
STARTED: list[str] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}:
        STARTED.append(repr(arguments))


sys.addaudithook(_hear)  # the interpreter's own word of every program that is started, with its arguments


def clean(*texts: object) -> None:
    for text in texts:
        assert not any(trace in str(text) for trace in TRACES), text


def test_every_secret_setting_of_the_code_is_planted() -> None:
    planted = set[str]().union(*map(planted_fields, EVERY.values()))
    assert planted == secret_fields(), "plant what is new in tests/ui/access/planted.py"


def test_no_command_carries_on_with_a_secret_in_the_site_file() -> None:
    keys = {name.rpartition(".")[2] for one in EVERY.values() for name in planted_fields(one)}
    assert keys - {"url"} <= SECRET_KEYS, "name the new key in config/secrets.py"


@pytest.mark.parametrize("name", EVERY)
def test_no_way_of_writing_an_object_shows_its_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATTLAS_PLANTED", PLAIN)
    made = EVERY[name].made
    clean(repr(made), str(made), f"{made}", pickle.dumps(made))
    if isinstance(made, BaseModel):
        clean(made.model_dump_json(), made.model_dump())


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[int]]]:
    """A server that gives back all that it was sent, and the status that it does so with."""
    status = [200]

    def answer(path: str, headers: Mapping[str, str], body: object) -> tuple[int, dict[str, str], object]:
        said = {"error": path, "message": dict(headers), "detail": body, "items": [path], "servers": [path]}
        return (
            status[0],
            {"Location": path.split("?", maxsplit=1)[0], "WWW-Authenticate": "Basic", "X-Subject-Token": "t"},
            said,
        )

    with serving(answer) as url:
        yield url, status


@pytest.mark.parametrize(("name", "status", "secret"), CASES)
def test_what_goes_wrong_is_told_without_the_secret(
    name: str,
    status: int,
    secret: str,
    server: tuple[str, list[int]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("WATTLAS_PLANTED", secret)
    caplog.set_level(logging.INFO)
    STARTED.clear()
    url, server[1][0] = server[0], status
    made = next(one.made for one in everything(url) if one.name == name) if status else EVERY[name].made
    fault = None
    try:
        _used(made)
    except Exception as error:  # noqa: BLE001 - whatever it is
        fault = error
    if fault is not None:
        assert isinstance(fault, (WattlasError, TimeoutError)), f"{type(fault)} is no error of ours"
        clean(fault, repr(fault), told(fault), *traceback.format_exception(fault))
    clean(caplog.text, *STARTED)


def _used(made: Any) -> None:  # noqa: ANN401 - whatever holds a secret
    """Use a secret as the program does."""
    now = 1_790_000_000
    match made:
        case Collector():
            asyncio.run(_polled(made))
        case JobSource():
            made.parse(made.fetch(now=now), CLUSTER, now=now)
        case Channel():
            send(made, EVENT)
        case Central():
            made.post(b"[]", key="k")
        case SignIn():
            sign_in_secrets(made)  # which goes to Streamlit in memory
        case _:
            server = Server(made)
            try:
                server.documents({"q": "SHOW DATABASES"})
            finally:
                server.close()


async def _polled(made: Collector) -> None:
    try:
        async with asyncio.timeout(2.0):
            payload: Any = await asyncio.to_thread(made.fetch) if made.blocking else made.fetch()
            payload = payload if isinstance(payload, bytes) else await payload
        list(made.parse(payload, datetime(2026, 11, 1, tzinfo=UTC)))
    finally:
        await made.close()
