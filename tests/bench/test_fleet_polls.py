"""2,000 SNMP, 2,000 Redfish (https, 50 ms) and 960 IPMI polls every 10 s through runner, judge and spool (issue 13).

Debian's snmpd and ipmi_sim, and a Redfish service of ours, in processes of their own. Beside them devices that hang (a
tenth) and that flap (a tenth of Redfish): the healthy must not notice. It is a quarter as large unless `FLEET=1` says
otherwise: at full size the peers need cores of their own.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_socket
import uvloop

from collectors.clock import SystemClock
from collectors.intake import Intake
from collectors.judge import Judge
from collectors.registry import build
from collectors.run import Runner
from collectors.store.spool import Spool
from config.site import Company, Point, Settings, Site, SourceTable
from tests.peers.certificate import self_signed
from tests.peers.ipmi_sim import running_bmcs
from tests.peers.snmpd import COMMUNITY, running_snmpd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.events import Event
    from collectors.reading import Reading

# what is not closed within the runner's grace is told by uvloop while it closes its loop: raised there, it never ends
pytestmark = [pytest.mark.bench, pytest.mark.peer, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SIZE = float(os.environ.get("FLEET", "0.25"))
SNMP, REDFISH, BMCS, EACH = int(2000 * SIZE), int(2000 * SIZE), int(240 * SIZE), 4
HANGING = (SNMP + REDFISH + BMCS * EACH) // 10
INTERVAL_S, WARM_S, MEASURED_S = 10.0, 45.0, 60.0
OBJECTS = {
    "1.3.6.1.4.1.318.1.1.26.4.3.1.5.1": ("integer", "138"),
    "1.3.6.1.4.1.318.1.1.26.4.3.1.9.1": ("integer", "4021"),
}


@pytest.fixture(autouse=True)
def _all_of_loopback(_closed_network: None) -> None:
    pytest_socket._remove_restrictions()  # which name three addresses of it alone


def tables(snmp: int, redfish: int, fingerprint: str, bmcs: list[int], silent: int) -> Iterator[dict[str, object]]:
    def place(net: int, number: int) -> str:
        return f"127.{net}.{number // 250}.{number % 250 + 1}"

    login = {"user": "monitor", "password": {"env": "BMC_PASSWORD"}}
    pdu = {"kind": "snmp", "profile": "apc_rpdu2", "community": {"env": "COMMUNITY"}}
    for number in range(SNMP):
        yield {"id": f"snmp-{number}", "host": place(1, number), "port": snmp, **pdu}
    for number in range(REDFISH):
        url = f"https://{place(2, number)}:{redfish}"
        service = {"url": url, "fingerprint": f"sha256:{fingerprint}", "resource": "/redfish/v1/Chassis/1"}
        yield {"id": f"redfish-{number}", "kind": "redfish", **service}
    for number in range(len(bmcs) * EACH):
        yield {"id": f"ipmi-{number}", "kind": "ipmi", "host": "127.0.0.1", "port": bmcs[number % len(bmcs)], **login}
    for number in range(HANGING):
        yield {"id": f"hangs-{number}", "host": place(3, number), "port": silent, **pdu}


def settings_of(rows: Iterator[dict[str, object]]) -> Settings:
    site = Site(id="hall", name="Hall", zone="DE", time_zone="UTC", currency="EUR")
    common = {"interval_s": INTERVAL_S, "deadline_s": 8.0}
    sources = tuple(SourceTable.model_validate({"point": f"hall/{row['id']}", **common, **row}) for row in rows)
    points = tuple(Point.model_validate({"id": each.point, "role": "server", "max_w": 5000.0}) for each in sources)
    return Settings(
        company=Company(name="A", currency="EUR"), sites=(site,), points=points, sources=sources, path=Path("w.toml")
    )


class Tally:
    """What the polls of each source brought, and when."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self.failed: Counter[str] = Counter()

    def note(self, readings: list[Reading], origin: str) -> None:
        if any(each.metric == "power" for each in readings):
            self.times.setdefault(origin, []).append(time.monotonic())

    def hear(self, event: Event) -> None:
        source = str(event.fields.get("source", ""))
        if event.word == "collect failed" and not source.startswith("hangs"):
            reason = str(event.fields.get("reason")).partition(" ")
            self.failed[f"{reason[0]} {source.partition('-')[0]}: ...{reason[2][-60:]}"] += 1

    def share_missed(self, wanted: list[str], *, start: float, end: float) -> float:
        due = (end - start) / INTERVAL_S
        missed = [max(0.0, due - 1 - sum(start <= at < end for at in self.times.get(one, ()))) for one in wanted]
        return sum(missed) / (due * len(wanted))


async def measured(runner: Runner) -> tuple[float, float, float]:
    """Start and end of the measured time, and the processor seconds that this process used in it."""
    running = asyncio.ensure_future(runner.run())
    await asyncio.sleep(WARM_S)
    start, used = time.monotonic(), time.process_time()
    await asyncio.sleep(MEASURED_S)
    end, used = time.monotonic(), time.process_time() - used
    runner.stop()
    await running
    return start, end, used


def test_a_fleet_is_polled_from_one_core(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMUNITY", COMMUNITY)
    monkeypatch.setenv("BMC_PASSWORD", "secret")
    pem, fingerprint = self_signed(tmp_path)
    with ExitStack() as peers:
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        silent = peers.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        silent.bind(("", 0))
        with socket.socket() as free:
            free.bind(("", 0))
            redfish = free.getsockname()[1]
        program = [sys.executable, "-m", "tests.peers.many_redfish", str(redfish), str(pem)]
        served = peers.enter_context(subprocess.Popen(program, cwd=Path(__file__).parents[2]))
        peers.callback(served.kill)
        snmp = peers.enter_context(running_snmpd(tmp_path_factory.mktemp("snmpd"), OBJECTS, everywhere=True))
        bmcs = peers.enter_context(running_bmcs(tmp_path_factory.mktemp("bmcs"), BMCS))
        rows = tables(snmp, redfish, fingerprint, [each.port for each in bmcs], silent.getsockname()[1])
        settings = settings_of(rows)
        spool = Spool(tmp_path / "spool.sqlite")
        clock, tally = SystemClock(), Tally()
        intake = Intake(Judge(settings), spool.accept, clock)

        def accept(readings: list[Reading], origin: str) -> None:
            tally.note(readings, origin)
            intake.accept(readings, origin)

        runner = Runner(build(settings), accept, clock, flush=intake.flush, record=tally.hear)
        start, end, used = uvloop.run(measured(runner))
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = used / (end - start)
    flapping = {f"redfish-{number}" for number in range(REDFISH) if str(number % 250 + 1).endswith("7")}
    print(f"\n{len(settings.sources):,} sources each {INTERVAL_S:g} s: {share:.1%} of a core, {rss_mb:.0f} MB")
    worst = 0.0
    print(*(f"{count} times {what}" for what, count in tally.failed.most_common(6)), sep="\n")
    for kind in ("snmp", "redfish", "ipmi"):
        own = [one.id for one in settings.sources if one.kind == kind and one.id not in flapping]
        healthy = [one for one in own if not one.startswith("hangs")]
        missed = tally.share_missed(healthy, start=start, end=end)
        print(f"{kind}: {len(healthy):,} healthy, {missed:.3%} of their polls missed")
        worst = max(worst, missed)
    assert worst < 0.005
    assert rss_mb <= 512
    assert share <= 0.4
