"""Debian's upsd with a dummy UPS on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.peers.require import require_binary, require_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_S = 10.0
VALUES = 'ups.status: OL\nups.realpower: 843\nups.load: 42\ninput.voltage: 230.1\nups.mfr: A "quoted" maker\n'


@contextmanager
def running_upsd(folder: Path) -> Iterator[int]:
    """A NUT server with one UPS, `ups1`, of 843 W; yields its port."""
    wrapper = require_binary("upsd")  # Debian's refuses while /etc/nut/nut.conf says MODE=none
    upsd = "/lib/nut/upsd" if os.access("/lib/nut/upsd", os.X_OK) else wrapper
    driver = shutil.which("dummy-ups") or str(require_file("/lib/nut/dummy-ups"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "ups.conf").write_text("[ups1]\n driver = dummy-ups\n port = ups1.dev\n desc = dummy\n")
    (folder / "ups1.dev").write_text(VALUES)
    (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {port}\n")
    (folder / "upsd.users").touch()
    (folder / "nut.conf").write_text("MODE=standalone\n")
    place = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), str(folder))
    user = ["-u", os.environ.get("USER", "root"), "-F"]
    with (folder / "log").open("wb") as log:
        commands = ([driver, "-a", "ups1", *user], [upsd, *user])
        running = [subprocess.Popen(command, env=os.environ | place, stdout=log, stderr=log) for command in commands]
        try:
            _wait(port, folder / "log")
            yield port
        finally:
            for each in running:
                each.kill()
                each.wait()


def _wait(port: int, log: Path) -> None:
    """Return once the UPS has a power."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(b"GET VAR ups1 ups.realpower\n")
            if b"843" in link.recv(256):
                return
        time.sleep(0.1)
    msg = f"upsd did not answer: {log.read_text()}"
    raise RuntimeError(msg)
