"""A central server as an edge sees it: what each of its answers means, and that no sentence holds the token."""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from collectors.forward.central import Central, OutOfStep, TooLarge
from config.errors import CollectError, ConfigError, SourceRefused, SourceUnreachable
from config.secrets import Secret
from tests.peers.certificate import self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.peer
SPOOL = "0b5c9a1e-1111-4222-8333-444455556666"
TOKEN = "wattlas_1_planted"


class Server(HTTPServer):
    """Answers as told, and keeps what it was asked."""

    answer: tuple[int, bytes, dict[str, str]] = (200, b"{}", {})

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.asked.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
        status, content, headers = self.server.answer
        if not status:
            self.close_connection = True
            return
        self.send_response(status)
        for name, text in {"content-length": str(len(content)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def central(server: Server, monkeypatch: pytest.MonkeyPatch) -> Central:
    monkeypatch.setenv("T", TOKEN)
    return Central(f"http://127.0.0.1:{server.server_port}/behind/", Secret(env="T"))


def test_it_is_asked_and_posted_to_below_its_address(server: Server, central: Central) -> None:
    server.answer = (200, b'{"upto": 7}', {})
    assert central.number_of(SPOOL) == 7
    server.answer = (204, b"", {})
    assert central.post(b"packed", key="spool:x") == (False, 0)
    server.answer = (204, b"", {"Idempotency-Replayed": "true", "Wattlas-Quarantined": "3"})
    assert central.post(b"packed", key="spool:x") == (True, 3)
    (path, headers, _), (_, posted, body), _ = server.asked
    assert path == f"/behind/api/v1/ingest?spool={SPOOL}"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert body == b"packed"
    assert (posted["content-encoding"], posted["content-type"]) == ("gzip", "application/json")
    assert posted["idempotency-key"] == "spool:x"


@pytest.mark.parametrize(
    ("status", "content", "kind", "sentence"),
    [
        (409, {"error": "ask"}, OutOfStep, "ask"),
        (413, {"error": "smaller"}, TooLarge, "smaller"),
        (401, {"error": "no\ntoken"}, SourceRefused, "took nothing (401): no token"),
        (400, {"error": "x" * 999}, SourceRefused, "x" * 300),
        (503, {"error": "later"}, SourceUnreachable, "later"),
        (429, {"error": "slower"}, SourceUnreachable, "slower"),
        (301, "<html>", SourceRefused, "is this a Wattlas server?"),
        (200, [1], SourceRefused, "is this a Wattlas server?"),
        (0, "", SourceUnreachable, "does not answer"),
    ],
)
def test_each_answer_means_something(
    server: Server,
    central: Central,
    status: int,
    content: object,
    kind: type[CollectError],
    sentence: str,
) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    server.answer = (status, text.encode(), {})
    with pytest.raises(kind) as told:
        central.post(b"", key="k")
    assert sentence in str(told.value)
    assert "planted" not in str(told.value)
    if kind not in {OutOfStep, TooLarge}:
        with pytest.raises(kind):
            central.number_of(SPOOL)


def test_a_number_must_be_one(server: Server, central: Central) -> None:
    server.answer = (200, b'{"upto": "7"}', {})
    with pytest.raises(SourceRefused):
        central.number_of(SPOOL)


def test_who_is_not_there_and_what_cannot_be_sent_is_told(
    server: Server, central: Central, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nobody = Central("http://127.0.0.1:1", Secret(env="T"))
    with pytest.raises(SourceUnreachable, match="Connection refused"):
        nobody.number_of(SPOOL)
    monkeypatch.setenv("T", "planted\nx: y")
    with pytest.raises(ConfigError, match="variable T holds signs that no header can") as told:
        central.number_of(SPOOL)
    assert "planted" not in str(told.value)
    monkeypatch.setenv("T", "planted\N{EURO SIGN}")
    with pytest.raises(ConfigError, match="signs that no header can"):
        central.number_of(SPOOL)
    monkeypatch.delenv("T")
    with pytest.raises(ConfigError, match="is not set"):
        central.number_of(SPOOL)
    monkeypatch.setenv("T", TOKEN)
    plain = Central(f"https://127.0.0.1:{server.server_port}", Secret(env="T"))
    with pytest.raises(SourceUnreachable):
        plain.number_of(SPOOL)
    with pytest.raises(SourceRefused, match="correct --ca-file"):
        Central("https://127.0.0.1:1", Secret(env="T"), tmp_path / "absent").number_of(SPOOL)


@pytest.mark.parametrize(
    ("address", "days", "known", "remedy"),
    [
        ("127.0.0.1", 1, False, "name its authority by --ca-file"),
        ("127.0.0.1", -1, True, "has expired): let it be renewed, and look whether the clock here is right"),
        ("127.0.0.2", 1, True, "use the name that it was made for"),
        ("", 1, True, "use the name that it was made for"),
    ],
)
def test_a_certificate_that_is_not_trusted_says_why(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    days: int,
    *,
    known: bool,
    remedy: str,
) -> None:
    monkeypatch.setenv("T", TOKEN)
    shown, _ = self_signed(tmp_path, address=address, days=days)
    secured(server, shown)
    central = Central(f"https://127.0.0.1:{server.server_port}", Secret(env="T"), shown if known else None)
    with pytest.raises(SourceRefused) as told:
        central.number_of(SPOOL)
    assert remedy in str(told.value)
    assert not server.asked, "nobody untrusted gets the token"


def test_a_new_certificate_of_the_central_is_taken_once_its_authority_is_known(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("T", TOKEN)
    server.answer = (200, b'{"upto": 7}', {})
    shown, _ = self_signed(tmp_path, address="127.0.0.1")
    secured(server, shown)
    trusted = tmp_path / "ca.pem"
    (tmp_path / "old").mkdir()
    trusted.write_bytes(self_signed(tmp_path / "old", address="127.0.0.1")[0].read_bytes())
    central = Central(f"https://127.0.0.1:{server.server_port}", Secret(env="T"), trusted)
    with pytest.raises(SourceRefused, match="is not trusted"):
        central.number_of(SPOOL)
    trusted.write_bytes(shown.read_bytes())
    assert central.number_of(SPOOL) == 7, "without a restart"


def secured(server: Server, certificate: Path) -> None:
    """Let a server speak TLS; a handshake that fails is no error of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
