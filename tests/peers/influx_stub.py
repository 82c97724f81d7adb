"""A recording HTTP stub: it plays the answers of InfluxDB 2.x and 3.x that no server at hand can give."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; the body is unpacked."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def lines(self) -> list[str]:
        """The lines of a write."""
        return self.body.decode().splitlines()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the stub says; `cut` breaks the connection instead of answering."""

    status: int = 204
    body: str | dict[str, Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


Play = Callable[[Asked], Answer]


@dataclass
class Stub:
    """Plays `play` for every request but pings, and remembers them all."""

    play: Play
    version: str = "v2.7.11"
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    @property
    def writes(self) -> list[Asked]:
        """The writes among the requests."""
        return [
            one for one in self.asked if one.path.endswith("/write") and not one.body.startswith(b"wattlas_journal")
        ]


@contextmanager
def running_stub(play: Play, *, version: str = "v2.7.11") -> Iterator[Stub]:
    """The stub at `url`, for as long as the context lasts."""
    stub = Stub(play, version)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one small class
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(self.command, parts.path, query, dict(self.headers), body)
            stub.asked.append(asked)
            ping = parts.path == "/ping" and stub.version
            self._say(Answer(headers={"X-Influxdb-Version": stub.version}) if ping else stub.play(asked))

        def _say(self, answer: Answer) -> None:
            if answer.cut:
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(text.encode())

    return Handler
