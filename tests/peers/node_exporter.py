"""Debian's node_exporter on loopback: it reads the same files of a machine as we do, in Go and by others."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.peers.influx_server import free_port
from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running_node_exporter(sysfs: Path) -> Iterator[str]:
    """Its RAPL registers of a tree like /sys; yields the address of its page."""
    program = require_binary("prometheus-node-exporter")
    address = f"127.0.0.1:{free_port()}"
    flags = ["--collector.disable-defaults", "--collector.rapl", f"--path.sysfs={sysfs}"]
    with subprocess.Popen([program, *flags, f"--web.listen-address={address}"], stderr=subprocess.DEVNULL) as peer:
        try:
            yield f"http://{address}/metrics"
        finally:
            peer.kill()
