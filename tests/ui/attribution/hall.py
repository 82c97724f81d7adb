"""A hall of simulated BMCs: twenty servers under two PDUs and a facility meter, whose load moves; and its site file."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

    from tests.peers.ipmi_sim import Bmc

METERS = ("grid", "pdu-a", "pdu-b")
SERVERS = tuple(f"srv-{number:02}" for number in range(20))
NAMES = (*METERS, *SERVERS)
POLL_S = 5
PASSWORD_VARIABLE = "HALL_BMC_PASSWORD"

HEAD = """
[company]
name = "Test"
currency = "EUR"
[[sites]]
id = "hall"
name = "Hall"
zone = "DE"
time_zone = "Europe/Berlin"
currency = "EUR"
factor_year = "latest_published"
[[sites]]
id = "lab"
name = "Lab"
zone = "DE"
time_zone = "Europe/Berlin"
currency = "EUR"
factor_year = "latest_published"
"""
POINT = """
[[points]]
id = "{name}"
site = "{site}"
role = "{role}"
max_w = {max_w}
{parent}
[[sources]]
id = "bmc-{name}"
kind = "ipmi"
point = "{site}/{name}"
interval_s = {interval_s}
deadline_s = 4
host = "127.0.0.1"
port = {port}
user = "{user}"
password = {{ env = "HALL_BMC_PASSWORD" }}
suite = 3
privilege = "administrator"  # ipmi_sim asks it for DCMI
"""


def point_toml(name: str, port: int, *, site: str = "hall", user: str = "monitor", interval_s: int = POLL_S) -> str:
    """One point with the BMC that measures it; names say role and place."""
    role = {"grid": "utility", "pdu": "pdu"}.get(name.partition("-")[0], "server")
    parent = {"utility": "", "pdu": 'parent = "grid"'}.get(role, "")
    if role == "server" and site == "hall":
        parent = f'parent = "{feeding(name)}"'
    max_w = {"utility": 30_000, "pdu": 12_000}.get(role, 2_000)
    return POINT.format(
        name=name, site=site, role=role, max_w=max_w, parent=parent, port=port, user=user, interval_s=interval_s
    )


def feeding(server: str) -> str:
    """The PDU of a server of the hall."""
    return METERS[1 + int(server.rpartition("-")[2]) % 2]


@dataclass
class Hall:
    """The BMCs by name, and every load that ipmitool read from them with the second from which it held."""

    bmcs: dict[str, Bmc]
    levels: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    def shift_load(self, luck: random.Random) -> None:
        """Let two jobs move between servers and one grow or shrink, then read every BMC by ipmitool.

        What moves is small beside the whole, for a meter read every 5 s sees each step up to 2.5 s early or late.
        """
        watts = dict(self.levels[-1][1]) if self.levels else {name: luck.randrange(280, 400) for name in SERVERS}
        for _ in range(2):
            one, other = luck.sample(SERVERS, 2)
            watts[one], watts[other] = watts[other], watts[one]
        watts[luck.choice(SERVERS)] = luck.randrange(280, 400)
        for pdu in METERS[1:]:
            watts[pdu] = round(1.02 * sum(watts[name] for name in SERVERS if feeding(name) == pdu))
        watts["grid"] = round(1.3 * (watts["pdu-a"] + watts["pdu-b"])) + luck.randrange(100, 200)
        for name, bmc in self.bmcs.items():
            bmc.set_watts(watts[name])
        at = time.time()
        with ThreadPoolExecutor(4) as pool:
            read = dict(zip(self.bmcs, pool.map(dcmi_watts, self.bmcs.values()), strict=True))
        assert read == watts
        self.levels.append((at, read))

    def energy_kwh(self, names: Sequence[str], start: int, end: int) -> float:
        """Energy of some BMCs over [start, end) as ipmitool's readings imply it."""
        times = [at for at, _ in self.levels] + [end]
        assert times[0] <= start
        total_ws = 0.0
        for (at, watts), until in zip(self.levels, times[1:], strict=True):
            total_ws += sum(watts[name] for name in names) * max(0.0, min(until, end) - max(at, start))
        return total_ws / 3.6e6


def dcmi_watts(bmc: Bmc) -> int:
    """What ipmitool reads."""
    found = re.search(r"Instantaneous power reading: +(\d+) Watts", bmc.ipmitool("dcmi", "power", "reading"))
    assert found
    return int(found[1])


def sessions(bmc: Bmc) -> int:
    """Sessions that a BMC holds, without the one of ipmitool that asks."""
    found = re.search(r"active sessions +: (\d+)", bmc.ipmitool("session", "info", "active"))
    assert found
    return int(found[1]) - 1


def write_site(path: Path, *points: str) -> Path:
    """Write a site file of some points."""
    path.write_text(HEAD + "".join(points))
    return path
