"""Debian's ipmi_sim as BMCs on loopback: real RMCP+, whose watts, chassis state and sensors change while it runs."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.peers.require import require_binary, require_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MODULE_SOURCE = Path(__file__).parent / "ipmi_dcmi" / "dcmi.c"
HEADER = "/usr/include/OpenIPMI/mcserv.h"
READY_S = 10.0
ASK_AUTHENTICATION = bytes.fromhex("0600ff07 00 00000000 00000000 09 2018c8 8100388e04b5")  # sessionless, IPMI 1.5

LAN_CONF = """\
name "bmc"
set_working_mc 0x20
  startlan 1
    addr 127.0.0.1 {port}
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  user 1 false "" "" user 10 none md2 md5 straight
  user 2 true "{user}" "{password}" admin 10 none md2 md5 straight
  loadlib "{module}" "{folder}"
"""
EMU = """\
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
{sensors}mc_enable 0x20
"""
SENSOR = """\
sensor_add 0x20 0 {number} 0x0b 1 poll 100 file "{file}" div={m}
sensor_set_event_support 0x20 0 {number} disable {scanning} none {none} {none} {none} {none}
main_sdr_add 0x20 {record}
"""


@dataclass(frozen=True)
class WattSensor:
    """A sensor of the simulator: its raw byte counts steps of `m` watts."""

    name: str
    m: int = 4
    scanning: bool = True


@dataclass
class Bmc:
    """One simulated BMC; `set_*` take effect at once, sensors within a tenth of a second."""

    folder: Path
    port: int
    module: Path
    user: str = "monitor"
    password: str = "secret"
    sensors: Sequence[WattSensor] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start, without waiting for it to answer (`wait`)."""
        state = self.folder / "state"
        state.mkdir(exist_ok=True)
        values = {"port": self.port, "user": self.user, "password": self.password, "module": self.module}
        (self.folder / "lan.conf").write_text(LAN_CONF.format(**values, folder=self.folder))
        sensors = "".join(self._sensor(number, sensor) for number, sensor in enumerate(self.sensors, start=1))
        (self.folder / "sim.emu").write_text(EMU.format(sensors=sensors))
        files = ["-c", str(self.folder / "lan.conf"), "-f", str(self.folder / "sim.emu"), "-s", str(state)]
        with (self.folder / "log").open("wb") as log:
            command = [require_binary("ipmi_sim"), "-n", *files]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self) -> None:
        """Return once it answers; an error with its log if it does not."""
        deadline = time.monotonic() + READY_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.1)
            asker.connect(("127.0.0.1", self.port))
            while time.monotonic() < deadline:
                with suppress(OSError):  # refused or silent: not up yet
                    asker.send(ASK_AUTHENTICATION)
                    if asker.recv(256):
                        return
                    continue
                time.sleep(0.02)
        msg = f"ipmi_sim on port {self.port} did not answer: {(self.folder / 'log').read_text()}"
        raise RuntimeError(msg)

    def stop(self) -> None:
        """Kill it, as a BMC that loses its power."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def set_watts(self, watts: int, *, state: int = 0x40, code: int = 0) -> None:
        """What DCMI answers: watts, state byte, completion code."""
        self._write("dcmi", f"{watts} {state:x} {code:x}\n")

    def remove_dcmi(self) -> None:
        """Answer DCMI with "invalid command", as stock ipmi_sim does."""
        (self.folder / "dcmi").unlink()

    def set_chassis(self, *, on: bool) -> None:
        """Whether the host is powered."""
        self._write("chassis", "1" if on else "0")

    def set_sensor(self, number: int, watts: int) -> None:
        """What the n-th sensor (from 1) measures."""
        self._write(f"sensor-{number}", f"{watts}\n")

    def ipmitool(self, *command: str) -> str:
        """What ipmitool, a client that nobody here wrote, prints for a command."""
        where = ["-I", "lanplus", "-C", "3", "-H", "127.0.0.1", "-p", str(self.port), "-U", self.user, "-E"]
        environment = os.environ | {"IPMI_PASSWORD": self.password}
        run = subprocess.run(
            [require_binary("ipmitool"), *where, *command], env=environment, capture_output=True, check=True, timeout=30
        )
        return run.stdout.decode()

    def _sensor(self, number: int, sensor: WattSensor) -> str:
        file = self.folder / f"sensor-{number}"
        if not file.exists():
            self.set_sensor(number, 0)
        return SENSOR.format(
            number=number,
            file=file,
            m=sensor.m,
            none="0" * 15,
            scanning="scanning" if sensor.scanning else "no-scanning",
            record=" ".join(f"0x{byte:02x}" for byte in watt_record(number, sensor.name, m=sensor.m)),
        )

    def _write(self, name: str, text: str) -> None:
        new = self.folder / f"{name}.new"
        new.write_text(text)
        new.replace(self.folder / name)


def watt_record(number: int, name: str, *, m: int) -> bytes:
    """A full sensor record of a sensor that reads `m` watts per step (IPMI v2.0 table 43-1)."""
    key = bytes([0x20, 0x00, number])
    sensor = bytes([0x07, 0x01, 0x67, 0x40, 0x0B, 0x01]) + bytes(6)  # system board; no thresholds, no events
    units = bytes([0x00, 0x06, 0x00])
    factors = bytes([0x00, m & 0xFF, m >> 8 << 6, 0, 0, 0, 0])
    limits = bytes([0, 0, 0, 0, 0xFF, 0]) + bytes(6) + bytes(2) + bytes(3)
    body = key + sensor + units + factors + limits + bytes([0xC0 | len(name)]) + name.encode()
    return bytes([0, 0, 0x51, 0x01, len(body)]) + body


def build_module(folder: Path) -> Path:
    """Compile the DCMI module into a folder; needs gcc and libopenipmi-dev."""
    require_file(HEADER)
    module = folder / "dcmi.so"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"]
    subprocess.run([require_binary("gcc"), *flags, "-o", str(module), str(MODULE_SOURCE)], check=True, timeout=60)
    return module


@contextmanager
def running_bmcs(
    folder: Path, count: int, *, user: str = "monitor", sensors: Sequence[WattSensor] = ()
) -> Iterator[list[Bmc]]:
    """`count` BMCs that answer; each reads 100 W plus its number by DCMI until told otherwise."""
    require_binary("ipmi_sim")
    module = build_module(folder)
    bmcs = [
        Bmc(folder / f"bmc-{number}", port, module, user=user, sensors=sensors)
        for number, port in enumerate(free_ports(count))
    ]
    try:
        for number, bmc in enumerate(bmcs):
            bmc.folder.mkdir()
            bmc.set_watts(100 + number)
            bmc.set_chassis(on=True)
            bmc.start()
        for bmc in bmcs:
            bmc.wait()
        yield bmcs
    finally:
        for bmc in bmcs:
            bmc.stop()


def free_ports(count: int) -> list[int]:
    """UDP ports of loopback that nobody uses now, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
