"""A webhook of our own, and the channels that lead to it."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver:
    """A webhook that can be away, and keeps what it took."""

    def __init__(self) -> None:
        self.took: list[tuple[dict[str, str], bytes]] = []
        self.asked: list[str] = []
        self.over = threading.Event()
        self.away = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                receiver.asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/drip":
                    with suppress(OSError):
                        while True:
                            self.wfile.write(b"H")
                            receiver.over.wait(0.05)
                    return
                if self.path.startswith("/led"):
                    self.send_response(int(self.path[-3:]))
                    self.send_header("Location", "/sign-in")
                    self.end_headers()
                    return
                if not receiver.away:
                    receiver.took.append((dict(self.headers), body))
                self.send_response(503 if receiver.away else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"


def channels(address: str) -> str:
    base = address.rsplit("/", 1)[0]
    return f"""
[alerting]
every_s = 60
link = "http://127.0.0.1:8501"
[[alerting.channels]]
id = "hook"
kind = "webhook"
address = "{address}"
secret = {{ env = "HOOK_SECRET" }}
[[alerting.channels]]
id = "manager"
kind = "alertmanager"
address = "{base}"
"""
