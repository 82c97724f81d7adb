"""Debian's mosquitto on loopback: an MQTT broker by others."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_S = 10.0


@contextmanager
def running_mosquitto(folder: Path, *, password: str = "") -> Iterator[int]:
    """A broker; with a password only user `reader` gets in. Yields its port."""
    program = require_binary("mosquitto")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = [
        f"listener {port} 127.0.0.1",
        "persistence false",
        "user root",
        f"allow_anonymous {str(not password).lower()}",
    ]
    if password:
        users = folder / "users"
        subprocess.run([require_binary("mosquitto_passwd"), "-b", "-c", users, "reader", password], check=True)
        lines += [f"password_file {users}"]
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    with (folder / "log").open("wb") as log:
        broker = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stdout=log, stderr=log)
        try:
            _wait(port, folder / "log")
            yield port
        finally:
            broker.kill()
            broker.wait()


def _wait(port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    msg = f"mosquitto did not answer: {log.read_text()}"
    raise RuntimeError(msg)
