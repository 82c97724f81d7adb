"""Real servers on loopback: Debian's influxd 1.6.7, and victoria-metrics as a second taker of /api/v2/write."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_S = 20.0

INFLUXD = """\
reporting-disabled = true
bind-address = "127.0.0.1:{backup}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  index-version = "tsi1"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {auth}
  max-body-size = {max_body}
  https-enabled = {https}
  https-certificate = "{certificate}"
[monitor]
  store-enabled = false
"""


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Peer:
    """One server process: `start`, `kill` (as a power cut), `start` again on the same files and port."""

    command: list[str]
    folder: Path
    port: int
    scheme: str = "http"
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and return once it listens."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if self._listens():
                return
            time.sleep(0.02)
        msg = f"{self.command[0]} did not start: {(self.folder / 'log').read_text()[-2000:]}"
        raise RuntimeError(msg)

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, path: str, **query: str) -> str:
        """GET, with no code of ours between."""
        address = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 (loopback)
            return str(answer.read().decode())

    def order(self, statement: str) -> str:
        """POST one InfluxQL statement, with no code of ours between."""
        body = urllib.parse.urlencode({"q": statement}).encode()
        with urllib.request.urlopen(f"{self.url}/query", body, timeout=20) as answer:  # noqa: S310 (loopback)
            return str(answer.read().decode())

    def _listens(self) -> bool:
        if self.scheme == "https":
            with closing(socket.socket()) as one:
                return one.connect_ex(("127.0.0.1", self.port)) == 0
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=1):  # noqa: S310 (loopback)
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


def influxd(folder: Path, *, auth: bool = False, max_body: int = 25_000_000, certificate: Path | None = None) -> Peer:
    """An InfluxDB 1.6.7 that is not started yet; `certificate` (chain and key in one PEM) makes it speak HTTPS."""
    binary, port = require_binary("influxd"), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    flags = {"auth": str(auth).lower(), "https": str(certificate is not None).lower(), "max_body": max_body}
    values = {"folder": folder, "port": port, "backup": free_port(), "certificate": certificate or ""}
    config = folder / "influxdb.conf"
    config.write_text(INFLUXD.format(**flags, **values))
    return Peer([binary, "-config", str(config)], folder, port, "http" if certificate is None else "https")


def victoria_metrics(folder: Path) -> Peer:
    """A victoria-metrics that is not started yet."""
    binary, port = require_binary("victoria-metrics"), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    flags = [f"-storageDataPath={folder}/store", f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=12"]
    return Peer([binary, *flags], folder, port)


@contextmanager
def running(peer: Peer) -> Iterator[Peer]:
    """The peer, for as long as the context lasts."""
    peer.start()
    try:
        yield peer
    finally:
        peer.kill()
