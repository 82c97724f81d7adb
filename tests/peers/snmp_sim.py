"""snmpsim, an SNMP agent by others, on loopback: it plays what a device would say from lines `oid|type|value`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.peers.require import require_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COMMUNITY = "public"
USER, AUTH, PRIV = "monitor", "authpass123", "privpass123"
STAND_IN = '__version__ = "none"\n'  # snmpsim imports pysmi for its --version text alone, and does not require it
READY_S = 60.0


@contextmanager
def running_agent(folder: Path, objects: Mapping[str, tuple[str, str]]) -> Iterator[int]:
    """An agent with these objects (oid -> type, value) for v2c and for v3 (SHA, AES128); yields its port."""
    program = require_file(str(Path(sys.executable).with_name("snmpsim-command-responder")))
    _write(folder, objects)
    port = _free_port()
    v3 = [f"--v3-user={USER}", f"--v3-auth-key={AUTH}", "--v3-auth-proto=SHA"]
    v3 += [f"--v3-priv-key={PRIV}", "--v3-priv-proto=AES"]
    places = [f"--data-dir={folder / 'data'}", f"--cache-dir={folder / 'cache'}"]
    command = [str(program), f"--agent-udpv4-endpoint=127.0.0.1:{port}", *places, *v3]
    place = os.environ | {"PYTHONPATH": str(folder / "lib"), "SNMPSIM_ALLOW_ROOT": "true"}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=place) as peer,
    ):
        try:
            _wait(folder / "log", peer)
            yield port
        finally:
            peer.kill()


def _wait(log: Path, peer: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and peer.poll() is None:
        if "Listening at" in log.read_text():
            time.sleep(1.0)  # it says so before it does, and a question that comes earlier leaves it deaf
            return
        time.sleep(0.1)
    msg = f"snmpsim did not start: {log.read_text()[-1000:]}"
    raise RuntimeError(msg)


def _write(folder: Path, objects: Mapping[str, tuple[str, str]]) -> None:
    for name in ("data", "cache", "lib/pysmi"):
        (folder / name).mkdir(parents=True)
    (folder / "lib" / "pysmi" / "__init__.py").write_text(STAND_IN)
    by_number = sorted(objects, key=lambda oid: [int(part) for part in oid.split(".")])
    lines = [f"{oid}|{'|'.join(objects[oid])}" for oid in by_number]
    for name in (COMMUNITY, ""):  # the name of the file is the community, and the context of v3: gufo's is empty
        (folder / "data" / f"{name}.snmprec").write_text("\n".join(lines) + "\n")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
