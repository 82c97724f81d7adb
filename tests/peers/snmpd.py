"""Debian's snmpd (Net-SNMP) on loopback, with the objects of a device in place of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

COMMUNITY = "public"
USER, AUTH, PRIV = "monitor", "authpass123", "privpass123"
READY_S = 10.0


@contextmanager
def running_snmpd(folder: Path, objects: Mapping[str, tuple[str, str]], *, everywhere: bool = False) -> Iterator[int]:
    """An agent with these objects (oid -> type, value) for v2c and for v3 (SHA, AES128); yields its port.

    `everywhere` makes it answer on every address of loopback, each as an agent of its own.
    """
    program = require_binary("snmpd")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines = [f"rocommunity {COMMUNITY} 127.0.0.0/8", f"rouser {USER} priv"]
    lines += [f"createUser {USER} SHA {AUTH} AES {PRIV}"]
    lines += [f'override {oid} {kind} "{value}"' for oid, (kind, value) in objects.items()]
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n")
    command = [
        program,
        "-f",
        "-C",
        "-c",
        str(folder / "snmpd.conf"),
        "-Lo",
        f"udp:{'' if everywhere else '127.0.0.1:'}{port}",
    ]
    place = os.environ | {"SNMP_PERSISTENT_DIR": str(folder), "SNMPCONFPATH": str(folder), "MIBS": ""}
    with (folder / "log").open("wb") as log:
        agent = subprocess.Popen(command, stdout=log, stderr=log, env=place)
        try:
            _wait(folder / "log", agent)
            yield port
        finally:
            agent.kill()
            agent.wait()


def _wait(log: Path, agent: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and agent.poll() is None:
        if "NET-SNMP version" in log.read_text():
            return
        time.sleep(0.05)
    msg = f"snmpd did not start: {log.read_text()[-1000:]}"
    raise RuntimeError(msg)
