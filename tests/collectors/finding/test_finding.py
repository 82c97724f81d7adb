"""What is served on loopback is found by its answer, not by its port."""

from __future__ import annotations

import ctypes
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pynvml
import pytest

from collectors.finding import Found, Machine, Sample, exporters, gpus, nut, search
from collectors.plugins.rapl import Rapl
from tests.peers.nut import running_upsd
from tests.peers.nvml import build_stub
from tests.peers.powercap import powercap_tree
from tests.peers.require import require_binary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

METRICS = b"""\
# HELP ipmi_dcmi_power_consumption_watts Current power consumption in Watts.
# TYPE ipmi_dcmi_power_consumption_watts gauge
ipmi_dcmi_power_consumption_watts 412
node_cpu_seconds_total{cpu="0",mode="idle"} 12.5
kepler_node_cpu_joules_total{zone="package",path="/sys/a b"} 1.5e+06 1772366400000
scaph_host_power_microwatts 35000000
DCGM_FI_DEV_POWER_USAGE{gpu="0"} 300
not a line of metrics
"""


@contextmanager
def listening(answers: bytes) -> Iterator[int]:
    """A server that says the same to everyone and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    link, _ = server.accept()
                    with link:
                        link.recv(1024)
                        link.sendall(answers)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def exporting(body: bytes, status: int = 200) -> Iterator[int]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.peer
def test_an_exporter_shows_its_first_powers_with_their_units() -> None:
    with exporting(METRICS) as port:
        (found,) = exporters.find(Machine("x", exporters={port: "ipmi_exporter", free_port(): "Kepler"}))
    address = f"127.0.0.1:{port}"
    assert found.title == f"An exporter on port {port}, where ipmi_exporter usually is"
    assert found.samples == (
        Sample(address, "ipmi_dcmi_power_consumption_watts", 412.0, "W"),
        Sample(address, "kepler_node_cpu_joules_total", 1.5e6, "J"),
        Sample(address, "scaph_host_power_microwatts", 35e6, "uW"),
    )


@pytest.mark.peer
@pytest.mark.parametrize(("body", "status"), [(b"<html>hello</html>", 200), (METRICS, 404), (b"\xff\xfe", 200)])
def test_what_shows_no_power_is_no_exporter_of_ours(body: bytes, status: int) -> None:
    with exporting(body, status) as port:
        assert exporters.find(Machine("x", exporters={port: "Scaphandre"})) == []


@pytest.mark.peer
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"ERR ACCESS-DENIED\n",
        b"BEGIN LIST UPS\nUPS\n",
        b'UPS "open\n',
        b"\xff\n",
    ],
)
def test_what_speaks_otherwise_is_no_ups(answer: bytes) -> None:
    with listening(answer) as port:
        assert nut.find(Machine("x", nut_port=port)) is None


@pytest.mark.peer
def test_a_port_where_nobody_listens_is_no_ups() -> None:
    assert nut.find(Machine("x", nut_port=free_port())) is None


@pytest.mark.peer
def test_a_real_upsd_is_found_with_its_power(tmp_path: Path) -> None:
    with running_upsd(tmp_path) as port:
        found = nut.find(Machine("x", nut_port=port))
    assert found is not None
    assert found.title == "1 UPS by NUT"
    assert Sample("ups1", "ups.realpower", 843.0, "W") in found.samples


@pytest.mark.peer
def test_a_real_node_exporter_reads_the_same_registers_as_we_do(tmp_path: Path) -> None:
    program = require_binary("prometheus-node-exporter")
    root = powercap_tree(tmp_path / "class" / "powercap")
    port = free_port()
    flags = ["--collector.disable-defaults", "--collector.rapl", f"--path.sysfs={tmp_path}"]
    with subprocess.Popen(
        [program, *flags, f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    ) as peer:
        try:
            text = _scrape(port)
            (found,) = exporters.find(Machine("x", exporters={port: "node_exporter"}))
        finally:
            peer.kill()
    assert {sample.value for sample in found.samples} == {5.0}
    zones = {"cpu-0": "package-0", "mem-0": "package-0/dram"}
    table = {"id": "c", "point": "lab/srv", "zones": zones, "folder": root}
    assert b'"energy_uj": 5000000' in Rapl.model_validate(table).fetch()
    assert "node_rapl_package_joules_total" in text
    assert "node_rapl_dram_joules_total" in text


def _scrape(port: int) -> str:
    for _ in range(100):
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=1) as answer:
            return str(answer.read().decode())
        time.sleep(0.05)
    pytest.fail("node_exporter did not answer")


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The stub as the NVIDIA driver of this process."""
    monkeypatch.setattr(pynvml, "nvmlLib", ctypes.CDLL(str(build_stub(tmp_path / "stub") / "libnvidia-ml.so.1")))
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    monkeypatch.setenv("NVML_STUB", "")
    return monkeypatch


def test_gpus_come_with_their_instances_and_what_they_give(stub: pytest.MonkeyPatch) -> None:
    found = gpus.find(Machine("x"))
    assert found is not None
    assert [(point.id, point.parent, point.max_w) for point in found.points] == [
        ("x-gpu-0", "x", 1050),
        ("x-gpu-1", "x", None),
        ("x-gpu-2", "x", 600),
        ("x-gpu-2-mig-0", "x-gpu-2", 300),
        ("x-gpu-2-mig-1", "x-gpu-2", 80),
    ]
    assert [len(point.interval_s) for point in found.points] == [5, 3, 4, 3, 3]
    assert found.advice == ("GPUs that do not answer: 1; see what `nvidia-smi` says.",)


def test_gpus_that_are_all_lost_are_told(stub: pytest.MonkeyPatch) -> None:
    stub.setenv("NVML_STUB", "all-lost")
    assert gpus.find(Machine("x")) == Found(
        "NVIDIA GPUs", advice=("None of them answers: see what `nvidia-smi` says.",)
    )


@pytest.mark.parametrize("present", [True, False])
def test_a_driver_that_does_not_answer_is_told_where_there_is_a_device(
    present: bool,  # noqa: FBT001
    stub: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    stub.setenv("NVML_STUB", "no-driver")
    if present:
        (tmp_path / "nvidiactl").touch()
    found = gpus.find(Machine("x", devices=tmp_path))
    said = "The NVIDIA driver of this machine does not answer (Driver Not Loaded): install or load it."
    assert found == (Found("NVIDIA GPUs", advice=(said,)) if present else None)


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "collectors.plugins.nvml.survey", None)
    (tmp_path / "nvidiactl").touch()
    found = gpus.find(Machine("x", devices=tmp_path))
    assert found is not None
    assert "pip install 'wattlas[nvml]'" in found.advice[0]


def test_a_machine_that_offers_nothing_is_searched_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    machine = Machine("x", nvml=False, powercap=tmp_path, devices=tmp_path, nut_port=None, exporters={})
    assert search(machine) == []
    assert time.monotonic() - begun < 2
