"""Debian's Alertmanager on loopback, which notifies nobody."""

from __future__ import annotations

import subprocess
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.peers.influx_server import free_port
from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY: Final = 'route: { receiver: "nobody" }\nreceivers: [{ name: "nobody" }]\n'
WITHIN_S: Final = 30.0


@contextmanager
def running_alertmanager(folder: Path) -> Iterator[str]:
    """Yield its address once it answers."""
    program = require_binary("prometheus-alertmanager")
    address = f"127.0.0.1:{free_port()}"
    (folder / "manager.yml").write_text(NOBODY)
    flags = [f"--config.file={folder}/manager.yml", f"--storage.path={folder}", "--cluster.listen-address="]
    with subprocess.Popen([program, *flags, f"--web.listen-address={address}"], stderr=subprocess.DEVNULL) as peer:
        try:
            _wait_for(f"http://{address}/-/ready")
            yield f"http://{address}"
        finally:
            peer.kill()


def _wait_for(address: str) -> None:
    end = time.monotonic() + WITHIN_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=1).close()  # noqa: S310 - loopback
        except OSError:
            assert time.monotonic() < end, "it never answered"
            time.sleep(0.1)
        else:
            return
